//! [`Partial`]: everything learnt from a run of samples. A checkpoint or a shard is one of them in a file.

use serde::{Deserialize, Serialize};

use super::Features;
use crate::appearance::Appearance;
use crate::dataset::ImageDigest;
use crate::stats::{ConfusionMatrix, LogHistogram, Merge, Moments, TopK};

/// Samples kept for each channel: those that excite it most.
pub const EXEMPLARS: usize = 9;

/// What was learnt from the samples `first .. first + truths.len()`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Partial {
    pub classes: usize,
    /// Label of each sample.
    pub truths: Vec<u32>,
    /// Each image by its content.
    pub digests: Vec<ImageDigest>,
    /// Values before the softmax, `samples × classes`, row after row.
    pub logits: Vec<f32>,
    pub confusion: ConfusionMatrix,
    /// What each image looks like, from its decoded pixels.
    pub appearances: Vec<Appearance>,
    /// What enters the last layer with a kernel.
    pub features: Features,
    /// One sample in so many has its channels' means kept, from the first on.
    pub kept_step: usize,
    /// One a layer, in the network's order, the input among them.
    pub layers: Vec<LayerPartial>,
}

/// What was learnt of one layer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LayerPartial {
    pub channels: Vec<ChannelPartial>,
    /// The means over positions of all channels of the samples that are kept, `samples × channels`, row after row.
    pub kept: Vec<f32>,
}

/// What was learnt of one channel.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ChannelPartial {
    pub moments: Moments,
    pub histogram: LogHistogram,
    /// The samples with the largest single activation in this channel.
    pub exemplars: TopK<EXEMPLARS>,
    /// Sum over the samples of each class of the channel's mean over positions.
    pub class_sums: Vec<f64>,
    /// Sum over all samples of the square of that mean.
    pub square_sum: f64,
}

impl Merge for Partial {
    fn merge(&mut self, later: Self) {
        if self.classes == 0 {
            *self = later;
            return;
        }
        self.truths.extend(later.truths);
        self.digests.extend(later.digests);
        self.logits.extend(later.logits);
        self.confusion.merge(later.confusion);
        self.appearances.extend(later.appearances);
        self.features.merge(later.features);
        self.layers.merge(later.layers);
    }
}

impl Merge for LayerPartial {
    fn merge(&mut self, later: Self) {
        self.channels.merge(later.channels);
        self.kept.extend(later.kept);
    }
}

impl Merge for ChannelPartial {
    fn merge(&mut self, later: Self) {
        self.moments.merge(later.moments);
        self.histogram.merge(later.histogram);
        self.exemplars.merge(later.exemplars);
        self.square_sum += later.square_sum;
        if self.class_sums.is_empty() {
            self.class_sums = later.class_sums;
            return;
        }
        for (own, other) in self.class_sums.iter_mut().zip(later.class_sums) {
            *own += other;
        }
    }
}
