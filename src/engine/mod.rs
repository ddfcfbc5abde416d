//! The engine: computes a network on a batch of images and shows every layer's output to a [`Watch`].
//!
//! Back ends stand behind one trait, [`Engine`], and must agree on every layer of every network.
//! [`reference::ReferenceEngine`] is plain candle operations, the oracle of all others.

mod error;
mod feature_maps;
pub mod fused;
pub mod reference;
mod summarize;

pub use error::EngineError;
pub use feature_maps::FeatureMaps;
pub use summarize::summarize;

use crate::model::{LayerId, Shape};
use crate::stats::LayerSummary;

/// Preprocessed images: `samples × height × width × channels`, channels last, as the network's input wants them.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub values: &'a [f32],
    pub samples: usize,
    /// Shape of one image.
    pub shape: &'a Shape,
}

/// The values of which a softmax makes the network's probabilities, `samples × classes`, row after row,
/// as the network's [`Answer`](crate::model::Answer) says: what a dense layer with softmax computes
/// before it activates, the input of a softmax layer, the logarithms of an output of probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    pub values: Vec<f32>,
    pub classes: usize,
}

impl Logits {
    /// One row a sample.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.classes.max(1))
    }
}

/// What a [`Watch`] wants of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    Nothing,
    /// The statistics of [`LayerSummary`], which a back end may gather inside its kernels.
    Summary,
    /// The whole output, borrowed for the length of the call.
    Tap,
}

/// Sees the layers of one batch in topological order, the input among them.
pub trait Watch {
    fn interest(&self, layer: LayerId) -> Interest;

    /// Whether a sample of the batch is counted in the histograms of summaries. Distributions settle
    /// after some hundred images, so a first pass over many counts an even subset.
    fn counts_in_histograms(&self, _sample: usize) -> bool {
        true
    }

    /// Called once for each layer whose interest is [`Interest::Summary`].
    fn summary(&mut self, _layer: LayerId, _summary: LayerSummary) {}

    /// Called once for each layer whose interest is [`Interest::Tap`].
    fn tap(&mut self, _layer: LayerId, _maps: FeatureMaps<'_>) {}
}

/// A watch that wants nothing: a bare forward pass.
pub struct Unwatched;

impl Watch for Unwatched {
    fn interest(&self, _layer: LayerId) -> Interest {
        Interest::Nothing
    }
}

/// A back end, made for one network and shared by all threads.
pub trait Engine: Send + Sync {
    /// For the method page: `candle 0.11 reference operations, CPU`.
    fn name(&self) -> String;

    /// Computes all layers on a batch and shows each to `watch`.
    ///
    /// # Errors
    /// [`EngineError`] names the layer where computing failed. NaN is not an error here.
    fn run(&self, batch: Batch<'_>, watch: &mut dyn Watch) -> Result<Logits, EngineError>;
}
