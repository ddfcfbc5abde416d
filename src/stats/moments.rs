//! [`Moments`]: count, mean, spread, extremes and zeros of a stream of values.

use serde::{Deserialize, Serialize};

use super::Merge;

/// Moments of the finite values seen, with sums in `f64`.
///
/// Two of them merge after Chan, Golub and LeVeque (1979), *Updating formulae and a pairwise
/// algorithm for computing sample variances*: M2 = M2a + M2b + δ²·na·nb/n.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Number of values, NaN not among them.
    pub count: u64,
    pub mean: f64,
    /// Sum of squared differences from the mean.
    pub squares: f64,
    /// +∞ while nothing was seen.
    pub min: f32,
    /// −∞ while nothing was seen.
    pub max: f32,
    /// Number of values that are exactly zero.
    pub zeros: u64,
    /// Number of values that are NaN, kept out of all others.
    pub nans: u64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            count: 0,
            mean: 0.0,
            squares: 0.0,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            zeros: 0,
            nans: 0,
        }
    }
}

impl Moments {
    /// Moments of a run of values, in two passes.
    pub fn of(values: impl Iterator<Item = f32> + Clone) -> Self {
        let mut moments = Self::default();
        let mut sum = 0.0f64;
        for value in values.clone() {
            if value.is_nan() {
                moments.nans += 1;
                continue;
            }
            moments.count += 1;
            sum += f64::from(value);
            moments.min = moments.min.min(value);
            moments.max = moments.max.max(value);
            moments.zeros += u64::from(value == 0.0);
        }
        if moments.count > 0 {
            moments.mean = sum / moments.count as f64;
            moments.squares = values
                .filter(|value| !value.is_nan())
                .map(|value| (f64::from(value) - moments.mean).powi(2))
                .sum();
        }
        moments
    }

    /// Standard deviation of the population (`ddof = 0`), 0 when nothing was seen.
    pub fn standard_deviation(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            (self.squares / self.count as f64).max(0.0).sqrt()
        }
    }

    /// Share of the values that are exactly zero, in [0, 1]; 0 when nothing was seen.
    pub fn zero_fraction(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.zeros as f64 / self.count as f64
        }
    }

    /// Whether values were seen and every one of them was zero.
    pub fn all_zero(&self) -> bool {
        self.count > 0 && self.zeros == self.count && self.nans == 0
    }
}

impl Merge for Moments {
    fn merge(&mut self, later: Self) {
        self.nans += later.nans;
        if later.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = Self {
                nans: self.nans,
                ..later
            };
            return;
        }
        let (own, other) = (self.count as f64, later.count as f64);
        let total = own + other;
        let delta = later.mean - self.mean;
        self.mean += delta * other / total;
        self.squares += later.squares + delta * delta * own * other / total;
        self.count += later.count;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.zeros += later.zeros;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
    }

    #[test]
    fn moments_of_nothing_are_quiet() {
        let moments = Moments::of(std::iter::empty());
        assert_eq!(
            (
                moments.standard_deviation(),
                moments.zero_fraction(),
                moments.all_zero()
            ),
            (0.0, 0.0, false)
        );
    }

    #[test]
    fn nan_is_counted_apart() {
        let moments = Moments::of([1.0, f32::NAN, 3.0].into_iter());
        assert_eq!(
            (moments.count, moments.nans, moments.mean, moments.max),
            (2, 1, 2.0, 3.0)
        );
    }

    proptest! {
        #[test]
        fn any_split_gives_the_moments_of_the_whole(values in prop::collection::vec(-100f32..100.0, 0..60), cuts in (0usize..60, 0usize..60)) {
            let (a, b) = (cuts.0.min(values.len()), cuts.1.min(values.len()));
            let (a, b) = (a.min(b), a.max(b));
            let whole = Moments::of(values.iter().copied());
            let part = |range: &[f32]| Moments::of(range.iter().copied());
            let mut left = part(&values[..a]);
            left.merge(part(&values[a..b]));
            left.merge(part(&values[b..]));
            let mut tail = part(&values[a..b]);
            tail.merge(part(&values[b..]));
            let mut right = part(&values[..a]);
            right.merge(tail);
            for merged in [left, right] {
                prop_assert_eq!((merged.count, merged.zeros, merged.min, merged.max), (whole.count, whole.zeros, whole.min, whole.max));
                prop_assert!(close(merged.mean, whole.mean) && close(merged.squares, whole.squares));
            }
        }
    }
}
