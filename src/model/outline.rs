//! [`Outline`]: the layers that show what a large network does, where all would be too many to look at.

use super::{Layer, LayerId, Network, Operator};

/// Most layers that are shown where nobody says which.
pub const MOST_LAYERS: usize = 40;

/// Some layers of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// In the network's order.
    pub layers: Vec<LayerId>,
    /// What they are, in words; `None` where they are all that compute something new.
    pub words: Option<&'static str>,
}

impl Outline {
    /// All layers, where they are [`MOST_LAYERS`] at most; else the first of these that is no more: layers with
    /// kernels and those that join, pool or attend; layers that join, pool or attend, and dense ones; the
    /// last layer of each size. The output is always among them.
    pub fn of(network: &Network) -> Self {
        let choose = |keeps: &dyn Fn(LayerId, &Layer) -> bool| -> Vec<LayerId> {
            network
                .computed()
                .filter(|(_, layer)| !layer.operator.rule().is_identity())
                .filter(|(id, layer)| *id == network.output() || keeps(*id, layer))
                .map(|(id, _)| id)
                .collect()
        };
        let last_of_size = |id: LayerId, layer: &Layer| {
            let size = |layer: &Layer| {
                layer
                    .shape
                    .as_image()
                    .map(|(height, width, _)| (height, width))
            };
            network.layers()[id + 1..]
                .iter()
                .all(|later| size(later) != size(layer))
        };
        let steps: [(Option<&'static str>, Vec<LayerId>); 3] = [
            (None, choose(&|_, _| true)),
            (
                Some("those with kernels, and those that join, pool or attend"),
                choose(&|_, layer| has_kernel(layer) || joins(layer)),
            ),
            (
                Some("those that join, pool or attend, and dense ones"),
                choose(&|_, layer| joins(layer) || matches!(layer.operator, Operator::Dense(_))),
            ),
        ];
        for (words, layers) in steps {
            if layers.len() <= MOST_LAYERS {
                return Self { layers, words };
            }
        }
        Self {
            layers: choose(&last_of_size),
            words: Some("the last of each size"),
        }
    }
}

fn has_kernel(layer: &Layer) -> bool {
    matches!(
        layer.operator,
        Operator::Convolution(_)
            | Operator::DepthwiseConvolution(_)
            | Operator::SeparableConvolution(_)
            | Operator::TransposedConvolution(_)
            | Operator::Dense(_)
    )
}

fn joins(layer: &Layer) -> bool {
    // A gate that multiplies an image joins nothing that is worth a picture of its own.
    let adds = matches!(&layer.operator, Operator::Combination(combination)
        if combination.kind != super::operators::CombinationKind::Multiply);
    adds || matches!(
        layer.operator,
        Operator::Concatenation(_)
            | Operator::Pooling(_)
            | Operator::GlobalPooling(_)
            | Operator::MultiHeadAttention(_)
    )
}

#[cfg(test)]
mod tests {
    use super::super::operators::{Activation, ActivationLayer, Input, Pooling, PoolingKind};
    use super::super::{LayerDraft, Padding, Shape, Source, Window};
    use super::*;

    /// So many activations, a pooling behind every tenth.
    fn network(layers: usize) -> Network {
        let pooling = Pooling {
            kind: PoolingKind::Max,
            window: Window {
                size: (2, 2),
                stride: (1, 1),
                dilation: (1, 1),
                padding: Padding::Same,
            },
        };
        let image = Input {
            shape: Shape::image(4, 4, 2),
        };
        let drafts = (0..=layers).map(|id| LayerDraft {
            name: format!("layer {id}"),
            operator: match id {
                0 => image.clone().into(),
                id if id % 10 == 0 => pooling.into(),
                _ => ActivationLayer {
                    activation: Activation::Relu,
                }
                .into(),
            },
            inputs: id.checked_sub(1).into_iter().collect(),
            weights: Vec::new(),
        });
        Network::new("test".into(), Source::default(), drafts.collect(), layers).unwrap()
    }

    #[test]
    fn a_small_network_is_shown_whole() {
        let outline = Outline::of(&network(MOST_LAYERS));
        assert_eq!((outline.layers.len(), outline.words), (MOST_LAYERS, None));
    }

    #[test]
    fn a_large_network_is_shown_by_its_joints_and_its_output() {
        let outline = Outline::of(&network(65));
        assert_eq!(outline.layers, [10, 20, 30, 40, 50, 60, 65]);
        assert!(outline.words.is_some());
        // Four hundred and more poolings are too many: one size, one layer.
        assert_eq!(Outline::of(&network(4105)).layers, [4105]);
    }
}
