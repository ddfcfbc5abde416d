//! [`PerceptualHash`]: 64 bits that images share which look alike.

use std::f64::consts::PI;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::resample::{Filter, resample};

/// Side of the image the hash is taken from, and of the corner of its spectrum that is kept.
const SIDE: usize = 32;
const KEPT: usize = 8;

/// The DCT hash that `imagehash.phash` computes: the image as 32×32 grey tones (Lanczos), its two-dimensional
/// DCT-II, and of the 8×8 lowest frequencies whether each exceeds their median; the first is the highest bit.
/// Coefficients that are rounding errors count as zero.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct PerceptualHash(pub u64);

impl PerceptualHash {
    /// Of `width × height` grey tones.
    pub(super) fn of(grey: &[u8], width: usize, height: usize) -> Self {
        let small = resample(grey, (width, height), (SIDE, SIDE), 1, Filter::Lanczos);
        let spectrum = low_frequencies(&small);
        let mut sorted = spectrum;
        sorted.sort_by(f64::total_cmp);
        let middle = KEPT * KEPT / 2;
        let median = (sorted[middle - 1] + sorted[middle]) / 2.0;
        Self(
            spectrum
                .iter()
                .fold(0, |bits, &value| bits << 1 | u64::from(value > median)),
        )
    }

    /// Number of bits that differ, 0 to 64.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for PerceptualHash {
    /// 16 hexadecimal digits, as `str(imagehash.phash(image))`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// cos(π k (2n + 1) / 2N) for the frequencies that are kept.
static COSINES: LazyLock<[[f64; SIDE]; KEPT]> = LazyLock::new(|| {
    std::array::from_fn(|k| {
        std::array::from_fn(|n| (PI * (k * (2 * n + 1)) as f64 / (2 * SIDE) as f64).cos())
    })
});

/// The 8×8 lowest frequencies, rows vertical.
fn low_frequencies(grey: &[u8]) -> [f64; KEPT * KEPT] {
    let mut columns = [[0.0; SIDE]; KEPT];
    for (cosines, sums) in COSINES.iter().zip(&mut columns) {
        for (row, cosine) in grey.chunks_exact(SIDE).zip(cosines) {
            for (sum, &tone) in sums.iter_mut().zip(row) {
                *sum += cosine * f64::from(tone);
            }
        }
    }
    let mut spectrum = [0.0; KEPT * KEPT];
    for (sums, row) in columns.iter().zip(spectrum.chunks_exact_mut(KEPT)) {
        for (cosines, value) in COSINES.iter().zip(row) {
            *value = cosines
                .iter()
                .zip(sums)
                .map(|(cosine, sum)| cosine * sum)
                .sum();
        }
    }
    let largest = spectrum
        .iter()
        .fold(0.0f64, |most, value| most.max(value.abs()));
    spectrum.map(|value| {
        if value.abs() <= 1e-12 * largest {
            0.0
        } else {
            value
        }
    })
}
