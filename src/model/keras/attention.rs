//! Keras' MultiHeadAttention.

use serde::Deserialize;
use serde_json::Value;

use super::layers::LayerEntry;
use crate::model::operators::MultiHeadAttention;
use crate::model::{ModelError, Operator};

#[derive(Deserialize)]
struct AttentionConfig {
    num_heads: usize,
    key_dim: usize,
    value_dim: Option<usize>,
    #[serde(default = "yes")]
    use_bias: bool,
    #[serde(default)]
    output_shape: Value,
    #[serde(default)]
    attention_axes: Value,
}

fn yes() -> bool {
    true
}

pub(super) fn multi_head(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: AttentionConfig = entry.read()?;
    if !config.output_shape.is_null() {
        return Err(entry.refuse("it has an output_shape of its own, which is not supported"));
    }
    let one_axis = match &config.attention_axes {
        Value::Null => true,
        Value::Array(axes) => axes.len() == 1 && axes[0] == 1,
        axis => *axis == 1,
    };
    if !one_axis {
        return Err(entry.refuse(format!(
            "it attends along the axes {}, expected 1 (the steps)",
            config.attention_axes
        )));
    }
    Ok(MultiHeadAttention {
        heads: config.num_heads,
        key_size: config.key_dim,
        value_size: config.value_dim.unwrap_or(config.key_dim),
        bias: config.use_bias,
    }
    .into())
}
