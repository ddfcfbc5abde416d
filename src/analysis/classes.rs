//! Classes: recall, precision and F1 of each, its typical and its worst samples.

use super::confusions::most_confident_first;
use super::findings::{ClassFindings, Outcome};
use crate::stats::{ConfusionMatrix, Proportion};

/// Samples kept of either kind.
const SHOWN: usize = 24;

/// One a class, by number.
pub(super) fn per_class(
    names: &[String],
    matrix: &ConfusionMatrix,
    outcomes: &[Outcome],
) -> Vec<ClassFindings> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
    for (index, outcome) in outcomes.iter().enumerate() {
        members[outcome.truth].push(index);
    }
    names
        .iter()
        .zip(members)
        .enumerate()
        .map(|(class, (name, members))| {
            let (support, predicted) = (matrix.support(class), matrix.predicted(class));
            let right = matrix.count(class, class);
            ClassFindings {
                name: name.clone(),
                support,
                predicted,
                recall: Proportion::new(right, support),
                precision: Proportion::new(right, predicted),
                f1: (support + predicted > 0)
                    .then(|| 2.0 * right as f64 / (support + predicted) as f64),
                typical: typical(&members, outcomes),
                worst: worst(members, outcomes),
            }
        })
        .collect()
}

fn typical(members: &[usize], outcomes: &[Outcome]) -> Vec<usize> {
    let mut right: Vec<usize> = members
        .iter()
        .copied()
        .filter(|&index| outcomes[index].is_right())
        .collect();
    right.sort_by(|&a, &b| most_confident_first(outcomes, a, b));
    right.truncate(SHOWN);
    right
}

fn worst(mut members: Vec<usize>, outcomes: &[Outcome]) -> Vec<usize> {
    members.retain(|&index| !outcomes[index].is_right());
    members.sort_by(|&a, &b| {
        outcomes[b]
            .loss
            .total_cmp(&outcomes[a].loss)
            .then(a.cmp(&b))
    });
    members.truncate(SHOWN);
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_samples_has_no_recall() {
        let mut matrix = ConfusionMatrix::new(3);
        matrix.add(0, 0);
        matrix.add(1, 0);
        let names = ["a", "b", "c"].map(String::from);
        let found = per_class(&names, &matrix, &[]);
        assert_eq!(found[2].recall, None);
        assert_eq!((found[2].precision, found[2].f1), (None, None));
        assert_eq!(found[1].recall.map(|recall| recall.share), Some(0.0));
        assert_eq!(found[1].f1, Some(0.0));
        assert_eq!(
            found[0].precision.map(|precision| precision.share),
            Some(0.5)
        );
    }
}
