//! Approximate nearest neighbours by navigable small worlds (Malkov, Yashunin 2018, *Efficient and robust approximate nearest neighbor search
//! using hierarchical navigable small world graphs*), for sets in which computing every distance would take longer.

use instant_distance::{Builder, HnswMap, Point, Search};
use rayon::prelude::*;

use super::distance;
use super::neighbours::{Approximation, NEIGHBOURS, Neighbour, nearest};
use crate::pipeline::Features;

/// Samples of one graph. A graph is built on one thread, sample after sample, so that it is the same each time; graphs are built side by side.
const GRAPH: usize = 50_000;
/// Candidates that are kept while a sample is put in, and while neighbours are sought.
const BUILT_WITH: usize = 40;
const SOUGHT_WITH: usize = 100;
/// Samples on which the approximation is compared with every distance.
const PROBES: usize = 1_000;
const SEED: u64 = 0x5eed_0a55;

#[derive(Clone, Copy)]
struct Row<'a>(&'a [f32]);

impl Point for Row<'_> {
    /// Squared: what is near stays near.
    fn distance(&self, other: &Self) -> f32 {
        distance::squared(self.0, other.0)
    }
}

type Graph<'a> = HnswMap<Row<'a>, u32>;

/// The neighbours of `samples`, in their order, and how many of the true ones are among them. `None` where no thread can be had.
pub(super) fn approximate(
    features: &Features,
    samples: &[usize],
) -> Option<(Vec<Vec<Neighbour>>, Approximation)> {
    in_graphs(features, samples, GRAPH)
}

fn in_graphs(
    features: &Features,
    samples: &[usize],
    size: usize,
) -> Option<(Vec<Vec<Neighbour>>, Approximation)> {
    let all: Vec<u32> = (0..features.len() as u32).collect();
    let graphs = all
        .par_chunks(size)
        .map(|members| graph(features, members))
        .collect::<Option<Vec<Graph<'_>>>>()?;
    let found: Vec<Vec<Neighbour>> = samples
        .par_iter()
        .map_init(Search::default, |search, &sample| {
            sought(features, &graphs, search, sample)
        })
        .collect();
    let step = samples.len().div_ceil(PROBES).max(1);
    let approximation = compared(features, samples, &found, step);
    Some((found, approximation))
}

fn graph<'a>(features: &'a Features, members: &[u32]) -> Option<Graph<'a>> {
    let rows: Vec<Row<'a>> = members
        .iter()
        .map(|&sample| Row(features.row(sample as usize)))
        .collect();
    let thread = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .ok()?;
    let builder = Builder::default()
        .seed(SEED)
        .ef_construction(BUILT_WITH)
        .ef_search(SOUGHT_WITH);
    Some(thread.install(|| builder.build(rows, members.to_vec())))
}

/// The nearest of what all graphs found.
fn sought(
    features: &Features,
    graphs: &[Graph<'_>],
    search: &mut Search,
    sample: usize,
) -> Vec<Neighbour> {
    let row = Row(features.row(sample));
    let mut found = Vec::new();
    for graph in graphs {
        let near = graph.search(&row, search).take(NEIGHBOURS + 1);
        found.extend(near.map(|near| Neighbour {
            index: *near.value as usize,
            distance: near.distance.sqrt(),
        }));
    }
    found.retain(|near| near.index != sample && !near.distance.is_nan());
    found.sort_by(|a, b| {
        a.distance
            .total_cmp(&b.distance)
            .then(a.index.cmp(&b.index))
    });
    found.truncate(NEIGHBOURS);
    found
}

/// How many of what was found for every `step`-th sample are as near as the true neighbours.
fn compared(
    features: &Features,
    samples: &[usize],
    found: &[Vec<Neighbour>],
    step: usize,
) -> Approximation {
    let probes: Vec<usize> = samples.iter().copied().step_by(step).collect();
    let everyone: Vec<usize> = (0..features.len()).collect();
    let exact = nearest(features, &probes, &everyone, NEIGHBOURS);
    let (mut hits, mut wanted) = (0, 0);
    for (exact, found) in exact.iter().zip(found.iter().step_by(step)) {
        let Some(farthest) = exact.last() else {
            continue;
        };
        wanted += exact.len();
        hits += found
            .iter()
            .filter(|near| near.distance <= farthest.distance)
            .count();
    }
    Approximation {
        probes: probes.len(),
        recall: hits as f64 / wanted.max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::SplitMix64;

    fn features(samples: usize) -> Features {
        let mut random = SplitMix64::new(3, 4);
        let values = (0..samples * 8).map(|_| random.unit() as f32);
        Features {
            layer: Some(1),
            units: 8,
            width: 8,
            values: values.collect(),
        }
    }

    #[test]
    fn nearly_all_neighbours_are_found_over_several_graphs() {
        let features = features(3_000);
        let samples: Vec<usize> = (0..3_000).step_by(7).collect();
        let (found, approximation) = in_graphs(&features, &samples, 1_000).unwrap();
        assert_eq!(approximation.probes, samples.len());
        assert!(approximation.recall > 0.95, "{}", approximation.recall);
        let everyone: Vec<usize> = (0..3_000).collect();
        let exact = nearest(&features, &samples, &everyone, NEIGHBOURS);
        let same = found.iter().zip(&exact).filter(|(a, b)| a == b).count();
        assert!(same * 10 > samples.len() * 8, "{same}");
        for (near, sample) in found.iter().zip(samples) {
            assert!(near.len() == NEIGHBOURS && near.iter().all(|near| near.index != sample));
            assert!(near.is_sorted_by_key(|near| near.distance));
        }
    }

    #[test]
    fn a_poor_answer_has_a_poor_recall() {
        let features = features(200);
        let samples: Vec<usize> = (0..200).collect();
        let everyone = samples.clone();
        let exact = nearest(&features, &samples, &everyone, NEIGHBOURS);
        assert_eq!(compared(&features, &samples, &exact, 1).recall, 1.0);
        let halves: Vec<Vec<Neighbour>> = exact.iter().map(|near| near[..4].to_vec()).collect();
        assert_eq!(compared(&features, &samples, &halves, 1).recall, 0.5);
        let nothing = vec![Vec::new(); 200];
        assert_eq!(compared(&features, &samples, &nothing, 1).recall, 0.0);
    }

    #[test]
    fn what_is_found_does_not_depend_on_the_number_of_threads() {
        let features = features(1_200);
        let samples: Vec<usize> = (0..1_200).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| in_graphs(&features, &samples, 500))
        };
        assert_eq!(with(1), with(4));
    }
}
