//! From the graph of a file to layers.

use std::collections::{HashMap, HashSet};

use super::array::Array;
use super::error::{OnnxError, Reason};
use super::file::{ModelFile, is_own_domain};
use super::fold::fold;
use super::importer::{Importer, Value};
use super::names::layer_names;
use super::node::Node;
use super::nodes::{Call, REGISTER, hint};
use super::order::needed;
use super::view::{Atom, BATCH, Parts, View};
use super::{proto, tensor};
use crate::model::operators::Input;
use crate::model::{LayerDraft, LayerId, Shape};

/// A network that has yet to be checked.
pub struct Imported {
    pub drafts: Vec<LayerDraft>,
    pub output: LayerId,
    /// Where the tensors of the graph are, by name.
    pub tensors: Vec<(String, View)>,
}

/// # Errors
/// [`OnnxError`] names the first node, tensor or value that cannot be used.
pub fn import(file: &ModelFile, output: &str) -> Result<Imported, OnnxError> {
    let graph = &file.graph;
    let initializers: HashMap<&str, &proto::Tensor> = (graph.initializer.iter())
        .map(|tensor| (tensor.name.as_str(), tensor))
        .collect();
    let inputs = graph
        .input
        .iter()
        .filter(|input| !initializers.contains_key(input.name.as_str()));
    let inputs: HashMap<&str, &proto::ValueInfo> =
        inputs.map(|input| (input.name.as_str(), input)).collect();
    let given: HashSet<&str> = initializers.keys().chain(inputs.keys()).copied().collect();
    let order = needed(graph, output, &given)?;
    let nodes: Vec<&proto::Node> = order.iter().map(|&at| &graph.node[at]).collect();

    let input = image_input(&nodes, &inputs)?;
    let (shape, view, batch) = read_input(input)?;
    let mut importer = Importer::new(batch);
    let layer = importer
        .push(&input.name, Input { shape }, vec![], vec![])
        .map_err(|reason| wrong(format!("its input `{}` {reason}", input.name)))?;
    let mut walk = Walk {
        file,
        initializers,
        importer,
        values: HashMap::from([(input.name.as_str(), Value::Layer(View { layer, ..view }))]),
        readers: readers(&nodes, output),
        layer_readers: HashMap::new(),
    };
    let names = layer_names(nodes.iter().copied());
    for (node, name) in nodes.iter().zip(&names) {
        walk.visit(node, name)?;
    }
    walk.finish(output)
}

