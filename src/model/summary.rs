//! [`Summary`]: a network as a table, a row a layer.

use serde::Serialize;

use super::{Network, ReceptiveField};

/// What is told of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub name: String,
    /// In words: `Keras 3 HDF5`.
    pub format: String,
    pub producer: String,
    pub sha256: String,
    pub layers: Vec<LayerSummaryRow>,
    /// Weights, those that several layers share counted once.
    pub parameters: usize,
    /// Of them, those that training changes.
    pub trainable: usize,
    /// For one image.
    pub multiply_adds: u64,
    pub classes: usize,
    /// Where the logits come from, in words.
    pub logits: String,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerSummaryRow {
    pub name: String,
    pub kind: String,
    pub description: String,
    /// Names of the layers that it reads.
    pub inputs: Vec<String>,
    /// Without the batch, channels last.
    pub output_shape: Vec<usize>,
    pub parameters: usize,
    /// For one image.
    pub multiply_adds: u64,
    /// Height and width in pixels of the input that one output position depends on; `None` for the whole.
    pub receptive_field: Option<(usize, usize)>,
}

impl Summary {
    pub fn of(network: &Network) -> Self {
        let fields = ReceptiveField::of(network);
        let layers: Vec<LayerSummaryRow> = network
            .layers()
            .iter()
            .zip(fields)
            .enumerate()
            .map(|(id, (layer, field))| {
                let rule = layer.operator.rule();
                let inputs = layer.inputs.iter();
                LayerSummaryRow {
                    name: layer.name.clone(),
                    kind: rule.kind().into(),
                    description: rule.describe(&network.input_shapes(id), &layer.shape),
                    inputs: inputs
                        .map(|&input| network.layer(input).name.clone())
                        .collect(),
                    output_shape: layer.shape.dimensions().to_vec(),
                    parameters: layer.parameters(),
                    multiply_adds: network.multiply_adds(id),
                    receptive_field: (!field.is_whole()).then_some(field.size),
                }
            })
            .collect();
        let multiply_adds = layers
            .iter()
            .fold(0u64, |sum, layer| sum.saturating_add(layer.multiply_adds));
        Self {
            name: network.name.clone(),
            format: network.source.format.clone(),
            producer: network.source.producer.clone(),
            sha256: network.source.sha256.clone(),
            layers,
            parameters: network.parameters(),
            trainable: network.trainable_parameters(),
            multiply_adds,
            classes: network.classes(),
            logits: network.answer().words(network),
        }
    }
}
