//! [`ReferenceEngine`]: plain candle operations, one after the other. Obvious before fast: it is the
//! oracle that other back ends are held against.
//!
//! Images are kept channels-first (NCHW), as candle's convolutions want them; every other shape lies
//! in memory as its [`Shape`] says. One file for each family of operators, one line each in `kernel`.

mod activation;
mod arithmetic;
mod attention;
mod combination;
mod comparison;
mod convolution;
mod dense;
mod depthwise;
mod embedding;
mod geometry;
mod layer_normalization;
mod layout;
mod normalization;
mod pooling;
mod reduction;
mod resize;
mod scaling;
mod selection;
mod single;
mod transposed;

pub(crate) use self::single::SingleLayer;

use candle_core::{Device, Result, Tensor};

use self::layout::Layout;
use super::{Batch, Engine, EngineError, Interest, Logits, Watch, summarize};
use crate::model::{Activation, Answer, Layer, LayerId, Network, Operator, Shape};

/// What a layer computes before its activation.
trait Kernel: Send + Sync {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor>;
}

/// The kernel of a layer, its weights ready for candle.
fn kernel(layer: &Layer, inputs: &[&Shape], device: &Device) -> Result<Box<dyn Kernel>> {
    let input = inputs.first().copied().unwrap_or(&layer.shape);
    Ok(match &layer.operator {
        Operator::Input(_) | Operator::Identity(_) | Operator::ActivationLayer(_) => {
            Box::new(PassOn)
        }
        Operator::Convolution(operator) => Box::new(convolution::Convolution::new(
            operator, layer, input, device,
        )?),
        Operator::DepthwiseConvolution(operator) => {
            Box::new(depthwise::Depthwise::new(operator, layer, input, device)?)
        }
        Operator::SeparableConvolution(operator) => {
            Box::new(depthwise::Separable::new(operator, layer, input, device)?)
        }
        Operator::Dense(_) => Box::new(dense::Dense::new(layer, device)?),
        Operator::Pooling(operator) => Box::new(pooling::Pooling::new(operator, input, device)?),
        Operator::GlobalPooling(operator) => Box::new(pooling::GlobalPooling::new(operator)),
        Operator::BatchNormalization(operator) => Box::new(normalization::BatchNormalization::new(
            operator, layer, device,
        )?),
        Operator::Rescaling(operator) => Box::new(normalization::Rescaling::new(
            operator,
            &layer.shape,
            device,
        )?),
        Operator::ZeroPadding(operator) => Box::new(geometry::ZeroPadding::new(operator)),
        Operator::Reshape(_) => Box::new(geometry::Reshape::new(input, &layer.shape)),
        Operator::Transpose(operator) => {
            Box::new(geometry::Transpose::new(operator, input, &layer.shape))
        }
        Operator::Combination(operator) => {
            Box::new(combination::Combination::new(operator, layer, inputs))
        }
        Operator::Comparison(operator) => Box::new(comparison::Comparison {
            kind: operator.kind,
            fitting: combination::Fitting::new(layer, inputs),
        }),
        Operator::Choice(_) => {
            Box::new(comparison::Choice(combination::Fitting::new(layer, inputs)))
        }
        Operator::Arithmetic(operator) => {
            Box::new(arithmetic::Arithmetic::new(operator, layer, input, device)?)
        }
        Operator::Function(function) => Box::new(arithmetic::Function::new(function, input)),
        Operator::MatrixProduct(operator) => Box::new(reduction::MatrixProduct::new(
            operator,
            inputs,
            &layer.shape,
        )),
        Operator::Reduction(operator) => {
            Box::new(reduction::Reduction::new(operator, input, &layer.shape))
        }
        Operator::LocalResponseNormalization(operator) => {
            Box::new(reduction::LocalResponseNormalization::new(operator, input))
        }
        Operator::Selection(operator) => Box::new(selection::Selection::new(
            operator,
            input,
            &layer.shape,
            device,
        )?),
        Operator::Pad(operator) => {
            Box::new(selection::Pad::new(operator, input, &layer.shape, device)?)
        }
        Operator::LayerNormalization(operator) => Box::new(
            layer_normalization::LayerNormalization::new(operator, layer, device)?,
        ),
        Operator::GroupNormalization(operator) => Box::new(
            layer_normalization::GroupNormalization::new(operator, layer, device)?,
        ),
        Operator::ParametricRelu(_) => Box::new(arithmetic::ParametricRelu::new(layer, device)?),
        Operator::Parameter(_) => Box::new(selection::Parameter::new(layer, device)?),
        Operator::Concatenation(operator) => {
            Box::new(combination::Concatenation::new(operator, layer)?)
        }
        Operator::Normalization(_) => Box::new(scaling::Normalization::new(layer, device)?),
        Operator::UnitNormalization(_) => {
            Box::new(scaling::UnitNormalization(Layout::of(&layer.shape)))
        }
        Operator::ChannelScale(_) => Box::new(scaling::ChannelScale::new(layer, device)?),
        Operator::Embedding(_) => Box::new(embedding::Embedding::new(layer, input, device)?),
        Operator::Cropping(operator) => {
            Box::new(resize::Cropping::new(operator, input, &layer.shape)?)
        }
        Operator::Resize(operator) => {
            Box::new(resize::Resize::new(operator, input, &layer.shape, device)?)
        }
        Operator::TransposedConvolution(operator) => Box::new(
            transposed::TransposedConvolution::new(operator, layer, input, device)?,
        ),
        Operator::MultiHeadAttention(operator) => {
            Box::new(attention::MultiHeadAttention::new(operator, layer, device)?)
        }
    })
}

