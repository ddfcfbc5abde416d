//! Which layer reads which: from Keras' two ways of saying it to layers in topological order.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::config::{LayerConfig, MajorVersion, ModelConfig, Wiring};
use super::layers::{self, LayerEntry};
use super::shapes;
use crate::model::{LayerId, ModelError, Operator, OutputChoice};

/// A layer with its place in the graph.
pub(super) struct Node {
    pub name: String,
    pub operator: Operator,
    pub inputs: Vec<LayerId>,
}

/// All layers in topological order, and the output.
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    pub output: LayerId,
}

/// All layers in topological order, and the outputs that the model names.
struct Wired {
    nodes: Vec<Node>,
    outputs: Vec<(String, LayerId)>,
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
        let graph = match &config.wiring {
            Wiring::Sequential { input_shape } => {
                sequential(&config.layers, input_shape.as_ref(), version, path)
            }
            Wiring::Functional { inputs, outputs } => {
                functional(&config.layers, inputs, outputs, version, path)
            }
        }?;
        let find = |name: &str| graph.nodes.iter().position(|node| node.name == name);
        let output = choice.pick(&graph.outputs, find, path)?;
        Ok(Self {
            nodes: graph.nodes,
            output,
        })
    }
}

/// Layers one after the other. Old files leave out the input and state its shape at the first layer.
fn sequential(
    layers: &[LayerConfig],
    input_shape: Option<&Value>,
    version: MajorVersion,
    path: &Path,
) -> Result<Wired, ModelError> {
    let Some(first) = layers.first() else {
        return Err(ModelError::Empty { path: path.into() });
    };
    let mut nodes = Vec::with_capacity(layers.len() + 1);
    if first.class_name != "InputLayer" {
        let entry = LayerEntry::new(path, version, first);
        let operator = match shapes::stated_input(&first.config).or(input_shape) {
            Some(shape) => shapes::input_of_shape(&entry, shape)?,
            None => shapes::input(&entry)?,
        };
        nodes.push(Node {
            name: format!("{}_input", entry.name),
            operator,
            inputs: Vec::new(),
        });
    }
    for layer in layers {
        let operator = layers::operator(&LayerEntry::new(path, version, layer))?;
        let inputs = nodes.len().checked_sub(1).into_iter().collect();
        nodes.push(Node {
            name: layer.layer_name().into(),
            operator,
            inputs,
        });
    }
    let output = nodes.len() - 1;
    let outputs = vec![(nodes[output].name.clone(), output)];
    Ok(Wired { nodes, outputs })
}

