//! [`Cause`]: why a channel never fires, as far as the weights show it.

use serde::Serialize;

use crate::model::{Layer, LayerId, Network, Operator};
use crate::pipeline::Partial;

/// A norm or scale counts as none below this share of the layer's median.
const NONE: f64 = 0.01;

/// Why a channel is zero at all positions of all samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "cause")]
pub enum Cause {
    /// Its kernel is next to nothing: the Euclidean norm, and the layer's median.
    Norm { norm: f64, median: f64 },
    /// Its batch normalisation multiplies with next to nothing: |γ|, and the layer's median.
    Scale { scale: f64, median: f64 },
    /// Its bias (or the shift of its batch normalisation) pulls it below zero more than its kernel does on the mean of what it
    /// reads.
    Bias { bias: f64, drive: f64 },
    /// Its kernel pulls it below zero on the mean of what it reads, more than the bias does.
    Kernel { bias: f64, drive: f64 },
    /// Everything it reads is dead.
    Inputs,
}

/// The cause of a dead channel; `None` where the weights do not show it.
pub(super) fn cause(
    network: &Network,
    partial: &Partial,
    id: LayerId,
    channel: usize,
) -> Option<Cause> {
    let layer = network.layer(id);
    match &layer.operator {
        Operator::Convolution(_) | Operator::Dense(_) => of_kernel(network, partial, id, channel),
        Operator::BatchNormalization(_) => scale(layer, channel),
        // What follows a layer with weights in a layer of its own is dead for the reasons of that one.
        Operator::ActivationLayer(_) => {
            let [input] = layer.inputs[..] else {
                return None;
            };
            match network.layer(input).operator {
                Operator::BatchNormalization(_) => normalised(network.layer(input), channel),
                Operator::Convolution(_) | Operator::Dense(_) => {
                    of_kernel(network, partial, input, channel)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_kernel(network: &Network, partial: &Partial, id: LayerId, channel: usize) -> Option<Cause> {
    let layer = network.layer(id);
    let kernel = layer.weight("kernel")?;
    let width = *kernel.shape.last()?;
    if channel >= width {
        return None;
    }
    let mut norms = vec![0.0f64; width];
    for row in kernel.values.chunks_exact(width) {
        for (norm, &weight) in norms.iter_mut().zip(row) {
            *norm += f64::from(weight).powi(2);
        }
    }
    norms.iter_mut().for_each(|norm| *norm = norm.sqrt());
    let (norm, median) = (norms[channel], median(norms.clone()));
    if norm <= NONE * median {
        return Some(Cause::Norm { norm, median });
    }
    let means = input_means(network, partial, id)?;
    if means.iter().all(|mean| *mean == 0.0) {
        return Some(Cause::Inputs);
    }
    // Rows repeat the input's channels, position after position.
    let column = kernel.values.iter().skip(channel).step_by(width);
    let drive: f64 = column
        .zip(means.iter().cycle())
        .map(|(&weight, mean)| f64::from(weight) * mean)
        .sum();
    let bias = layer
        .weight("bias")
        .and_then(|bias| bias.values.get(channel))
        .map_or(0.0, |&bias| f64::from(bias));
    match bias + drive < 0.0 {
        false => None,
        true if bias < drive => Some(Cause::Bias { bias, drive }),
        true => Some(Cause::Kernel { bias, drive }),
    }
}

/// Mean of each input channel over positions and samples; `None` for a layer that reads several or groups.
fn input_means(network: &Network, partial: &Partial, id: LayerId) -> Option<Vec<f64>> {
    let layer = network.layer(id);
    if matches!(&layer.operator, Operator::Convolution(convolution) if convolution.groups != 1) {
        return None;
    }
    let [mut input] = layer.inputs[..] else {
        return None;
    };
    while network.layer(input).operator.rule().is_identity() {
        input = *network.layer(input).inputs.first()?;
    }
    let channels = &partial.layers.get(input)?.channels;
    let means: Vec<f64> = channels
        .iter()
        .map(|channel| channel.moments.mean)
        .collect();
    (!means.is_empty()).then_some(means)
}

/// A scale of next to nothing.
fn scale(layer: &Layer, channel: usize) -> Option<Cause> {
    let gamma = layer.weight("gamma")?;
    let scales: Vec<f64> = gamma
        .values
        .iter()
        .map(|gamma| f64::from(gamma.abs()))
        .collect();
    let (scale, median) = (*scales.get(channel)?, median(scales.clone()));
    (scale <= NONE * median).then_some(Cause::Scale { scale, median })
}

/// A channel that a batch normalisation leaves below zero: by its scale, or by its shift, which is all that is left of the
/// mean.
fn normalised(layer: &Layer, channel: usize) -> Option<Cause> {
    if let Some(cause) = scale(layer, channel) {
        return Some(cause);
    }
    let bias = layer
        .weight("beta")
        .and_then(|beta| beta.values.get(channel))
        .map_or(0.0, |&beta| f64::from(beta));
    (bias < 0.0).then_some(Cause::Bias { bias, drive: 0.0 })
}

/// Of an even number of values, the mean of the middle two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::operators::{ActivationLayer, BatchNormalization, Dense, Input};
    use crate::model::{Activation, LayerDraft, Shape, Source, Weight};
    use crate::pipeline::{ChannelPartial, LayerPartial};
    use crate::stats::Moments;

    fn weight(name: &'static str, shape: Vec<usize>, values: &[f32]) -> Weight {
        Weight {
            name: name.into(),
            shape,
            values: values.to_vec().into(),
            trainable: true,
        }
    }

    /// Two values, a dense layer of three channels, its normalisation, a ReLU.
    fn network(kernel: [f32; 6], bias: [f32; 3], gamma: [f32; 3], beta: [f32; 3]) -> Network {
        let dense = Dense {
            units: 3,
            bias: true,
            activation: Activation::Linear,
        };
        let normalization = BatchNormalization {
            epsilon: 1e-3,
            scale: true,
            center: true,
            axis: -1,
        };
        let shape = Shape::vector(2);
        let operators: [(Operator, Vec<Weight>); 4] = [
            (Input { shape }.into(), vec![]),
            (
                dense.into(),
                vec![
                    weight("kernel", vec![2, 3], &kernel),
                    weight("bias", vec![3], &bias),
                ],
            ),
            (
                normalization.into(),
                vec![
                    weight("gamma", vec![3], &gamma),
                    weight("beta", vec![3], &beta),
                    weight("moving_mean", vec![3], &[0.0; 3]),
                    weight("moving_variance", vec![3], &[1.0; 3]),
                ],
            ),
            (
                ActivationLayer {
                    activation: Activation::Relu,
                }
                .into(),
                vec![],
            ),
        ];
        let drafts = operators.into_iter().enumerate();
        let drafts = drafts.map(|(id, (operator, weights))| LayerDraft {
            name: format!("layer {id}"),
            operator,
            inputs: id.checked_sub(1).into_iter().collect(),
            weights,
        });
        Network::new("made".into(), Source::default(), drafts.collect(), 3).unwrap()
    }

    /// The input's channels have these means.
    fn reading(means: [f32; 2]) -> Partial {
        let channels = means.map(|mean| ChannelPartial {
            moments: Moments::of(std::iter::once(mean)),
            ..ChannelPartial::default()
        });
        let input = LayerPartial {
            channels: channels.to_vec(),
            ..LayerPartial::default()
        };
        Partial {
            layers: vec![input],
            ..Partial::default()
        }
    }

    const KERNEL: [f32; 6] = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    const ONES: [f32; 3] = [1.0; 3];
    const NONES: [f32; 3] = [0.0; 3];

    #[test]
    fn a_kernel_of_nothing_is_the_cause_before_all_else() {
        let network = network(
            [1.0, 0.0, 2.0, 1.0, 0.001, 2.0],
            [0.0, -9.0, 0.0],
            ONES,
            NONES,
        );
        let found = cause(&network, &reading([1.0, 1.0]), 1, 1);
        let Some(Cause::Norm { norm, median }) = found else {
            panic!("{found:?}");
        };
        assert!((norm - 0.001).abs() < 1e-9 && (median - 2f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn what_pulls_below_zero_most_is_the_cause() {
        let of = |kernel: [f32; 6], bias: f32| {
            let network = network(kernel, [bias, 0.0, 0.0], ONES, NONES);
            cause(&network, &reading([0.5, 0.25]), 1, 0)
        };
        // The column of channel 0 is the first and the fourth: 0.75 on the mean.
        assert_eq!(
            of(KERNEL, -1.0),
            Some(Cause::Bias {
                bias: -1.0,
                drive: 0.75
            })
        );
        assert_eq!(
            of([-1.0, 1.0, 1.0, -1.0, 1.0, 1.0], -0.5),
            Some(Cause::Kernel {
                bias: -0.5,
                drive: -0.75
            })
        );
        // Above zero on the mean: the weights do not show why.
        assert_eq!(of(KERNEL, -0.5), None);
    }

    #[test]
    fn what_reads_nothing_is_dead_of_its_inputs() {
        let network = network(KERNEL, [-1.0; 3], ONES, NONES);
        assert_eq!(
            cause(&network, &reading([0.0, 0.0]), 1, 0),
            Some(Cause::Inputs)
        );
    }

    #[test]
    fn an_activation_is_dead_of_the_normalisation_before_it() {
        let network = network(KERNEL, NONES, [1.0, 0.001, 1.0], [0.5, 0.0, -2.0]);
        let of = |channel| cause(&network, &reading([1.0, 1.0]), 3, channel);
        assert_eq!(of(0), None);
        let Some(Cause::Scale { scale, median }) = of(1) else {
            panic!("{:?}", of(1));
        };
        assert!((scale - 0.001).abs() < 1e-9 && median == 1.0);
        assert_eq!(
            of(2),
            Some(Cause::Bias {
                bias: -2.0,
                drive: 0.0
            })
        );
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![]), 0.0);
    }
}
