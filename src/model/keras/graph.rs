//! Which layer reads which: from Keras' two ways of saying it to layers in topological order. Models
//! inside of models become their layers, and a layer that is used several times as many nodes, which
//! share its weights.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::call::{Call, Reference};
use super::config::{LayerConfig, MajorVersion, ModelConfig, Wiring};
use super::endpoints::{endpoints, only_input};
use super::expansion;
use super::layers::LayerEntry;
use super::part::Read;
use super::place::Place;
use super::shapes;
use crate::model::{LayerId, ModelError, Operator, OutputChoice, Shape};

/// Most nodes of a graph. Models inside of models can be used again and again, so that a small file
/// could ask for more than any machine holds.
const MOST_NODES: usize = 20_000;

/// A layer with its place in the graph.
pub(super) struct Node {
    pub name: String,
    pub operator: Operator,
    pub inputs: Vec<LayerId>,
    /// Where its weights lie, which all uses of a layer share.
    pub place: Place,
}

/// All layers in topological order, and the output.
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    pub output: LayerId,
}

impl Graph {
    /// # Errors
    /// Names the first layer that is not supported or that reads what is not there.
    pub fn of(
        config: &ModelConfig,
        version: MajorVersion,
        choice: &OutputChoice,
        path: &Path,
    ) -> Result<Self, ModelError> {
        if let Wiring::Functional { inputs, .. } = &config.wiring {
            only_input(inputs, path)?;
        }
        let mut builder = Builder {
            path,
            version,
            nodes: Vec::new(),
            shapes: Vec::new(),
        };
        let outputs = builder.model(config, &Place::default(), "", None)?;
        let find = |name: &str| builder.nodes.iter().position(|node| node.name == name);
        let output = choice.pick(&outputs, find, path)?;
        Ok(Self {
            nodes: builder.nodes,
            output,
        })
    }
}

struct Builder<'a> {
    path: &'a Path,
    version: MajorVersion,
    nodes: Vec<Node>,
    /// Of the nodes' outputs, as far as they can be told.
    shapes: Vec<Option<Shape>>,
}

/// The outputs of a model by name.
type Outputs = Vec<(String, LayerId)>;