/// Layers that name what they read, in any order.
fn functional(
    layers: &[LayerConfig],
    inputs: &Value,
    outputs: &Value,
    version: MajorVersion,
    path: &Path,
) -> Result<Wired, ModelError> {
    only_input(inputs, path)?;
    let mut pending = Vec::with_capacity(layers.len());
    for layer in layers {
        let entry = LayerEntry::new(path, version, layer);
        let operator = layers::operator(&entry)?;
        pending.push((entry.name, operator, read_by(&entry, layer)?));
    }
    let mut nodes: Vec<Node> = Vec::with_capacity(pending.len());
    let mut places: HashMap<String, LayerId> = HashMap::new();
    while !pending.is_empty() {
        // Keras writes layers in a usable order, so one round takes them all.
        let before = nodes.len();
        let mut waiting = Vec::new();
        for (name, operator, reads) in pending {
            match reads
                .iter()
                .map(|read| places.get(read).copied())
                .collect::<Option<Vec<_>>>()
            {
                Some(inputs) => {
                    places.insert(name.into(), nodes.len());
                    nodes.push(Node {
                        name: name.into(),
                        operator,
                        inputs,
                    });
                }
                None => waiting.push((name, operator, reads)),
            }
        }
        if let (true, Some((name, _, reads))) = (nodes.len() == before, waiting.first()) {
            return Err(ModelError::Layer {
                path: path.into(),
                layer: (*name).into(),
                reason: format!(
                    "reads {}, which is not there or reads this layer itself",
                    reads.join(", ")
                ),
            });
        }
        pending = waiting;
    }
    let outputs = endpoints(outputs)
        .into_iter()
        .map(|name| {
            let place = places.get(&name).copied();
            place.map(|place| (name, place)).ok_or_else(|| {
                configuration(path, "an output layer is not among its layers".into())
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Wired { nodes, outputs })
}

/// The names of the inputs or outputs of a model: `["name", 0, 0]`, alone, in a list, or under names.
fn endpoints(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => match list.as_slice() {
            [Value::String(name), ..] => vec![name.clone()],
            endpoints => endpoints.iter().flat_map(endpoints_of).collect(),
        },
        Value::Object(named) => named.values().flat_map(endpoints_of).collect(),
        _ => Vec::new(),
    }
}

fn endpoints_of(value: &Value) -> Option<String> {
    value.get(0).and_then(Value::as_str).map(String::from)
}

fn only_input(value: &Value, path: &Path) -> Result<(), ModelError> {
    match endpoints(value).len() {
        1 => Ok(()),
        inputs => Err(configuration(
            path,
            format!(
                "the model has {inputs} inputs; networks with one image as their input are supported"
            ),
        )),
    }
}

fn configuration(path: &Path, reason: String) -> ModelError {
    ModelError::Configuration {
        path: path.into(),
        reason,
    }
}

/// The names of the layers that a layer of a functional model reads.
fn read_by(entry: &LayerEntry<'_>, layer: &LayerConfig) -> Result<Vec<String>, ModelError> {
    let call = match layer.inbound_nodes.as_slice() {
        [] => return Ok(Vec::new()),
        [call] => call,
        calls => {
            return Err(entry.refuse(format!(
                "it is used {} times; shared layers are not supported",
                calls.len()
            )));
        }
    };
    let unreadable = || entry.refuse("what it reads cannot be understood");
    match call {
        // Keras 2: a list of [name, node, tensor, options].
        Value::Array(references) => references
            .iter()
            .map(|reference| {
                let [history @ .., options] = reference.as_array().map_or(&[][..], Vec::as_slice)
                else {
                    return Err(unreadable());
                };
                check_options(entry, options)?;
                layer_of(entry, history)
            })
            .collect(),
        // Keras 3: the arguments of the call, tensors among them, alone or in a list.
        Value::Object(call) => {
            check_options(entry, call.get("kwargs").unwrap_or(&Value::Null))?;
            let arguments = call
                .get("args")
                .and_then(Value::as_array)
                .ok_or_else(unreadable)?;
            let tensors = match arguments.as_slice() {
                [Value::Array(list)] => list,
                _ => arguments,
            };
            tensors
                .iter()
                .map(|tensor| {
                    let history = tensor
                        .pointer("/config/keras_history")
                        .and_then(Value::as_array);
                    layer_of(entry, history.ok_or_else(unreadable)?)
                })
                .collect()
        }
        _ => Err(unreadable()),
    }
}

/// The layer in `[name, node, tensor]`, the first output of its first use.
fn layer_of(entry: &LayerEntry<'_>, history: &[Value]) -> Result<String, ModelError> {
    match history {
        [Value::String(name), node, tensor]
            if node.as_u64() == Some(0) && tensor.as_u64() == Some(0) =>
        {
            Ok(name.clone())
        }
        _ => Err(entry
            .refuse("it reads another than the first output of a layer, which is not supported")),
    }
}

/// Options of a call change what is computed, unless they are off.
fn check_options(entry: &LayerEntry<'_>, options: &Value) -> Result<(), ModelError> {
    let Some(options) = options.as_object() else {
        return Ok(());
    };
    match options
        .iter()
        .find(|(_, value)| !value.is_null() && **value != Value::Bool(false))
    {
        Some((name, value)) => Err(entry.refuse(format!(
            "it is called with {name} = {value}, which is not supported"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn layer(name: &str, class: &str, nodes: Value) -> LayerConfig {
        let config = json!({"name": name, "batch_shape": [null, 4, 4, 1]});
        serde_json::from_value(
            json!({"class_name": class, "config": config, "inbound_nodes": nodes}),
        )
        .unwrap()
    }

    fn graph(layers: &[LayerConfig], output: &str) -> Result<Wired, String> {
        let (inputs, outputs) = (json!([["image", 0, 0]]), json!([[output, 0, 0]]));
        functional(
            layers,
            &inputs,
            &outputs,
            MajorVersion(2),
            Path::new("model.h5"),
        )
        .map_err(|error| error.to_string())
    }

    #[test]
    fn layers_in_any_order_come_out_in_a_topological_one() {
        let keras_3 = json!([{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["relu", 0, 0]}}], "kwargs": {"mask": null}}]);
        let layers = [
            layer("flat", "Flatten", keras_3),
            layer("relu", "ReLU", json!([[["image", 0, 0, {}]]])),
            layer("image", "InputLayer", json!([])),
        ];
        let graph = graph(&layers, "flat").unwrap();
        let names: Vec<_> = graph
            .nodes
            .iter()
            .map(|node| (node.name.as_str(), node.inputs.clone()))
            .collect();
        assert_eq!(
            names,
            [("image", vec![]), ("relu", vec![0]), ("flat", vec![1])]
        );
        assert_eq!(graph.outputs, [("flat".to_string(), 2)]);
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        let input = || layer("image", "InputLayer", json!([]));
        for (nodes, expected) in [
            (
                json!([[["image", 0, 0, {"training": true}]]]),
                "training = true",
            ),
            (
                json!([[["image", 0, 0, {}]], [["image", 0, 0, {}]]]),
                "used 2 times",
            ),
            (
                json!([[["image", 1, 0, {}]]]),
                "another than the first output",
            ),
            (
                json!([[["nobody", 0, 0, {}]]]),
                "reads nobody, which is not there",
            ),
            (json!([[["relu", 0, 0, {}]]]), "reads this layer itself"),
            (json!(["what"]), "cannot be understood"),
        ] {
            let message = graph(&[input(), layer("relu", "ReLU", nodes)], "relu")
                .err()
                .unwrap();
            assert!(
                message.contains("`relu`") && message.contains(expected),
                "{message}"
            );
        }
        assert!(
            graph(&[input()], "gone")
                .err()
                .unwrap()
                .contains("output layer")
        );
    }

    #[test]
    fn endpoints_are_written_in_three_ways() {
        let two = json!([["a", 0, 0], ["b", 0, 0]]);
        assert_eq!(endpoints(&two), ["a", "b"]);
        assert_eq!(endpoints(&json!(["a", 0, 0])), ["a"]);
        assert_eq!(endpoints(&json!({"first": ["a", 0, 0]})), ["a"]);
        let error = only_input(&two, Path::new("model.h5")).unwrap_err();
        assert!(error.to_string().contains("has 2 inputs"), "{error}");
    }
}
