//! Cutting samples into parts of about equal size by one number of each.

use crate::stats::quantile;

/// Parts a property is cut into.
pub(super) const PARTS: usize = 5;

/// A part: samples with a value in `(low, high]`, the first with `low` itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Ascending.
    pub(super) samples: Vec<usize>,
}

/// Parts at the quantiles, as `pandas.qcut(values, 5, duplicates="drop")`: where many values are equal there are fewer
/// parts. Fewer than two are none.
pub(super) fn cut(values: &[f64]) -> Vec<Part> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (0..=PARTS)
        .filter_map(|part| quantile(&sorted, part as f64 / PARTS as f64))
        .collect();
    edges.dedup();
    if edges.len() < 3 {
        return Vec::new();
    }
    let mut parts: Vec<Part> = edges
        .windows(2)
        .map(|edge| Part {
            low: edge[0],
            high: edge[1],
            samples: Vec::new(),
        })
        .collect();
    for (sample, value) in values.iter().enumerate() {
        let part = edges[1..]
            .partition_point(|edge| edge < value)
            .min(parts.len() - 1);
        parts[part].samples.push(sample);
    }
    parts
}