/// Hands its input on.
struct PassOn;

impl Kernel for PassOn {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        only(inputs).cloned()
    }
}

/// The one tensor that an operator with a single input reads.
fn only(inputs: &[Tensor]) -> Result<&Tensor> {
    match inputs {
        [input] => Ok(input),
        _ => candle_core::bail!("{} inputs where there should be one", inputs.len()),
    }
}

/// A layer, ready to compute.
struct Step {
    name: String,
    kind: &'static str,
    shape: Shape,
    inputs: Vec<LayerId>,
    kernel: Box<dyn Kernel>,
    activation: Activation,
    /// Layers whose outputs nothing reads after this one.
    releases: Vec<LayerId>,
}

/// Computes a network with candle's operations, on the CPU or on an NVIDIA GPU.
pub struct ReferenceEngine {
    steps: Vec<Step>,
    answer: Answer,
    classes: usize,
    device: Device,
}

impl ReferenceEngine {
    /// Prepares a network: its weights become candle tensors, once.
    ///
    /// # Errors
    /// [`EngineError::Layer`] names the layer whose weights candle does not take.
    pub fn new(network: &Network) -> std::result::Result<Self, EngineError> {
        Self::on(network, Device::Cpu)
    }

    /// As [`Self::new`], on the first NVIDIA GPU.
    ///
    /// # Errors
    /// [`EngineError::Device`] where there is none, or where the crate was built without its feature `cuda`.
    pub fn on_cuda(network: &Network) -> std::result::Result<Self, EngineError> {
        let device = Device::new_cuda(0).map_err(|source| EngineError::Device {
            reason: source.to_string(),
        })?;
        Self::on(network, device)
    }

    fn on(network: &Network, device: Device) -> std::result::Result<Self, EngineError> {
        let last_reads = last_reads(network);
        let mut steps = Vec::with_capacity(network.layers().len());
        for (id, layer) in network.layers().iter().enumerate() {
            let rule = layer.operator.rule();
            let fail = |source: candle_core::Error| EngineError::Layer {
                layer: layer.name.clone(),
                kind: rule.kind(),
                source: source.into(),
            };
            steps.push(Step {
                name: layer.name.clone(),
                kind: rule.kind(),
                shape: layer.shape.clone(),
                inputs: layer.inputs.clone(),
                kernel: kernel(layer, &network.input_shapes(id), &device).map_err(fail)?,
                activation: rule.activation(),
                releases: (0..=id)
                    .filter(|&earlier| last_reads[earlier] == id)
                    .collect(),
            });
        }
        Ok(Self {
            steps,
            answer: *network.answer(),
            classes: network.classes(),
            device,
        })
    }

