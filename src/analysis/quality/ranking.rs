//! [`Ranking`]: how well the probability of one class tells its samples from all others, whatever the
//! threshold: the area under the ROC curve, the average precision, and the curves themselves.

use super::super::findings::Outcome;
use super::super::trust::CurvePoint;

/// Neighbouring points of a curve are at least this far apart in one of its shares.
const STEP: f64 = 1.0 / 256.0;

/// One sample in the order of the probability of a class.
#[derive(Clone, Copy)]
struct Ranked {
    index: u32,
    positive: bool,
    /// The last of those with the same probability: only here can a threshold lie.
    last: bool,
}

/// All samples by their probability of one class, the highest first.
pub(super) struct Ranking {
    order: Vec<Ranked>,
}

/// What stands above a threshold, step by step.
#[derive(Clone, Copy, Default)]
struct Above {
    positives: f64,
    negatives: f64,
}

impl Ranking {
    pub(super) fn new(outcomes: &[Outcome], class: usize) -> Self {
        let probability = |index: u32| outcomes[index as usize].probabilities[class];
        let mut indices: Vec<u32> = (0..outcomes.len() as u32).collect();
        indices
            .sort_unstable_by(|&a, &b| probability(b).total_cmp(&probability(a)).then(a.cmp(&b)));
        let order = indices
            .iter()
            .enumerate()
            .map(|(place, &index)| Ranked {
                index,
                positive: outcomes[index as usize].truth == class,
                last: indices
                    .get(place + 1)
                    .is_none_or(|&next| probability(next) != probability(index)),
            })
            .collect();
        Self { order }
    }

    /// Area under the ROC curve and average precision, each sample counted `weight(index)` times. Undefined
    /// where one side has no samples: the area without both, the precision without positives.
    pub(super) fn areas(&self, weight: impl Fn(usize) -> f64) -> (Option<f64>, Option<f64>) {
        let (mut above, mut before) = (Above::default(), Above::default());
        let (mut roc, mut precision) = (0.0, 0.0);
        for sample in &self.order {
            let weight = weight(sample.index as usize);
            if sample.positive {
                above.positives += weight;
            } else {
                above.negatives += weight;
            }
            if sample.last {
                roc += (above.negatives - before.negatives) * (above.positives + before.positives)
                    / 2.0;
                let all = above.positives + above.negatives;
                if above.positives > before.positives {
                    precision += (above.positives - before.positives) * above.positives / all;
                }
                before = above;
            }
        }
        let Above {
            positives,
            negatives,
        } = above;
        (
            (positives > 0.0 && negatives > 0.0).then(|| roc / (positives * negatives)),
            (positives > 0.0).then(|| precision / positives),
        )
    }

    /// The points of both curves from the highest threshold to the lowest, thinned where they lie closer
    /// than a picture can show; empty where one side has no samples.
    pub(super) fn curve(&self, outcomes: &[Outcome], class: usize) -> Vec<CurvePoint> {
        let positives = self.order.iter().filter(|sample| sample.positive).count() as f64;
        let negatives = self.order.len() as f64 - positives;
        if positives == 0.0 || negatives == 0.0 {
            return Vec::new();
        }
        let mut points: Vec<CurvePoint> = Vec::new();
        let mut above = Above::default();
        for (place, sample) in self.order.iter().enumerate() {
            if sample.positive {
                above.positives += 1.0;
            } else {
                above.negatives += 1.0;
            }
            if !sample.last {
                continue;
            }
            let point = CurvePoint {
                threshold: outcomes[sample.index as usize].probabilities[class],
                recall: above.positives / positives,
                false_positive_rate: above.negatives / negatives,
                precision: above.positives / (above.positives + above.negatives),
            };
            if place + 1 == self.order.len()
                || points.last().is_none_or(|last| is_apart(last, &point))
            {
                points.push(point);
            }
        }
        points
    }
}

fn is_apart(a: &CurvePoint, b: &CurvePoint) -> bool {
    let pairs = [
        (a.recall, b.recall),
        (a.false_positive_rate, b.false_positive_rate),
        (a.precision, b.precision),
    ];
    pairs.iter().any(|(a, b)| (a - b).abs() >= STEP)
}

#[cfg(test)]
mod tests {
    use super::super::super::oracle_tests::outcome;
    use super::*;
    use proptest::prelude::*;

    fn outcomes(scores: &[(bool, f32)]) -> Vec<Outcome> {
        scores
            .iter()
            .map(|&(positive, score)| outcome(usize::from(!positive), &[score, 1.0 - score]))
            .collect()
    }

    #[test]
    fn equal_scores_count_half() {
        let all = outcomes(&[(true, 0.5), (false, 0.5), (true, 0.5), (false, 0.5)]);
        assert_eq!(Ranking::new(&all, 0).areas(|_| 1.0), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn one_side_alone_has_no_area() {
        let all = outcomes(&[(true, 0.5), (true, 0.75)]);
        assert_eq!(Ranking::new(&all, 0).areas(|_| 1.0), (None, Some(1.0)));
        assert_eq!(Ranking::new(&all, 1).areas(|_| 1.0), (None, None));
        assert!(Ranking::new(&all, 1).curve(&all, 1).is_empty());
    }

    proptest! {
        #[test]
        fn a_weight_of_two_is_the_sample_twice(scores in prop::collection::vec((any::<bool>(), 0u8..8, 0usize..3), 1..40)) {
            let plain: Vec<_> = scores.iter().map(|&(positive, score, _)| (positive, f32::from(score) / 8.0)).collect();
            let repeated: Vec<_> =
                scores.iter().zip(&plain).flat_map(|(&(_, _, times), &sample)| std::iter::repeat_n(sample, times)).collect();
            let weighted = Ranking::new(&outcomes(&plain), 0).areas(|index| scores[index].2 as f64);
            let plainly = Ranking::new(&outcomes(&repeated), 0).areas(|_| 1.0);
            let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                (a, b) => a == b,
            };
            prop_assert!(same(weighted.0, plainly.0) && same(weighted.1, plainly.1), "{:?} {:?}", weighted, plainly);
        }

        #[test]
        fn curves_rise_and_end_at_all(scores in prop::collection::vec((any::<bool>(), 0u8..20), 2..60)) {
            let all = outcomes(&scores.iter().map(|&(positive, score)| (positive, f32::from(score) / 20.0)).collect::<Vec<_>>());
            let curve = Ranking::new(&all, 0).curve(&all, 0);
            for pair in curve.windows(2) {
                prop_assert!(pair[0].recall <= pair[1].recall && pair[0].false_positive_rate <= pair[1].false_positive_rate);
                prop_assert!(pair[0].threshold > pair[1].threshold);
            }
            prop_assert!(curve.last().is_none_or(|last| last.recall == 1.0 && last.false_positive_rate == 1.0));
        }
    }
}
