//! [`OnnxError`]: why an ONNX file did not become a network, as the end of a sentence that names the file.

/// What is wrong with a model, and where in it.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    #[error(
        "it is damaged, cut short or no ONNX file: {reason}; copy, download or export it again"
    )]
    Damaged { reason: String },
    #[error("{reason}")]
    Graph { reason: String },
    #[error(
        "its node `{node}` is of the operator {operator}, which is not supported{hint}; docs/onnx.md lists the operators that are"
    )]
    UnsupportedOperator {
        node: String,
        /// With the domain where it is not ONNX's own: `com.microsoft.FusedConv`.
        operator: String,
        /// What to do, or nothing: `: it comes from quantisation, so export the float model`.
        hint: &'static str,
    },
    #[error("its node `{node}` ({operator}) cannot be used: it {reason}")]
    Node {
        node: String,
        operator: String,
        reason: String,
    },
    #[error("its tensor `{tensor}` cannot be read: {reason}")]
    Tensor { tensor: String, reason: String },
}

/// Why a node cannot be used, as the end of a sentence about it: `has no weights`.
pub type Reason = String;
