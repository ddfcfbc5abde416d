//! Separability: how well each layer tells the classes apart, judged by the simplest classifier there is. The nouns are
//! [`ClassMeans`], what each class looks like in each layer, and [`Separability`], how many samples lie nearest to their own.

use rayon::prelude::*;
use serde::Serialize;

use super::own_layers;
use crate::analysis::Outcome;
use crate::model::{LayerId, Network};
use crate::pipeline::Partial;
use crate::stats::Proportion;

/// The curve over the layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Separability {
    /// One sample in so many is counted, from the first on; 1 where all are.
    pub step: usize,
    pub layers: Vec<LayerSeparability>,
    /// Counted mistakes whose own class is nearest in no layer.
    pub never: u64,
    /// All counted mistakes.
    pub mistakes: u64,
}

/// One layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LayerSeparability {
    pub layer: LayerId,
    /// Share of the samples, of classes with more than one, that lie nearest to the mean of their own class.
    pub accuracy: Proportion,
    /// Mistakes that lie nearest to their own class here for the last time: it is lost behind this layer.
    pub last_found: u64,
}

/// The means of all classes in all layers, standardised: each channel's mean over positions, in units of its standard
/// deviation between samples. Channels that are the same for all samples are left out.
pub struct ClassMeans {
    support: Vec<u64>,
    /// By layer id.
    layers: Vec<Option<LayerMeans>>,
}

struct LayerMeans {
    channels: usize,
    /// `classes × channels`: sums over the samples of a class, over the standard deviation.
    sums: Vec<f64>,
    /// One over the standard deviation; 0 for channels left out.
    scales: Vec<f64>,
    /// Channels that are not left out.
    varying: usize,
}

/// Where a sample lies among the class means of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Nearest {
    /// The class with the nearest mean, the lower number among equals.
    pub class: usize,
    /// Root mean square over the channels of the difference in standard deviations.
    pub distance: f64,
    /// How much farther the second nearest is.
    pub margin: f64,
    /// How much farther the truth's mean is than the nearest of the others: negative where it is nearest. `None`
    /// where the sample is the only one of its class.
    pub deficit: Option<f64>,
}

impl ClassMeans {
    /// `None` with fewer than two classes, or with so many that no sums are kept.
    pub fn of(network: &Network, partial: &Partial) -> Option<Self> {
        if partial.classes < 2 {
            return None;
        }
        let samples = partial.truths.len() as f64;
        let layer = |id: LayerId| -> Option<LayerMeans> {
            let seen = &partial.layers.get(id)?.channels;
            let first = seen.first()?;
            if first.class_sums.len() != partial.classes {
                return None;
            }
            let scales: Vec<f64> = seen
                .iter()
                .map(|channel| {
                    let mean = channel.class_sums.iter().sum::<f64>() / samples;
                    let variance = channel.square_sum / samples - mean * mean;
                    // Below this the variance is what rounding leaves of equal values.
                    let varies = variance > 1e-12 * channel.square_sum / samples;
                    if varies { variance.sqrt().recip() } else { 0.0 }
                })
                .collect();
            let sums = (0..partial.classes)
                .flat_map(|class| {
                    let channels = seen.iter().zip(&scales);
                    channels.map(move |(channel, scale)| channel.class_sums[class] * scale)
                })
                .collect();
            Some(LayerMeans {
                channels: seen.len(),
                sums,
                varying: scales.iter().filter(|scale| **scale > 0.0).count(),
                scales,
            })
        };
        let mut layers: Vec<Option<LayerMeans>> =
            (0..network.layers().len()).map(|_| None).collect();
        for id in own_layers(network) {
            layers[id] = layer(id).filter(|means| means.varying > 0);
        }
        layers.iter().any(Option::is_some).then(|| Self {
            support: (0..partial.classes)
                .map(|class| partial.confusion.support(class))
                .collect(),
            layers,
        })
    }

