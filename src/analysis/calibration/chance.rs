//! [`chance`]: the calibration error that a perfectly calibrated network would show on as many answers. An
//! ECE is an average of absolute gaps and never 0 on a finite sample; only beyond this it says anything.

use crate::stats::{SplitMix64, quantile};
use rayon::prelude::*;

use super::super::findings::Outcome;
use super::bins::Bins;

const SEED: u64 = 20_260_102;
const MOST: usize = 1000;
const FEWEST: usize = 100;
const BUDGET: usize = 100_000_000;
const BINS: usize = 10;
/// Only beyond this quantile an error is told from chance.
const SHARE: f64 = 0.99;

/// The 99 % quantile of the ECE in 10 bins where every answer is right with exactly its confidence
/// (consistency resampling, Bröcker and Smith 2007); `None` where there is nothing, or too much of it.
pub(super) fn chance(outcomes: &[Outcome]) -> Option<f64> {
    let draws = BUDGET
        .checked_div(outcomes.len())
        .filter(|&draws| draws >= FEWEST)?
        .min(MOST);
    let mut errors: Vec<f64> = (0..draws)
        .into_par_iter()
        .filter_map(|draw| one(outcomes, draw as u64))
        .collect();
    errors.sort_by(f64::total_cmp);
    quantile(&errors, SHARE)
}

fn one(outcomes: &[Outcome], draw: u64) -> Option<f64> {
    let mut random = SplitMix64::new(SEED, draw);
    let mut bins = Bins::new(BINS);
    for outcome in outcomes {
        let confidence = f64::from(outcome.confidence);
        bins.add(confidence, random.unit() < confidence, 1.0);
    }
    bins.expected_error()
}

#[cfg(test)]
mod tests {
    use super::super::super::oracle_tests::outcome;
    use super::*;

    #[test]
    fn more_answers_leave_less_to_chance() {
        let some: Vec<Outcome> = (0..2000).map(|_| outcome(0, &[0.75, 0.25])).collect();
        let (few, many) = (chance(&some[..50]), chance(&some));
        assert!(many < few && many > Some(0.0), "{many:?} {few:?}");
        assert_eq!(chance(&[]), None);
    }

    #[test]
    fn certainty_leaves_nothing_to_chance() {
        assert_eq!(chance(&[outcome(0, &[1.0, 0.0])]), Some(0.0));
    }
}
