//! Weights: moments, norms and distribution of every tensor.

use super::findings::{Bin, WeightFindings};
use crate::model::{Layer, LayerId, Network, Weight};
use crate::stats::Moments;

/// Bars of a tensor's histogram.
const BARS: usize = 41;
/// "Near zero" is below this share of the tensor's largest absolute value.
const NEAR: f32 = 0.01;

/// One a weight tensor, in the network's order.
pub(super) fn weights(network: &Network) -> Vec<WeightFindings> {
    network
        .computed()
        .flat_map(|(id, layer)| {
            layer
                .weights
                .iter()
                .map(move |weight| tensor(id, layer, weight))
        })
        .collect()
}

fn tensor(id: LayerId, layer: &Layer, weight: &Weight) -> WeightFindings {
    let values = &weight.values;
    let moments = Moments::of(values.iter().copied());
    let largest = values
        .iter()
        .fold(0.0f32, |largest, value| largest.max(value.abs()));
    let near = values
        .iter()
        .filter(|value| value.abs() < NEAR * largest || **value == 0.0)
        .count();
    WeightFindings {
        layer: id,
        layer_name: layer.name.clone(),
        name: weight.name.clone(),
        shape: weight.shape.clone(),
        trainable: weight.trainable,
        summary: moments.into(),
        l1_norm: values.iter().map(|value| f64::from(value.abs())).sum(),
        l2_norm: values
            .iter()
            .map(|value| f64::from(*value).powi(2))
            .sum::<f64>()
            .sqrt(),
        near_zero: if values.is_empty() {
            0.0
        } else {
            near as f64 / values.len() as f64
        },
        histogram: histogram(values, &moments),
    }
}

/// Equal bins from the smallest to the largest value; one bin where all are equal.
fn histogram(values: &[f32], moments: &Moments) -> Vec<Bin> {
    if moments.count == 0 {
        return Vec::new();
    }
    let (low, high) = (f64::from(moments.min), f64::from(moments.max));
    if low == high {
        return vec![Bin {
            lower: low,
            upper: high,
            count: moments.count,
        }];
    }
    let width = (high - low) / BARS as f64;
    let mut counts = [0u64; BARS];
    for value in values.iter().filter(|value| !value.is_nan()) {
        let bar = ((f64::from(*value) - low) / width) as usize;
        counts[bar.min(BARS - 1)] += 1;
    }
    let edge = |bar: usize| low + bar as f64 * width;
    counts
        .iter()
        .enumerate()
        .map(|(bar, &count)| Bin {
            lower: edge(bar),
            upper: edge(bar + 1),
            count,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_into_a_bar() {
        let values = [-1.0f32, -0.5, 0.0, 0.25, 1.0];
        let bars = histogram(&values, &Moments::of(values.iter().copied()));
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 5);
        assert_eq!((bars[0].count, bars[BARS - 1].count), (1, 1));
    }

    #[test]
    fn equal_values_make_one_bar() {
        let values = [0.5f32; 3];
        assert_eq!(
            histogram(&values, &Moments::of(values.iter().copied())).len(),
            1
        );
    }
}
