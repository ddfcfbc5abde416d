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

/// Made by `tools/expected_data.py`, with features by Keras.
fn expected_of_data() -> Value {
    json(&repository("tests/oracles/data_expected.json"))["demo"].take()
}

#[test]
fn slices_are_those_of_pandas_and_scipy() {
    let (report, expected) = (report(), expected_of_data());
    for (property, parts) in expected["slices"].as_object().expect("slices") {
        let slices = report["slices"].as_array().expect("slices").iter();
        let found: Vec<&Value> = slices
            .filter(|slice| slice["property"] == *property)
            .collect();
        assert_eq!(found.len(), 5, "{property}");
        for (slice, part) in found.iter().zip(parts.as_array().expect("parts")) {
            assert_eq!(slice["wrong"]["count"], part["wrong"], "{property} {part}");
            assert_eq!(slice["wrong"]["total"], part["count"], "{property} {part}");
            let (found, wanted) = (slice["p"].as_f64().unwrap(), part["p"].as_f64().unwrap());
            assert!(
                (found - wanted).abs() <= 1e-9 * wanted,
                "{property}: {found} for {wanted}"
            );
        }
    }
}

#[test]
fn odd_images_are_those_of_cleanvision() {
    let (report, expected) = (report(), expected_of_data());
    for (kind, wanted) in expected["odd"].as_object().expect("kinds") {
        let kinds = report["odd_images"].as_array().expect("kinds");
        let found = kinds
            .iter()
            .find(|found| found["kind"] == *kind)
            .expect(kind);
        let sorted = |images: &Value| -> Vec<u64> {
            let mut images: Vec<u64> = images
                .as_array()
                .expect("images")
                .iter()
                .map(|index| index.as_u64().unwrap())
                .collect();
            images.sort_unstable();
            images
        };
        assert_eq!(sorted(&found["images"]), sorted(wanted), "{kind}");
    }
}

/// Comparing all 50 million pairs of hashes of imagehash finds the same.
#[test]
fn images_that_look_alike_are_those_of_imagehash() {
    let (report, expected) = (report(), expected_of_data());
    let mut groups: Vec<&Value> = report["duplicates"]
        .as_array()
        .expect("groups")
        .iter()
        .filter(|group| group["kind"] != "same_features")
        .map(|group| &group["samples"])
        .collect();
    groups.sort_by_key(|samples| samples[0].as_u64());
    let wanted: Vec<&Value> = expected["alike"]
        .as_array()
        .expect("pairs")
        .iter()
        .collect();
    assert_eq!(groups, wanted);
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

/// Of 20 mistakes, among Keras' features of all samples.
#[test]
fn neighbours_are_those_of_scipy() {
    let expected = expected_of_data();
    let mut rows =
        csv::Reader::from_path(demo().join("data/neighbours.csv")).expect("neighbours.csv");
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    let asked = expected["asked"].as_array().expect("samples");
    for (place, sample) in asked.iter().enumerate() {
        let name = sample.to_string();
        let found: Vec<&csv::StringRecord> = rows.iter().filter(|row| row[0] == name).collect();
        assert_eq!(found.len(), 8, "sample {sample}");
        for (rank, row) in found.iter().enumerate() {
            assert_eq!(
                row[2],
                expected["nearest"][place][rank].to_string(),
                "sample {sample}, rank {rank}"
            );
            let wanted = expected["nearest_distances"][place][rank].as_f64().unwrap();
            let distance: f64 = row[3].parse().expect("a distance");
            // Features are sums of thousands of products in f32, whose order differs.
            assert!(
                (distance - wanted).abs() < 1e-4 * wanted,
                "sample {sample}: {distance} for {wanted}"
            );
        }
    }
}
