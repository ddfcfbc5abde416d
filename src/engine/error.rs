//! [`EngineError`]: what can go wrong while a network is computed.

/// A layer that could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("layer `{layer}` ({kind}) could not be computed: {source}")]
    Layer {
        layer: String,
        kind: &'static str,
        #[source]
        source: Box<candle_core::Error>,
    },
    #[error("the network reads images of {expected}, but the batch holds {found}")]
    Input { expected: String, found: String },
}
