//! Pairs of perceptual hashes that differ in few bits, without comparing all with all.

use std::collections::HashMap;

use crate::appearance::PerceptualHash;

/// Every pair of different hashes at most `most` bits apart, as places in the list, each pair once and in order.
///
/// Multi-index hashing (Norouzi, Punjani and Fleet 2012): the bits are cut into `most + 1` runs, and two hashes that
/// differ in `most` bits agree in one of these. `most` is below 64.
pub(super) fn close_pairs(hashes: &[PerceptualHash], most: u32) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let runs = most + 1;
    for run in 0..runs {
        let bits = run_of(run, runs);
        let mut buckets: HashMap<u64, Vec<usize>> = HashMap::new();
        for (place, hash) in hashes.iter().enumerate() {
            let bucket = buckets.entry(hash.0 & bits).or_default();
            for &other in bucket.iter() {
                let differ = hash.0 ^ hashes[other].0;
                // A pair that agrees in an earlier run was found there.
                let is_first = (0..run).all(|earlier| differ & run_of(earlier, runs) != 0);
                if differ != 0 && differ.count_ones() <= most && is_first {
                    pairs.push((other, place));
                }
            }
            bucket.push(place);
        }
    }
    pairs.sort_unstable();
    pairs
}

/// The bits of a run.
fn run_of(run: u32, runs: u32) -> u64 {
    let edge = |run: u32| -> u64 {
        match run * 64 / runs {
            64 => u64::MAX,
            bits => (1 << bits) - 1,
        }
    };
    edge(run + 1) & !edge(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_runs_share_the_bits() {
        for runs in 1..=64 {
            let all = (0..runs).fold(0u64, |all, run| {
                assert_eq!(all & run_of(run, runs), 0);
                all | run_of(run, runs)
            });
            assert_eq!(all, u64::MAX, "{runs}");
        }
    }

    proptest! {
        #[test]
        fn no_pair_is_missed_and_none_comes_twice(seeds in prop::collection::vec((0u64..4, prop::collection::vec(0u32..64, 0..8)), 0..40), most in 0u32..9) {
            // Some bits of few hashes are flipped, so that there are pairs at all distances.
            let hashes: Vec<PerceptualHash> = seeds
                .iter()
                .map(|(seed, flips)| PerceptualHash(flips.iter().fold(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), |hash, bit| hash ^ (1 << bit))))
                .collect();
            let mut wanted = Vec::new();
            for second in 0..hashes.len() {
                for first in 0..second {
                    let distance = hashes[first].distance(hashes[second]);
                    if distance > 0 && distance <= most {
                        wanted.push((first, second));
                    }
                }
            }
            wanted.sort_unstable();
            prop_assert_eq!(close_pairs(&hashes, most), wanted);
        }
    }
}
