//! [`Neighbours`]: the samples that the network sees most like a given one.

use std::collections::BTreeMap;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use serde::Serialize;

use super::{distance, graph};
use crate::pipeline::Features;

/// Neighbours of each sample.
pub const NEIGHBOURS: usize = 8;
/// Up to this many samples every distance is computed…
const EXACT: usize = 50_000;
/// …and of more as well, where neighbours of no more than these are asked for: graphs of all samples would take longer to build than
/// the distances (measured: docs/performance.md).
const FEW_ASKED: usize = 32_000;
/// Samples that share one walk over all rows, so that these are read from memory less often, and rows that
/// stay in the cache meanwhile.
const TOGETHER: usize = 16;
const BLOCK: usize = 256;

/// A sample and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Neighbour {
    pub index: usize,
    /// Euclidean, between features.
    pub distance: f32,
}

/// The nearest samples of some, the nearest first, by index among equals.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Neighbours {
    of: BTreeMap<usize, Vec<Neighbour>>,
    approximation: Option<Approximation>,
}

/// How far neighbours are from being the true ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Approximation {
    /// Samples on which it was measured.
    pub probes: usize,
    /// Share of their found neighbours that are as near as the true ones, in [0, 1].
    pub recall: f64,
}

impl Neighbours {
    /// Empty for a sample that was not asked for.
    pub fn of(&self, sample: usize) -> &[Neighbour] {
        self.of.get(&sample).map_or(&[], Vec::as_slice)
    }

    /// Every sample that was asked for, ascending.
    pub fn all(&self) -> impl Iterator<Item = (usize, &[Neighbour])> {
        self.of
            .iter()
            .map(|(&sample, found)| (sample, found.as_slice()))
    }

    pub fn is_empty(&self) -> bool {
        self.of.values().all(Vec::is_empty)
    }

    /// `None` where every distance was computed.
    pub fn approximation(&self) -> Option<Approximation> {
        self.approximation
    }
}

/// The nearest neighbours of `samples` among all, themselves left out. Every distance is computed, unless the set is so large and so
/// many are asked for that graphs find them sooner; nobody's neighbours depend on the number of threads.
pub fn neighbours(features: &Features, samples: &[usize]) -> Neighbours {
    let all = features.len();
    let samples: Vec<usize> = samples.iter().copied().filter(|&one| one < all).collect();
    let approximate = (all > EXACT && samples.len() > FEW_ASKED)
        .then(|| graph::approximate(features, &samples))
        .flatten();
    let (found, approximation) = match approximate {
        Some((found, approximation)) => (found, Some(approximation)),
        None => {
            let everyone: Vec<usize> = (0..all).collect();
            (nearest(features, &samples, &everyone, NEIGHBOURS), None)
        }
    };
    Neighbours {
        of: samples.into_iter().zip(found).collect(),
        approximation,
    }
}

/// For each of `samples` the nearest `count` of `among`, ascending, by place in `among`: the nearest first, the lower place
/// among equals, the sample itself left out. Every distance is computed, block by block and in parallel.
pub(super) fn nearest(
    features: &Features,
    samples: &[usize],
    among: &[usize],
    count: usize,
) -> Vec<Vec<Neighbour>> {
    let arch = Arch::new();
    let found: Vec<Vec<Vec<Neighbour>>> = samples
        .par_chunks(TOGETHER)
        .map(|samples| {
            arch.dispatch(Together {
                features,
                samples,
                among,
                count,
            })
        })
        .collect();
    found.into_iter().flatten().collect()
}

/// The neighbours of a few samples, computed with the vectors of the processor; for all of them the sums are the same to the bit.
struct Together<'a> {
    features: &'a Features,
    samples: &'a [usize],
    among: &'a [usize],
    count: usize,
}

impl WithSimd for Together<'_> {
    type Output = Vec<Vec<Neighbour>>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let Self {
            features,
            samples,
            among,
            count,
        } = self;
        let mut found = vec![Vec::with_capacity(count + 1); samples.len()];
        let mut distances = [0.0; BLOCK];
        for (block, others) in among.chunks(BLOCK).enumerate() {
            for (&sample, nearest) in samples.iter().zip(&mut found) {
                let row = features.row(sample);
                // First all distances, then the choice: a sum that is not ready yet would stall each comparison.
                for (distance, &other) in distances.iter_mut().zip(others) {
                    *distance = distance::squared(row, features.row(other));
                }
                for (place, (&other, &distance)) in others.iter().zip(&distances).enumerate() {
                    if other != sample {
                        take(nearest, count, block * BLOCK + place, distance);
                    }
                }
            }
        }
        for neighbour in found.iter_mut().flatten() {
            neighbour.distance = neighbour.distance.sqrt();
        }
        found
    }
}

/// Later places are higher, so that among equals those that are there stay before them.
#[inline]
fn take(nearest: &mut Vec<Neighbour>, count: usize, index: usize, distance: f32) {
    let is_full = nearest.len() == count;
    if is_full && nearest.last().is_some_and(|last| distance >= last.distance) || distance.is_nan()
    {
        return;
    }
    let place = nearest.partition_point(|neighbour| neighbour.distance <= distance);
    nearest.insert(place, Neighbour { index, distance });
    nearest.truncate(count);
}
