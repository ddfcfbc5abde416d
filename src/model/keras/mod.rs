//! Keras' files, `.h5` of Keras 2 and 3 and `.keras` of Keras 3, as [`Network`]s.
//!
//! A file holds the network as JSON and a group of tensors for each layer. `container` opens it, `archive` reads
//! HDF5, `config` the JSON; `graph` connects the layers, with `call` for what each reads; `layers` turns each
//! into an operator, or `expansion` into several; `weights` finds its tensors, at its `place`. Sequential and
//! functional models, and models inside of them, become the same graph; what is not understood is refused by
//! layer and class, never skipped.

mod activations;
mod archive;
mod attention;
mod call;
mod config;
mod container;
mod convolutions;
mod dot;
mod elementwise;
mod embedding;
mod endpoints;
mod expansion;
mod graph;
mod images;
mod layers;
mod merging;
mod normalization;
mod part;
mod place;
mod pooling;
mod shapes;
mod weights;

use std::collections::HashMap;
use std::path::Path;

pub use archive::SIGNATURE;
pub use container::ZIP_SIGNATURE;

use self::config::{MajorVersion, ModelConfig};
use self::container::Container;
use self::graph::Graph;
use super::{LayerDraft, ModelError, Network, OutputChoice, Source};

/// Reads a whole model: network and weights.
///
/// # Errors
/// [`ModelError`] names the file and what in it is wrong or not supported: a layer with its class, a
/// tensor with its shape.
pub fn load(path: &Path, choice: &OutputChoice) -> Result<Network, ModelError> {
    let container = Container::open(path)?;
    // The only files without a version that are archives are of Keras 3.
    let major = match container.kind {
        "archive" => MajorVersion(MajorVersion::of(&container.version).0.max(3)),
        _ => MajorVersion::of(&container.version),
    };
    let config = ModelConfig::parse(container.config, path)?;
    let graph = Graph::of(&config, major, choice, path)?;
    // All uses of a layer share its tensors.
    let mut read = HashMap::new();
    let mut drafts = Vec::with_capacity(graph.nodes.len());
    for node in graph.nodes {
        let key = (node.place.clone(), node.operator.rule().kind());
        let weights = match read.get(&key) {
            Some(weights) => Vec::clone(weights),
            None => {
                let weights = container
                    .weights
                    .of(&node.name, &node.place, &node.operator)?;
                read.insert(key, weights.clone());
                weights
            }
        };
        drafts.push(LayerDraft {
            name: node.name,
            operator: weights::fitted(node.operator, &weights),
            inputs: node.inputs,
            weights,
        });
    }
    let source = Source {
        path: path.into(),
        format: format!("Keras {} {}", major.0, container.kind),
        producer: producer(&container.version, &container.backend),
        bytes: container.bytes,
        sha256: container.sha256,
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
