//! Adjusted accuracy: what the accuracy would be without the samples whose label or image is in doubt. The noun is
//! [`AdjustedAccuracy`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::findings::Outcome;
use super::trust::Suspects;
use crate::review::{Reviewed, Verdict};
use crate::stats::Proportion;

/// Said of the accuracy without suspects where these do not [tell of the labels](Suspects::tell_of_labels).
const MORE_THAN_LABELS: &str =
    "more than labels are wrong in any common test set: mistakes are left out with them";

/// The accuracy over some of the samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdjustedAccuracy {
    /// In data files: `as_labelled`, `without_suspects`, `without_duplicates`, `with_verdicts`.
    pub key: &'static str,
    /// Of which samples, in words.
    pub words: &'static str,
    /// Samples that do not count.
    pub left_out: usize,
    /// Answers that count as right though the label says otherwise.
    pub amended: usize,
    /// Why little follows from it, where that is so.
    pub caveat: Option<&'static str>,
    /// Undefined where no sample is left.
    pub accuracy: Option<Proportion>,
}

/// As labelled; without suspect labels; without images that are there before; and, where there are any, with the verdicts of readers: a
/// mistake whose label is wrong counts as right, and samples that are ambiguous, or rightly answered with a wrong label, do not count.
pub(super) fn adjusted(
    outcomes: &[Outcome],
    suspects: &Suspects,
    surplus: &[usize],
    verdicts: &BTreeMap<usize, Reviewed>,
) -> Vec<AdjustedAccuracy> {
    let without = |left_out: BTreeSet<usize>| {
        move |outcome: &Outcome, index: usize| {
            (!left_out.contains(&index)).then_some(outcome.is_right())
        }
    };
    let suspected = suspects.found.iter().map(|suspect| suspect.index).collect();
    let mut found = vec![
        of("as_labelled", "as labelled", outcomes, |outcome, _| {
            Some(outcome.is_right())
        }),
        AdjustedAccuracy {
            caveat: (!suspects.tell_of_labels(outcomes.len())).then_some(MORE_THAN_LABELS),
            ..of(
                "without_suspects",
                "without suspect labels",
                outcomes,
                without(suspected),
            )
        },
        of(
            "without_duplicates",
            "without duplicates",
            outcomes,
            without(surplus.iter().copied().collect()),
        ),
    ];
    if !verdicts.is_empty() {
        found.push(of(
            "with_verdicts",
            "with the verdicts of readers",
            outcomes,
            |outcome, index| {
                let verdict = verdicts.get(&index).map(|reviewed| reviewed.verdict);
                match (verdict, outcome.is_right()) {
                    (None | Some(Verdict::ModelWrong), right) => Some(right),
                    (Some(Verdict::LabelWrong), false) => Some(true),
                    (Some(Verdict::LabelWrong), true) | (Some(Verdict::Ambiguous), _) => None,
                }
            },
        ));
    }
    found
}

/// `counts` tells whether an answer is right; `None` leaves the sample out.
fn of(
    key: &'static str,
    words: &'static str,
    outcomes: &[Outcome],
    counts: impl Fn(&Outcome, usize) -> Option<bool>,
) -> AdjustedAccuracy {
    let (mut right, mut all, mut amended) = (0, 0, 0);
    for (index, outcome) in outcomes.iter().enumerate() {
        if let Some(is_right) = counts(outcome, index) {
            all += 1;
            right += u64::from(is_right);
            amended += usize::from(is_right && !outcome.is_right());
        }
    }
    AdjustedAccuracy {
        key,
        words,
        left_out: outcomes.len() - all as usize,
        amended,
        caveat: None,
        accuracy: Proportion::new(right, all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::oracle_tests::outcome;
    use crate::analysis::trust::Suspect;

    /// Ten samples; the first four are mistakes.
    fn outcomes() -> Vec<Outcome> {
        (0..10)
            .map(|index| outcome(usize::from(index < 4), &[0.75, 0.25]))
            .collect()
    }

    fn verdict(verdict: Verdict) -> Reviewed {
        Reviewed {
            verdict,
            note: String::new(),
        }
    }

    fn shares(found: &[AdjustedAccuracy]) -> Vec<(&'static str, u64, u64)> {
        let shares = found.iter().map(|one| {
            let accuracy = one.accuracy.unwrap();
            (one.key, accuracy.count, accuracy.total)
        });
        shares.collect()
    }

    fn suspects(indices: &[usize]) -> Suspects {
        let suspect = |&index: &usize| Suspect {
            index,
            given: 1,
            suggested: 0,
            given_probability: 0.25,
            suggested_probability: 0.75,
        };
        Suspects {
            found: indices.iter().map(suspect).collect(),
            thresholds: vec![None; 2],
            joint: vec![vec![0; 2]; 2],
        }
    }

    #[test]
    fn each_adjustment_leaves_out_what_it_says() {
        let found = adjusted(&outcomes(), &suspects(&[0, 1, 5]), &[9], &BTreeMap::new());
        assert_eq!(
            shares(&found),
            [
                ("as_labelled", 6, 10),
                ("without_suspects", 5, 7),
                ("without_duplicates", 5, 9)
            ]
        );
    }

    #[test]
    fn suspects_that_do_not_tell_of_labels_come_with_a_caveat() {
        let caveat = |outcomes: &[Outcome], found: &[usize]| {
            adjusted(outcomes, &suspects(found), &[], &BTreeMap::new())[1].caveat
        };
        let (few, many) = (outcomes(), [outcomes(), outcomes()].concat());
        assert_eq!(caveat(&few, &[0, 1]), Some(MORE_THAN_LABELS));
        assert_eq!(caveat(&many, &[0, 1]), None);
    }

    #[test]
    fn verdicts_move_the_blame() {
        let verdicts = BTreeMap::from([
            (0, verdict(Verdict::LabelWrong)),
            (1, verdict(Verdict::ModelWrong)),
            (2, verdict(Verdict::Ambiguous)),
            (6, verdict(Verdict::LabelWrong)),
        ]);
        let found = adjusted(&outcomes(), &suspects(&[]), &[], &verdicts);
        assert_eq!(shares(&found)[3], ("with_verdicts", 6, 8));
        assert_eq!((found[3].left_out, found[3].amended), (2, 1));
    }

    #[test]
    fn of_nothing_there_is_no_accuracy() {
        let found = adjusted(&outcomes()[..1], &suspects(&[0]), &[], &BTreeMap::new());
        assert_eq!((found[1].accuracy, found[1].left_out), (None, 1));
    }
}
