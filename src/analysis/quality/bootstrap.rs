//! The bootstrap: intervals of metrics that have none in closed form. Samples are drawn with replacement, as
//! many as there are, and the metric is taken of each draw; the interval reaches from the 2.5 % to the
//! 97.5 % quantile (Efron 1979). Every draw has a stream of random numbers of its own, so that the
//! interval is the same for any number of threads.

use crate::stats::{SplitMix64, quantile};
use rayon::prelude::*;

use super::super::calibration::bins::Bins;
use super::super::findings::Outcome;
use super::counts::{Counts, mean};
use super::ranking::Ranking;
use super::{brier_scale, clipped_loss, squared_error};

const SEED: u64 = 20_260_101;
/// Draws of a test set of moderate size…
const MOST: usize = 1000;
/// …and the fewest that still give an interval.
const FEWEST: usize = 200;
/// Work of all draws: samples drawn, or samples ranked over all classes.
const BUDGET: usize = 200_000_000;

type OfCounts = fn(&Counts) -> Option<f64>;

/// Metrics of the confusion matrix alone.
pub(super) const OF_COUNTS: [(&str, OfCounts); 6] = [
    ("balanced_accuracy", Counts::balanced_accuracy),
    ("precision_macro", Counts::precision_macro),
    ("f1_macro", Counts::f1_macro),
    ("f1_weighted", Counts::f1_weighted),
    ("kappa", Counts::kappa),
    ("mcc", Counts::mcc),
];
const OF_SAMPLES: [&str; 4] = ["log_loss", "brier", "ece10", "ece15"];
const OF_RANKINGS: [&str; 2] = ["auroc_macro", "ap_macro"];

/// What the draws gave: for each metric its sorted values.
pub(super) struct Resampled {
    values: Vec<(&'static str, Vec<f64>)>,
    samples: usize,
    replicates: usize,
    ranked: usize,
}

impl Resampled {
    /// From the 2.5 % to the 97.5 % quantile; `None` where nothing was drawn, and of one sample, of which every draw is the same.
    pub(super) fn interval(&self, key: &str) -> Option<[f64; 2]> {
        let (_, values) = self.values.iter().find(|(name, _)| *name == key)?;
        if self.samples < 2 {
            return None;
        }
        Some([quantile(values, 0.025)?, quantile(values, 0.975)?])
    }

    pub(super) fn replicates(&self) -> usize {
        self.replicates
    }

    pub(super) fn ranked_replicates(&self) -> usize {
        self.ranked
    }
}

/// Draws that the budget allows for so much work each; 0 where not even the fewest are possible.
fn replicates(work: usize) -> usize {
    match BUDGET.checked_div(work) {
        None => 0,
        Some(draws) if draws < FEWEST => 0,
        Some(draws) => draws.min(MOST),
    }
}

/// What is counted of each sample, made once for all draws.
struct Prepared<'a> {
    outcomes: &'a [Outcome],
    classes: usize,
    losses: Vec<f64>,
    errors: Vec<f64>,
    rankings: &'a [Ranking],
}

/// Draws the test set again and again.
pub(super) fn resample(outcomes: &[Outcome], classes: usize, rankings: &[Ranking]) -> Resampled {
    let draws = replicates(outcomes.len());
    let ranked = replicates(outcomes.len() * classes).min(draws);
    let prepared = Prepared {
        outcomes,
        classes,
        losses: outcomes.iter().map(clipped_loss).collect(),
        errors: outcomes.iter().map(squared_error).collect(),
        rankings,
    };
    let rows: Vec<Vec<Option<f64>>> = (0..draws)
        .into_par_iter()
        .map(|draw| prepared.draw(draw, draw < ranked))
        .collect();
    let names = OF_COUNTS
        .iter()
        .map(|(name, _)| *name)
        .chain(OF_SAMPLES)
        .chain(OF_RANKINGS);
    let values = names
        .enumerate()
        .map(|(column, name)| {
            let mut values: Vec<f64> = rows
                .iter()
                .filter_map(|row| row.get(column).copied().flatten())
                .collect();
            values.sort_by(f64::total_cmp);
            (name, values)
        })
        .collect();
    Resampled {
        values,
        samples: outcomes.len(),
        replicates: draws,
        ranked,
    }
}

impl Prepared<'_> {
    /// All metrics of one draw, in the order of the names.
    fn draw(&self, number: usize, with_rankings: bool) -> Vec<Option<f64>> {
        let samples = self.outcomes.len();
        let mut random = SplitMix64::new(SEED, number as u64);
        let mut times = vec![0u32; samples];
        for _ in 0..samples {
            times[random.below(samples)] += 1;
        }
        let mut counts = Counts::new(self.classes);
        let (mut ten, mut fifteen) = (Bins::new(10), Bins::new(15));
        let (mut loss, mut error) = (0.0, 0.0);
        for (index, outcome) in self
            .outcomes
            .iter()
            .enumerate()
            .filter(|(index, _)| times[*index] > 0)
        {
            let weight = f64::from(times[index]);
            counts.add(outcome.truth, outcome.prediction, weight);
            loss += weight * self.losses[index];
            error += weight * self.errors[index];
            for bins in [&mut ten, &mut fifteen] {
                bins.add(f64::from(outcome.confidence), outcome.is_right(), weight);
            }
        }
        let all = samples as f64;
        let mut row: Vec<Option<f64>> = OF_COUNTS.iter().map(|(_, of)| of(&counts)).collect();
        row.push(Some(loss / all));
        row.push(Some(error / all * brier_scale(self.classes)));
        row.extend([ten.expected_error(), fifteen.expected_error()]);
        if with_rankings {
            let areas = self
                .rankings
                .iter()
                .map(|ranking| ranking.areas(|index| f64::from(times[index])));
            let (roc, precision): (Vec<_>, Vec<_>) = areas.unzip();
            row.push(mean(roc.into_iter().flatten()));
            row.push(mean(precision.into_iter().flatten()));
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::oracle_tests::outcome;
    use super::*;

    fn outcomes() -> Vec<Outcome> {
        (0..60)
            .map(|index| {
                let score = (index % 16) as f32 / 16.0;
                outcome(usize::from(index % 3 == 0), &[1.0 - score, score])
            })
            .collect()
    }

    fn intervals(threads: usize) -> Vec<Option<[f64; 2]>> {
        let outcomes = outcomes();
        let rankings: Vec<Ranking> = (0..2).map(|class| Ranking::new(&outcomes, class)).collect();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        let resampled = pool.install(|| resample(&outcomes, 2, &rankings));
        let names = OF_COUNTS
            .iter()
            .map(|(name, _)| *name)
            .chain(OF_SAMPLES)
            .chain(OF_RANKINGS);
        names.map(|name| resampled.interval(name)).collect()
    }

    #[test]
    fn intervals_are_the_same_for_any_number_of_threads() {
        assert_eq!(intervals(1), intervals(3));
    }

    #[test]
    fn every_metric_has_an_interval_with_some_width() {
        for interval in intervals(2) {
            assert!(
                interval.is_some_and(|[low, high]| low < high),
                "{interval:?}"
            );
        }
    }

    #[test]
    fn too_much_work_gives_no_interval_rather_than_a_poor_one() {
        assert_eq!(
            [0, 100, 10_000, 500_000, 2_000_000].map(replicates),
            [0, 1000, 1000, 400, 0]
        );
    }
}
