//! Outcomes: from the logits of each sample to prediction, probabilities, margin and loss.

use super::findings::Outcome;
use crate::pipeline::{Partial, arg_max};

/// One outcome a sample, by index.
pub(super) fn outcomes(partial: &Partial) -> Vec<Outcome> {
    partial
        .logits
        .chunks_exact(partial.classes.max(1))
        .zip(&partial.truths)
        .map(|(logits, &truth)| outcome(logits, truth as usize))
        .collect()
}

pub(super) fn outcome(logits: &[f32], truth: usize) -> Outcome {
    let prediction = arg_max(logits);
    let highest = f64::from(logits[prediction]);
    // Softmax with the maximum taken off first, so that no exponential overflows.
    let exponentials: Vec<f64> = logits
        .iter()
        .map(|&logit| (f64::from(logit) - highest).exp())
        .collect();
    let sum: f64 = exponentials.iter().sum();
    let probabilities: Vec<f32> = exponentials
        .iter()
        .map(|exponential| (exponential / sum) as f32)
        .collect();
    let second = logits
        .iter()
        .enumerate()
        .filter(|&(class, _)| class != prediction)
        .map(|(_, &logit)| logit)
        .max_by(f32::total_cmp);
    Outcome {
        truth,
        prediction,
        confidence: probabilities[prediction],
        probabilities,
        margin: second.map_or(0.0, |second| logits[prediction] - second),
        loss: sum.ln() + highest - f64::from(logits[truth]),
    }
}

/// Position of a class when all are ordered by logit, the lower number first among equals.
pub(super) fn rank(logits: &[f32], class: usize) -> usize {
    let own = logits[class];
    logits
        .iter()
        .enumerate()
        .filter(|&(other, &logit)| logit > own || (logit == own && other < class))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_and_margin_come_from_logits_where_probabilities_saturate() {
        let outcome = outcome(&[200.0, 0.0, -1.0], 1);
        assert_eq!(
            (outcome.prediction, outcome.confidence, outcome.margin),
            (0, 1.0, 200.0)
        );
        assert!((outcome.loss - 200.0).abs() < 1e-9);
    }

    #[test]
    fn equal_logits_go_to_the_lowest_class() {
        let outcome = outcome(&[1.0, 1.0], 1);
        assert_eq!((outcome.prediction, outcome.margin), (0, 0.0));
        assert_eq!((rank(&[1.0, 1.0], 0), rank(&[1.0, 1.0], 1)), (0, 1));
    }
}
