//! [`Head`]: silencing the channels that one layer with a kernel reads. Its sums are linear in what it reads, so the
//! part of one channel is a convolution of that channel alone: taken from the sums, it is as if the channel had been
//! zero, and with the part of a constant added, as if it had been that.

use super::{Answers, ChannelCounts, EngineFactory, MODES, ModeCounts, PlannedLayer, TOGETHER};
use crate::engine::{Batch, Engine, EngineError, Unwatched};
use crate::model::operators::{ActivationLayer, Input};
use crate::model::{
    Activation, Layer, LayerDraft, LayerId, Network, Operator, Section, Shape, Weight,
};

pub(super) struct Head<'a> {
    network: &'a Network,
    layer: &'a Layer,
    /// Shape of what is kept: the channels that are silenced.
    shape: Shape,
    /// From what is kept to the layer's sums, before its activation.
    sums: Box<dyn Engine>,
    /// From the sums to the logits.
    rest: Box<dyn Engine>,
    /// For each way of silencing, what all channels would be: `[mode][position × channels + channel]`.
    constants: [Vec<f32>; MODES],
}

impl<'a> Head<'a> {
    pub(super) fn new(
        network: &'a Network,
        make: EngineFactory<'_>,
        planned: &PlannedLayer,
        head: LayerId,
        replacements: &[Option<[f32; MODES]>],
    ) -> Result<Self, EngineError> {
        let shape = network.layer(planned.start).shape.clone();
        let layer = network.layer(head);
        let mut to_sums = section(network, planned.start, head)?;
        if let Some(draft) = to_sums.drafts_mut().last_mut() {
            draft.operator = without_activation(&draft.operator);
        }
        let mut rest = section(network, head, network.output())?;
        rest.activate_input(ActivationLayer {
            activation: layer.operator.rule().activation(),
        });
        let mut constants = [Vec::new(), Vec::new()];
        for (mode, constants) in constants.iter_mut().enumerate() {
            let values: Vec<f32> = replacements
                .iter()
                .map(|value| value.map_or(0.0, |value| value[mode]))
                .collect();
            *constants = behind(network, make, planned, &values)?;
        }
        Ok(Self {
            network,
            layer,
            shape,
            sums: make(&built(to_sums, network)?)?,
            rest: make(&built(rest, network)?)?,
            constants,
        })
    }

    /// The layer's sums for every sample.
    pub(super) fn sums(&self, values: &[f32], samples: usize) -> Result<Vec<f32>, EngineError> {
        use rayon::prelude::*;
        let elements = self.shape.elements();
        debug_assert_eq!(values.len(), samples * elements);
        let parts: Vec<Result<Vec<f32>, EngineError>> = values
            .par_chunks(TOGETHER * elements)
            .map(|values| run(self.sums.as_ref(), values, &self.shape))
            .collect();
        let mut sums = Vec::with_capacity(samples * self.layer.shape.elements());
        for part in parts {
            sums.extend(part?);
        }
        Ok(sums)
    }

    /// The answers with one channel silenced, from what is kept and the sums of all samples.
    pub(super) fn channel(
        &self,
        make: EngineFactory<'_>,
        (values, sums): (&[f32], &[f32]),
        answers: &Answers,
        channel: usize,
    ) -> Result<ChannelCounts, EngineError> {
        let channels = self.shape.channels();
        let one = self.one_channel();
        let part = make(&self.slice(channel, &one)?)?;
        let alone = |values: &[f32]| -> Vec<f32> {
            values
                .iter()
                .skip(channel)
                .step_by(channels)
                .copied()
                .collect()
        };
        let mut constants = [Vec::new(), Vec::new()];
        for (mode, constants) in constants.iter_mut().enumerate() {
            *constants = run(part.as_ref(), &alone(&self.constants[mode]), &one)?;
        }
        let mut counts = [(); MODES].map(|()| ModeCounts::new(answers.classes));
        let (kept, width) = (self.shape.elements(), self.layer.shape.elements());
        let batches = values
            .chunks(TOGETHER * kept)
            .zip(sums.chunks(TOGETHER * width));
        let mut changed = Vec::with_capacity(TOGETHER * width);
        for (batch, (values, sums)) in batches.enumerate() {
            let parts = run(part.as_ref(), &alone(values), &one)?;
            for (constant, counts) in constants.iter().zip(&mut counts) {
                changed.clear();
                for (sums, parts) in sums.chunks_exact(width).zip(parts.chunks_exact(width)) {
                    let values = sums.iter().zip(parts).zip(constant);
                    changed.extend(values.map(|((sum, part), constant)| sum - part + constant));
                }
                let batch_of = Batch {
                    values: &changed,
                    samples: changed.len() / width,
                    shape: &self.layer.shape,
                };
                let logits = self.rest.run(batch_of, &mut Unwatched)?;
                answers.count(batch * TOGETHER, &logits, counts);
            }
        }
        Ok(counts)
    }

