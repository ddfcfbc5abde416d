//! Confusions: which classes are taken for which, and on which samples.

use std::collections::BTreeMap;

use super::findings::{Confusion, Outcome};
use crate::stats::{ConfusionMatrix, Proportion};

/// Every confusion that occurs, the most frequent first.
pub(super) fn confusions(matrix: &ConfusionMatrix, outcomes: &[Outcome]) -> Vec<Confusion> {
    let mut samples: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (index, outcome) in outcomes
        .iter()
        .enumerate()
        .filter(|(_, outcome)| !outcome.is_right())
    {
        samples
            .entry((outcome.truth, outcome.prediction))
            .or_default()
            .push(index);
    }
    let mut confusions: Vec<Confusion> = samples
        .into_iter()
        .filter_map(|((truth, prediction), mut samples)| {
            samples.sort_by(|&a, &b| most_confident_first(outcomes, a, b));
            let share = Proportion::new(samples.len() as u64, matrix.support(truth))?;
            Some(Confusion {
                truth,
                prediction,
                samples,
                alike: None,
                share,
            })
        })
        .collect();
    confusions.sort_by_key(|confusion| {
        (
            std::cmp::Reverse(confusion.samples.len()),
            confusion.truth,
            confusion.prediction,
        )
    });
    confusions
}

/// Orders samples by confidence, the highest first; where f32 probabilities saturate the margin
/// decides, and at last the index.
pub(super) fn most_confident_first(outcomes: &[Outcome], a: usize, b: usize) -> std::cmp::Ordering {
    outcomes[b]
        .confidence
        .total_cmp(&outcomes[a].confidence)
        .then(outcomes[b].margin.total_cmp(&outcomes[a].margin))
        .then(a.cmp(&b))
}
