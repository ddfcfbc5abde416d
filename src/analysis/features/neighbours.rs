//! [`Neighbours`]: the samples that the network sees most like a given one.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::distance;
use crate::pipeline::Features;

/// Neighbours of each sample.
pub const NEIGHBOURS: usize = 8;
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
pub struct Neighbours(BTreeMap<usize, Vec<Neighbour>>);

impl Neighbours {
    /// Empty for a sample that was not asked for.
    pub fn of(&self, sample: usize) -> &[Neighbour] {
        self.0.get(&sample).map_or(&[], Vec::as_slice)
    }

    /// Every sample that was asked for, ascending.
    pub fn all(&self) -> impl Iterator<Item = (usize, &[Neighbour])> {
        self.0
            .iter()
            .map(|(&sample, found)| (sample, found.as_slice()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.values().all(Vec::is_empty)
    }
}

/// The exact nearest neighbours of `samples` among all, themselves left out. Every distance is computed, block by
/// block and in parallel; nobody's neighbours depend on which thread found them.
pub fn neighbours(features: &Features, samples: &[usize]) -> Neighbours {
    let found: Vec<Vec<(usize, Vec<Neighbour>)>> = samples
        .par_chunks(TOGETHER)
        .map(|samples| together(features, samples))
        .collect();
    Neighbours(found.into_iter().flatten().collect())
}

fn together(features: &Features, samples: &[usize]) -> Vec<(usize, Vec<Neighbour>)> {
    let all = features.len();
    let known = samples.iter().copied().filter(|&sample| sample < all);
    let mut found: Vec<(usize, Vec<Neighbour>)> = known
        .map(|sample| (sample, Vec::with_capacity(NEIGHBOURS + 1)))
        .collect();
    for start in (0..all).step_by(BLOCK) {
        for (sample, nearest) in &mut found {
            let row = features.row(*sample);
            for other in start..(start + BLOCK).min(all) {
                if other != *sample {
                    take(nearest, other, distance::squared(row, features.row(other)));
                }
            }
        }
    }
    for (_, nearest) in &mut found {
        nearest
            .iter_mut()
            .for_each(|neighbour| neighbour.distance = neighbour.distance.sqrt());
    }
    found
}

/// Later samples have higher indices, so that among equals those that are there stay before them.
#[inline]
fn take(nearest: &mut Vec<Neighbour>, index: usize, distance: f32) {
    let is_full = nearest.len() == NEIGHBOURS;
    if is_full && nearest.last().is_some_and(|last| distance >= last.distance) || distance.is_nan()
    {
        return;
    }
    let place = nearest.partition_point(|neighbour| neighbour.distance <= distance);
    nearest.insert(place, Neighbour { index, distance });
    nearest.truncate(NEIGHBOURS);
}
