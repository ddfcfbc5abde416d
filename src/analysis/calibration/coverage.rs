//! [`coverage`]: selective answers. If the network may pass on the samples it is least sure of, how many of
//! its answers are wrong among the rest?

use super::super::findings::Outcome;
use super::super::trust::{Coverage, CoveragePoint};

/// Points of the curve.
const POINTS: usize = 200;
/// Shares of wrong answers at which the coverage is told.
const RISKS: [f64; 3] = [0.01, 0.05, 0.1];

/// The curve over samples in the order of their confidence, and the mean risk over all coverages
/// (AURC, Geifman, Uziel, El-Yaniv 2019).
pub(super) fn coverage(order: &[usize], outcomes: &[Outcome]) -> Coverage {
    let mut wrong = 0u64;
    let risks: Vec<f64> = order
        .iter()
        .enumerate()
        .map(|(place, &index)| {
            wrong += u64::from(!outcomes[index].is_right());
            wrong as f64 / (place + 1) as f64
        })
        .collect();
    let samples = risks.len() as f64;
    let point = |place: usize| CoveragePoint {
        coverage: (place + 1) as f64 / samples,
        risk: risks[place],
        confidence: outcomes[order[place]].confidence,
    };
    let mut places: Vec<usize> = (1..=POINTS)
        .map(|number| (number * risks.len()).div_ceil(POINTS))
        .filter(|&count| count > 0)
        .collect();
    places.dedup();
    let at = |limit: f64| risks.iter().rposition(|&risk| risk <= limit).map(point);
    Coverage {
        area: (!risks.is_empty()).then(|| risks.iter().sum::<f64>() / samples),
        points: places.into_iter().map(|count| point(count - 1)).collect(),
        at_risks: RISKS.into_iter().map(|limit| (limit, at(limit))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::oracle_tests::outcome;
    use super::*;

    #[test]
    fn the_area_is_the_mean_risk() {
        let outcomes = [
            outcome(0, &[1.0, 0.0]),
            outcome(1, &[0.875, 0.125]),
            outcome(0, &[0.75, 0.25]),
        ];
        let found = coverage(&[0, 1, 2], &outcomes);
        assert!((found.area.expect("an area") - (0.0 + 0.5 + 1.0 / 3.0) / 3.0).abs() < 1e-15);
        assert_eq!(found.points.len(), 3);
        assert_eq!(
            found.at_risks[0].1.as_ref().map(|point| point.coverage),
            Some(1.0 / 3.0)
        );
    }

    #[test]
    fn of_no_answers_nothing_is_known() {
        let found = coverage(&[], &[]);
        assert_eq!((found.area, found.points.len()), (None, 0));
        assert!(found.at_risks.iter().all(|(_, point)| point.is_none()));
    }
}
