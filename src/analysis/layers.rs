//! Layers: what each one is and what its channels did on all samples.

use super::findings::{Bin, ChannelFindings, LayerFindings, Preference};
use crate::model::{LayerId, Network, ReceptiveField};
use crate::pipeline::{ChannelPartial, Partial};
use crate::stats::{LogHistogram, Merge, Moments};

/// One a layer, by id.
pub(super) fn layers(network: &Network, partial: &Partial) -> Vec<LayerFindings> {
    let support = support(partial);
    let fields = ReceptiveField::of(network);
    (0..network.layers().len())
        .map(|id| {
            let seen = partial
                .layers
                .get(origin(network, id))
                .map_or(&[][..], |layer| &layer.channels);
            let own = origin(network, id) == id;
            layer(
                network,
                id,
                &fields[id],
                seen,
                if own { Some(&support) } else { None },
            )
        })
        .collect()
}

/// Number of samples of each class.
fn support(partial: &Partial) -> Vec<u64> {
    (0..partial.classes)
        .map(|class| partial.confusion.support(class))
        .collect()
}

/// The layer where the values of `id` were made: the way back over layers that hand them on.
fn origin(network: &Network, mut id: LayerId) -> LayerId {
    while network.layer(id).operator.rule().is_identity()
        && let [input] = network.layer(id).inputs[..]
    {
        id = input;
    }
    id
}

fn layer(
    network: &Network,
    id: LayerId,
    field: &ReceptiveField,
    seen: &[ChannelPartial],
    support: Option<&Vec<u64>>,
) -> LayerFindings {
    let layer = network.layer(id);
    let rule = layer.operator.rule();
    let mut moments = Moments::default();
    let mut histogram = LogHistogram::default();
    for channel in seen {
        moments.merge(channel.moments);
        histogram.merge(channel.histogram.clone());
    }
    let channels: Vec<ChannelFindings> = support.map_or(Vec::new(), |support| {
        seen.iter().map(|seen| channel(seen, support)).collect()
    });
    let origin = origin(network, id);
    LayerFindings {
        id,
        name: layer.name.clone(),
        kind: rule.kind().to_string(),
        description: rule.describe(&network.input_shapes(id), &layer.shape),
        output_shape: layer.shape.dimensions().to_vec(),
        inputs: layer.inputs.clone(),
        same_values_as: (origin != id).then_some(origin),
        parameters: layer.parameters(),
        multiply_adds: network.multiply_adds(id),
        receptive_field: (!field.is_whole()).then_some(field.size),
        summary: moments.into(),
        histogram: bins(&histogram),
        dead: channels.iter().filter(|channel| channel.dead).count(),
        channels,
        counts_dead: !layer.weights.is_empty() && id != network.output(),
    }
}

fn channel(seen: &ChannelPartial, support: &[u64]) -> ChannelFindings {
    let dead = seen.moments.all_zero();
    ChannelFindings {
        summary: seen.moments.into(),
        histogram: bins(&seen.histogram),
        dead,
        exemplars: if dead {
            Vec::new()
        } else {
            seen.exemplars.ranked().to_vec()
        },
        preference: preference(&seen.class_sums, support),
        class_means: seen
            .class_sums
            .iter()
            .zip(support)
            .map(|(sum, &count)| sum / count as f64)
            .collect(),
    }
}

/// The class with the highest mean response, the lower number among equals. Ratios to a mean of
/// zero or less would mean nothing.
fn preference(sums: &[f64], support: &[u64]) -> Option<Preference> {
    let samples: u64 = support.iter().sum();
    let mean = sums.iter().sum::<f64>() / samples as f64;
    if sums.len() < 2 || !mean.is_finite() || mean <= 0.0 {
        return None;
    }
    let mut best: Option<Preference> = None;
    for (class, (sum, &count)) in sums
        .iter()
        .zip(support)
        .enumerate()
        .filter(|(_, (_, count))| **count > 0)
    {
        let ratio = sum / count as f64 / mean;
        if best.is_none_or(|best| ratio > best.ratio) {
            best = Some(Preference { class, ratio });
        }
    }
    best
}

fn bins(histogram: &LogHistogram) -> Vec<Bin> {
    histogram
        .occupied()
        .into_iter()
        .map(|(lower, upper, count)| Bin {
            lower,
            upper,
            count,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_prefers_the_class_with_the_highest_mean_not_the_highest_sum() {
        let preference = preference(&[30.0, 20.0], &[90, 10]).unwrap();
        assert_eq!(preference.class, 1);
        assert!((preference.ratio - 4.0).abs() < 1e-12);
    }

    #[test]
    fn no_preference_without_a_positive_mean() {
        assert_eq!(preference(&[0.0, 0.0], &[1, 1]), None);
        assert_eq!(preference(&[-3.0, 1.0], &[1, 1]), None);
        assert_eq!(preference(&[], &[1, 1]), None);
    }
}
