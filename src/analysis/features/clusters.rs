//! [`FeatureClusters`]: samples that the network sees alike, by k-means on their features.

use rayon::prelude::*;

use super::distance;
use crate::pipeline::Features;
use crate::stats::SplitMix64;

/// Centres are found on about this many samples, evenly spread over the set; all samples are then assigned.
const FITTED_ON: usize = 20_000;
/// Rounds of Lloyd's algorithm at most.
const ROUNDS: usize = 50;
const SEED: u64 = 0x5eed_00c1;
/// Rows of one thread at a time; part of the result's definition, for sums are added block by block.
const BLOCK: usize = 512;
/// A cluster should hold this many samples on average, or its share of mistakes says nothing.
const SMALLEST: usize = 50;
const MOST: usize = 24;

/// Every sample's cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::analysis) struct FeatureClusters {
    /// Number of clusters.
    pub(in crate::analysis) count: usize,
    /// One a sample.
    pub(in crate::analysis) of: Vec<usize>,
    /// Distance of each sample to the centre of its cluster.
    pub(in crate::analysis) distances: Vec<f32>,
}

/// k-means with k-means++ (Arthur and Vassilvitskii 2007) and Lloyd's algorithm, seeded. Twice as many clusters as
/// classes, at most 24 and at most one for every 50 samples; none where that is fewer than two.
pub(in crate::analysis) fn clusters(features: &Features, classes: usize) -> FeatureClusters {
    let samples = features.len();
    let count = (2 * classes).min(MOST).min(samples / SMALLEST);
    if count < 2 {
        return FeatureClusters::default();
    }
    let step = samples.div_ceil(FITTED_ON);
    let rows: Vec<&[f32]> = features.rows().step_by(step).collect();
    let centres = lloyd(&rows, first_centres(&rows, count));
    let all: Vec<&[f32]> = features.rows().collect();
    let (of, distances) = assign(&all, &centres).into_iter().unzip();
    FeatureClusters {
        count: centres.len(),
        of,
        distances,
    }
}

/// k-means++: each next centre is drawn with the squared distance to those there are as its weight.
fn first_centres(rows: &[&[f32]], count: usize) -> Vec<Vec<f32>> {
    let mut random = SplitMix64::new(SEED, 0);
    let mut centres = vec![rows[random.below(rows.len())].to_vec()];
    let mut nearest = vec![f32::INFINITY; rows.len()];
    while centres.len() < count {
        let last = &centres[centres.len() - 1];
        nearest
            .par_iter_mut()
            .zip(rows)
            .for_each(|(nearest, row)| *nearest = nearest.min(distance::squared(row, last)));
        let total: f64 = nearest.iter().map(|&weight| f64::from(weight)).sum();
        if total <= 0.0 {
            // Fewer different rows than centres.
            break;
        }
        let mut left = random.unit() * total;
        let drawn = nearest.iter().position(|&weight| {
            left -= f64::from(weight);
            left < 0.0
        });
        let last_with_weight = nearest.iter().rposition(|&weight| weight > 0.0);
        let Some(drawn) = drawn.or(last_with_weight) else {
            break;
        };
        centres.push(rows[drawn].to_vec());
    }
    centres
}

/// Moves centres to the means of their rows until no row changes its centre.
pub(super) fn lloyd(rows: &[&[f32]], mut centres: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let mut before: Vec<usize> = Vec::new();
    for _ in 0..ROUNDS {
        let of: Vec<usize> = assign(rows, &centres)
            .into_iter()
            .map(|(of, _)| of)
            .collect();
        if of == before {
            break;
        }
        move_to_means(rows, &of, &mut centres);
        before = of;
    }
    centres
}

/// The nearest centre of each row, the first among equals, and the distance to it.
pub(super) fn assign(rows: &[&[f32]], centres: &[Vec<f32>]) -> Vec<(usize, f32)> {
    rows.par_iter()
        .with_min_len(BLOCK)
        .map(|row| {
            let mut best = (0, f32::INFINITY);
            for (number, centre) in centres.iter().enumerate() {
                let squared = distance::squared(row, centre);
                if squared < best.1 {
                    best = (number, squared);
                }
            }
            (best.0, best.1.sqrt())
        })
        .collect()
}

/// A centre without rows stays where it is.
fn move_to_means(rows: &[&[f32]], of: &[usize], centres: &mut [Vec<f32>]) {
    let width = centres.first().map_or(0, Vec::len);
    let blocks: Vec<(Vec<f64>, Vec<usize>)> = rows
        .par_chunks(BLOCK)
        .zip(of.par_chunks(BLOCK))
        .map(|(rows, of)| {
            let (mut sums, mut counts) = (vec![0.0; centres.len() * width], vec![0; centres.len()]);
            for (row, &of) in rows.iter().zip(of) {
                counts[of] += 1;
                for (sum, &value) in sums[of * width..(of + 1) * width].iter_mut().zip(*row) {
                    *sum += f64::from(value);
                }
            }
            (sums, counts)
        })
        .collect();
    for (number, centre) in centres.iter_mut().enumerate() {
        let count: usize = blocks.iter().map(|(_, counts)| counts[number]).sum();
        if count == 0 {
            continue;
        }
        for (place, value) in centre.iter_mut().enumerate() {
            let sum: f64 = blocks
                .iter()
                .map(|(sums, _)| sums[number * width + place])
                .sum();
            *value = (sum / count as f64) as f32;
        }
    }
}
