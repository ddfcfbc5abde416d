//! [`Operation`]: a layer ready to compute.

use super::affine::Affine;
use crate::engine::reference::SingleLayer;

/// One call of an operation: values in the order sample, position, channel.
pub struct Job<'a> {
    pub images: usize,
    /// Nothing where the operation works in place and `output` holds the input.
    pub inputs: &'a [&'a [f32]],
    pub output: &'a mut [f32],
    /// As many values as [`Operation::scratch`] asks for.
    pub scratch: &'a mut [f32],
    /// Whether other threads may help with these images.
    pub parallel: bool,
}

/// A layer with its weights in place. All but the activations that no kernel ends with.
pub trait Operation: Send + Sync {
    /// Values of scratch memory for a job of this many images.
    fn scratch(&self, _images: usize) -> usize {
        0
    }

    /// Whether it can write over its input, value by value.
    fn works_in_place(&self) -> bool {
        false
    }

    /// Writes over some positions, where it works in place.
    fn change(&self, _values: &mut [f32]) {}

    /// The line that every channel's values go along, where that is all it does.
    fn affine(&self) -> Option<&Affine> {
        None
    }

    /// Whether nothing happens but the activation that follows.
    fn only_activates(&self) -> bool {
        false
    }

    /// Images that it wants to compute together to be fast.
    fn together(&self) -> usize {
        1
    }

    /// # Errors
    /// What candle says where the reference back end computes the layer; the kernels here do not fail.
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()>;
}

/// What has no kernel here: the reference back end's operation on the same data.
pub struct Fallback {
    pub layer: SingleLayer,
}

impl Operation for Fallback {
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        job.output
            .copy_from_slice(&self.layer.compute(job.inputs, job.images)?);
        Ok(())
    }
}
