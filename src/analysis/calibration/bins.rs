//! [`Bins`]: answers sorted into bins by how sure the network was, and what the bins say.

use super::super::findings::Outcome;
use super::super::trust::ReliabilityBin;
use crate::stats::Proportion;

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: f64,
    confidence: f64,
    right: f64,
}

impl Sums {
    fn gap(&self) -> f64 {
        (self.right - self.confidence).abs()
    }
}

/// Sums of each of some bins of equal width over [0, 1]. A value belongs to the bin `(low, high]`, and 0 to the first one.
#[derive(Clone, Debug)]
pub(in super::super) struct Bins {
    sums: Vec<Sums>,
}

impl Bins {
    pub(in super::super) fn new(bins: usize) -> Self {
        Self {
            sums: vec![Sums::default(); bins.max(1)],
        }
    }

    /// Counts a value `weight` times.
    pub(in super::super) fn add(&mut self, confidence: f64, is_right: bool, weight: f64) {
        let bin = bin_of(confidence, self.sums.len());
        self.put(bin, confidence, is_right, weight);
    }

    fn put(&mut self, bin: usize, confidence: f64, is_right: bool, weight: f64) {
        let sums = &mut self.sums[bin];
        sums.count += weight;
        sums.confidence += weight * confidence;
        sums.right += weight * f64::from(u8::from(is_right));
    }

    /// The expected calibration error `Σ (n_b / n) · |right_b − confidence_b|`.
    pub(in super::super) fn expected_error(&self) -> Option<f64> {
        let count: f64 = self.sums.iter().map(|sums| sums.count).sum();
        let gaps: f64 = self.sums.iter().map(Sums::gap).sum();
        (count > 0.0).then(|| gaps / count)
    }

    /// The largest gap of a bin that holds anything.
    pub(super) fn largest_error(&self) -> Option<f64> {
        let filled = self.sums.iter().filter(|sums| sums.count > 0.0);
        filled
            .map(|sums| sums.gap() / sums.count)
            .max_by(f64::total_cmp)
    }

    /// What pages and files show of each bin, the empty ones among them.
    pub(super) fn shown(&self) -> Vec<ReliabilityBin> {
        let bins = self.sums.len() as f64;
        self.sums
            .iter()
            .enumerate()
            .map(|(bin, sums)| ReliabilityBin {
                low: bin as f64 / bins,
                high: (bin + 1) as f64 / bins,
                count: sums.count as u64,
                confidence: (sums.count > 0.0).then(|| sums.confidence / sums.count),
                right: Proportion::new(sums.right as u64, sums.count as u64),
            })
            .collect()
    }
}

/// The bin `(low, high]` of a value among bins of equal width. The estimate is put right against the edges
/// themselves, so that a value on an edge lies below it.
pub(super) fn bin_of(value: f64, bins: usize) -> usize {
    let edge = |bin: usize| bin as f64 / bins as f64;
    let mut bin = ((value * bins as f64) as usize).min(bins - 1);
    while bin > 0 && value <= edge(bin) {
        bin -= 1;
    }
    while bin + 1 < bins && value > edge(bin + 1) {
        bin += 1;
    }
    bin
}

/// The confidence of all answers.
pub(in super::super) fn of_confidence(outcomes: &[Outcome], bins: usize) -> Bins {
    let mut bins = Bins::new(bins);
    for outcome in outcomes {
        bins.add(f64::from(outcome.confidence), outcome.is_right(), 1.0);
    }
    bins
}

/// The same in bins of equal numbers of answers, cut from the least to the most confident; among equals
/// the lower index comes first. The first bins hold one more where the number does not divide.
pub(super) fn of_equal_mass(outcomes: &[Outcome], bins: usize) -> Bins {
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_by(|&a, &b| {
        outcomes[a]
            .confidence
            .total_cmp(&outcomes[b].confidence)
            .then(a.cmp(&b))
    });
    let mut filled = Bins::new(bins);
    let (size, larger) = (order.len() / bins, order.len() % bins);
    let mut rest = order.into_iter();
    for bin in 0..bins {
        for index in rest.by_ref().take(size + usize::from(bin < larger)) {
            filled.put(
                bin,
                f64::from(outcomes[index].confidence),
                outcomes[index].is_right(),
                1.0,
            );
        }
    }
    filled
}

/// Mean over the classes of the calibration error of each class's probability, right where the sample is
/// of the class (Kull et al. 2019).
pub(super) fn classwise(outcomes: &[Outcome], classes: usize, bins: usize) -> Option<f64> {
    let mut all = vec![Bins::new(bins); classes];
    for outcome in outcomes {
        for (class, (bins, &p)) in all.iter_mut().zip(&outcome.probabilities).enumerate() {
            bins.add(f64::from(p), outcome.truth == class, 1.0);
        }
    }
    let errors: Option<Vec<f64>> = all.iter().map(Bins::expected_error).collect();
    errors
        .filter(|errors| !errors.is_empty())
        .map(|errors| errors.iter().sum::<f64>() / errors.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_on_an_edge_lies_below_it() {
        assert_eq!(
            [0.0, 0.1, 0.3, 0.6, 0.7, 1.0].map(|value| bin_of(value, 10)),
            [0, 0, 2, 5, 6, 9]
        );
        assert_eq!(
            [0.0, 0.2, 0.4, 1.0 / 3.0].map(|value| bin_of(value, 15)),
            [0, 2, 5, 4]
        );
        assert_eq!(bin_of(f64::NAN, 10), 0);
    }

    #[test]
    fn nothing_has_no_error() {
        let bins = Bins::new(10);
        assert_eq!((bins.expected_error(), bins.largest_error()), (None, None));
    }

    proptest! {
        #[test]
        fn a_value_lies_within_its_bin(value in 0f64..=1.0, bins in 1usize..40) {
            let bin = bin_of(value, bins);
            prop_assert!(value <= (bin + 1) as f64 / bins as f64);
            prop_assert!(bin == 0 || value > bin as f64 / bins as f64);
        }

        #[test]
        fn the_expected_error_is_never_above_the_largest(values in prop::collection::vec((0f64..=1.0, any::<bool>()), 1..50)) {
            let mut bins = Bins::new(10);
            for (value, right) in values {
                bins.add(value, right, 1.0);
            }
            prop_assert!(bins.expected_error() <= bins.largest_error().map(|error| error + 1e-12));
        }
    }
}