impl Builder<'_> {
    /// Adds a model's layers, their names behind `prefix`. `given` are the tensors that it is called
    /// with; without them its inputs are the network's.
    fn model(
        &mut self,
        config: &ModelConfig,
        place: &Place,
        prefix: &str,
        given: Option<&[LayerId]>,
    ) -> Result<Outputs, ModelError> {
        match &config.wiring {
            Wiring::Sequential { input_shape } => {
                self.sequential(config, input_shape.as_ref(), place, prefix, given)
            }
            Wiring::Functional { inputs, outputs } => {
                self.functional(config, (inputs, outputs), place, prefix, given)
            }
        }
    }

    /// Layers one after the other. Old files leave out the input and state its shape at the first layer.
    fn sequential(
        &mut self,
        config: &ModelConfig,
        input_shape: Option<&Value>,
        place: &Place,
        prefix: &str,
        given: Option<&[LayerId]>,
    ) -> Result<Outputs, ModelError> {
        let Some(first) = config.layers.first() else {
            return Err(ModelError::Empty {
                path: self.path.into(),
            });
        };
        let mut current = given.and_then(|given| given.first().copied());
        if current.is_none() && first.class_name != "InputLayer" {
            let operator = self.first_input(first, input_shape)?;
            let name = format!("{prefix}{}_input", first.layer_name());
            current = Some(self.add(name, operator, Vec::new(), place.clone())?);
        }
        for (layer, place) in config.layers.iter().zip(place.of_layers(&config.layers)) {
            if layer.class_name == "InputLayer" && current.is_some() {
                continue;
            }
            let name = format!("{prefix}{}", layer.layer_name());
            let inputs: Vec<LayerId> = current.into_iter().collect();
            let outputs = self.layer(layer, name, &Call::default(), &inputs, &place)?;
            current = outputs.first().map(|(_, id)| *id);
        }
        let last = config.layers.last().map_or("", LayerConfig::layer_name);
        Ok(current.into_iter().map(|id| (last.into(), id)).collect())
    }

    fn first_input(
        &self,
        first: &LayerConfig,
        input_shape: Option<&Value>,
    ) -> Result<Operator, ModelError> {
        // A model that comes first states the shape in its own first layer.
        let inner = first
            .model(self.path)
            .transpose()?
            .and_then(|model| model.layers.into_iter().next());
        let stating = inner.as_ref().unwrap_or(first);
        let entry = LayerEntry::new(self.path, self.version, stating);
        match shapes::stated_input(&stating.config).or(input_shape) {
            Some(shape) => shapes::input_of_shape(&entry, shape),
            None => shapes::input(&entry),
        }
    }

    /// Layers that name what they read, in any order.
    fn functional(
        &mut self,
        config: &ModelConfig,
        (inputs, outputs): (&Value, &Value),
        place: &Place,
        prefix: &str,
        given: Option<&[LayerId]>,
    ) -> Result<Outputs, ModelError> {
        let inputs = endpoints(inputs);
        let places = place.of_layers(&config.layers);
        let mut pending: Vec<Use<'_>> = Vec::with_capacity(config.layers.len());
        let mut made = Made::default();
        for (layer, place) in config.layers.iter().zip(&places) {
            let at = inputs
                .iter()
                .position(|input| input.layer == layer.layer_name());
            if let (Some(at), Some(given)) = (at, given) {
                let id = given.get(at).copied().ok_or_else(|| {
                    configuration(
                        self.path,
                        format!("the model {prefix} is called with too few tensors"),
                    )
                })?;
                made.add(layer, 0, vec![id]);
                continue;
            }
            pending.extend(self.uses(layer, place)?);
        }
        let outputs = endpoints(outputs);
        made.number_from(&config.layers, &pending, &outputs);
        self.place_all(pending, prefix, &mut made)?;
        outputs
            .into_iter()
            .map(|output| match made.get(&output) {
                Some(id) => Ok((output.layer, id)),
                None => Err(configuration(
                    self.path,
                    "an output layer is not among its layers".into(),
                )),
            })
            .collect()
    }

    /// The uses of a layer: its calls; one without arguments for an input.
    fn uses<'l>(
        &self,
        layer: &'l LayerConfig,
        place: &'l Place,
    ) -> Result<Vec<Use<'l>>, ModelError> {
        let entry = LayerEntry::new(self.path, self.version, layer);
        let calls = match layer.inbound_nodes.as_slice() {
            [] => vec![Call::default()],
            calls => calls
                .iter()
                .map(|call| Call::parse(&entry, call))
                .collect::<Result<_, _>>()?,
        };
        Ok(calls
            .into_iter()
            .enumerate()
            .map(|(number, call)| Use {
                layer,
                place,
                number,
                call,
            })
            .collect())
    }

    /// Adds uses of layers, each once all that it reads is there.
    fn place_all(
        &mut self,
        mut pending: Vec<Use<'_>>,
        prefix: &str,
        made: &mut Made,
    ) -> Result<(), ModelError> {
        while !pending.is_empty() {
            // Keras writes layers in a usable order, so few rounds take them all.
            let before = pending.len();
            let mut waiting = Vec::new();
            for each in pending {
                let inputs: Option<Vec<LayerId>> = each
                    .call
                    .tensors()
                    .map(|reference| made.get(reference))
                    .collect();
                let Some(inputs) = inputs else {
                    waiting.push(each);
                    continue;
                };
                let name = format!("{prefix}{}", each.name());
                let outputs = self.layer(each.layer, name, &each.call, &inputs, each.place)?;
                let outputs = outputs.into_iter().map(|(_, id)| id).collect();
                made.add(each.layer, each.number, outputs);
            }
            if let (true, Some(first)) = (waiting.len() == before, waiting.first()) {
                let reads: Vec<&str> = first
                    .call
                    .tensors()
                    .filter(|reference| made.get(reference).is_none())
                    .map(|reference| reference.layer.as_str())
                    .collect();
                return Err(ModelError::Layer {
                    path: self.path.into(),
                    layer: first.layer.layer_name().into(),
                    reason: format!(
                        "reads {}, which is not there or reads this layer itself",
                        reads.join(", ")
                    ),
                });
            }
            pending = waiting;
        }
        Ok(())
    }

    /// Adds one use of a layer: its nodes, or those of the model that it is.
    fn layer(
        &mut self,
        layer: &LayerConfig,
        name: String,
        call: &Call,
        inputs: &[LayerId],
        place: &Place,
    ) -> Result<Outputs, ModelError> {
        if let Some(model) = layer.model(self.path) {
            return self.model(&model?, place, &format!("{name}/"), Some(inputs));
        }
        let entry = LayerEntry::new(self.path, self.version, layer).called_with(&call.arguments);
        let given: Option<Vec<Shape>> = inputs.iter().map(|&id| self.shapes[id].clone()).collect();
        let mut made: Vec<LayerId> = Vec::new();
        for part in expansion::parts(&entry, given.as_deref())? {
            let reads = part
                .reads
                .iter()
                .flat_map(|read| match read {
                    Read::Inputs => inputs.to_vec(),
                    Read::Input(number) => inputs.get(*number).copied().into_iter().collect(),
                    Read::Part(number) => made.get(*number).copied().into_iter().collect(),
                    Read::Before => made.last().copied().into_iter().collect(),
                })
                .collect();
            let part_name = format!("{name}{}", part.suffix);
            made.push(self.add(part_name, part.operator, reads, place.clone())?);
        }
        Ok(made
            .pop()
            .into_iter()
            .map(|id| (name.clone(), id))
            .collect())
    }

    fn add(
        &mut self,
        name: String,
        operator: Operator,
        inputs: Vec<LayerId>,
        place: Place,
    ) -> Result<LayerId, ModelError> {
        if self.nodes.len() >= MOST_NODES {
            return Err(configuration(
                self.path,
                format!("the model has more than the {MOST_NODES} layers that are supported"),
            ));
        }
        let read: Option<Vec<&Shape>> = inputs.iter().map(|&id| self.shapes[id].as_ref()).collect();
        let shape = read.and_then(|read| match (&operator, read.as_slice()) {
            // What these lack is told by their weights, but they leave shapes as they are.
            (Operator::ParametricRelu(_) | Operator::GroupNormalization(_), [input]) => {
                Some((*input).clone())
            }
            _ => operator.rule().output_shape(&read).ok(),
        });
        self.shapes.push(shape);
        self.nodes.push(Node {
            name,
            operator,
            inputs,
            place,
        });
        Ok(self.nodes.len() - 1)
    }
}

