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
    #[error(
        "no CUDA device can be used: {reason}\n  hint: the program must be built with `--features cuda`, and the machine needs an NVIDIA GPU and its driver; or set run.engine = \"auto\""
    )]
    Device { reason: String },
    #[error("the network reads images of {expected}, but the batch holds {found}")]
    Input { expected: String, found: String },
}
