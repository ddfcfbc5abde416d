//! A model that somebody else trained and published, where it lies beside the repository: its answers
//! are known exactly, from Keras and from ONNX Runtime.

mod common;

use std::path::Path;

use common::{broken_links, repository, succeed};
use serde_json::Value;

#[test]
fn the_published_model_gives_exactly_its_known_answers() {
    let folder = repository("../shared/acceptance");
    let model = folder.join("CIFAR-10_CNN5.h5");
    if !model.is_file() {
        eprintln!("skipped: {} is not there", model.display());
        return;
    }
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("acceptance");
    let set = format!("model.path={}", model.display());
    succeed(&[
        "report",
        "config.toml",
        "--set",
        &set,
        "--out",
        &out.to_string_lossy(),
        "--quiet",
    ]);
    let report: Value =
        serde_json::from_slice(&std::fs::read(out.join("data/report.json")).unwrap()).unwrap();

    assert_eq!(report["samples"], 10_000);
    assert_eq!(report["model"]["parameters"], expected["parameters"]);
    assert_eq!(report["accuracy"], expected["accuracy"]);
    assert_eq!(report["errors"], expected["errors"]);
    assert_eq!(
        report["confusion"],
        expected["confusion_rows_truth_columns_prediction"]
    );
    let first = expected["first_errors"].as_array().unwrap();
    assert_eq!(
        &report["mistakes"].as_array().unwrap()[..first.len()],
        first
    );

    let confusions = report["confusions"].as_array().unwrap();
    let horses = confusions
        .iter()
        .find(|c| c["truth"] == "horse" && c["prediction"] == "dog")
        .expect("horses taken for dogs");
    assert_eq!(horses["count"], expected["horse_as_dog_count"]);
    let mut indices: Vec<u64> = horses["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|index| index.as_u64().unwrap())
        .collect();
    indices.sort();
    let wanted: Vec<u64> = expected["horse_as_dog_first"]
        .as_array()
        .unwrap()
        .iter()
        .map(|index| index.as_u64().unwrap())
        .collect();
    assert_eq!(indices[..wanted.len()], wanted);

    for selected in expected["selected_index_truth_prediction"]
        .as_array()
        .unwrap()
    {
        assert!(
            out.join(format!(
                "samples/{:06}/index.html",
                selected[0].as_u64().unwrap()
            ))
            .is_file()
        );
    }
    assert_eq!(broken_links(&out), Vec::<String>::new());
}