    /// Shape of one channel as the layer reads it.
    fn one_channel(&self) -> Shape {
        let (extents, positions) = (self.shape.dimensions(), self.shape.positions());
        match (&self.layer.operator, extents) {
            (Operator::Convolution(_), [height, width, _]) => Shape::image(*height, *width, 1),
            _ => Shape::vector(positions),
        }
    }

    /// A network that computes what one channel puts into the sums.
    fn slice(&self, channel: usize, one: &Shape) -> Result<Network, EngineError> {
        let channels = self.shape.channels();
        let mut operator = without_activation(&self.layer.operator);
        match &mut operator {
            Operator::Convolution(convolution) => convolution.bias = false,
            Operator::Dense(dense) => dense.bias = false,
            _ => {}
        }
        let kernel = self.layer.weight("kernel").map(|kernel| {
            let mut shape = kernel.shape.clone();
            let (rows, width) = (shape.len().saturating_sub(2), self.layer.shape.channels());
            if let Some(inputs) = shape.get_mut(rows) {
                *inputs /= channels;
            }
            // A row for every input: those of one channel lie `channels` rows apart.
            let rows = kernel.values.chunks_exact(width.max(1));
            let values: Vec<f32> = rows
                .skip(channel)
                .step_by(channels)
                .flatten()
                .copied()
                .collect();
            Weight {
                shape,
                values: values.into(),
                ..kernel.clone()
            }
        });
        let input = LayerDraft {
            name: "channel".into(),
            operator: Input { shape: one.clone() }.into(),
            inputs: Vec::new(),
            weights: Vec::new(),
        };
        let layer = LayerDraft {
            name: "part".into(),
            operator,
            inputs: vec![0],
            weights: kernel.into_iter().collect(),
        };
        let source = self.network.source.clone();
        Network::new("part".into(), source, vec![input, layer], 1).map_err(unbuildable)
    }
}

/// What every channel becomes between the convolution and what is kept, if it is one number at all positions.
fn behind(
    network: &Network,
    make: EngineFactory<'_>,
    planned: &PlannedLayer,
    values: &[f32],
) -> Result<Vec<f32>, EngineError> {
    let shape = &network.layer(planned.layer).shape;
    let maps = values.repeat(shape.positions());
    if planned.start == planned.layer {
        return Ok(maps);
    }
    let part = built(section(network, planned.layer, planned.start)?, network)?;
    run(make(&part)?.as_ref(), &maps, shape)
}

fn section(network: &Network, from: LayerId, to: LayerId) -> Result<Section, EngineError> {
    Section::between(network, from, to).ok_or_else(|| EngineError::Layer {
        layer: network.layer(to).name.clone(),
        kind: network.layer(to).operator.rule().kind(),
        source: Box::new(candle_core::Error::Msg(
            "it cannot be computed from the silenced layer alone".into(),
        )),
    })
}

fn built(section: Section, whole: &Network) -> Result<Network, EngineError> {
    section.build(whole).map_err(unbuildable)
}

pub(super) fn unbuildable(error: crate::model::ModelError) -> EngineError {
    EngineError::Layer {
        layer: "a part of the network".into(),
        kind: "Ablation",
        source: Box::new(candle_core::Error::Msg(error.to_string())),
    }
}

/// The values that a network without a softmax at its end computes, channels last.
fn run(engine: &dyn Engine, values: &[f32], shape: &Shape) -> Result<Vec<f32>, EngineError> {
    let batch = Batch {
        values,
        samples: values.len() / shape.elements().max(1),
        shape,
    };
    Ok(engine.run(batch, &mut Unwatched)?.values)
}

fn without_activation(operator: &Operator) -> Operator {
    let mut operator = operator.clone();
    match &mut operator {
        Operator::Convolution(convolution) => convolution.activation = Activation::Linear,
        Operator::Dense(dense) => dense.activation = Activation::Linear,
        _ => {}
    }
    operator
}
