//! What an affine layer makes of statistics: those of batch normalisation follow from the layer before it, so that
//! its values need not be measured again, but for its zeros.

use super::sums::Sums;
use crate::engine::fused::affine::Affine;
use crate::engine::fused::simd::{InstructionSet, Kernel, Simd};

/// The sums of `count` values a channel behind `affine`, from those of the same values before it; `shifts` are what
/// the sums on both sides are relative to. Zeros are left at 0.
///
/// Minima and maxima are exact: rounding keeps the order of values. `false` where something is not finite.
pub fn derive(
    set: InstructionSet,
    affine: &Affine,
    count: f64,
    before: (&Sums, &[f32]),
    behind: (&mut Sums, &[f32]),
) -> bool {
    let (sums, shifts) = behind;
    sums.clear(affine.channels());
    // Where the ends of each channel come to lie, by the arithmetic that moves the values.
    sums.minima.copy_from_slice(&before.0.minima);
    sums.maxima.copy_from_slice(&before.0.maxima);
    affine.apply(set, &mut sums.minima);
    affine.apply(set, &mut sums.maxima);
    set.run(Derive {
        affine,
        count,
        before,
        behind: (sums, shifts),
    })
}

struct Derive<'a> {
    affine: &'a Affine,
    count: f64,
    before: (&'a Sums, &'a [f32]),
    behind: (&'a mut Sums, &'a [f32]),
}

impl Kernel for Derive<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> bool {
        // The compiler turns these loops into vectors of the instruction set.
        let (slopes, intercepts) = self.affine.lines();
        let ((before, shifts_before), (behind, shifts)) = (self.before, self.behind);
        let (count, channels) = (self.count, slopes.len());
        let (sums, squares) = (
            &mut behind.sums[..channels],
            &mut behind.squares[..channels],
        );
        let (intercepts, shifts) = (&intercepts[..channels], &shifts[..channels]);
        let shifts_before = &shifts_before[..channels];
        let (sums_before, squares_before) = (&before.sums[..channels], &before.squares[..channels]);
        let mut all = 0.0;
        for channel in 0..channels {
            let (slope, sum) = (f64::from(slopes[channel]), sums_before[channel]);
            // y − shift = slope · (x − shift before) + offset
            let offset = slope * f64::from(shifts_before[channel]) + intercepts[channel]
                - f64::from(shifts[channel]);
            sums[channel] = slope * sum + count * offset;
            squares[channel] = slope * slope * squares_before[channel]
                + 2.0 * slope * offset * sum
                + count * offset * offset;
            all += sums[channel] + squares[channel];
        }
        for (minimum, maximum) in behind.minima.iter_mut().zip(&mut behind.maxima) {
            let (a, b) = (*minimum, *maximum);
            (*minimum, *maximum) = (if b < a { b } else { a }, if a > b { a } else { b });
            // Zero, unless one of them is infinite or NaN.
            all += f64::from(a * 0.0) + f64::from(b * 0.0);
        }
        all.is_finite()
    }
}

/// Counts the zeros of each channel in values in the order position, channel.
pub fn count_zeros(set: InstructionSet, values: &[f32], zeros: &mut [f64]) {
    set.run(Zeros { values, zeros });
}

struct Zeros<'a> {
    values: &'a [f32],
    zeros: &'a mut [f64],
}

impl Kernel for Zeros<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        const TOGETHER: usize = 4;
        let channels = self.zeros.len();
        assert!(channels >= S::LANES && self.values.len().is_multiple_of(channels));
        let mut done = 0;
        while done < channels {
            let mut counts = [simd.splat(0.0); TOGETHER];
            let vectors = ((channels - done) / S::LANES).clamp(1, TOGETHER);
            // The last vector overlaps the one before it where the channels do not fill it.
            let start = done.min(channels - vectors * S::LANES);
            for row in self.values.chunks_exact(channels) {
                for (n, count) in counts.iter_mut().enumerate().take(vectors) {
                    // SAFETY: `start + vectors · LANES ≤ channels`, the length of the row.
                    let value = unsafe { simd.load(row.as_ptr().add(start + n * S::LANES)) };
                    *count = simd.count_zeros(*count, value);
                }
            }
            for (n, &count) in counts.iter().enumerate().take(vectors) {
                let mut lanes = [0.0f32; 16];
                // SAFETY: no vector is longer than sixteen values.
                unsafe { simd.store(lanes.as_mut_ptr(), count) };
                for (lane, &count) in lanes[..S::LANES].iter().enumerate() {
                    let channel = start + n * S::LANES + lane;
                    if channel >= done {
                        self.zeros[channel] += f64::from(count.to_bits());
                    }
                }
            }
            done = start + vectors * S::LANES;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fused::statistics::sums::{Known, measure};
    use proptest::prelude::*;

    fn measured(values: &[f32], channels: usize, shifts: &[f32]) -> Sums {
        let (mut work, mut sums) = (Sums::default(), Sums::default());
        let known = Known {
            shifts,
            minima: &[],
        };
        let set = InstructionSet::detect();
        measure(set, values, channels, known, &mut work, &mut sums);
        sums
    }

    proptest! {
        #[test]
        fn derived_statistics_are_those_of_the_values(
            channels in 16usize..70,
            positions in 1usize..50,
            seed in 0u32..1000,
        ) {
            let number = |place: usize| {
                let mixed = (place as u32 ^ seed).wrapping_mul(2_654_435_761) >> 8;
                mixed as f32 / (1 << 24) as f32 * 4.0 - 2.0
            };
            let each = |from: usize| -> Vec<f32> { (0..channels).map(|c| number(from + c)).collect() };
            let affine = Affine::new(&each(1), &each(1000), &each(2000));
            let before: Vec<f32> = (0..channels * positions).map(|place| number(5000 + place)).collect();
            let mut values = before.clone();
            affine.apply(InstructionSet::detect(), &mut values);
            let (shifts_before, shifts) = (each(3000), each(4000));
            let seen = measured(&before, channels, &shifts_before);
            let expected = measured(&values, channels, &shifts);
            let mut found = Sums::default();
            let count = positions as f64;
            prop_assert!(derive(InstructionSet::detect(), &affine, count, (&seen, &shifts_before), (&mut found, &shifts)));
            count_zeros(InstructionSet::detect(), &values, &mut found.zeros);
            prop_assert_eq!(&found.minima, &expected.minima);
            prop_assert_eq!(&found.maxima, &expected.maxima);
            prop_assert_eq!(&found.zeros, &expected.zeros);
            for channel in 0..channels {
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-5 * count;
                prop_assert!(near(found.sums[channel], expected.sums[channel]));
                prop_assert!(near(found.squares[channel] / 40.0, expected.squares[channel] / 40.0));
            }
        }
    }

    #[test]
    fn zeros_of_every_channel_are_counted_by_every_instruction_set() {
        for set in InstructionSet::available() {
            for channels in [16, 17, 40, 64, 65, 130] {
                let values: Vec<f32> = (0..channels * 9)
                    .map(|place| if place % 7 < 2 { 0.0 } else { 1.0 })
                    .collect();
                let mut zeros = vec![0.0; channels];
                count_zeros(set, &values, &mut zeros);
                for (channel, &found) in zeros.iter().enumerate() {
                    let own = values.iter().skip(channel).step_by(channels);
                    assert_eq!(found, own.filter(|&&value| value == 0.0).count() as f64);
                }
            }
        }
    }
}
