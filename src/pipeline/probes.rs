//! [`Probes`]: the watch of the first pass, which turns the summaries of one chunk into a [`Partial`].

use super::{ChannelPartial, Features, Job, LayerPartial, Partial};
use crate::engine::{Interest, Logits, Watch};
use crate::model::{LayerId, Network};
use crate::stats::{ConfusionMatrix, LayerSummary, TopK};

/// Mean responses by class are kept up to this many classes…
const CLASSES_WITH_SUMS: usize = 256;
/// …and of more where channels times classes are at most so many: 32 MiB of sums. Beyond, they would outgrow all else.
const SUMS_KEPT: usize = 4 << 20;

/// Whether the mean response of every channel to every class is kept.
pub fn keeps_class_means(network: &Network) -> bool {
    let classes = network.classes();
    classes <= CLASSES_WITH_SUMS || own_channels(network).saturating_mul(classes) <= SUMS_KEPT
}

/// Channels of all layers that make values of their own.
fn own_channels(network: &Network) -> usize {
    let layers = network.layers().iter();
    let own = layers.filter(|layer| !layer.operator.rule().is_identity());
    own.map(|layer| layer.shape.channels()).sum()
}

/// Histograms count about this many samples, evenly spread over the set.
const SAMPLES_IN_HISTOGRAMS: usize = 512;

/// Means kept of all layers and samples together: 64 MiB.
const MEANS_KEPT: usize = 16 << 20;

/// Every how many samples one has its channels' means kept, of a set of this size.
fn kept_step(network: &Network, samples: usize) -> usize {
    samples
        .saturating_mul(own_channels(network))
        .div_ceil(MEANS_KEPT)
        .max(1)
}

/// Every how many samples one is counted in histograms, of a set of this size.
pub fn histogram_step(samples: usize) -> usize {
    (samples / SAMPLES_IN_HISTOGRAMS).max(1)
}

pub(super) struct Probes {
    first: usize,
    histogram_step: usize,
    kept_step: usize,
    truths: Vec<u32>,
    interests: Vec<Interest>,
    class_sums: bool,
    classes: usize,
    layers: Vec<LayerPartial>,
    features: Features,
}

impl Probes {
    /// Probes for a chunk that starts at sample `first`. Layers that only hand values on are not
    /// watched: what they show is known from the layer before.
    pub(super) fn new(job: &Job<'_>, first: usize, truths: Vec<u32>) -> Self {
        let layers = job.network.layers();
        let interests = layers
            .iter()
            .map(|layer| {
                if layer.operator.rule().is_identity() {
                    Interest::Nothing
                } else {
                    Interest::Summary
                }
            })
            .collect();
        let classes = job.network.classes();
        Self {
            first,
            histogram_step: histogram_step(job.dataset.len()),
            kept_step: kept_step(job.network, job.dataset.len()),
            truths,
            interests,
            class_sums: keeps_class_means(job.network),
            classes,
            layers: vec![LayerPartial::default(); layers.len()],
            features: Features::new(job.network, job.dataset.len()),
        }
    }

    /// The partial of the chunk. The exemplars of the output are ranked by logits, for probabilities
    /// saturate at 1 and would rank by index.
    pub(super) fn finish(mut self, logits: Logits, output: LayerId) -> Partial {
        let mut confusion = ConfusionMatrix::new(self.classes);
        let mut exemplars = vec![TopK::default(); self.classes];
        for (sample, row) in logits.rows().enumerate() {
            confusion.add(self.truths[sample] as usize, arg_max(row));
            for (top, &logit) in exemplars.iter_mut().zip(row) {
                top.add(logit, (self.first + sample) as u32);
            }
        }
        if self.layers[output].channels.len() == self.classes {
            for (channel, top) in self.layers[output].channels.iter_mut().zip(exemplars) {
                channel.exemplars = top;
            }
        }
        Partial {
            classes: self.classes,
            truths: self.truths,
            digests: Vec::new(),
            logits: logits.values,
            confusion,
            kept_step: self.kept_step,
            layers: self.layers,
            features: self.features,
            ..Partial::default()
        }
    }
}

impl Watch for Probes {
    fn interest(&self, layer: LayerId) -> Interest {
        self.interests[layer]
    }

    fn counts_in_histograms(&self, sample: usize) -> bool {
        (self.first + sample).is_multiple_of(self.histogram_step)
    }

    fn summary(&mut self, layer: LayerId, summary: LayerSummary) {
        if self.features.layer == Some(layer) {
            self.features.add(&summary.means);
        }
        let width = summary.moments.len();
        for (sample, row) in summary.means.chunks_exact(width.max(1)).enumerate() {
            if (self.first + sample).is_multiple_of(self.kept_step) {
                self.layers[layer].kept.extend_from_slice(row);
            }
        }
        let channels = summary.moments.into_iter().zip(summary.histograms);
        self.layers[layer].channels = channels
            .enumerate()
            .map(|(channel, (moments, histogram))| {
                let mut exemplars = TopK::default();
                let mut square_sum = 0.0;
                let mut class_sums = vec![0.0; if self.class_sums { self.classes } else { 0 }];
                for (sample, &truth) in self.truths.iter().enumerate() {
                    let place = sample * width + channel;
                    exemplars.add(summary.peaks[place], (self.first + sample) as u32);
                    square_sum += f64::from(summary.means[place]).powi(2);
                    if let Some(sum) = class_sums.get_mut(truth as usize) {
                        *sum += f64::from(summary.means[place]);
                    }
                }
                ChannelPartial {
                    moments,
                    histogram,
                    exemplars,
                    class_sums,
                    square_sum,
                }
            })
            .collect();
    }
}

/// The position of the highest value, the lowest among equals.
pub(crate) fn arg_max(values: &[f32]) -> usize {
    let mut best = 0;
    for (position, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = position;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn among_equals_the_lowest_position_wins() {
        assert_eq!(arg_max(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(arg_max(&[]), 0);
    }
}
