//! Twins: channels of one layer that rise and fall together over the images.

use rayon::prelude::*;
use serde::Serialize;

use super::own_layers;
use crate::model::{Layer, LayerId, Network};
use crate::pipeline::{LayerPartial, Partial};

/// Channels are twins from this correlation on.
pub const TWIN: f64 = 0.95;
/// Twins listed of one layer.
const MOST: usize = 50;
/// Products summed for one layer: of more, fewer samples are compared.
const MOST_WORK: usize = 2_000_000_000;
/// Samples from which on a correlation is worth telling.
const FEWEST: usize = 20;

/// Two channels of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Twin {
    pub layer: LayerId,
    /// The lower number first.
    pub channels: (usize, usize),
    /// Pearson's, of the channels' means over positions, in [`TWIN`], 1].
    pub correlation: f64,
    /// Samples compared.
    pub samples: usize,
    /// Cosine of both kernels without bias, in [−1, 1]; `None` for a layer without kernels.
    pub kernel_cosine: Option<f64>,
}

/// The twins of every layer, layer after layer, the most alike first.
pub(super) fn twins(network: &Network, partial: &Partial) -> Vec<Twin> {
    let layers: Vec<LayerId> = own_layers(network)
        // What a layer without weights does to twins is known from the layer before.
        .filter(|&id| !network.layer(id).weights.is_empty() && id != network.output())
        .collect();
    let found: Vec<Vec<Twin>> = layers
        .par_iter()
        .map(|&id| match partial.layers.get(id) {
            Some(seen) => of_layer(id, network.layer(id), seen),
            None => Vec::new(),
        })
        .collect();
    found.into_iter().flatten().collect()
}

fn of_layer(id: LayerId, layer: &Layer, seen: &LayerPartial) -> Vec<Twin> {
    let channels = seen.channels.len();
    let (rows, samples) = standardised(seen);
    if samples < FEWEST {
        return Vec::new();
    }
    let mut twins: Vec<Twin> = (0..channels)
        .into_par_iter()
        .flat_map_iter(|a| {
            let rows = &rows;
            (a + 1..channels).filter_map(move |b| {
                let (left, right) = (rows[a].as_ref()?, rows[b].as_ref()?);
                let correlation: f64 = left.iter().zip(right).map(|(a, b)| a * b).sum();
                (correlation >= TWIN).then(|| Twin {
                    layer: id,
                    channels: (a, b),
                    correlation: correlation.min(1.0),
                    samples,
                    kernel_cosine: kernel_cosine(layer, a, b),
                })
            })
        })
        .collect();
    twins.sort_by(|a, b| {
        b.correlation
            .total_cmp(&a.correlation)
            .then(a.channels.cmp(&b.channels))
    });
    twins.truncate(MOST);
    twins
}

/// Each channel's kept means with mean 0 and length 1, and how many samples those are. `None` for a channel that is the same
/// for all.
fn standardised(seen: &LayerPartial) -> (Vec<Option<Vec<f64>>>, usize) {
    let channels = seen.channels.len();
    let kept = seen.kept.len() / channels.max(1);
    let most = (MOST_WORK / (channels * channels).max(1)).max(FEWEST);
    let step = kept.div_ceil(most).max(1);
    let samples = kept.div_ceil(step);
    let rows = (0..channels)
        .map(|channel| {
            let column = seen
                .kept
                .iter()
                .skip(channel)
                .step_by(channels)
                .step_by(step);
            let mut values: Vec<f64> = column.map(|&value| f64::from(value)).collect();
            let mean = values.iter().sum::<f64>() / samples as f64;
            values.iter_mut().for_each(|value| *value -= mean);
            let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
            // Below this, what is left is rounding.
            (length > 1e-9 * (1.0 + mean.abs()) * (samples as f64).sqrt()).then(|| {
                values.iter_mut().for_each(|value| *value /= length);
                values
            })
        })
        .collect();
    (rows, samples)
}

/// Cosine of the weights that make two output channels.
fn kernel_cosine(layer: &Layer, a: usize, b: usize) -> Option<f64> {
    let kernel = layer.weight("kernel")?;
    let width = *kernel.shape.last()?;
    if width != layer.shape.channels() {
        return None;
    }
    let column = |channel: usize| {
        kernel
            .values
            .iter()
            .skip(channel)
            .step_by(width)
            .map(|&w| f64::from(w))
    };
    let product: f64 = column(a).zip(column(b)).map(|(a, b)| a * b).sum();
    let length = |channel: usize| column(channel).map(|w| w * w).sum::<f64>().sqrt();
    let lengths = length(a) * length(b);
    (lengths > 0.0).then(|| (product / lengths).clamp(-1.0, 1.0))
}
