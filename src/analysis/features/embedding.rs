//! [`Embedding`]: samples in two dimensions by t-SNE, near each other where the network makes much the same of them.

use rayon::prelude::*;

use super::distance;
use super::neighbours::{Neighbour, nearest};
use super::principal::Principal;
use crate::pipeline::Features;

/// Samples that are laid out by t-SNE itself, evenly spread over the set. Its cost grows with them, and it stays below that of all
/// else that is found out.
const LAID_OUT: usize = 2_000;
/// With fewer samples there are no neighbourhoods to keep.
const FEWEST: usize = 100;
/// About how many neighbours each sample has; less for small sets.
const PERPLEXITY: usize = 30;
const EPOCHS: usize = 500;
/// Spread of the first components that it starts from (Kobak, Berens 2019, *The art of using t-SNE for single-cell transcriptomics*).
const START: f64 = 1e-4;
/// A sample that is not laid out stands among the nearest of so many that are…
const PLACED_BY: usize = 5;
/// …of which it takes the mean of so many, those next to their median: one that is far off has no say.
const AVERAGED: usize = 3;

/// Every sample's place.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::analysis) struct Embedding {
    /// One a sample.
    pub(in crate::analysis) points: Vec<[f32; 2]>,
    /// Samples that were laid out; the others were placed among them.
    pub(in crate::analysis) laid_out: usize,
    pub(in crate::analysis) perplexity: usize,
}

/// t-SNE (van der Maaten, Hinton 2008) with interpolated forces (Linderman and others 2019) from the principal components, so that
/// nothing is drawn at random. `None` of too few samples, and of such as have no spread.
pub(in crate::analysis) fn embedding(
    features: &Features,
    principal: &Principal,
) -> Option<Embedding> {
    let samples = features.len();
    if samples < FEWEST {
        return None;
    }
    let step = samples.div_ceil(LAID_OUT);
    let chosen: Vec<usize> = (0..samples).step_by(step).collect();
    let perplexity = PERPLEXITY.min((chosen.len() - 1) / 3);
    let near = nearest(features, &chosen, &chosen, 3 * perplexity);
    let laid_out = lay_out(&chosen, &near, principal, perplexity)?;
    let points = placed(features, &chosen, &laid_out, step);
    let is_finite = |point: &[f32; 2]| point.iter().all(|value| value.is_finite());
    points.iter().all(is_finite).then_some(Embedding {
        laid_out: chosen.len(),
        points,
        perplexity,
    })
}

