//! Suspect labels: samples whose label the network contradicts so consistently that the label may be wrong.
//! Confident learning (Northcutt, Jiang, Chuang 2021) as cleanlab 2 does it in
//! `find_label_issues(labels, pred_probs, return_indices_ranked_by="self_confidence")`: the same samples in the
//! same order. Where cleanlab leaves the order of equals to the sorting of the machine, the index decides.

use super::findings::Outcome;
use super::trust::{Suspect, Suspects};

/// Below this two probabilities count as equal; cleanlab's `FLOATING_POINT_COMPARISON`.
const EQUAL: f64 = 1e-6;
/// Lowest threshold of a class, and the divisor in place of zero.
const LOWEST_THRESHOLD: f64 = 2.0 * EQUAL;
const TINY: f64 = 1e-100;
/// Threshold of a class without samples: above every probability.
const NEVER: f64 = 2.0;
/// Every class keeps at least so many samples that count as rightly labelled.
const KEPT: f64 = 1.0;

/// The suspects, the lowest probability of the given label first.
pub(super) fn suspects(outcomes: &[Outcome], classes: usize) -> Suspects {
    let members = members(outcomes, classes);
    let thresholds = thresholds(outcomes, &members);
    let joint = calibrate(&confident_joint(outcomes, &thresholds), &members);
    let counts = prune_counts(&joint);
    let mut marked = vec![false; outcomes.len()];
    for (given, members) in members.iter().enumerate() {
        prune(outcomes, given, members, &counts, &mut marked);
    }
    let mut found: Vec<Suspect> = outcomes
        .iter()
        .enumerate()
        .filter(|&(index, outcome)| marked[index] && contradicts(outcome))
        .map(|(index, outcome)| Suspect {
            index,
            given: outcome.truth,
            suggested: outcome.prediction,
            given_probability: outcome.probabilities[outcome.truth],
            suggested_probability: outcome.probabilities[outcome.prediction],
        })
        .collect();
    found.sort_by(|a, b| {
        a.given_probability
            .total_cmp(&b.given_probability)
            .then(a.index.cmp(&b.index))
    });
    Suspects {
        found,
        thresholds: thresholds
            .into_iter()
            .map(|value| (value < NEVER).then_some(value))
            .collect(),
        joint,
    }
}

fn members(outcomes: &[Outcome], classes: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); classes];
    for (index, outcome) in outcomes.iter().enumerate() {
        members[outcome.truth].push(index);
    }
    members
}

fn p(outcome: &Outcome, class: usize) -> f64 {
    f64::from(outcome.probabilities[class])
}

/// The mean probability of each class over the samples that have its label.
fn thresholds(outcomes: &[Outcome], members: &[Vec<usize>]) -> Vec<f64> {
    members
        .iter()
        .enumerate()
        .map(|(class, members)| {
            if members.is_empty() {
                return NEVER;
            }
            let sum: f64 = members
                .iter()
                .map(|&index| p(&outcomes[index], class))
                .sum();
            (sum / members.len() as f64).max(LOWEST_THRESHOLD)
        })
        .collect()
}

/// Counts of (given label, class the network is confident of): rows given, columns confident. The diagonal
/// is at least 1.
fn confident_joint(outcomes: &[Outcome], thresholds: &[f64]) -> Vec<Vec<f64>> {
    let classes = thresholds.len();
    let mut joint = vec![vec![0.0f64; classes]; classes];
    for outcome in outcomes {
        let mut confident =
            (0..classes).filter(|&class| p(outcome, class) >= thresholds[class] - EQUAL);
        let guess = match (confident.next(), confident.next()) {
            (None, _) => continue,
            (Some(only), None) => only,
            (Some(_), Some(_)) => most_probable(outcome, None),
        };
        joint[outcome.truth][guess] += 1.0;
    }
    for (class, row) in joint.iter_mut().enumerate() {
        row[class] = row[class].max(1.0);
    }
    joint
}

/// The class with the highest probability, the lowest number among equals; one class may be favoured.
fn most_probable(outcome: &Outcome, favoured: Option<usize>) -> usize {
    let value =
        |class: usize| p(outcome, class) + if favoured == Some(class) { EQUAL } else { 0.0 };
    (0..outcome.probabilities.len()).fold(0, |best, class| {
        if value(class) > value(best) {
            class
        } else {
            best
        }
    })
}

/// Whether the network answers otherwise than the label by more than rounding.
fn contradicts(outcome: &Outcome) -> bool {
    most_probable(outcome, Some(outcome.truth)) != outcome.truth
}

/// Scales the rows to the number of labels of each class, then everything to the number of samples, and
/// rounds so that rows keep their sums.
fn calibrate(joint: &[Vec<f64>], members: &[Vec<usize>]) -> Vec<Vec<i64>> {
    let all = members.iter().map(Vec::len).sum::<usize>() as f64;
    let scaled: Vec<Vec<f64>> = joint
        .iter()
        .zip(members)
        .map(|(row, members)| {
            let sum = row.iter().sum::<f64>().max(TINY);
            row.iter()
                .map(|count| count / sum * members.len() as f64)
                .collect()
        })
        .collect();
    let total = scaled.iter().flatten().sum::<f64>().max(TINY);
    scaled
        .iter()
        .map(|row| {
            round(
                &row.iter()
                    .map(|count| count / total * all)
                    .collect::<Vec<_>>(),
            )
        })
        .collect()
}

