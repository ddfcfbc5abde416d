//! What acts on each channel by fixed numbers: batch normalisation and rescaling.

use super::simd::{InstructionSet, Kernel, Simd};

/// `(x − mean) · scale + shift`, channel for channel.
pub struct Affine {
    mean: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
    channels: usize,
}

/// Values in a row of the repeated parameters, at least: narrow channels would leave vectors empty.
const ROW: usize = 64;

impl Affine {
    /// Each with one value a channel.
    pub fn new(mean: &[f32], scale: &[f32], shift: &[f32]) -> Self {
        let channels = scale.len();
        let repeat = |values: &[f32]| values.repeat(ROW.div_ceil(channels.max(1)));
        Self {
            mean: repeat(mean),
            scale: repeat(scale),
            shift: repeat(shift),
            channels,
        }
    }

    pub fn channels(&self) -> usize {
        self.channels
    }

    /// What becomes of a value of a channel, to the bit.
    pub fn at(&self, channel: usize, value: f32) -> f32 {
        (value - self.mean[channel]) * self.scale[channel] + self.shift[channel]
    }

    /// `(slope, intercept)` of a channel.
    pub fn line(&self, channel: usize) -> (f64, f64) {
        let slope = f64::from(self.scale[channel]);
        let intercept = f64::from(self.shift[channel]) - slope * f64::from(self.mean[channel]);
        (slope, intercept)
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
