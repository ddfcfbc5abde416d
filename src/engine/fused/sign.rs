//! Which layers cannot be negative: their channels' minimum is known once a zero was seen.

use crate::model::operators::CombinationKind;
use crate::model::{Activation, Network, Operator};

/// For every layer whether none of its values is below zero (NaN aside), as far as operators tell.
pub fn nonnegative(network: &Network) -> Vec<bool> {
    let mut known: Vec<bool> = Vec::with_capacity(network.layers().len());
    for layer in network.layers() {
        let rule = layer.operator.rule();
        let inputs = !layer.inputs.is_empty() && layer.inputs.iter().all(|&input| known[input]);
        known.push(match rule.activation() {
            Activation::Relu
            | Activation::Sigmoid
            | Activation::HardSigmoidKeras2
            | Activation::HardSigmoidKeras3
            | Activation::Exponential
            | Activation::Softmax => true,
            Activation::BoundedRelu {
                maximum,
                slope,
                threshold,
            } => slope == 0.0 && threshold >= 0.0 && maximum.is_none_or(|maximum| maximum >= 0.0),
            Activation::Linear => inputs && (rule.is_identity() || keeps_sign(&layer.operator)),
            _ => false,
        });
    }
    known
}

/// Whether values that are not negative make none that are.
fn keeps_sign(operator: &Operator) -> bool {
    match operator {
        Operator::Pooling(_) | Operator::GlobalPooling(_) | Operator::ZeroPadding(_) => true,
        Operator::Combination(combination) => combination.kind != CombinationKind::Subtract,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::operators::{ActivationLayer, Combination, Input};
    use crate::model::{LayerDraft, Shape, Source};

    #[test]
    fn signs_are_known_behind_activations_and_kept_by_what_cannot_turn_them() {
        let activation = |activation| Operator::from(ActivationLayer { activation });
        let combination = |kind| Operator::from(Combination { kind });
        let bounded = |slope| Activation::BoundedRelu {
            maximum: Some(6.0),
            slope,
            threshold: 0.0,
        };
        let input = Input {
            shape: Shape::image(2, 2, 3),
        };
        let layers: [(Operator, &[usize], bool); 10] = [
            (input.into(), &[], false),
            (activation(Activation::Relu), &[0], true),
            (activation(Activation::Tanh), &[1], false),
            (activation(bounded(0.0)), &[0], true),
            (activation(bounded(0.1)), &[0], false),
            (combination(CombinationKind::Add), &[1, 3], true),
            (combination(CombinationKind::Add), &[1, 2], false),
            (combination(CombinationKind::Subtract), &[1, 3], false),
            (activation(Activation::Linear), &[5], true),
            (combination(CombinationKind::Add), &[2, 4, 6, 7, 8], false),
        ];
        let drafts = layers.iter().enumerate().map(|(number, layer)| LayerDraft {
            name: format!("layer {number}"),
            operator: layer.0.clone(),
            inputs: layer.1.to_vec(),
            weights: Vec::new(),
        });
        let network = Network::new("made".into(), Source::default(), drafts.collect(), 9).unwrap();
        assert_eq!(
            nonnegative(&network),
            layers.map(|(_, _, expected)| expected)
        );
    }
}