/// The one input that the needed nodes read.
fn image_input<'a>(
    nodes: &[&'a proto::Node],
    inputs: &HashMap<&'a str, &'a proto::ValueInfo>,
) -> Result<&'a proto::ValueInfo, OnnxError> {
    let mut used: Vec<&str> = nodes
        .iter()
        .flat_map(|node| &node.input)
        .map(String::as_str)
        .filter(|name| inputs.contains_key(name))
        .collect();
    used.sort_unstable();
    used.dedup();
    match used.as_slice() {
        [only] => Ok(inputs[only]),
        [] => Err(wrong("its output does not depend on any input".into())),
        _ => Err(wrong(format!(
            "it reads {} inputs, {}; networks with one image as their input are supported",
            used.len(),
            used.iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

/// How often each value is read.
fn readers<'a>(nodes: &[&'a proto::Node], output: &'a str) -> HashMap<&'a str, usize> {
    let mut readers = HashMap::from([(output, 1)]);
    for name in nodes.iter().flat_map(|node| &node.input) {
        *readers.entry(name.as_str()).or_insert(0) += 1;
    }
    readers
}

/// Shape of one image, where its axes are, and the number of samples in shape arithmetic.
fn read_input(input: &proto::ValueInfo) -> Result<(Shape, View, i64), OnnxError> {
    let refuse = |reason: String| wrong(format!("its input `{}` {reason}", input.name));
    let tensor = input
        .r#type
        .as_ref()
        .and_then(|kind| kind.tensor_type.as_ref());
    let shape = tensor
        .and_then(|tensor| tensor.shape.as_ref())
        .ok_or_else(|| refuse("has no shape; export the model with a fixed image size".into()))?;
    let (batch, image) = shape
        .dim
        .split_first()
        .ok_or_else(|| refuse("is a single number, not an image".into()))?;
    let extents = image
        .iter()
        .map(|dimension| {
            let extent = dimension.dim_value.and_then(|extent| usize::try_from(extent).ok());
            extent.filter(|&extent| extent > 0).ok_or_else(|| {
                let name = dimension.dim_param.as_deref().unwrap_or("?");
                refuse(format!(
                    "leaves its extent {name} open; export the model with a fixed image size (only the batch may be open)"
                ))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let batch = batch
        .dim_value
        .filter(|&samples| samples > 0)
        .unwrap_or(BATCH);
    let axis = |axis: usize| vec![Atom::Axis(axis)];
    let (shape, sample): (Shape, Vec<Parts>) = match *extents.as_slice() {
        // Channels are few; where both ends could be, ONNX's own order is meant.
        [first, height, last] if !is_channels(first) && is_channels(last) => (
            Shape::image(first, height, last),
            vec![axis(0), axis(1), axis(2)],
        ),
        [channels, height, width] => (
            Shape::image(height, width, channels),
            vec![axis(2), axis(0), axis(1)],
        ),
        ref extents => (Shape::new(extents), (0..extents.len()).map(axis).collect()),
    };
    let axes = std::iter::once(vec![Atom::Batch]).chain(sample).collect();
    Ok((
        shape,
        View {
            layer: 0,
            axes,
            label: None,
        },
        batch,
    ))
}

/// Grey, RGB, or RGB with alpha.
fn is_channels(extent: usize) -> bool {
    matches!(extent, 1 | 3 | 4)
}

/// Along the nodes.
struct Walk<'a> {
    file: &'a ModelFile,
    initializers: HashMap<&'a str, &'a proto::Tensor>,
    importer: Importer,
    values: HashMap<&'a str, Value>,
    readers: HashMap<&'a str, usize>,
    /// The most readers of any tensor that shows a layer, also with other axes.
    layer_readers: HashMap<LayerId, usize>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, node: &'a proto::Node, layer: &str) -> Result<(), OnnxError> {
        let inputs = node
            .input
            .iter()
            .map(|name| self.value(name, node))
            .collect::<Result<Vec<_>, _>>()?;
        let known = Node {
            proto: node,
            opset: self.file.opset,
            layer,
        };
        let outputs = self.outputs(known, inputs)?;
        let outputs = outputs.map_err(|reason| OnnxError::Node {
            node: shown(node),
            operator: node.op_type.clone(),
            reason,
        })?;
        // A sum that a dense layer took as its bias: the product alone is not to be had any more.
        if let ("Add", Some(Value::Layer(sum))) = (node.op_type.as_str(), outputs.first()) {
            let layer = sum.layer;
            let absorbed =
                |value: &Value| matches!(value, Value::Layer(view) if view.layer == layer);
            self.values.retain(|_, value| !absorbed(value));
        }
        for (name, value) in node.output.iter().zip(outputs) {
            if !name.is_empty() {
                self.keep(name, value);
            }
        }
        Ok(())
    }

    /// Notes what a name stands for, and how often it is read.
    fn keep(&mut self, name: &'a str, value: Value) {
        if let Value::Layer(view) = &value {
            let readers = self.readers.get(name).copied().unwrap_or(0);
            let most = self.layer_readers.entry(view.layer).or_default();
            *most = readers.max(*most);
        }
        self.values.insert(name, value);
    }

    /// What a node computes: at once where everything it reads is known, in a layer otherwise.
    fn outputs(
        &mut self,
        node: Node<'_>,
        inputs: Vec<Option<Value>>,
    ) -> Result<Result<Vec<Value>, Reason>, OnnxError> {
        let own = is_own_domain(&node.proto.domain);
        if own
            && inputs
                .iter()
                .flatten()
                .all(|value| matches!(value, Value::Constant(_)))
        {
            let arrays: Vec<Option<&Array>> = inputs
                .iter()
                .map(|input| match input {
                    Some(Value::Constant(array)) => Some(array),
                    _ => None,
                })
                .collect();
            if let Some(folded) = fold(&node, &arrays, &self.file.files) {
                return Ok(folded.map(|arrays| arrays.into_iter().map(Value::Constant).collect()));
            }
        }
        let entry = REGISTER
            .iter()
            .find(|entry| own && entry.operator == node.operator());
        let Some(entry) = entry else {
            return Err(unsupported(node.proto));
        };
        let layers = inputs.iter().flatten().filter_map(|value| match value {
            Value::Layer(view) => self.layer_readers.get(&view.layer),
            Value::Constant(_) => None,
        });
        let readers = layers.max();
        let mut call = Call {
            node,
            readers: readers.copied().unwrap_or(1),
            inputs,
            importer: &mut self.importer,
        };
        Ok((entry.import)(&mut call))
    }

    /// What a name stands for, `None` for an input that is left out.
    fn value(&mut self, name: &'a str, node: &proto::Node) -> Result<Option<Value>, OnnxError> {
        if name.is_empty() {
            return Ok(None);
        }
        if let Some(value) = self.values.get(name) {
            return Ok(Some(value.clone()));
        }
        let Some(tensor) = self.initializers.get(name) else {
            return Err(OnnxError::Node {
                node: shown(node),
                operator: node.op_type.clone(),
                reason: format!(
                    "reads `{name}`, a second result of an operator of which only the first is supported"
                ),
            });
        };
        let value = Value::Constant(tensor::read(tensor, &self.file.files)?);
        self.values.insert(name, value.clone());
        Ok(Some(value))
    }

    /// The scores of the classes as a vector.
    fn finish(mut self, output: &str) -> Result<Imported, OnnxError> {
        let refuse = |reason: Reason| wrong(format!("its output `{output}` {reason}"));
        let view = match self.values.get(output) {
            Some(Value::Layer(view)) => view.clone(),
            _ => return Err(refuse("does not depend on the image".into())),
        };
        let scores: Parts = view
            .axes
            .iter()
            .flatten()
            .copied()
            .filter(|&atom| atom != Atom::Batch)
            .collect();
        let layer = self
            .importer
            .arrange(&view, &[scores], output)
            .map_err(refuse)?;
        let mut tensors: Vec<(String, View)> = (self.values.into_iter())
            .filter_map(|(name, value)| match value {
                Value::Layer(view) => Some((name.to_string(), view)),
                Value::Constant(_) => None,
            })
            .collect();
        tensors.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(without_dead_ends(
            self.importer.into_drafts(),
            layer,
            tensors,
        ))
    }
}

fn unsupported(node: &proto::Node) -> OnnxError {
    let operator = if is_own_domain(&node.domain) {
        node.op_type.clone()
    } else {
        format!("{}.{}", node.domain, node.op_type)
    };
    OnnxError::UnsupportedOperator {
        node: shown(node),
        operator,
        hint: hint(&node.op_type),
    }
}

/// The name of a node, or of what it makes.
fn shown(node: &proto::Node) -> String {
    if node.name.is_empty() {
        node.output.first().cloned().unwrap_or_default()
    } else {
        node.name.clone()
    }
}

/// Only the layers that the output needs: shapes may have been asked of others.
fn without_dead_ends(
    drafts: Vec<LayerDraft>,
    output: LayerId,
    mut tensors: Vec<(String, View)>,
) -> Imported {
    let mut alive = vec![false; drafts.len()];
    alive[output] = true;
    for at in (0..drafts.len()).rev().filter(|&at| at <= output) {
        if alive[at] {
            for &input in &drafts[at].inputs {
                alive[input] = true;
            }
        }
    }
    alive[0] = true;
    let mut places = vec![0; drafts.len()];
    let mut kept: Vec<LayerDraft> = Vec::new();
    for (at, mut draft) in drafts.into_iter().enumerate() {
        if alive[at] {
            places[at] = kept.len();
            draft.inputs = draft.inputs.iter().map(|&input| places[input]).collect();
            kept.push(draft);
        }
    }
    tensors.retain(|(_, view)| alive[view.layer]);
    for (_, view) in &mut tensors {
        view.layer = places[view.layer];
    }
    Imported {
        output: places[output],
        drafts: kept,
        tensors,
    }
}

fn wrong(reason: String) -> OnnxError {
    OnnxError::Graph { reason }
}
