//! Clusters, principal components and neighbours against scikit-learn and scipy; made by `tools/expected_data.py`.

use serde_json::Value;

use super::clusters::{assign, clusters, lloyd};
use super::neighbours::NEIGHBOURS;
use super::neighbours::neighbours;
use super::principal::principal;
use crate::analysis::oracle_tests::data_expected;
use crate::appearance::tests::noise;
use crate::pipeline::Features;

fn features(width: usize, values: Vec<f32>) -> Features {
    Features {
        layer: Some(1),
        units: width,
        width,
        values,
    }
}

/// Multiples of 1/64 in three heaps, as in the script.
fn rows(seed: u64, samples: usize, width: usize) -> Features {
    let noise = noise(seed, samples * width);
    let values = noise.iter().enumerate().map(|(place, &byte)| {
        let (sample, unit) = (place / width, place % width);
        (f32::from(byte) / 64.0 + (sample % 3) as f32 * 3.0) * (1 + unit % 4) as f32
    });
    features(width, values.collect())
}

fn cases() -> Vec<(Features, Value)> {
    let cases: Vec<Value> = serde_json::from_value(data_expected("features")).unwrap();
    let number = |case: &Value, key: &str| case[key].as_u64().unwrap();
    cases
        .into_iter()
        .map(|case| {
            let (samples, width) = (
                number(&case, "samples") as usize,
                number(&case, "width") as usize,
            );
            (rows(number(&case, "seed"), samples, width), case)
        })
        .collect()
}

fn near(found: f64, wanted: &Value, what: &str) {
    let wanted = wanted.as_f64().unwrap();
    assert!(
        (found - wanted).abs() <= 1e-6 * wanted.abs().max(1.0),
        "{what}: {found} for {wanted}"
    );
}

#[test]
fn clusters_are_those_of_scikit_learn_from_the_same_start() {
    for (features, case) in cases() {
        let all: Vec<&[f32]> = features.rows().collect();
        let first = case["clusters"].as_u64().unwrap() as usize;
        let centres = lloyd(&all, all[..first].iter().map(|row| row.to_vec()).collect());
        for (centre, wanted) in centres.iter().zip(case["centres"].as_array().unwrap()) {
            for (place, &value) in centre.iter().enumerate() {
                near(f64::from(value), &wanted[place], "centre");
            }
        }
        let labels: Vec<usize> = assign(&all, &centres)
            .into_iter()
            .map(|(of, _)| of)
            .collect();
        assert_eq!(serde_json::to_value(labels).unwrap(), case["labels"]);
    }
}

#[test]
fn principal_components_are_those_of_scikit_learn() {
    for (features, case) in cases() {
        let found = principal(&features).unwrap();
        for axis in 0..2 {
            near(
                found.explained[axis],
                &case["explained"][axis],
                "share of the variance",
            );
        }
        for (score, wanted) in found.scores.iter().zip(case["scores"].as_array().unwrap()) {
            near(f64::from(score[0]), &wanted[0], "first score");
            near(f64::from(score[1]), &wanted[1], "second score");
        }
        assert_eq!(found.fitted_on, features.len());
    }
}

#[test]
fn neighbours_are_those_of_scipy() {
    for (features, case) in cases() {
        let asked: Vec<usize> = (0..features.len().min(10)).collect();
        let found = neighbours(&features, &asked);
        for &sample in &asked {
            let indices: Vec<usize> = found.of(sample).iter().map(|near| near.index).collect();
            assert_eq!(
                serde_json::to_value(&indices).unwrap(),
                case["nearest"][sample],
                "sample {sample}"
            );
            for (place, neighbour) in found.of(sample).iter().enumerate() {
                near(
                    f64::from(neighbour.distance),
                    &case["nearest_distances"][sample][place],
                    "distance",
                );
            }
        }
    }
}

#[test]
fn among_equal_samples_the_lower_index_comes_first() {
    let same = features(2, vec![1.0; 2 * 700]);
    let found = neighbours(&same, &[0, 650]);
    let indices = |sample| {
        found
            .of(sample)
            .iter()
            .map(|near| near.index)
            .collect::<Vec<_>>()
    };
    assert_eq!(indices(0), (1..=NEIGHBOURS).collect::<Vec<_>>());
    assert_eq!(indices(650), (0..NEIGHBOURS).collect::<Vec<_>>());
}

#[test]
fn neighbours_do_not_depend_on_the_number_of_threads() {
    let features = rows(7, 300, 5);
    let asked: Vec<usize> = (0..300).collect();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            (
                neighbours(&features, &asked),
                clusters(&features, 3),
                principal(&features),
            )
        })
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn features_without_spread_have_no_directions_and_one_place() {
    assert_eq!(principal(&features(3, vec![2.0; 30])), None);
    assert_eq!(principal(&features(3, vec![2.0; 3])), None);
    assert_eq!(principal(&Features::default()), None);
    let found = clusters(&features(2, vec![2.0; 400]), 5);
    assert_eq!(found.count, 1);
    assert!(found.distances.iter().all(|&distance| distance == 0.0));
    assert_eq!(clusters(&Features::default(), 5).count, 0);
}

#[test]
fn one_unit_has_one_direction() {
    let found = principal(&features(1, vec![0.0, 1.0, 2.0])).unwrap();
    assert_eq!(found.explained, [1.0, 0.0]);
    assert_eq!(found.scores, [[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]);
}