/// One use of a layer.
struct Use<'a> {
    layer: &'a LayerConfig,
    place: &'a Place,
    /// From 0.
    number: usize,
    call: Call,
}

impl Use<'_> {
    /// `conv`, and `conv (use 2)` where the same layer is called again.
    fn name(&self) -> String {
        let name = self.layer.layer_name();
        match self.number {
            0 => name.into(),
            number => format!("{name} (use {})", number + 1),
        }
    }
}

/// The tensors that are there, by layer and use.
#[derive(Default)]
struct Made {
    outputs: HashMap<(String, usize), Vec<LayerId>>,
    /// Uses of each layer.
    calls: HashMap<String, usize>,
    /// The number of the first use, where it is not 0.
    first: HashMap<String, usize>,
}

impl Made {
    fn add(&mut self, layer: &LayerConfig, call: usize, outputs: Vec<LayerId>) {
        let name = layer.layer_name().to_string();
        *self.calls.entry(name.clone()).or_default() = layer.inbound_nodes.len().max(1);
        self.outputs.insert((name, call), outputs);
    }

    /// Some versions count the making of a model, and uses in another model, too. The last use that is read tells from
    /// which number on those count that are listed.
    fn number_from(&mut self, layers: &[LayerConfig], uses: &[Use<'_>], outputs: &[Reference]) {
        let read = uses
            .iter()
            .flat_map(|each| each.call.tensors())
            .chain(outputs);
        let mut last: HashMap<&str, usize> = HashMap::new();
        for reference in read {
            let last = last.entry(&reference.layer).or_default();
            *last = reference.call.max(*last);
        }
        for layer in layers {
            let listed = layer.inbound_nodes.len().max(1);
            let last = last.get(layer.layer_name()).copied().unwrap_or(0);
            if last >= listed {
                self.first
                    .insert(layer.layer_name().to_string(), last + 1 - listed);
            }
        }
    }

    fn get(&self, reference: &Reference) -> Option<LayerId> {
        // Where there is one use, it is meant.
        let only = self.calls.get(&reference.layer) == Some(&1);
        let first = self.first.get(&reference.layer).copied().unwrap_or(0);
        let call = if only {
            0
        } else {
            reference.call.checked_sub(first)?
        };
        let outputs = self.outputs.get(&(reference.layer.clone(), call))?;
        outputs.get(reference.output).copied()
    }
}

fn configuration(path: &Path, reason: String) -> ModelError {
    ModelError::Configuration {
        path: path.into(),
        reason,
    }
}

#[cfg(test)]
mod tests;
