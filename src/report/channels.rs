//! Which channels have a page of their own.

use crate::analysis::{ChannelFindings, Findings, LayerFindings};
use crate::model::LayerId;

/// Most pages of channels in a report, and of one layer.
const MOST_PAGES: usize = 2_000;
const MOST_OF_LAYER: usize = 128;
/// Every layer has as many, however many layers there are.
const LEAST_OF_LAYER: usize = 4;

/// The channels of a layer with a page, the highest value first: those that are not dead, of layers that make
/// values of their own. In a network of many layers each has fewer.
pub fn with_page(findings: &Findings, layer: LayerId) -> Vec<usize> {
    if !has_own(&findings.layers[layer]) {
        return Vec::new();
    }
    let layers = findings
        .layers
        .iter()
        .filter(|layer| has_own(layer))
        .count();
    let most = (MOST_PAGES / layers.max(1)).clamp(LEAST_OF_LAYER, MOST_OF_LAYER);
    let mut channels = live_ones(&findings.layers[layer].channels);
    channels.truncate(most);
    channels
}

fn has_own(layer: &LayerFindings) -> bool {
    !layer.inputs.is_empty() && layer.same_values_as.is_none()
}

/// Channels that are not dead by their highest value, the lower number first among equals.
pub fn live_ones(channels: &[ChannelFindings]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..channels.len())
        .filter(|&number| !channels[number].dead)
        .collect();
    order.sort_by(|&a, &b| {
        channels[b]
            .summary
            .max
            .total_cmp(&channels[a].summary.max)
            .then(a.cmp(&b))
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Summary;
    use crate::stats::Moments;

    fn of(values: &[f32]) -> ChannelFindings {
        let moments = Moments::of(values.iter().copied());
        ChannelFindings {
            summary: Summary::from(moments),
            histogram: Vec::new(),
            dead: moments.all_zero(),
            exemplars: Vec::new(),
            preference: None,
            class_means: Vec::new(),
        }
    }

    #[test]
    fn dead_channels_are_left_out_and_negative_ones_are_not() {
        let channels = [
            of(&[0.0, 0.0]),
            of(&[-2.0, -1.0]),
            of(&[0.0, 3.0]),
            of(&[3.0]),
        ];
        assert_eq!(live_ones(&channels), [2, 3, 1]);
    }
}
