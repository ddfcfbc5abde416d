//! Keras layers that make one tensor of several: Add, Concatenate and their kin.

use serde::Deserialize;

use super::layers::LayerEntry;
use crate::model::operators::{Combination, CombinationKind, Concatenation};
use crate::model::{ModelError, Operator};

#[derive(Deserialize)]
struct ConcatenateConfig {
    #[serde(default = "last")]
    axis: i64,
}

fn last() -> i64 {
    -1
}

fn combination(kind: CombinationKind) -> Result<Operator, ModelError> {
    Ok(Combination { kind }.into())
}

pub(super) fn add(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(CombinationKind::Add)
}

pub(super) fn subtract(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(CombinationKind::Subtract)
}

pub(super) fn multiply(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(CombinationKind::Multiply)
}

pub(super) fn average(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(CombinationKind::Average)
}

pub(super) fn maximum(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(CombinationKind::Maximum)
}

pub(super) fn minimum(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    combination(CombinationKind::Minimum)
}

pub(super) fn concatenate(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let ConcatenateConfig { axis } = entry.read()?;
    Ok(Concatenation { axis }.into())
}
