//! Layers of Keras that are more than one operator here: each as its [`Part`]s.

use super::layers::{self, LayerEntry};
use crate::model::operators::{Combination, CombinationKind, Rescaling, Reshape};
use crate::model::{ModelError, Operator};

/// One of the nodes that a layer becomes. The last has the layer's own name.
pub(super) struct Part {
    /// Behind the layer's name.
    pub suffix: &'static str,
    pub operator: Operator,
    pub reads: Vec<Read>,
}

/// What a part reads.
pub(super) enum Read {
    /// All that the layer reads.
    Inputs,
    /// One of what the layer reads, counted from 0.
    Input(usize),
    /// The part before.
    Before,
}

/// Layers over steps, computed as those over images of one row.
const OVER_STEPS: [&str; 9] = [
    "Conv1D",
    "Conv1DTranspose",
    "ZeroPadding1D",
    "Cropping1D",
    "UpSampling1D",
    "DepthwiseConv1D",
    "SeparableConv1D",
    "MaxPooling1D",
    "AveragePooling1D",
];

/// Layers over steps that leave one value a channel.
const OVER_ALL_STEPS: [&str; 2] = ["GlobalMaxPooling1D", "GlobalAveragePooling1D"];

/// The nodes of a layer, in their order.
///
/// # Errors
/// As [`layers::operator`].
pub(super) fn parts(entry: &LayerEntry<'_>) -> Result<Vec<Part>, ModelError> {
    let part = |suffix, operator, read| Part {
        suffix,
        operator,
        reads: vec![read],
    };
    let row = || part(" (as a row)", Reshape::AddRow.into(), Read::Inputs);
    if OVER_STEPS.contains(&entry.class) {
        // The convolution keeps the name, with its weights; what follows only drops the row again.
        return Ok(vec![
            row(),
            part(" (over the row)", layers::operator(entry)?, Read::Before),
            part("", Reshape::DropRow.into(), Read::Before),
        ]);
    }
    if OVER_ALL_STEPS.contains(&entry.class) {
        return Ok(vec![
            row(),
            part("", layers::operator(entry)?, Read::Before),
        ]);
    }
    if entry.class == "CustomScaleLayer" {
        return scaled_sum(entry);
    }
    Ok(vec![part("", layers::operator(entry)?, Read::Inputs)])
}

#[derive(serde::Deserialize)]
struct ScaleConfig {
    scale: f32,
}

/// `first + scale · second`, of Inception-ResNet in `keras.applications`.
fn scaled_sum(entry: &LayerEntry<'_>) -> Result<Vec<Part>, ModelError> {
    let ScaleConfig { scale } = entry.read()?;
    let scaling = Rescaling {
        scale: vec![scale],
        offset: vec![0.0],
    };
    let add = Combination {
        kind: CombinationKind::Add,
    };
    Ok(vec![
        Part {
            suffix: " (scaled)",
            operator: scaling.into(),
            reads: vec![Read::Input(1)],
        },
        Part {
            suffix: "",
            operator: add.into(),
            reads: vec![Read::Input(0), Read::Before],
        },
    ])
}
