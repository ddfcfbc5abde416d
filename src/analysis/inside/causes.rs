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
