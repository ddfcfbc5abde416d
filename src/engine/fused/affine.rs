//! What acts on each channel by fixed numbers: batch normalisation and rescaling; [`Elementwise`] is the layer.

use super::operation::{Job, Operation};
use super::parallel;
use super::simd::{InstructionSet, Kernel, Simd};

/// `(x − mean) · scale + shift`, channel for channel.
pub struct Affine {
    mean: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
    /// What becomes of zero.
    intercepts: Vec<f64>,
    channels: usize,
}

/// Values in a row of the repeated parameters, at least: narrow channels would leave vectors empty.
const ROW: usize = 64;
/// Rows fill whole vectors of the widest set where so many repetitions do.
const WIDEST: usize = 16;

impl Affine {
    /// Each with one value a channel.
    pub fn new(mean: &[f32], scale: &[f32], shift: &[f32]) -> Self {
        let channels = scale.len();
        let fewest = ROW.div_ceil(channels.max(1));
        let filled = |times: &usize| (times * channels).is_multiple_of(WIDEST);
        let times = (fewest..fewest + WIDEST).find(filled).unwrap_or(fewest);
        let repeat = |values: &[f32]| values.repeat(times);
        Self {
            mean: repeat(mean),
            scale: repeat(scale),
            shift: repeat(shift),
            intercepts: (0..channels)
                .map(|channel| {
                    f64::from(shift[channel]) - f64::from(scale[channel]) * f64::from(mean[channel])
                })
                .collect(),
            channels,
        }
    }

    pub fn channels(&self) -> usize {
        self.channels
    }

    /// `(slopes, intercepts)` of the channels.
    pub fn lines(&self) -> (&[f32], &[f64]) {
        (&self.scale[..self.channels], &self.intercepts)
    }

    /// Mean, scale and shift, each repeated to a row of whole channels.
    pub fn rows(&self) -> [&[f32]; 3] {
        [&self.mean, &self.scale, &self.shift]
    }

    /// Changes values, which begin with channel 0.
    pub fn apply(&self, set: InstructionSet, values: &mut [f32]) {
        debug_assert!(values.len().is_multiple_of(self.channels.max(1)));
        set.run(Apply { of: self, values });
    }
}

struct Apply<'a> {
    of: &'a Affine,
    values: &'a mut [f32],
}

impl Kernel for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Affine {
            mean, scale, shift, ..
        } = self.of;
        for row in self.values.chunks_mut(mean.len().max(1)) {
            // The compiler turns this into vectors of the instruction set. Two roundings, as the reference.
            for (((value, mean), scale), shift) in row.iter_mut().zip(mean).zip(scale).zip(shift) {
                *value = (*value - mean) * scale + shift;
            }
        }
    }
}

/// Values copied at a time where an operation that works in place must not: they stay in the
/// first-level cache until they are changed.
const COPIED: usize = 4096;

/// Value for value, in place where nobody else reads the input.
pub struct Elementwise {
    pub set: InstructionSet,
    pub affine: Option<Affine>,
}

impl Operation for Elementwise {
    fn works_in_place(&self) -> bool {
        true
    }

    fn affine(&self) -> Option<&Affine> {
        self.affine.as_ref()
    }

    fn only_activates(&self) -> bool {
        self.affine.is_none()
    }

    fn change(&self, values: &mut [f32]) {
        if let Some(affine) = &self.affine {
            affine.apply(self.set, values);
        }
    }

    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let channels = self.affine.as_ref().map_or(1, Affine::channels).max(1);
        let input = job.inputs.first();
        parallel::rows(job.parallel, job.output, channels, |positions, output| {
            let size = (COPIED / channels).max(1) * channels;
            let mut start = positions.start * channels;
            for values in output.chunks_mut(size) {
                if let Some(input) = input {
                    values.copy_from_slice(&input[start..start + values.len()]);
                    start += values.len();
                }
                self.change(values);
            }
        });
        Ok(())
    }
}