    /// The layers with means, in the network's order.
    pub fn layers(&self) -> impl Iterator<Item = LayerId> + '_ {
        (0..self.layers.len()).filter(|&id| self.layers[id].is_some())
    }

    /// The class mean nearest to a sample, given its channels' means over positions and its class. The sample is taken out
    /// of the mean of its own class: it would be nearer to what it is part of.
    pub fn nearest(&self, layer: LayerId, means: &[f32], truth: usize) -> Option<Nearest> {
        let layer = self.layers.get(layer)?.as_ref()?;
        let mut distances = Vec::with_capacity(self.support.len());
        let x: Vec<f64> = means
            .iter()
            .zip(&layer.scales)
            .map(|(&mean, scale)| f64::from(mean) * scale)
            .collect();
        for (class, sums) in layer.sums.chunks_exact(layer.channels).enumerate() {
            let (others, own) = match self.support[class] {
                count if class == truth => (count.saturating_sub(1), 1.0),
                count => (count, 0.0),
            };
            if others == 0 {
                continue;
            }
            let share = (others as f64).recip();
            let square: f64 = sums
                .iter()
                .zip(&x)
                .map(|(sum, x)| (x - (sum - own * x) * share).powi(2))
                .sum();
            distances.push((class, (square / layer.varying as f64).sqrt()));
        }
        let first = distances
            .iter()
            .copied()
            .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))?;
        let best_but = |class: usize| {
            let others = distances.iter().filter(|(other, _)| *other != class);
            others.map(|(_, distance)| *distance).min_by(f64::total_cmp)
        };
        let to_truth = distances
            .iter()
            .find(|(class, _)| *class == truth)
            .map(|(_, distance)| *distance);
        Some(Nearest {
            class: first.0,
            distance: first.1,
            margin: best_but(first.0)? - first.1,
            deficit: to_truth
                .zip(best_but(truth))
                .map(|(own, other)| own - other),
        })
    }
}

/// Counted over the samples whose means the first pass kept.
pub(super) fn separability(
    network: &Network,
    partial: &Partial,
    outcomes: &[Outcome],
) -> Option<Separability> {
    let means = ClassMeans::of(network, partial)?;
    let layers: Vec<LayerId> = means.layers().collect();
    let step = partial.kept_step.max(1);
    let kept: Vec<usize> = (0..outcomes.len()).step_by(step).collect();
    // The only sample of a class has no mean of others to be near to.
    let has_mean = |sample: usize| means.support[outcomes[sample].truth] > 1;
    let counted: Vec<usize> = kept
        .iter()
        .copied()
        .filter(|&sample| has_mean(sample))
        .collect();
    // For each layer, whether each counted sample lies nearest to its own class.
    let found: Vec<Vec<bool>> = layers
        .par_iter()
        .map(|&layer| {
            let seen = &partial.layers[layer];
            let width = seen.channels.len().max(1);
            let rows = seen.kept.par_chunks_exact(width).zip(&kept);
            let rows = rows.filter(|(_, sample)| has_mean(**sample));
            rows.map(|(row, &sample)| {
                let truth = outcomes[sample].truth;
                means
                    .nearest(layer, row, truth)
                    .is_some_and(|nearest| nearest.class == truth)
            })
            .collect()
        })
        .collect();
    let wrong: Vec<usize> = (0..counted.len())
        .filter(|&row| !outcomes[counted[row]].is_right())
        .collect();
    let last: Vec<Option<usize>> = wrong
        .iter()
        .map(|&row| {
            found
                .iter()
                .rposition(|layer| layer.get(row) == Some(&true))
        })
        .collect();
    let curve = layers.iter().zip(&found).enumerate();
    if counted.is_empty() {
        return None;
    }
    Some(Separability {
        step,
        never: last.iter().filter(|last| last.is_none()).count() as u64,
        mistakes: wrong.len() as u64,
        layers: curve
            .filter_map(|(place, (&layer, found))| {
                let hits = found.iter().filter(|found| **found).count() as u64;
                Some(LayerSeparability {
                    layer,
                    accuracy: Proportion::new(hits, found.len() as u64)?,
                    last_found: last.iter().filter(|last| **last == Some(place)).count() as u64,
                })
            })
            .collect(),
    })
}
