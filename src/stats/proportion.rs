//! [`Proportion`]: a share of a finite sample, with its uncertainty.

use serde::Serialize;

/// 0.975 quantile of the standard normal distribution: two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// `count` of `total`, with the Wilson score interval at 95 %
/// (Wilson 1927, *Probable inference, the law of succession, and statistical inference*).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Proportion {
    pub count: u64,
    pub total: u64,
    /// In [0, 1].
    pub share: f64,
    /// Bounds of the interval, in [0, 1].
    pub low: f64,
    pub high: f64,
}

impl Proportion {
    /// `None` for a share of nothing: undefined, not 0.
    pub fn new(count: u64, total: u64) -> Option<Self> {
        if total == 0 {
            return None;
        }
        let (k, n) = (count as f64, total as f64);
        let share = k / n;
        let spread = Z * Z / n;
        let center = (share + spread / 2.0) / (1.0 + spread);
        let half = Z / (1.0 + spread) * (share * (1.0 - share) / n + spread / (4.0 * n)).sqrt();
        // The bounds of a share of none or all are exactly 0 and 1; rounding would miss them.
        let low = if count == 0 {
            0.0
        } else {
            (center - half).max(0.0)
        };
        let high = if count == total {
            1.0
        } else {
            (center + half).min(1.0)
        };
        Some(Self {
            count,
            total,
            share,
            low,
            high,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_statsmodels() {
        // statsmodels 0.14: proportion_confint(7579, 10000, method="wilson"), (0, 10), (3, 7)
        for (count, total, low, high) in [
            (
                7579,
                10_000,
                0.749_406_400_531_818_3,
                0.766_195_533_108_586_7,
            ),
            (0, 10, 0.0, 0.277_532_799_862_889_8),
            (3, 7, 0.158_219_855_251_469_64, 0.749_541_635_472_342_8),
        ] {
            let proportion = Proportion::new(count, total).unwrap();
            assert!((proportion.low - low).abs() < 1e-12, "{proportion:?} {low}");
            assert!(
                (proportion.high - high).abs() < 1e-12,
                "{proportion:?} {high}"
            );
        }
    }

    #[test]
    fn a_share_of_nothing_is_undefined() {
        assert_eq!(Proportion::new(0, 0), None);
    }
}