/// Sums of the crate depend on how many threads there are, so it has one, for which the calling one waits: it must not take up
/// other work, or there were one thread more than asked for.
fn lay_out(
    chosen: &[usize],
    near: &[Vec<Neighbour>],
    principal: &Principal,
    perplexity: usize,
) -> Option<Vec<[f32; 2]>> {
    let rows: Vec<Vec<bhtsne::Neighbor<f32>>> = near
        .iter()
        .map(|near| {
            let near = near.iter();
            near.map(|near| bhtsne::Neighbor {
                index: near.index,
                distance: near.distance,
            })
            .collect()
        })
        .collect();
    // A sample whose features are no numbers has no neighbours.
    if rows.iter().any(|row| row.len() != 3 * perplexity) {
        return None;
    }
    let start = start(chosen, principal);
    let thread = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .ok()?;
    let fit = || {
        let mut tsne = bhtsne::tSNE::<f32, usize, 2>::new(chosen);
        tsne.perplexity(perplexity as f32)
            .epochs(EPOCHS)
            .initial_embedding(start)
            .fit_sne_with_neighbors(&rows);
        tsne.embedding()
    };
    let flat = std::thread::scope(|scope| {
        let waited = scope.spawn(|| thread.install(fit)).join();
        waited.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    Some(flat.as_chunks().0.to_vec())
}

/// The first two components, the first with the spread that t-SNE starts from.
fn start(chosen: &[usize], principal: &Principal) -> Vec<f32> {
    let squares: f64 = chosen
        .iter()
        .map(|&sample| f64::from(principal.scores[sample][0]).powi(2))
        .sum();
    let spread = (squares / chosen.len() as f64).sqrt();
    let scale = START / spread.max(f64::MIN_POSITIVE);
    let scores = chosen.iter().flat_map(|&sample| principal.scores[sample]);
    scores
        .map(|score| (f64::from(score) * scale) as f32)
        .collect()
}

/// Those that were laid out at their places; each of the others among its nearest of them.
fn placed(
    features: &Features,
    chosen: &[usize],
    laid_out: &[[f32; 2]],
    step: usize,
) -> Vec<[f32; 2]> {
    let others: Vec<usize> = (0..features.len())
        .filter(|sample| !sample.is_multiple_of(step))
        .collect();
    let near = nearest(features, &others, chosen, PLACED_BY);
    let mut points = vec![[0.0; 2]; features.len()];
    for (&sample, &point) in chosen.iter().zip(laid_out) {
        points[sample] = point;
    }
    let found: Vec<[f32; 2]> = near
        .par_iter()
        .map(|near| among(near.iter().map(|near| laid_out[near.index]).collect()))
        .collect();
    for (sample, point) in others.into_iter().zip(found) {
        points[sample] = point;
    }
    points
}

/// The mean of those next to the median, axis by axis, of some points. Not a number of none.
fn among(mut points: Vec<[f32; 2]>) -> [f32; 2] {
    let median = |axis: usize| distance::median(points.iter().map(|point| point[axis]));
    let (x, y) = (median(0).unwrap_or(f32::NAN), median(1).unwrap_or(f32::NAN));
    let off = |point: &[f32; 2]| (point[0] - x).powi(2) + (point[1] - y).powi(2);
    points.sort_by(|a, b| off(a).total_cmp(&off(b)));
    points.truncate(AVERAGED);
    [0, 1].map(|axis| {
        let values = points.iter().map(|point| point[axis]);
        values.sum::<f32>() / points.len() as f32
    })
}

#[cfg(test)]
mod tests {
    use super::super::principal::principal;
    use super::*;
    use crate::stats::SplitMix64;

    /// So many samples in three heaps far from each other.
    fn heaps(samples: usize) -> Features {
        let mut random = SplitMix64::new(1, 2);
        let values = (0..samples * 4).map(|place| {
            let (sample, unit) = (place / 4, place % 4);
            let centre = if sample % 3 == unit { 20.0 } else { 0.0 };
            centre + random.unit() as f32
        });
        Features {
            layer: Some(1),
            units: 4,
            width: 4,
            values: values.collect(),
        }
    }

    fn of(features: &Features) -> Option<Embedding> {
        embedding(features, &principal(features)?)
    }

    #[test]
    fn heaps_stay_apart_and_those_placed_stand_among_their_own() {
        let features = heaps(4_000);
        let found = of(&features).unwrap();
        assert_eq!((found.laid_out, found.points.len()), (2_000, 4_000));
        let centre = |heap: usize| -> [f32; 2] {
            let of: Vec<[f32; 2]> = found.points.iter().copied().skip(heap).step_by(3).collect();
            [0, 1].map(|axis| of.iter().map(|point| point[axis]).sum::<f32>() / of.len() as f32)
        };
        let centres = [0, 1, 2].map(centre);
        let distance = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        for (sample, &point) in found.points.iter().enumerate() {
            let own = distance(point, centres[sample % 3]);
            for other in [1, 2] {
                assert!(
                    own < distance(point, centres[(sample + other) % 3]),
                    "sample {sample}"
                );
            }
        }
    }

    #[test]
    fn places_do_not_depend_on_the_number_of_threads() {
        let features = heaps(301);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| of(&features))
        };
        assert!(with(1).is_some());
        assert_eq!(with(1), with(4));
    }

    #[test]
    fn too_few_samples_and_samples_without_spread_have_no_places() {
        assert_eq!(of(&heaps(99)), None);
        assert!(of(&heaps(100)).is_some());
        let mut same = heaps(200);
        same.values.fill(1.0);
        assert_eq!(of(&same), None);
    }

    #[test]
    fn equal_samples_are_no_obstacle() {
        let mut few = heaps(400);
        let first: Vec<f32> = few.values[..8].to_vec();
        for row in few.values.chunks_exact_mut(8) {
            row.copy_from_slice(&first);
        }
        let found = of(&few);
        assert!(
            found.is_none_or(|found| found.points.iter().flatten().all(|value| value.is_finite()))
        );
    }
}
