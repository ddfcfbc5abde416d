//! Keras' HDF5 files (`.h5`), of Keras 2 and of Keras 3, as [`Network`]s.
//!
//! A file holds the network as JSON in the attribute `model_config` and a group of tensors for each
//! layer. `archive` reads HDF5, `config` the JSON, `graph` connects the layers, `layers` turns
//! each into an operator, `weights` finds its tensors. Sequential and functional models become the
//! same graph; what is not understood is refused by layer and class, never skipped.

mod activations;
mod archive;
mod config;
mod convolutions;
mod elementwise;
mod graph;
mod layers;
mod merging;
mod pooling;
mod shapes;
mod weights;

use std::path::Path;

pub use archive::SIGNATURE;

use self::archive::Archive;
use self::config::{MajorVersion, ModelConfig};
use self::graph::Graph;
use self::weights::WeightIndex;
use super::{LayerDraft, ModelError, Network, OutputChoice, Source};

/// Reads a whole model: network and weights.
///
/// # Errors
/// [`ModelError`] names the file and what in it is wrong or not supported: a layer with its class, a
/// tensor with its shape.
pub fn load(path: &Path, choice: &OutputChoice) -> Result<Network, ModelError> {
    let archive = Archive::open(path)?;
    let config = ModelConfig::read(&archive)?;
    let version = archive.text("keras_version")?.unwrap_or_default();
    let backend = archive.text("backend")?.unwrap_or_default();
    let major = MajorVersion::of(&version);
    let graph = Graph::of(&config, major, choice, path)?;
    let index = WeightIndex::read(&archive)?;
    let drafts = graph
        .nodes
        .into_iter()
        .map(|node| {
            let weights = index.of(&node.name, &node.operator)?;
            Ok(LayerDraft {
                name: node.name,
                operator: node.operator,
                inputs: node.inputs,
                weights,
            })
        })
        .collect::<Result<Vec<_>, ModelError>>()?;
    let source = Source {
        path: path.into(),
        format: format!("Keras {} HDF5", major.0),
        producer: producer(&version, &backend),
        bytes: archive.bytes(),
        sha256: archive.sha256().into(),
    };
    let stem = || {
        path.file_stem().map_or_else(
            || "model".into(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    };
    Network::new(
        config.name.unwrap_or_else(stem),
        source,
        drafts,
        graph.output,
    )
}

/// `Keras 2.2.4-tf, tensorflow backend`, as far as the file says.
fn producer(version: &str, backend: &str) -> String {
    match (version.is_empty(), backend.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("Keras, {backend} backend"),
        (false, true) => format!("Keras {version}"),
        (false, false) => format!("Keras {version}, {backend} backend"),
    }
}
