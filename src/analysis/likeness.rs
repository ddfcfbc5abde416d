//! Likeness: the samples of a confusion in an order in which those that the network sees alike follow each other.

use super::findings::Confusion;
use crate::pipeline::Features;

/// Confusions with more samples keep no such order: finding it takes the square of their number.
const MOST: usize = 1000;

/// Gives every confusion its order by likeness, where there are features and not too many samples.
pub(super) fn with_likeness(confusions: &mut [Confusion], features: &Features) {
    if features.is_empty() {
        return;
    }
    for confusion in confusions {
        if (1..=MOST).contains(&confusion.samples.len()) {
            confusion.alike = Some(chain(&confusion.samples, features));
        }
    }
}

/// From the first sample on, always the nearest of those that are left by the cosine of their features; among equals
/// the one that comes first.
fn chain(samples: &[usize], features: &Features) -> Vec<usize> {
    let rows: Vec<Vec<f64>> = samples
        .iter()
        .map(|&sample| normalised(features.row(sample)))
        .collect();
    let mut left: Vec<usize> = (1..samples.len()).collect();
    let mut order = vec![0];
    let mut last = 0;
    while !left.is_empty() {
        let cosine = |place: usize| dot(&rows[last], &rows[place]);
        let nearest = (1..left.len()).fold(0, |best, other| {
            if cosine(left[other]).total_cmp(&cosine(left[best])).is_gt() {
                other
            } else {
                best
            }
        });
        last = left.remove(nearest);
        order.push(last);
    }
    order.into_iter().map(|place| samples[place]).collect()
}

fn normalised(row: &[f32]) -> Vec<f64> {
    let length = row
        .iter()
        .map(|&value| f64::from(value).powi(2))
        .sum::<f64>()
        .sqrt();
    let divisor = if length > 0.0 { length } else { 1.0 };
    row.iter()
        .map(|&value| f64::from(value) / divisor)
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn features(rows: &[[f32; 2]]) -> Features {
        Features {
            layer: Some(0),
            units: 2,
            width: 2,
            values: rows.iter().flatten().copied().collect(),
        }
    }

    #[test]
    fn each_sample_is_followed_by_the_nearest_that_is_left() {
        let features = features(&[[1.0, 0.0], [0.0, 2.0], [3.0, 0.1], [1.0, 1.0], [0.0, 0.0]]);
        assert_eq!(chain(&[0, 1, 2, 3, 4], &features), [0, 2, 3, 1, 4]);
        assert_eq!(chain(&[1, 0, 3], &features), [1, 3, 0]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_first_stays(rows in prop::collection::vec([-2.0f32..2.0, -2.0f32..2.0], 1..30)) {
            let samples: Vec<usize> = (0..rows.len()).rev().collect();
            let order = chain(&samples, &features(&rows));
            prop_assert_eq!(order[0], samples[0]);
            let mut sorted = order;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..rows.len()).collect::<Vec<_>>());
        }
    }
}
