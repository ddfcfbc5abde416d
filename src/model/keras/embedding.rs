//! Keras' Embedding.

use serde::Deserialize;

use super::layers::LayerEntry;
use crate::model::operators::Embedding;
use crate::model::{ModelError, Operator};

#[derive(Deserialize)]
struct EmbeddingConfig {
    input_dim: usize,
    output_dim: usize,
    #[serde(default)]
    mask_zero: bool,
}

/// Rows of a table by their numbers.
pub(super) fn rows(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: EmbeddingConfig = entry.read()?;
    if config.mask_zero {
        return Err(entry.refuse(
            "it hides zeros from the layers behind it (mask_zero), which is not supported",
        ));
    }
    Ok(Embedding {
        rows: config.input_dim,
        width: config.output_dim,
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::super::layers::tests::build;
    use super::*;
    use serde_json::json;

    #[test]
    fn masks_are_refused() {
        let config = json!({"input_dim": 9, "output_dim": 4, "mask_zero": true});
        let message = build("Embedding", config, 3).unwrap_err();
        assert!(message.contains("mask_zero"), "{message}");
        assert_eq!(
            build("Embedding", json!({"input_dim": 9, "output_dim": 4}), 2),
            Ok(Embedding { rows: 9, width: 4 }.into())
        );
    }
}
