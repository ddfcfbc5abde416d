//! [`Network`]: a trained network as data. It computes nothing.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Answer, ModelError, NamedTensor, Operator, OutputValues, Reading, Shape, Weight};

/// Position of a layer in [`Network::layers`], which is a topological order.
pub type LayerId = usize;

/// Where a network came from, for the method page; the default is that of one made in code.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub path: PathBuf,
    /// In words: `Keras 3 HDF5`.
    pub format: String,
    /// What the file says wrote it: `Keras 2.2.4-tf, tensorflow backend`. Empty when it does not say.
    pub producer: String,
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// One node of the graph.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Unique in its network.
    pub name: String,
    pub operator: Operator,
    /// Layers whose outputs this one reads, in the operator's order. Empty only for the input.
    pub inputs: Vec<LayerId>,
    /// Shape of one sample at its output.
    pub shape: Shape,
    pub weights: Vec<Weight>,
}

impl Layer {
    /// Number of weights, trainable or not.
    pub fn parameters(&self) -> usize {
        self.weights.iter().map(Weight::len).sum()
    }

    pub fn weight(&self, name: &str) -> Option<&Weight> {
        self.weights.iter().find(|weight| weight.name == name)
    }
}

/// A trained network: layers in topological order, the first of which is the input.
#[derive(Clone, Debug)]
pub struct Network {
    pub name: String,
    pub source: Source,
    /// The names of the classes in the order of the outputs, where the file holds them; else empty.
    pub class_names: Vec<String>,
    /// Where the tensors of the file are, if it names these and not layers; else empty.
    pub tensors: Vec<NamedTensor>,
    layers: Vec<Layer>,
    output: LayerId,
    answer: Answer,
}

/// What an importer hands over for each layer; shapes and checks are the network's business.
#[derive(Clone, Debug)]
pub struct LayerDraft {
    pub name: String,
    pub operator: Operator,
    pub inputs: Vec<LayerId>,
    pub weights: Vec<Weight>,
}

impl Network {
    /// Builds the graph: checks that every layer reads earlier ones, that names are unique, infers
    /// every shape and checks every weight against what its operator expects. Layers that the output
    /// does not depend on are left out. The answers are read off as [`OutputValues::Auto`] says.
    ///
    /// # Errors
    /// [`ModelError::Layer`] names the first layer that does not fit, with the reason.
    pub fn new(
        name: String,
        source: Source,
        drafts: Vec<LayerDraft>,
        output: LayerId,
    ) -> Result<Self, ModelError> {
        if output >= drafts.len() {
            return Err(ModelError::Empty { path: source.path });
        }
        let (drafts, output) = super::build::needed(drafts, output);
        let layers = super::build::layers(drafts, &source.path)?;
        let mut network = Self {
            name,
            source,
            class_names: Vec::new(),
            tensors: Vec::new(),
            layers,
            output,
            answer: Answer {
                layer: output,
                before_activation: false,
                reading: Reading::Logits,
            },
        };
        network.answer = Answer::of(&network, OutputValues::Auto);
        Ok(network)
    }

    /// The same network, its output's values read as the user says.
    pub fn reading(mut self, values: OutputValues) -> Self {
        self.answer = Answer::of(&self, values);
        self
    }

    /// How the logits are read off.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// All layers, the input first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The layers that compute something, with their ids: all but the input.
    pub fn computed(&self) -> impl Iterator<Item = (LayerId, &Layer)> {
        self.layers
            .iter()
            .enumerate()
            .filter(|(_, layer)| !layer.inputs.is_empty())
    }

    pub fn layer(&self, id: LayerId) -> &Layer {
        &self.layers[id]
    }

    pub fn find(&self, name: &str) -> Option<LayerId> {
        self.layers.iter().position(|layer| layer.name == name)
    }

    /// Shape of one input image, `[height, width, channels]`.
    pub fn input_shape(&self) -> &Shape {
        &self.layers[0].shape
    }

    pub fn output(&self) -> LayerId {
        self.output
    }

    /// Number of classes: the units of the output, but two for a single unit.
    pub fn classes(&self) -> usize {
        self.layers[self.output].shape.elements().max(2)
    }

    /// Number of weights, trainable or not. Those that several layers share are counted once.
    pub fn parameters(&self) -> usize {
        self.distinct_weights().map(Weight::len).sum()
    }

    /// Of them, those that training changes.
    pub fn trainable_parameters(&self) -> usize {
        self.distinct_weights()
            .filter(|weight| weight.trainable)
            .map(Weight::len)
            .sum()
    }

    /// All tensors, each once however many layers use it.
    fn distinct_weights(&self) -> impl Iterator<Item = &Weight> {
        let mut seen = HashSet::new();
        self.layers
            .iter()
            .flat_map(|layer| &layer.weights)
            .filter(move |weight| seen.insert(Arc::as_ptr(&weight.values).cast::<f32>()))
    }

    /// The shapes a layer reads, in its operator's order.
    pub fn input_shapes(&self, id: LayerId) -> Vec<&Shape> {
        self.layers[id]
            .inputs
            .iter()
            .map(|&input| &self.layers[input].shape)
            .collect()
    }

    /// Multiplications with additions for one image at one layer.
    pub fn multiply_adds(&self, id: LayerId) -> u64 {
        let layer = &self.layers[id];
        layer
            .operator
            .rule()
            .multiply_adds(&self.input_shapes(id), &layer.shape)
    }
}
