//! [`LogHistogram`]: counts in fixed logarithmic bins around zero.

use serde::{Deserialize, Serialize};

use super::Merge;

/// Bins on each side of zero: two an octave from 2⁻¹² to 2¹², so that every histogram has the same
/// edges and two of them merge by adding.
pub const BINS_PER_SIDE: usize = 48;

const LOWEST_EXPONENT: i32 = -12;
/// Zero and everything nearer to it than 2⁻¹².
const MIDDLE: usize = BINS_PER_SIDE;
/// All bins, from the most negative to the most positive one.
pub const BINS: usize = 2 * BINS_PER_SIDE + 1;

/// Counts of values in bins with the edges ±2ⁿ and ±1.5·2ⁿ, n = −12 … 11. What is nearer to zero than
/// 2⁻¹² falls into the middle bin, what is further than 2¹² into the outermost ones; NaN into none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHistogram {
    /// Empty before the first value: most pieces of a large network's channels are never counted.
    counts: Vec<u64>,
}

/// What a histogram without values shows.
static NONE: [u64; BINS] = [0; BINS];

impl LogHistogram {
    pub fn add(&mut self, value: f32) {
        let bin = Self::bin(value);
        if bin < BINS {
            self.own()[bin] += 1;
        }
    }

    /// Adds values that were counted elsewhere, by the bins of [`Self::bin`].
    pub fn add_counts(&mut self, counts: &[u32; BINS]) {
        if counts.iter().any(|&count| count > 0) {
            for (own, &count) in self.own().iter_mut().zip(counts) {
                *own += u64::from(count);
            }
        }
    }

    /// The bin that a value falls into, for code that counts many at a time; [`BINS`] for NaN, which
    /// falls into none.
    #[inline(always)]
    pub fn bin(value: f32) -> usize {
        // No branches, so that compilers can turn loops over it into vectors.
        let bits = value.to_bits();
        let magnitude = bits & 0x7fff_ffff;
        let half_octave = (magnitude >> 22) as i32 - 2 * (127 + LOWEST_EXPONENT);
        let distance = (half_octave + 1).clamp(0, BINS_PER_SIDE as i32);
        let signed = if bits >> 31 == 0 { distance } else { -distance };
        let bin = (MIDDLE as i32 + signed) as usize;
        if magnitude > f32::INFINITY.to_bits() {
            BINS
        } else {
            bin
        }
    }

    /// Counts from the most negative bin to the most positive one.
    pub fn counts(&self) -> &[u64] {
        if self.counts.is_empty() {
            &NONE
        } else {
            &self.counts
        }
    }

    fn own(&mut self) -> &mut [u64] {
        self.counts.resize(BINS, 0);
        &mut self.counts
    }

    /// Number of values counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// `(lower, upper, count)` of every bin between the first and the last that hold a value, ascending.
    pub fn occupied(&self) -> Vec<(f64, f64, u64)> {
        let counts = self.counts();
        let Some(first) = counts.iter().position(|&count| count > 0) else {
            return Vec::new();
        };
        let last = counts.iter().rposition(|&count| count > 0).unwrap_or(first);
        (first..=last)
            .map(|bin| {
                let (lower, upper) = edges(bin);
                (lower, upper, counts[bin])
            })
            .collect()
    }
}

impl Merge for LogHistogram {
    fn merge(&mut self, later: Self) {
        if self.counts.is_empty() {
            self.counts = later.counts;
            return;
        }
        for (own, other) in self.counts.iter_mut().zip(later.counts) {
            *own += other;
        }
    }
}

/// Lower and upper edge of a bin.
fn edges(bin: usize) -> (f64, f64) {
    let magnitude = |step: usize| {
        let exponent = LOWEST_EXPONENT + (step / 2) as i32;
        2f64.powi(exponent) * if step.is_multiple_of(2) { 1.0 } else { 1.5 }
    };
    match bin.cmp(&MIDDLE) {
        std::cmp::Ordering::Equal => (-magnitude(0), magnitude(0)),
        std::cmp::Ordering::Greater => (magnitude(bin - MIDDLE - 1), magnitude(bin - MIDDLE)),
        std::cmp::Ordering::Less => (-magnitude(MIDDLE - bin), -magnitude(MIDDLE - bin - 1)),
    }
}

/// Positions of a feature map that are counted, about: neighbours are much alike, and images are many.
const POSITIONS: usize = 128;

/// Every how many positions of a feature map one is counted in its channel's histogram, from the first on, row after row. Odd, so that
/// the counted ones do not stand below each other in maps of a usual width.
pub fn position_step(positions: usize) -> usize {
    match positions.div_ceil(POSITIONS) {
        0 | 1 => 1,
        step => step | 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zero_and_the_tiny_fall_into_the_middle() {
        for value in [0.0, -0.0, 1e-5, -1e-5, f32::MIN_POSITIVE] {
            assert_eq!(LogHistogram::bin(value), MIDDLE, "{value}");
        }
    }

    #[test]
    fn the_huge_fall_into_the_last_bins_and_nan_into_none() {
        assert_eq!(LogHistogram::bin(f32::INFINITY), BINS - 1);
        assert_eq!(LogHistogram::bin(f32::NEG_INFINITY), 0);
        assert_eq!(LogHistogram::bin(f32::NAN), BINS);
    }

    #[test]
    fn about_a_hundred_positions_are_counted() {
        assert_eq!([0, 1, 49, 128].map(position_step), [1; 4]);
        assert_eq!([129, 900, 3136, 12_544].map(position_step), [3, 9, 25, 99]);
    }

    proptest! {
        #[test]
        fn a_value_lies_between_the_edges_of_its_bin(value in -4000f32..4000.0) {
            let bin = LogHistogram::bin(value);
            let (lower, upper) = edges(bin);
            let value = f64::from(value);
            prop_assert!(lower <= value && value <= upper, "{} in [{}, {}]", value, lower, upper);
        }
    }
}
