//! Pairs of samples whose features are nearly the same, without comparing all with all.

use std::collections::HashMap;

use crate::analysis::features::distance;
use crate::pipeline::Features;

/// Candidates looked at for each sample on average before it is given up: then most samples are near each other, and
/// being near says nothing.
const MOST_CANDIDATES: u64 = 400;

/// Every pair at most `within` apart, each once and in order; `None` where too many samples are that near.
///
/// `plane` holds the projection of each sample on two orthonormal directions, in which distances only shrink: in a grid
/// of cells as large as `within`, the samples of a pair lie in the same cell or in cells side by side.
pub(super) fn close_pairs(
    features: &Features,
    plane: &[[f32; 2]],
    within: f32,
) -> Option<Vec<(usize, usize, f32)>> {
    let mut cells: HashMap<[i64; 2], Vec<usize>> = HashMap::new();
    // Slightly larger, for the projections are rounded.
    let side = f64::from(within) * 1.001;
    let cell = |[x, y]: [f32; 2]| [x, y].map(|value| (f64::from(value) / side).floor() as i64);
    for (sample, &point) in plane.iter().enumerate() {
        cells.entry(cell(point)).or_default().push(sample);
    }
    let around = |[x, y]: [i64; 2]| {
        (-1..=1).flat_map(move |right| (-1..=1).map(move |up| [x + right, y + up]))
    };
    let candidates: u64 = cells
        .iter()
        .map(|(&at, own)| {
            let near: usize = around(at)
                .filter_map(|at| cells.get(&at))
                .map(Vec::len)
                .sum();
            own.len() as u64 * near as u64
        })
        .sum();
    if candidates > MOST_CANDIDATES * plane.len().max(1_000) as u64 {
        return None;
    }
    let limit = within * within;
    let mut pairs = Vec::new();
    for (sample, &point) in plane.iter().enumerate() {
        let row = features.row(sample);
        for &other in around(cell(point))
            .filter_map(|at| cells.get(&at))
            .flatten()
        {
            if other > sample {
                let squared = distance::squared(row, features.row(other));
                if squared <= limit {
                    pairs.push((sample, other, squared.sqrt()));
                }
            }
        }
    }
    pairs.sort_unstable_by_key(|&(a, b, _)| (a, b));
    Some(pairs)
}