    fn input(&self, batch: Batch<'_>) -> std::result::Result<Tensor, EngineError> {
        let Some(step) = self.steps.first() else {
            return Err(EngineError::Input {
                expected: "nothing".into(),
                found: batch.shape.to_string(),
            });
        };
        let values = batch.samples.checked_mul(step.shape.elements());
        if batch.shape != &step.shape || values != Some(batch.values.len()) || batch.samples == 0 {
            return Err(EngineError::Input {
                expected: step.shape.to_string(),
                found: format!(
                    "{} values for {} images of {}",
                    batch.values.len(),
                    batch.samples,
                    batch.shape
                ),
            });
        }
        let mut dimensions = vec![batch.samples];
        dimensions.extend(step.shape.dimensions());
        Tensor::from_slice(batch.values, dimensions, &self.device)
            .and_then(|values| Layout::of(&step.shape).from_channels_last(&values))
            .map_err(|source| step.fail(source))
    }
}

impl Step {
    /// Values before and after the activation.
    fn compute(&self, inputs: &[Tensor]) -> Result<(Tensor, Tensor)> {
        let before = self.kernel.compute(inputs)?;
        let after = activation::apply(
            self.activation,
            &before,
            Layout::of(&self.shape).channel_axis(&before),
        )?;
        Ok((before, after))
    }

    fn show(
        &self,
        id: LayerId,
        output: &Tensor,
        samples: usize,
        watch: &mut dyn Watch,
    ) -> Result<()> {
        match watch.interest(id) {
            Interest::Nothing => Ok(()),
            Interest::Summary => {
                let summary = layout::view(output, samples, &self.shape, |maps| {
                    summarize(maps, |sample| watch.counts_in_histograms(sample))
                })?;
                watch.summary(id, summary);
                Ok(())
            }
            Interest::Tap => layout::view(output, samples, &self.shape, |maps| watch.tap(id, maps)),
        }
    }

    fn fail(&self, source: candle_core::Error) -> EngineError {
        EngineError::Layer {
            layer: self.name.clone(),
            kind: self.kind,
            source: source.into(),
        }
    }
}

impl Engine for ReferenceEngine {
    fn name(&self) -> String {
        let device = if self.device.is_cuda() { "CUDA" } else { "CPU" };
        format!("candle 0.11 reference operations, {device}")
    }

    fn run(
        &self,
        batch: Batch<'_>,
        watch: &mut dyn Watch,
    ) -> std::result::Result<Logits, EngineError> {
        let mut outputs: Vec<Option<Tensor>> = vec![None; self.steps.len()];
        let mut logits = Vec::new();
        for (id, step) in self.steps.iter().enumerate() {
            let inputs = if step.inputs.is_empty() {
                vec![self.input(batch)?]
            } else {
                step.inputs
                    .iter()
                    .filter_map(|&input| outputs[input].clone())
                    .collect()
            };
            let (before, after) = step.compute(&inputs).map_err(|source| step.fail(source))?;
            step.show(id, &after, batch.samples, watch)
                .map_err(|source| step.fail(source))?;
            if id == self.answer.layer {
                let values = if self.answer.before_activation {
                    &before
                } else {
                    &after
                };
                logits =
                    layout::to_values(values, &step.shape).map_err(|source| step.fail(source))?;
            }
            outputs[id] = Some(after);
            for &released in &step.releases {
                outputs[released] = None;
            }
        }
        Ok(Logits {
            values: self.answer.logits(logits),
            classes: self.classes,
        })
    }
}

/// For every layer the last one that reads it; itself where none does.
fn last_reads(network: &Network) -> Vec<LayerId> {
    let mut last: Vec<LayerId> = (0..network.layers().len()).collect();
    for (id, layer) in network.layers().iter().enumerate() {
        for &input in &layer.inputs {
            last[input] = id;
        }
    }
    last
}

#[cfg(test)]
mod tests;
