//! [`Saving`]: what a network without one channel would not have to hold and compute.

use serde::Serialize;

use crate::model::{LayerId, Network, Operator};

/// What the removal of one channel saves, in its own layer and in those that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Saving {
    pub parameters: usize,
    /// For one image.
    pub multiply_adds: u64,
}

/// The same for every channel of a layer with kernels. `None` for other layers, for the output, and where the channel is added
/// to another's or put beside it, so that it cannot go alone.
pub(super) fn saving(network: &Network, id: LayerId) -> Option<Saving> {
    let layer = network.layer(id);
    let has_channels = match &layer.operator {
        Operator::Convolution(convolution) => convolution.groups == 1,
        Operator::Dense(_) => true,
        _ => false,
    };
    let channels = layer.shape.channels();
    if !has_channels || channels < 2 || id == network.output() {
        return None;
    }
    let mut saving = Saving {
        parameters: layer.parameters() / channels,
        multiply_adds: network.multiply_adds(id) / channels as u64,
    };
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        for reader in id + 1..network.layers().len() {
            if network.layer(reader).inputs.contains(&id)
                && read(network, reader, channels, &mut saving)?
            {
                open.push(reader);
            }
        }
    }
    Some(saving)
}

/// Adds what one reader saves; true where it hands the channel on.
fn read(network: &Network, id: LayerId, channels: usize, saving: &mut Saving) -> Option<bool> {
    let layer = network.layer(id);
    let share = channels as u64;
    match &layer.operator {
        Operator::Convolution(convolution) if convolution.groups == 1 => {
            saving.parameters += layer.weight("kernel")?.len() / channels;
            saving.multiply_adds += network.multiply_adds(id) / share;
            Some(false)
        }
        // Flattened, a channel is one row a position.
        Operator::Dense(_) => {
            saving.parameters += layer.weight("kernel")?.len() / channels;
            saving.multiply_adds += network.multiply_adds(id) / share;
            Some(false)
        }
        Operator::DepthwiseConvolution(_) | Operator::BatchNormalization(_) => {
            saving.parameters += layer.parameters() / channels;
            saving.multiply_adds += network.multiply_adds(id) / share;
            Some(true)
        }
        Operator::Pooling(_)
        | Operator::GlobalPooling(_)
        | Operator::ActivationLayer(_)
        | Operator::ZeroPadding(_)
        | Operator::Identity(_)
        | Operator::Reshape(_) => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::operators::{
        Combination, CombinationKind, Convolution, Dense, GlobalPooling, Input, PoolingKind,
    };
    use crate::model::{Activation, LayerDraft, Padding, Shape, Source, Weight, Window};

    fn convolution(filters: usize) -> Operator {
        Convolution {
            filters,
            window: Window {
                size: (3, 3),
                stride: (1, 1),
                dilation: (1, 1),
                padding: Padding::Same,
            },
            groups: 1,
            bias: true,
            activation: Activation::Relu,
        }
        .into()
    }

    fn dense(units: usize) -> Operator {
        Dense {
            units,
            bias: true,
            activation: Activation::Linear,
        }
        .into()
    }

    /// Layers with the weights they ask for, all zero, on an image of 4×4×2.
    fn network(layers: Vec<(Operator, Vec<LayerId>)>) -> Network {
        let mut drafts = vec![LayerDraft {
            name: "input".into(),
            operator: Input {
                shape: Shape::image(4, 4, 2),
            }
            .into(),
            inputs: vec![],
            weights: vec![],
        }];
        let mut shapes = vec![Shape::image(4, 4, 2)];
        for (number, (operator, inputs)) in layers.into_iter().enumerate() {
            let read: Vec<&Shape> = inputs.iter().map(|&input| &shapes[input]).collect();
            let specs = operator.rule().weights(&read).into_iter();
            let weights = specs.map(|spec| Weight {
                name: spec.name.into(),
                values: vec![0.0; spec.shape.iter().product()].into(),
                shape: spec.shape,
                trainable: spec.trainable,
            });
            let weights = weights.collect();
            shapes.push(operator.rule().output_shape(&read).unwrap());
            drafts.push(LayerDraft {
                name: format!("layer {number}"),
                operator,
                inputs,
                weights,
            });
        }
        let output = drafts.len() - 1;
        Network::new("made".into(), Source::default(), drafts, output).unwrap()
    }

    fn mean() -> Operator {
        GlobalPooling {
            kind: PoolingKind::Average,
            keep_dimensions: false,
        }
        .into()
    }

    #[test]
    fn a_channel_goes_with_its_kernel_and_with_what_reads_it() {
        let network = network(vec![
            (convolution(5), vec![0]),
            (convolution(7), vec![1]),
            (mean(), vec![2]),
            (dense(3), vec![3]),
        ]);
        // 3×3×2 weights and a bias of its own, and a plane of 3×3 in each of the seven kernels that read it.
        let first = Saving {
            parameters: 19 + 63,
            multiply_adds: 16 * (18 + 63),
        };
        assert_eq!(saving(&network, 1), Some(first));
        // 3×3×5 weights and a bias, and a row of the dense layer behind the pooling.
        let second = Saving {
            parameters: 46 + 3,
            multiply_adds: 16 * 45 + 3,
        };
        assert_eq!(saving(&network, 2), Some(second));
        assert_eq!(saving(&network, 3), None, "no kernels");
        assert_eq!(saving(&network, 4), None, "the output");
    }

    #[test]
    fn a_channel_that_is_added_to_another_cannot_go_alone() {
        let network = network(vec![
            (convolution(2), vec![0]),
            (
                Combination {
                    kind: CombinationKind::Add,
                }
                .into(),
                vec![0, 1],
            ),
            (mean(), vec![2]),
            (dense(3), vec![3]),
        ]);
        assert_eq!(saving(&network, 1), None);
    }
}
