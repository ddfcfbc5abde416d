//! [`Decision`]: what speaks for one class against another in the last layer, unit by unit. The logit of a class is a weighted
//! sum of the units that the last dense layer reads, so the difference of two logits splits into parts exactly.

use serde::Serialize;

use crate::model::{LayerId, Network, Operator};

/// Units told of a decision: those that speak loudest, for either class.
pub const UNITS: usize = 8;

/// The difference of two logits, part by part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// The layer whose channels the units are.
    pub layer: LayerId,
    /// The class that the parts speak for where they are positive, and the other.
    pub class: usize,
    pub against: usize,
    /// Samples that it is the mean over.
    pub samples: usize,
    /// The largest parts by their size, the larger first, among equals the lower unit.
    pub units: Vec<UnitShare>,
    /// All other units together.
    pub others: f64,
    /// The difference of the biases.
    pub bias: f64,
    /// The sum of all parts: the difference of the logits.
    pub total: f64,
}

/// One unit's part: its values times the difference of the weights to both classes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct UnitShare {
    pub unit: usize,
    pub part: f64,
    /// The unit's value, its mean over positions where it has several.
    pub value: f64,
}

/// The last layer of a network whose logits are sums that a dense layer makes.
pub(super) struct LastLayer<'a> {
    /// Where its inputs come from.
    pub layer: LayerId,
    channels: usize,
    classes: usize,
    /// `inputs × classes`.
    kernel: &'a [f32],
    bias: Option<&'a [f32]>,
}

impl<'a> LastLayer<'a> {
    /// `None` where the logits are made in another way.
    pub fn of(network: &'a Network) -> Option<Self> {
        let mut id = network.output();
        // A softmax of its own, and layers that hand values on, leave the logits as they are.
        while !matches!(network.layer(id).operator, Operator::Dense(_)) {
            let layer = network.layer(id);
            let rule = layer.operator.rule();
            let is_softmax = matches!(layer.operator, Operator::ActivationLayer(_))
                && rule.activation() == crate::model::Activation::Softmax;
            let [input] = layer.inputs[..] else {
                return None;
            };
            if !is_softmax && !rule.is_identity() {
                return None;
            }
            id = input;
        }
        let dense = network.layer(id);
        let activation = dense.operator.rule().activation();
        let is_plain = matches!(
            activation,
            crate::model::Activation::Softmax | crate::model::Activation::Linear
        );
        let mut input = *dense.inputs.first()?;
        if dense.shape.positions() != 1 || !is_plain {
            return None;
        }
        while network.layer(input).operator.rule().is_identity() {
            input = *network.layer(input).inputs.first()?;
        }
        let kernel = dense.weight("kernel")?;
        let shape = &network.layer(input).shape;
        (kernel.values.len() == shape.elements() * network.classes()).then(|| Self {
            layer: input,
            channels: shape.channels(),
            classes: network.classes(),
            kernel: &kernel.values,
            bias: dense.weight("bias").map(|bias| &bias.values[..]),
        })
    }

    /// Each unit's part and value for one sample, given all values of the units, channels last.
    pub fn parts(&self, values: &[f32], class: usize, against: usize) -> Vec<UnitShare> {
        let positions = (values.len() / self.channels.max(1)).max(1) as f64;
        let mut parts: Vec<UnitShare> = (0..self.channels)
            .map(|unit| UnitShare {
                unit,
                part: 0.0,
                value: 0.0,
            })
            .collect();
        let rows = self.kernel.chunks_exact(self.classes);
        for (place, (&value, row)) in values.iter().zip(rows).enumerate() {
            let part = &mut parts[place % self.channels];
            let value = f64::from(value);
            part.part += value * (f64::from(row[class]) - f64::from(row[against]));
            part.value += value / positions;
        }
        parts
    }

    pub fn bias(&self, class: usize, against: usize) -> f64 {
        self.bias.map_or(0.0, |bias| {
            f64::from(bias[class]) - f64::from(bias[against])
        })
    }

    /// The mean of several samples' parts as a decision.
    pub fn decision(
        &self,
        (class, against): (usize, usize),
        sums: Vec<UnitShare>,
        samples: usize,
    ) -> Decision {
        let share = (samples.max(1) as f64).recip();
        let mut units = sums;
        for unit in &mut units {
            unit.part *= share;
            unit.value *= share;
        }
        let all: f64 = units.iter().map(|unit| unit.part).sum();
        units.sort_by(|a, b| {
            b.part
                .abs()
                .total_cmp(&a.part.abs())
                .then(a.unit.cmp(&b.unit))
        });
        let others = units.iter().skip(UNITS).map(|unit| unit.part).sum();
        units.truncate(UNITS);
        let bias = self.bias(class, against);
        Decision {
            layer: self.layer,
            class,
            against,
            samples,
            units,
            others,
            bias,
            total: all + bias,
        }
    }
}