/// Rounds half to even; then counts with the largest remainders are corrected until the sum is that of before.
fn round(values: &[f64]) -> Vec<i64> {
    let mut rounded: Vec<f64> = values.iter().map(|value| value.round_ties_even()).collect();
    let wanted = values.iter().sum::<f64>().round_ties_even();
    loop {
        let missing = wanted - rounded.iter().sum::<f64>().round_ties_even();
        if missing == 0.0 || !missing.is_finite() || values.is_empty() {
            break;
        }
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| {
            (values[a] - rounded[a])
                .total_cmp(&(values[b] - rounded[b]))
                .then(a.cmp(&b))
        });
        let step = missing.signum();
        if step > 0.0 {
            order.reverse();
        }
        for &place in order.iter().take(missing.abs() as usize) {
            rounded[place] += step;
        }
    }
    rounded.into_iter().map(|value| value as i64).collect()
}

/// How many samples with label `given` (columns) to mark as really `other` (rows). A class whose rightly
/// labelled samples are fewer than one gets one, taken evenly from the counts of its column.
fn prune_counts(joint: &[Vec<i64>]) -> Vec<Vec<i64>> {
    let classes = joint.len();
    let mut counts: Vec<Vec<f64>> = (0..classes)
        .map(|other| {
            (0..classes)
                .map(|given| joint[given][other] as f64)
                .collect()
        })
        .collect();
    for given in 0..classes {
        let raised = (KEPT - counts[given][given]).max(0.0);
        let rates = (0..classes)
            .filter(|&other| counts[other][given] != 0.0)
            .count() as f64
            - 1.0;
        for (other, row) in counts.iter_mut().enumerate() {
            row[given] = match other == given {
                true => row[given] + raised,
                false => (row[given] - raised / rates.max(1.0)).max(0.0).trunc(),
            };
        }
    }
    counts.iter().map(|row| round(row)).collect()
}

/// Marks, for every other class, as many samples of a label as its count says: those whose probability of the
/// other class exceeds that of the label most.
fn prune(
    outcomes: &[Outcome],
    given: usize,
    members: &[usize],
    counts: &[Vec<i64>],
    marked: &mut [bool],
) {
    if members.len() as f64 <= KEPT {
        return;
    }
    for (other, row) in counts
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != given)
    {
        let Ok(wanted @ 1..) = usize::try_from(row[given]) else {
            continue;
        };
        let margin = |index: usize| p(&outcomes[index], other) - p(&outcomes[index], given);
        let mut order = members.to_vec();
        order.sort_by(|&a, &b| margin(b).total_cmp(&margin(a)).then(a.cmp(&b)));
        for &index in order.iter().take(wanted) {
            marked[index] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::oracle_tests::outcome;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_keep_their_sums() {
        assert_eq!(round(&[0.5, 0.5, 1.0]), [0, 1, 1]);
        assert_eq!(round(&[1.6, 1.6, 1.8]), [1, 2, 2]);
        assert_eq!(round(&[]), Vec::<i64>::new());
    }

    #[test]
    fn a_label_that_everything_speaks_against_is_suspect() {
        let mut outcomes: Vec<Outcome> = (0..40)
            .map(|index| {
                outcome(
                    index % 2,
                    if index % 2 == 0 {
                        &[0.875, 0.125]
                    } else {
                        &[0.125, 0.875]
                    },
                )
            })
            .collect();
        outcomes.push(outcome(0, &[0.0625, 0.9375]));
        let found = suspects(&outcomes, 2).found;
        assert_eq!(
            found
                .iter()
                .map(|suspect| (suspect.index, suspect.suggested))
                .collect::<Vec<_>>(),
            [(40, 1)]
        );
    }

    #[test]
    fn without_samples_nothing_is_suspect() {
        assert!(suspects(&[], 3).found.is_empty());
        assert!(suspects(&[outcome(0, &[1.0, 0.0])], 2).found.is_empty());
    }

    proptest! {
        #[test]
        fn suspects_contradict_their_label_and_come_in_order(rows in prop::collection::vec((0usize..3, [0u8..=255, 0u8..=255, 0u8..=255]), 0..60)) {
            let outcomes: Vec<Outcome> = rows
                .iter()
                .map(|(truth, row)| {
                    let sum: f32 = row.iter().map(|&value| f32::from(value) + 1.0).sum();
                    outcome(*truth, &row.map(|value| (f32::from(value) + 1.0) / sum))
                })
                .collect();
            let found = suspects(&outcomes, 3);
            for suspect in &found.found {
                prop_assert!(suspect.given != suspect.suggested);
            }
            for pair in found.found.windows(2) {
                prop_assert!(pair[0].given_probability <= pair[1].given_probability);
            }
            prop_assert_eq!(found.joint.iter().flatten().sum::<i64>(), outcomes.len() as i64);
        }
    }
}
