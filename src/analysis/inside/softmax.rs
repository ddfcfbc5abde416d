//! Softmax histograms: what probability the samples of each class are given to be of it.

use serde::Serialize;

use crate::analysis::Outcome;

/// Bars of equal width.
pub const BARS: usize = 20;

/// The samples of one class by the probability of that class. Bar `n` holds probabilities in
/// (n/20, (n+1)/20], the first one 0 as well.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SoftmaxHistogram {
    pub right: Vec<u64>,
    pub wrong: Vec<u64>,
    /// Mean over the samples of the class of the probability of every class; empty for a class without samples.
    pub mean: Vec<f64>,
}

/// One a class.
pub(super) fn softmax(outcomes: &[Outcome], classes: usize) -> Vec<SoftmaxHistogram> {
    let mut found = vec![
        SoftmaxHistogram {
            right: vec![0; BARS],
            wrong: vec![0; BARS],
            mean: vec![0.0; classes],
        };
        classes
    ];
    let mut support = vec![0u64; classes];
    for outcome in outcomes {
        let of = &mut found[outcome.truth];
        support[outcome.truth] += 1;
        let bars = if outcome.is_right() {
            &mut of.right
        } else {
            &mut of.wrong
        };
        bars[bar(outcome.probabilities[outcome.truth])] += 1;
        for (mean, &probability) in of.mean.iter_mut().zip(&outcome.probabilities) {
            *mean += f64::from(probability);
        }
    }
    for (of, support) in found.iter_mut().zip(support) {
        match support {
            0 => of.mean.clear(),
            _ => of.mean.iter_mut().for_each(|mean| *mean /= support as f64),
        }
    }
    found
}

fn bar(probability: f32) -> usize {
    let place = (f64::from(probability) * BARS as f64).ceil() as usize;
    place.clamp(1, BARS) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_take_their_upper_end() {
        assert_eq!([bar(0.0), bar(0.05), bar(0.0501), bar(1.0)], [0, 1, 1, 19]);
        assert_eq!(bar(0.5), 9);
    }
}
