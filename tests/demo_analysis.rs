//! The analysis of the real test set, against scikit-learn, cleanlab, scipy and numpy on Keras' probabilities.

mod common;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use common::{repository, succeed};
use serde_json::Value;

/// Keras and this program compute logits in f32 and differ in their last bits.
const SINGLE: f64 = 1e-6;

/// The demo report of all 10,000 images.
fn demo() -> &'static Path {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    DEMO.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-analysis");
        succeed(&[
            "report",
            "config.toml",
            "--out",
            &out.to_string_lossy(),
            "--quiet",
        ]);
        out
    })
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("the file")).expect("JSON")
}

fn report() -> Value {
    json(&demo().join("data/report.json"))
}

/// Made by `tools/expected_analysis.py`.
fn expected() -> Value {
    json(&repository("tests/oracles/analysis_expected.json"))["demo"].take()
}

fn near(found: &Value, wanted: &Value, what: &str) -> f64 {
    let (found, wanted) = (found.as_f64().expect(what), wanted.as_f64().expect(what));
    assert!(
        (found - wanted).abs() < SINGLE,
        "{what}: {found} for {wanted}"
    );
    (found - wanted).abs()
}

#[test]
fn metrics_are_those_of_the_references() {
    let (report, expected) = (report(), expected());
    let mut largest = (0.0, "");
    for (key, wanted) in expected["metrics"]
        .as_object()
        .expect("metrics")
        .iter()
        .filter(|(_, wanted)| wanted.is_number())
    {
        let off = near(&report["metrics"][key], wanted, key);
        if off > largest.0 {
            largest = (off, key);
        }
    }
    for class in 0..10 {
        for key in ["auroc", "average_precision"] {
            near(
                &report["per_class"][class][key],
                &expected["metrics"][key][class],
                key,
            );
        }
    }
    let temperature = &expected["temperature"];
    near(
        &report["metrics"]["temperature"],
        &temperature["all"],
        "temperature",
    );
    near(
        &report["calibration"]["temperature"]["ece10"],
        &temperature["ece10"],
        "ECE with temperature",
    );
    near(
        &report["calibration"]["temperature"]["log_loss"],
        &temperature["log_loss"],
        "log-loss with temperature",
    );
    println!("largest deviation {largest:?}");
}

#[test]
fn suspect_labels_are_those_of_cleanlab_in_its_order() {
    let (report, expected) = (report(), expected());
    let (found, wanted) = (
        report["suspect_labels"].as_array().unwrap(),
        expected["suspects"].as_array().unwrap(),
    );
    assert_eq!(found, wanted);
    let mut rows =
        csv::Reader::from_path(demo().join("data/suspect_labels.csv")).expect("suspect_labels.csv");
    let indices: Vec<u64> = rows
        .records()
        .map(|row| row.expect("a row")[1].parse().expect("an index"))
        .collect();
    assert_eq!(indices.len(), wanted.len());
    assert!(
        indices
            .iter()
            .zip(wanted)
            .all(|(found, wanted)| wanted.as_u64() == Some(*found))
    );
}

#[test]
fn every_interval_holds_its_value() {
    let report = report();
    let intervals = report["metric_intervals"].as_object().expect("intervals");
    assert!(intervals.len() >= 14, "{intervals:?}");
    for (key, interval) in intervals {
        let [low, value, high] = [&interval[0], &report["metrics"][key], &interval[1]]
            .map(|number| number.as_f64().expect(key));
        assert!(
            low <= value && value <= high && low < high,
            "{key}: {low} {value} {high}"
        );
    }
}
