//! [`SplitMix64`]: the seeded numbers behind everything that is drawn by lot. The generator
//! stands here and in no dependency, so that a report has the same digits with every version of every crate.

/// SplitMix64 (Steele, Lea, Flood 2014, *Fast splittable pseudorandom number generators*).
pub(crate) struct SplitMix64(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl SplitMix64 {
    /// The numbers of one stream of a seed. Each replicate has a stream of its own, so that it does not
    /// matter which thread computes it.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut seeder = Self(seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95));
        Self(seeder.next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from 0 to `bound − 1`; the bias is below `bound / 2⁶⁴`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The quantile of sorted values, linear between neighbours as in `numpy.quantile`; `None` of nothing.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (*sorted.get(below)?, *sorted.get((below + 1).min(last))?);
    Some(low + (high - low) * (place - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // Vigna's splitmix64.c from the state 1234567.
        let mut numbers = SplitMix64(1_234_567);
        assert_eq!(numbers.next(), 6_457_827_717_110_365_317);
        assert_eq!(numbers.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(
            (quantile(&[5.0], 0.3), quantile(&[], 0.5)),
            (Some(5.0), None)
        );
    }

    proptest! {
        #[test]
        fn numbers_stay_below_their_bound(seed: u64, stream: u64, bound in 1usize..1000) {
            let mut numbers = SplitMix64::new(seed, stream);
            for _ in 0..20 {
                prop_assert!(numbers.below(bound) < bound);
                let unit = numbers.unit();
                prop_assert!((0.0..1.0).contains(&unit));
            }
        }
    }
}
