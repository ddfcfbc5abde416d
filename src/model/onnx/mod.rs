//! ONNX models (`.onnx`), what PyTorch, TensorFlow and others export, as [`Network`]s.
//!
//! `file` decodes the file, whose messages are in `proto`; `order` picks the nodes that the output
//! needs; `graph` walks along them. What does not depend on the image is computed at once (`fold`); the
//! rest becomes layers, by one function an operator (`nodes`). `view` knows how an ONNX tensor lies
//! in a layer, whose channels are last, and so spares most transposes; `align` brings several tensors
//! into one order. What is not understood is refused by node and operator, never skipped.

mod align;
mod array;
mod classes;
mod error;
mod external;
mod file;
mod fold;
mod graph;
mod importer;
mod names;
mod node;
mod nodes;
mod order;
mod proto;
mod tensor;
mod view;

use std::path::Path;

pub use error::OnnxError;
pub use nodes::supported;
pub use view::{Atom, View};

use self::file::ModelFile;
use super::{ModelError, NamedTensor, Network, OutputChoice, Source};

/// Reads a whole model: network and weights, also from files beside it. The choice names one of several
/// outputs, or a tensor of the graph.
///
/// # Errors
/// [`ModelError`] names the file and what in it is wrong or not supported: a node with its operator, a
/// tensor with its length.
pub fn load(path: &Path, choice: &OutputChoice) -> Result<Network, ModelError> {
    load_with_tensors(path, choice).map(|(network, _)| network)
}

/// Reads a model, and says where the tensors of its graph are found in the network, by their names: for
/// comparing it with what others compute.
///
/// # Errors
/// As [`load`].
pub fn load_with_tensors(
    path: &Path,
    choice: &OutputChoice,
) -> Result<(Network, Vec<(String, View)>), ModelError> {
    let file = ModelFile::open(path)?;
    let output = choose_output(path, &file.graph, choice)?;
    let imported = graph::import(&file, output).map_err(|source| ModelError::Onnx {
        path: path.into(),
        source,
    })?;
    let (sha256, bytes) = file.identity()?;
    let source = Source {
        path: path.into(),
        format: format!("ONNX, operator set {}", file.opset),
        producer: file.producer.clone(),
        bytes,
        sha256,
    };
    let name = path.file_stem().map_or_else(
        || "model".into(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let mut network = Network::new(name, source, imported.drafts, imported.output)?;
    network.class_names = classes::names(&file.metadata);
    network.tensors = imported.tensors.iter().map(named).collect();
    Ok((network, imported.tensors))
}

/// A tensor as the network keeps it.
fn named((name, view): &(String, View)) -> NamedTensor {
    let part = |atom: &Atom| match *atom {
        Atom::Batch => None,
        Atom::Axis(axis) => Some(axis),
    };
    NamedTensor {
        name: name.clone(),
        layer: view.layer,
        order: view.axes.iter().flatten().map(part).collect(),
    }
}

/// The name of the only output, or of the tensor that was asked for.
fn choose_output<'a>(
    path: &Path,
    graph: &'a proto::Graph,
    choice: &'a OutputChoice,
) -> Result<&'a str, ModelError> {
    let outputs: Vec<&str> = graph
        .output
        .iter()
        .map(|output| output.name.as_str())
        .collect();
    let made = |wanted: &str| {
        graph
            .node
            .iter()
            .flat_map(|node| &node.output)
            .any(|name| name == wanted)
    };
    match (&choice.layer, outputs.as_slice()) {
        (Some(wanted), outputs) if outputs.contains(&wanted.as_str()) || made(wanted) => Ok(wanted),
        (Some(wanted), _) => Err(ModelError::NoSuchOutput {
            path: path.into(),
            wanted: wanted.clone(),
            outputs: outputs.join(", "),
        }),
        (None, [only]) => Ok(only),
        (None, []) => Err(ModelError::Empty { path: path.into() }),
        (None, outputs) => Err(ModelError::SeveralOutputs {
            path: path.into(),
            outputs: outputs.join(", "),
        }),
    }
}
