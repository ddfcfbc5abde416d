//! [`LayerSummary`]: what a first pass keeps of one layer's output on one batch.

use super::{LogHistogram, Moments};

/// Statistics of one layer over one batch; a back end may gather them while it computes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerSummary {
    /// Per channel, over all positions of all samples of the batch.
    pub moments: Vec<Moments>,
    /// Per channel, over the samples that the watch counts in histograms.
    pub histograms: Vec<LogHistogram>,
    /// The strongest value of each channel of each sample: `samples × channels`, row after row.
    /// NaN where the channel holds one.
    pub peaks: Vec<f32>,
    /// The mean over positions of each channel of each sample: `samples × channels`.
    pub means: Vec<f32>,
}
