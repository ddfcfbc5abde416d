//! Layers of Keras that are more than one operator here: each as its [`Part`]s.

use super::layers::{self, LayerEntry};
use super::part::{Part, Read};
use super::{dot, images};
use crate::model::operators::{Combination, CombinationKind, Rescaling, Reshape};
use crate::model::{ModelError, Operator, Shape};

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

/// The nodes of a layer that reads tensors of these shapes, in their order. Shapes that cannot be told are `None`.
///
/// # Errors
/// As [`layers::operator`].
pub(super) fn parts(
    entry: &LayerEntry<'_>,
    given: Option<&[Shape]>,
) -> Result<Vec<Part>, ModelError> {
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
        let pool = layers::operator(entry)?;
        if matches!(&pool, Operator::GlobalPooling(pool) if pool.keep_dimensions) {
            return Ok(vec![
                row(),
                part(" (over the row)", pool, Read::Before),
                part("", Reshape::DropRow.into(), Read::Before),
            ]);
        }
        return Ok(vec![row(), part("", pool, Read::Before)]);
    }
    if entry.class == "CustomScaleLayer" {
        return scaled_sum(entry);
    }
    let operator = layers::operator(entry)?;
    match (entry.class, given) {
        ("Dot", Some(given)) => dot::parts(entry, given),
        ("Dot", None) => Err(entry.refuse("it reads tensors whose shapes cannot be told")),
        ("CenterCrop", Some([image])) => images::centre_of(entry, image, operator),
        ("Resizing", Some([image])) => images::resized(entry, image, operator),
        ("Resizing", _) if images::cuts(entry)? => {
            Err(entry.refuse("it cuts an image whose shape cannot be told"))
        }
        _ => Ok(vec![part("", operator, Read::Inputs)]),
    }
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
