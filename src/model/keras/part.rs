//! [`Part`]: one of the nodes that a layer of Keras becomes.

use crate::model::Operator;

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
    /// An earlier part, counted from 0.
    Part(usize),
    /// The part before.
    Before,
}
