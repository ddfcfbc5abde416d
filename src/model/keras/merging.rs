//! Keras layers that make one tensor of several: Add, Concatenate and their kin.

use serde::Deserialize;

use super::layers::LayerEntry;
use crate::model::operators::{
    Combination, CombinationKind, Concatenation, MatrixProduct, Rescaling,
};
use crate::model::{ModelError, Operator};

#[derive(Deserialize)]
struct ConcatenateConfig {
    #[serde(default = "last")]
    axis: i64,
}

fn last() -> i64 {
    -1
}

/// Tensors combined, or one with a number, as in `x * 2`.
fn combination(entry: &LayerEntry<'_>, kind: CombinationKind) -> Result<Operator, ModelError> {
    let Some((number, comes_first)) = entry.number() else {
        return Ok(Combination { kind }.into());
    };
    let (scale, offset) = match (kind, comes_first) {
        (CombinationKind::Add, _) => (1.0, number),
        (CombinationKind::Subtract, false) => (1.0, -number),
        (CombinationKind::Subtract, true) => (-1.0, number),
        (CombinationKind::Multiply, _) => (number, 0.0),
        (CombinationKind::Divide, false) if number != 0.0 => (1.0 / number, 0.0),
        _ => {
            return Err(entry.refuse(format!(
                "it is called with the number {number}, which is supported in sums and products only"
            )));
        }
    };
    Ok(Rescaling {
        scale: vec![scale],
        offset: vec![offset],
    }
    .into())
}

#[derive(Deserialize)]
struct FunctionConfig {
    function: String,
}

/// A function of TensorFlow in a model of Keras 2: `x + 3`.
pub(super) fn tensorflow(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let FunctionConfig { function } = entry.read()?;
    let name = function.rsplit('.').next().unwrap_or_default();
    let kind = match name.trim_start_matches("__").trim_end_matches("__") {
        "add" | "radd" => CombinationKind::Add,
        "sub" | "subtract" => CombinationKind::Subtract,
        "mul" | "rmul" | "multiply" => CombinationKind::Multiply,
        "truediv" | "divide" => CombinationKind::Divide,
        "maximum" => CombinationKind::Maximum,
        "minimum" => CombinationKind::Minimum,
        _ => {
            return Err(entry.refuse(format!(
                "its function {function} is not supported; use a layer of keras.layers"
            )));
        }
    };
    combination(entry, kind)
}

pub(super) fn add(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(entry, CombinationKind::Add)
}

pub(super) fn subtract(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(entry, CombinationKind::Subtract)
}

pub(super) fn multiply(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(entry, CombinationKind::Multiply)
}

pub(super) fn divide(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(entry, CombinationKind::Divide)
}

pub(super) fn average(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(entry, CombinationKind::Average)
}

pub(super) fn maximum(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(entry, CombinationKind::Maximum)
}

pub(super) fn minimum(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(entry, CombinationKind::Minimum)
}

pub(super) fn concatenate(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let ConcatenateConfig { axis } = entry.read()?;
    Ok(Concatenation { axis }.into())
}

/// The product of matrices that is the middle of a Dot; [`super::dot`] puts what it needs around it.
pub(super) fn dot(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(MatrixProduct {
        transpose_second: true,
    }
    .into())
}
