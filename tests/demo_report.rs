//! The main job on the real test set: one whole run, looked at from every side.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use common::{attributes, broken_links, files, repository, resolve, succeed, unreachable};
use serde_json::Value;

/// The most bytes of the whole report.
const MOST_IN_ALL: u64 = 90_000_000;

/// The demo report of all 10,000 images, made once for all tests of this file.
fn demo() -> &'static Path {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    DEMO.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo");
        let timings = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-timings.json");
        succeed(&[
            "report",
            "config.toml",
            "--out",
            &out.to_string_lossy(),
            "--timings",
            &timings.to_string_lossy(),
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

/// What Keras and scikit-learn say of the demo model, made by `tools/expected_metrics.py`.
fn expected() -> Value {
    json(&repository("tests/oracles/demo_expected.json"))
}

#[test]
fn every_link_leads_to_a_file_of_the_site() {
    let broken = broken_links(demo());
    assert!(
        broken.is_empty(),
        "{} broken links, first {:?}",
        broken.len(),
        &broken[..broken.len().min(5)]
    );
}

#[test]
fn every_page_is_reached_from_the_overview() {
    let lost = unreachable(demo());
    assert!(
        lost.is_empty(),
        "{} pages, first {:?}",
        lost.len(),
        &lost[..lost.len().min(5)]
    );
}

#[test]
fn every_mistake_and_every_confusion_has_its_page() {
    let report = report();
    for index in report["mistakes"].as_array().unwrap() {
        let folder = demo().join(format!("samples/{:06}", index.as_u64().unwrap()));
        for file in ["index.html", "maps.png"] {
            assert!(
                folder.join(file).is_file(),
                "{}",
                folder.join(file).display()
            );
        }
    }
    for confusion in report["confusions"].as_array().unwrap() {
        let name = format!(
            "{}-as-{}",
            confusion["truth"].as_str().unwrap(),
            confusion["prediction"].as_str().unwrap()
        );
        assert!(
            demo()
                .join("errors")
                .join(&name)
                .join("index.html")
                .is_file(),
            "{name}"
        );
    }
}

#[test]
fn predictions_are_those_of_keras() {
    let (report, expected) = (report(), expected());
    for key in ["accuracy", "errors", "confusion"] {
        assert_eq!(report[key], expected[key], "{key}");
    }
    let mistakes = report["mistakes"].as_array().unwrap();
    for (found, wanted) in mistakes
        .iter()
        .zip(expected["first_errors"].as_array().unwrap())
    {
        assert_eq!(found, wanted);
    }
}

#[test]
fn metrics_are_those_of_scikit_learn_and_statsmodels() {
    let (report, expected) = (report(), expected());
    let close = |found: &Value, wanted: &Value, what: &str| {
        let (found, wanted) = (found.as_f64().expect(what), wanted.as_f64().expect(what));
        // Expected values are written with nine significant digits.
        assert!(
            (found - wanted).abs() < 1e-8,
            "{what}: {found} for {wanted}"
        );
    };
    close(
        &report["accuracy_interval"][0],
        &expected["accuracy_wilson_95"][0],
        "lower bound",
    );
    close(
        &report["accuracy_interval"][1],
        &expected["accuracy_wilson_95"][1],
        "upper bound",
    );
    for class in 0..10 {
        for metric in ["recall", "precision"] {
            close(
                &report["per_class"][class][metric]["share"],
                &expected["per_class"][metric][class],
                metric,
            );
        }
        close(
            &report["per_class"][class]["f1"],
            &expected["per_class"]["f1"][class],
            "F1",
        );
    }
    for top in report["top"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|top| top["k"] != 1)
    {
        close(
            &top["share"]["share"],
            &expected[format!("top_{}_accuracy", top["k"])],
            "top-k",
        );
    }
}

#[test]
fn channel_statistics_are_those_of_keras_and_numpy() {
    let expected = expected();
    let mut rows = csv::Reader::from_path(demo().join("data/channels.csv")).expect("channels.csv");
    let mut compared = 0;
    for row in rows.records().map(|row| row.expect("a row")) {
        let (layer, channel) = (&row[0], row[1].parse::<usize>().unwrap());
        let Some(wanted) = expected["layers"].get(layer) else {
            continue;
        };
        let number = |column: usize| row[column].parse::<f64>().unwrap();
        for (column, key) in [
            (2, "mean"),
            (3, "std"),
            (4, "min"),
            (5, "max"),
            (6, "zero_fraction"),
        ] {
            let wanted = wanted[key][channel].as_f64().unwrap();
            // f32 activations of two implementations differ in the last bits; at zero one may round to a tiny positive value.
            assert!(
                (number(column) - wanted).abs() < 2e-5 * (1.0 + wanted.abs()),
                "{layer} {channel} {key}: {} for {wanted}",
                number(column)
            );
        }
        assert_eq!(
            &row[7],
            wanted["dead"][channel].as_bool().unwrap().to_string(),
            "{layer} {channel} dead"
        );
        compared += 1;
    }
    assert_eq!(compared, 32 + 64 + 64 + 64);
}

#[test]
fn predictions_csv_holds_every_sample_in_full_precision() {
    let mut rows =
        csv::Reader::from_path(demo().join("data/predictions.csv")).expect("predictions.csv");
    let head: Vec<String> = rows.headers().unwrap().iter().map(String::from).collect();
    assert_eq!(
        &head[..5],
        ["index", "truth", "prediction", "confidence", "p_plane"]
    );
    let mut samples = 0;
    for row in rows.records().map(|row| row.expect("a row")) {
        assert_eq!(row[0].parse::<usize>().unwrap(), samples);
        let probabilities: Vec<f32> = row
            .iter()
            .skip(4)
            .map(|cell| cell.parse().unwrap())
            .collect();
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let highest = probabilities.iter().copied().fold(0.0, f32::max);
        assert_eq!(row[3].parse::<f32>().unwrap(), highest);
        assert_eq!(
            head[4 + probabilities.iter().position(|p| *p == highest).unwrap()][2..],
            row[2]
        );
        samples += 1;
    }
    assert_eq!(samples, 10_000);
}

#[test]
fn the_site_stays_within_its_bounds() {
    let mut total = 0;
    for (path, file) in files(demo()) {
        let bytes = std::fs::metadata(&file).expect("a file").len();
        assert!(bytes <= 2_000_000, "{path} has {bytes} bytes");
        assert!(
            !path.ends_with(".html") || bytes <= 500_000,
            "{path} has {bytes} bytes"
        );
        total += bytes;
    }
    assert!(total <= MOST_IN_ALL, "the site has {total} bytes");
}

/// What a browser must fetch before a page stands: itself, styles, scripts, and every picture that does not wait until it
/// is scrolled to.
#[test]
fn pages_need_little_before_they_stand() {
    let files = files(demo());
    for (path, file) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
        let html = std::fs::read_to_string(file).expect("a page");
        let mut needed = BTreeSet::from([path.clone()]);
        for tag in html.split('<').filter(|tag| {
            let is_picture = tag.starts_with("img ") && !tag.contains(" loading=lazy");
            let is_link = tag.starts_with("link ") && !tag.contains("canonical");
            is_picture || is_link || tag.starts_with("script ")
        }) {
            for name in ["src", "href"] {
                let found = attributes(tag, name);
                let found = found
                    .iter()
                    .filter_map(|address| resolve(path, address).ok());
                needed.extend(found.map(|(file, _)| file));
            }
        }
        let bytes: u64 = needed
            .iter()
            .map(|file| std::fs::metadata(&files[file]).expect("a file").len())
            .sum();
        assert!(needed.len() <= 30, "{path} needs {} files", needed.len());
        assert!(bytes <= 300_000, "{path} needs {bytes} bytes");
    }
}

#[test]
fn nothing_of_the_machine_or_the_day_is_in_the_site() {
    let home = repository(".").canonicalize().unwrap();
    for (path, file) in files(demo())
        .into_iter()
        .filter(|(path, _)| path.ends_with(".html") || path.starts_with("data/"))
    {
        let text = std::fs::read_to_string(file).expect("text");
        assert!(
            !text.contains(&*home.to_string_lossy()),
            "{path} names a folder of this machine"
        );
    }
}

#[test]
fn timings_are_written_for_every_stage() {
    demo();
    let timings = json(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-timings.json"));
    for stage in ["load", "forward", "analyse", "draw", "render", "total"] {
        assert!(
            timings[stage]
                .as_f64()
                .is_some_and(|seconds| seconds >= 0.0),
            "{stage} in {timings}"
        );
    }
}
