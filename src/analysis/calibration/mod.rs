//! Calibration: whether the network's confidence can be believed. Reliability in bins, the errors they
//! average to, what it would get wrong if it might pass on what it is unsure of, and the temperature that
//! would mend it.

pub(super) mod bins;
mod chance;
mod coverage;
mod temperature;

use super::confusions::most_confident_first;
use super::findings::Outcome;
use super::trust::{Calibration, ConfidenceBar, Metric};
use crate::pipeline::Partial;

/// Bars of the histogram of confidence.
const BARS: usize = 20;

/// Everything about confidence; metrics in the order in which they are listed.
pub(super) fn calibration(partial: &Partial, outcomes: &[Outcome]) -> Calibration {
    let classes = partial.classes;
    let (ten, fifteen) = (
        bins::of_confidence(outcomes, 10),
        bins::of_confidence(outcomes, 15),
    );
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_unstable_by(|&a, &b| most_confident_first(outcomes, a, b));
    let coverage = coverage::coverage(&order, outcomes);
    let temperature = temperature::temperature(&partial.logits, outcomes, classes);
    let plain = |key, value| Metric {
        key,
        value,
        interval: None,
    };
    let metrics = vec![
        plain(
            "ece_mass15",
            bins::of_equal_mass(outcomes, 15).expected_error(),
        ),
        plain("mce10", ten.largest_error()),
        plain("mce15", fifteen.largest_error()),
        plain("classwise_ece15", bins::classwise(outcomes, classes, 15)),
        plain("aurc", coverage.area),
        plain("temperature", temperature.map(|found| found.all)),
    ];
    Calibration {
        metrics,
        ece: ten.expected_error(),
        chance: chance::chance(outcomes),
        mean_confidence: mean_confidence(outcomes),
        bins: ten.shown(),
        histogram: histogram(outcomes),
        coverage,
        temperature,
    }
}

fn mean_confidence(outcomes: &[Outcome]) -> Option<f64> {
    let sum: f64 = outcomes
        .iter()
        .map(|outcome| f64::from(outcome.confidence))
        .sum();
    (!outcomes.is_empty()).then(|| sum / outcomes.len() as f64)
}

fn histogram(outcomes: &[Outcome]) -> Vec<ConfidenceBar> {
    let edge = |bar: usize| bar as f64 / BARS as f64;
    let mut bars: Vec<ConfidenceBar> = (0..BARS)
        .map(|bar| ConfidenceBar {
            low: edge(bar),
            high: edge(bar + 1),
            right: 0,
            wrong: 0,
        })
        .collect();
    for outcome in outcomes {
        let bar = &mut bars[bins::bin_of(f64::from(outcome.confidence), BARS)];
        if outcome.is_right() {
            bar.right += 1;
        } else {
            bar.wrong += 1;
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::super::oracle_tests::outcome;
    use super::*;

    #[test]
    fn right_and_wrong_answers_are_counted_apart() {
        let outcomes = [
            outcome(0, &[0.75, 0.25]),
            outcome(1, &[0.75, 0.25]),
            outcome(0, &[1.0, 0.0]),
        ];
        let bars = histogram(&outcomes);
        assert_eq!((bars[14].right, bars[14].wrong), (1, 1));
        assert_eq!((bars[19].right, bars[19].wrong), (1, 0));
    }
}
