//! The health of channels: whom they serve, how seldom they fire, whether they are stuck, and why.

use serde::Serialize;

use super::causes::{Cause, cause};
use super::own_layers;
use super::savings::{Saving, saving};
use crate::model::{Activation, Network};
use crate::pipeline::{ChannelPartial, Partial};
use crate::stats::LogHistogram;

/// What is known of one channel beyond its moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ChannelHealth {
    /// `(highest − others) / (highest + others)` of the mean responses by class, in [0, 1] (Morcos, Barrett, Rabinowitz,
    /// Botvinick 2018, *On the importance of single directions for generalization*). `None` where a mean is
    /// negative, all are zero, or there are no sums by class.
    pub selectivity: Option<f64>,
    /// The class of the highest mean response, the lower number among equals; with `selectivity`.
    pub selective_for: Option<usize>,
    /// `(1 − (Σr/n)² / (Σr²/n)) / (1 − 1/n)` of the channel's mean over positions on each of n samples, in [0, 1]: 0 for
    /// one that answers all alike, 1 for one that answers a single sample (Vinje, Gallant 2000, *Sparse coding and
    /// decorrelation in primary visual cortex during natural vision*). `None` for channels with negative values.
    pub sparseness: Option<f64>,
    /// Share of the values at a bound of the activation (see [`saturated`]); `None` where it has none.
    pub saturation: Option<f64>,
    /// Why it is dead; `None` for a channel that is not, or where the weights do not show it.
    pub cause: Option<Cause>,
    /// What its removal would save; `None` where it cannot be removed alone.
    pub saving: Option<Saving>,
}

/// One list a layer, by its id.
pub(super) fn channels(network: &Network, partial: &Partial) -> Vec<Vec<ChannelHealth>> {
    let support: Vec<u64> = (0..partial.classes)
        .map(|class| partial.confusion.support(class))
        .collect();
    let mut all = vec![Vec::new(); network.layers().len()];
    for id in own_layers(network) {
        let Some(seen) = partial.layers.get(id) else {
            continue;
        };
        let activation = network.layer(id).operator.rule().activation();
        let saving = saving(network, id);
        let channels = seen.channels.iter().enumerate();
        all[id] = channels
            .map(|(number, channel)| {
                let dead = channel.moments.all_zero();
                let selectivity = selectivity(&channel.class_sums, &support);
                ChannelHealth {
                    selectivity: selectivity.map(|(_, value)| value),
                    selective_for: selectivity.map(|(class, _)| class),
                    sparseness: sparseness(channel, &support),
                    saturation: saturated(activation, &channel.histogram),
                    cause: if dead {
                        cause(network, partial, id, number)
                    } else {
                        None
                    },
                    saving,
                }
            })
            .collect();
    }
    all
}

/// The class that a channel answers most, and how much more than the others.
fn selectivity(sums: &[f64], support: &[u64]) -> Option<(usize, f64)> {
    let means: Vec<(usize, f64)> = sums
        .iter()
        .zip(support)
        .enumerate()
        .filter(|(_, (_, support))| **support > 0)
        .map(|(class, (sum, &support))| (class, sum / support as f64))
        .collect();
    if means.len() < 2 || means.iter().any(|(_, mean)| mean.is_nan() || *mean < 0.0) {
        return None;
    }
    let mut best = means[0];
    for &(class, mean) in &means {
        if mean > best.1 {
            best = (class, mean);
        }
    }
    let all: f64 = means.iter().map(|(_, mean)| mean).sum();
    let others = (all - best.1) / (means.len() - 1) as f64;
    (best.1 > 0.0).then(|| (best.0, (best.1 - others) / (best.1 + others)))
}

fn sparseness(channel: &ChannelPartial, support: &[u64]) -> Option<f64> {
    let samples = support.iter().sum::<u64>() as f64;
    if channel.class_sums.is_empty() || channel.moments.min < 0.0 || samples < 2.0 {
        return None;
    }
    let mean = channel.class_sums.iter().sum::<f64>() / samples;
    let square = channel.square_sum / samples;
    (square > 0.0).then(|| ((1.0 - mean * mean / square) / (1.0 - samples.recip())).clamp(0.0, 1.0))
}

/// Share of the histogram's values at the ends of the activation's range, where its slope is all but gone: at the cap of a
/// bounded ReLU; below 1/16 and from 3/4 on of a sigmoid; beyond ±3/4 of a tanh or softsign. The limits are edges of
/// the histogram's bins, so that nothing is estimated.
fn saturated(activation: Activation, histogram: &LogHistogram) -> Option<f64> {
    let (low, high) = match activation {
        Activation::Sigmoid | Activation::HardSigmoidKeras2 | Activation::HardSigmoidKeras3 => {
            (1.0 / 16.0, 0.75)
        }
        Activation::Tanh | Activation::Softsign => (-0.75, 0.75),
        Activation::BoundedRelu {
            maximum: Some(maximum),
            ..
        } => (f64::NEG_INFINITY, f64::from(maximum)),
        _ => return None,
    };
    let bins = histogram.occupied();
    let all: u64 = bins.iter().map(|(_, _, count)| count).sum();
    let ends = bins
        .iter()
        .filter(|(lower, upper, _)| *upper <= low || *lower >= high);
    let ends: u64 = ends.map(|(_, _, count)| count).sum();
    (all > 0).then(|| ends as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectivity_is_none_to_one() {
        assert_eq!(selectivity(&[4.0, 0.0], &[2, 2]), Some((0, 1.0)));
        assert_eq!(selectivity(&[2.0, 2.0], &[2, 2]), Some((0, 0.0)));
        // Means 2, 1 and 0: 2 against 0.5. The class without samples has no part.
        assert_eq!(
            selectivity(&[0.0, 1.0, 2.0, 9.0], &[1, 1, 1, 0]),
            Some((2, 0.6))
        );
        assert_eq!(selectivity(&[0.0, 0.0], &[1, 1]), None);
        assert_eq!(selectivity(&[-1.0, 3.0], &[1, 1]), None);
        assert_eq!(selectivity(&[3.0], &[1]), None);
    }

    #[test]
    fn only_values_at_the_ends_are_saturated() {
        let mut histogram = LogHistogram::default();
        [0.01f32, 0.3, 0.5, 0.7, 0.76, 0.99, 1.0, 0.0]
            .iter()
            .for_each(|&value| histogram.add(value));
        assert_eq!(saturated(Activation::Sigmoid, &histogram), Some(5.0 / 8.0));
        assert_eq!(saturated(Activation::Tanh, &histogram), Some(3.0 / 8.0));
        assert_eq!(saturated(Activation::Relu, &histogram), None);
        let mut capped = LogHistogram::default();
        [6.0f32, 6.0, 5.9, 0.0]
            .iter()
            .for_each(|&value| capped.add(value));
        let relu6 = Activation::relu(Some(6.0), 0.0, 0.0);
        assert_eq!(saturated(relu6, &capped), Some(0.5));
    }
}
