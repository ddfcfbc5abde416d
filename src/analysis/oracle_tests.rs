//! The analyses against scikit-learn, cleanlab and numpy on edge cases: ties, empty classes, one class, two
//! samples, perfect and useless models. Expected values are made by `tools/expected_analysis.py`.

use super::findings::Outcome;

/// An outcome of these probabilities, as a network would have given them.
pub(super) fn outcome(truth: usize, probabilities: &[f32]) -> Outcome {
    let prediction = (0..probabilities.len()).fold(0, |best, class| {
        if probabilities[class] > probabilities[best] {
            class
        } else {
            best
        }
    });
    Outcome {
        truth,
        prediction,
        probabilities: probabilities.to_vec(),
        confidence: probabilities[prediction],
        margin: 0.0,
        loss: -f64::from(probabilities[truth]).ln(),
    }
}

use serde_json::Value;

use super::trust::Metric;
use super::{calibration, quality, suspects};
use crate::pipeline::Partial;
use crate::stats::ConfusionMatrix;

/// Inputs of edge cases are exact, so that only the order of sums differs.
const ARITHMETIC: f64 = 1e-9;

fn expected() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/oracles/analysis_expected.json"
    );
    serde_json::from_slice(&std::fs::read(path).expect("the oracle file")).expect("JSON")
}

/// A section of what `tools/expected_data.py` wrote.
pub(super) fn data_expected(section: &str) -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/oracles/data_expected.json"
    );
    let mut all: Value =
        serde_json::from_slice(&std::fs::read(path).expect("the oracle file")).expect("JSON");
    all[section].take()
}

/// A section of what `tools/expected_inside.py` wrote.
pub(super) fn inside_expected(section: &str) -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/oracles/inside_expected.json"
    );
    let mut all: Value =
        serde_json::from_slice(&std::fs::read(path).expect("the oracle file")).expect("JSON");
    all[section].take()
}

fn numbers(value: &Value) -> Vec<u64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(|number| number.as_u64().expect("a number"))
        .collect()
}

fn outcomes(case: &Value) -> Vec<Outcome> {
    let rows = case["p1024"].as_array().expect("rows").iter();
    rows.zip(numbers(&case["truth"]))
        .map(|(row, truth)| {
            let row: Vec<f32> = numbers(row)
                .into_iter()
                .map(|p| p as f32 / 1024.0)
                .collect();
            outcome(truth as usize, &row)
        })
        .collect()
}

fn matrix(outcomes: &[Outcome], classes: usize) -> ConfusionMatrix {
    let mut matrix = ConfusionMatrix::new(classes);
    for outcome in outcomes {
        matrix.add(outcome.truth, outcome.prediction);
    }
    matrix
}

/// The largest deviation of metrics from what is expected of them.
fn deviation(name: &str, found: &[Metric], expected: &Value) -> f64 {
    let mut largest: f64 = 0.0;
    for metric in found.iter().filter(|metric| metric.key != "temperature") {
        let wanted = expected
            .get(metric.key)
            .unwrap_or_else(|| panic!("{name}: {} has no expected value", metric.key));
        match (metric.value, wanted.as_f64()) {
            (Some(found), Some(wanted)) => {
                assert!(
                    (found - wanted).abs() < ARITHMETIC,
                    "{name}: {} is {found}, expected {wanted}",
                    metric.key
                );
                largest = largest.max((found - wanted).abs());
            }
            (found, wanted) => assert_eq!(found, wanted, "{name}: {}", metric.key),
        }
    }
    largest
}

#[test]
fn metrics_are_those_of_scikit_learn_and_numpy() {
    let expected = expected();
    let mut largest: f64 = 0.0;
    for (name, case) in expected["cases"].as_object().expect("cases") {
        let outcomes = outcomes(case);
        let classes = outcomes[0].probabilities.len();
        let quality = quality::quality(&matrix(&outcomes, classes), &outcomes);
        // Logits have no part in these cases, so that no temperature is fitted.
        let partial = Partial {
            classes,
            ..Partial::default()
        };
        let calibration = calibration::calibration(&partial, &outcomes);
        largest = largest.max(deviation(name, &quality.metrics, &case["metrics"]));
        largest = largest.max(deviation(name, &calibration.metrics, &case["metrics"]));
        for (class, curves) in quality.per_class.iter().enumerate() {
            for (found, key) in [
                (curves.auroc, "auroc"),
                (curves.average_precision, "average_precision"),
            ] {
                let wanted = case["metrics"][key][class].as_f64();
                let near = found
                    .zip(wanted)
                    .map(|(found, wanted)| (found - wanted).abs() < ARITHMETIC);
                assert!(
                    near.unwrap_or(found == wanted),
                    "{name}: {key} of class {class} is {found:?}, expected {wanted:?}"
                );
            }
        }
    }
    println!("largest deviation {largest:e}");
}

#[test]
fn curves_run_through_the_points_of_scikit_learn() {
    let expected = expected();
    let mut compared = 0;
    for (name, case) in expected["cases"].as_object().expect("cases") {
        let outcomes = outcomes(case);
        let classes = outcomes[0].probabilities.len();
        let curve = &quality::quality(&matrix(&outcomes, classes), &outcomes).per_class[0].points;
        let wanted = case["curve0"].as_array().expect("points");
        assert_eq!(curve.is_empty(), wanted.is_empty(), "{name}");
        for point in curve {
            let found = [
                f64::from(point.threshold),
                point.recall,
                point.false_positive_rate,
                point.precision,
            ];
            let is_near = |wanted: &Value| {
                (0..4).all(|part| {
                    wanted[part]
                        .as_f64()
                        .is_some_and(|wanted| (found[part] - wanted).abs() < ARITHMETIC)
                })
            };
            assert!(wanted.iter().any(is_near), "{name}: {found:?}");
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared} points");
}

#[test]
fn suspects_are_those_of_cleanlab_in_its_order() {
    let expected = expected();
    let mut found_any = 0;
    for (name, case) in expected["cases"].as_object().expect("cases") {
        let outcomes = outcomes(case);
        let found = suspects::suspects(&outcomes, outcomes[0].probabilities.len()).found;
        let indices: Vec<u64> = found.iter().map(|suspect| suspect.index as u64).collect();
        // cleanlab refuses labels of one class; nothing is suspect there.
        let wanted = if case["suspects"].is_null() {
            Vec::new()
        } else {
            numbers(&case["suspects"])
        };
        assert_eq!(indices, wanted, "{name}");
        found_any += found.len();
    }
    assert!(found_any > 50, "{found_any} suspects in all");
}
