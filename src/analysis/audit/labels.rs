//! [`Relabelling`]: whether the classes stand in another order than the network's outputs.

use serde::Serialize;

use super::{assignment, mcnemar};

/// Above this many classes the search is left out where the answers are mostly right anyway: its cost grows with
/// the third power.
const MANY: usize = 200;
/// Classes named in words.
const NAMED: usize = 5;

/// An order of the classes under which the network answers better.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Relabelling {
    /// Images it was tested on: the half that the order was not chosen by.
    pub samples: usize,
    pub right: usize,
    /// Of them the configured order has right.
    pub configured: usize,
    /// McNemar's exact test, two-sided, on that half.
    pub p: f64,
    /// What an output is called, and the class that its answers are, for outputs where these differ.
    pub moved: Vec<(String, String)>,
}

impl Relabelling {
    /// The classes in the order of the outputs that explains the answers; `None` where it is not one output a class.
    pub fn order(&self, classes: &[String]) -> Option<Vec<String>> {
        let order: Vec<String> = classes
            .iter()
            .map(|output| {
                let moved = self.moved.iter().find(|(from, _)| from == output);
                moved.map_or(output, |(_, class)| class).clone()
            })
            .collect();
        let different: std::collections::HashSet<&String> = order.iter().collect();
        (different.len() == order.len()).then_some(order)
    }

    /// `cat is dog, dog is cat`.
    pub fn words(&self) -> String {
        let named = self.moved.iter().take(NAMED);
        let words: Vec<String> = named
            .map(|(output, class)| format!("\"{output}\" is {class}"))
            .collect();
        let more = if self.moved.len() > NAMED {
            ", …"
        } else {
            ""
        };
        format!("{}{more}", words.join(", "))
    }
}

/// The best one-to-one matching of outputs and classes, chosen by every other sample and tested on those between.
/// `None` unless it is better there with a probability below `significant` of being so by chance.
pub(super) fn relabelling(
    truths: &[usize],
    answers: &[usize],
    classes: &[String],
    significant: f64,
) -> Option<Relabelling> {
    let right = truths
        .iter()
        .zip(answers)
        .filter(|(truth, answer)| truth == answer)
        .count();
    if classes.len() > MANY && 2 * right > truths.len() {
        return None;
    }
    let pairs = || truths.iter().copied().zip(answers.iter().copied());
    let mut counts = vec![vec![0_u32; classes.len()]; classes.len()];
    for (truth, answer) in pairs().step_by(2) {
        counts[truth][answer] += 1;
    }
    let matched = assignment::best(&counts);
    // An output whose answers say nothing of another class keeps its own.
    let class_of = |answer: usize| {
        let class = matched[answer];
        if counts[class][answer] > 0 {
            class
        } else {
            answer
        }
    };
    let tested: Vec<(usize, usize)> = pairs().skip(1).step_by(2).collect();
    let gained = tested
        .iter()
        .filter(|(truth, answer)| truth != answer && *truth == class_of(*answer))
        .count();
    let lost = tested
        .iter()
        .filter(|(truth, answer)| truth == answer && *truth != class_of(*answer))
        .count();
    let p = mcnemar::exact(gained, lost);
    (gained > lost && p < significant).then(|| Relabelling {
        samples: tested.len(),
        right: tested
            .iter()
            .filter(|(truth, answer)| *truth == class_of(*answer))
            .count(),
        configured: tested
            .iter()
            .filter(|(truth, answer)| truth == answer)
            .count(),
        p,
        moved: (0..classes.len())
            .filter(|&answer| class_of(answer) != answer)
            .map(|answer| (classes[answer].clone(), classes[class_of(answer)].clone()))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["a", "b", "c", "d"].map(String::from).to_vec()
    }

    #[test]
    fn a_swapped_pair_is_found() {
        let truths: Vec<usize> = (0..200).map(|index| (index / 2) % 4).collect();
        // Answers are right but for the names of b and d; one in ten is wrong.
        let answers: Vec<usize> = truths
            .iter()
            .enumerate()
            .map(|(index, truth)| {
                if index % 10 == 3 {
                    0
                } else {
                    [0, 3, 2, 1][*truth]
                }
            })
            .collect();
        let found = relabelling(&truths, &answers, &names(), 0.001).expect("another order");
        assert_eq!(
            found.moved,
            [("b".into(), "d".into()), ("d".into(), "b".into())]
        );
        assert_eq!(found.words(), "\"b\" is d, \"d\" is b");
        let order = ["a", "d", "c", "b"].map(String::from).to_vec();
        assert_eq!(found.order(&names()), Some(order));
        assert!(found.right > found.configured && found.samples == 100);
    }

    #[test]
    fn a_good_network_and_a_guessing_one_keep_their_order() {
        let truths: Vec<usize> = (0..200).map(|index| (index / 2) % 4).collect();
        assert_eq!(relabelling(&truths, &truths, &names(), 0.001), None);
        let guesses: Vec<usize> = (0..200)
            .map(|index| (index * index * 7 + index / 3) % 4)
            .collect();
        assert_eq!(relabelling(&truths, &guesses, &names(), 0.001), None);
    }
}
