//! Keras layers that pool.

use serde::Deserialize;

use super::config::Pair;
use super::convolutions;
use super::layers::LayerEntry;
use crate::model::operators::{GlobalPooling, Pooling, PoolingKind};
use crate::model::{ModelError, Operator, Window};

#[derive(Deserialize)]
struct PoolingConfig {
    pool_size: Pair,
    /// The pool's size where it says nothing.
    strides: Option<Pair>,
    padding: String,
}

#[derive(Deserialize)]
struct GlobalConfig {
    #[serde(default)]
    keepdims: bool,
}

fn pooling(entry: &LayerEntry<'_>, kind: PoolingKind) -> Result<Operator, ModelError> {
    let config: PoolingConfig = entry.read()?;
    let size = config.pool_size;
    let stride = config.strides.unwrap_or(size);
    sliding(entry, kind, &config, (size.get(), stride.get()))
}

/// Over steps: an image of one row.
fn over_steps(entry: &LayerEntry<'_>, kind: PoolingKind) -> Result<Operator, ModelError> {
    let config: PoolingConfig = entry.read()?;
    let size = config.pool_size;
    let stride = config.strides.unwrap_or(size);
    sliding(entry, kind, &config, (size.in_a_row(), stride.in_a_row()))
}

fn sliding(
    entry: &LayerEntry<'_>,
    kind: PoolingKind,
    config: &PoolingConfig,
    (size, stride): ((usize, usize), (usize, usize)),
) -> Result<Operator, ModelError> {
    let window = Window {
        size,
        stride,
        dilation: (1, 1),
        padding: convolutions::padding(entry, &config.padding)?,
    };
    Ok(Pooling { kind, window }.into())
}

fn global(entry: &LayerEntry<'_>, kind: PoolingKind) -> Result<Operator, ModelError> {
    let config: GlobalConfig = entry.read()?;
    Ok(GlobalPooling {
        kind,
        keep_dimensions: config.keepdims,
    }
    .into())
}

pub(super) fn max_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    over_steps(entry, PoolingKind::Max)
}

pub(super) fn average_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    over_steps(entry, PoolingKind::Average)
}

pub(super) fn max(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    pooling(entry, PoolingKind::Max)
}

pub(super) fn average(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    pooling(entry, PoolingKind::Average)
}

pub(super) fn global_max(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    global(entry, PoolingKind::Max)
}

pub(super) fn global_average(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    global(entry, PoolingKind::Average)
}

#[cfg(test)]
mod tests {
    use super::super::layers::tests::build;
    use crate::model::Operator;
    use serde_json::json;

    #[test]
    fn a_pool_moves_by_its_own_size_where_it_says_nothing() {
        let operator = build(
            "MaxPooling2D",
            json!({"pool_size": [3, 2], "strides": null, "padding": "valid"}),
            2,
        );
        let Ok(Operator::Pooling(pooling)) = operator else {
            panic!("{operator:?}")
        };
        assert_eq!(
            (pooling.window.size, pooling.window.stride),
            ((3, 2), (3, 2))
        );
    }
}
