//! The importer and the reference engine against Keras itself.
//!
//! `tests/oracles/<case>.h5` and `.keras` are models that Keras saved, `<case>.npz` what Keras computes with them:
//! `input`, the output of every layer under its name, and `logits`. `tests/oracles/bad` are files that
//! must be refused with a message that helps. `tests/oracles/README.md` says how they are made.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use candle_core::{DType, Tensor};
use common::every_layer::EveryLayer;
use layerscope::engine::reference::ReferenceEngine;
use layerscope::engine::{Batch, Engine};
use layerscope::model::{Network, ReceptiveField, load};

/// Largest difference: absolute, and relative to the expected value.
const TOLERANCE: f32 = 1e-5;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles")
}

/// Paths of the `.h5` and `.keras` files directly in a folder, in order.
fn models(folder: &Path) -> Vec<PathBuf> {
    let mut models: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "h5" || extension == "keras")
        })
        .collect();
    models.sort();
    assert!(!models.is_empty(), "no models in {}", folder.display());
    models
}

fn case_of(model: &Path) -> &str {
    model.file_stem().unwrap().to_str().unwrap()
}

/// Arrays of an `.npz` by name.
fn expected(model: &Path) -> BTreeMap<String, Tensor> {
    let path = model.with_extension("npz");
    let arrays =
        Tensor::read_npz(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    arrays.into_iter().collect()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor
        .to_dtype(DType::F32)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap()
}

/// The first value that is too far away: index, expected, found. `tolerance` is relative to the value, and to the
/// largest of its layer where the value is small.
fn first_outlier(expected: &[f32], found: &[f32], tolerance: f32) -> Option<(usize, f32, f32)> {
    let largest = expected.iter().map(|value| value.abs()).fold(0.0, f32::max);
    let least = if tolerance > TOLERANCE { largest } else { 1.0 };
    expected
        .iter()
        .zip(found)
        .enumerate()
        .find_map(|(index, (&expected, &found))| {
            let close = (expected - found).abs() <= tolerance * (least + expected.abs());
            (!close).then_some((index, expected, found))
        })
}

fn compare(
    what: &str,
    expected: &Tensor,
    found: &[f32],
    tolerance: f32,
    failures: &mut Vec<String>,
) {
    let values = values(expected);
    if values.len() != found.len() {
        failures.push(format!(
            "{what}: {} values of {:?} expected, {} found",
            values.len(),
            expected.dims(),
            found.len()
        ));
    } else if let Some((index, expected, found)) = first_outlier(&values, found, tolerance) {
        failures.push(format!(
            "{what}: at {index} expected {expected}, found {found}"
        ));
    }
}

/// Runs a case and lists what differs.
fn check(
    case: &str,
    network: &Network,
    mut expected: BTreeMap<String, Tensor>,
    tolerance: f32,
    failures: &mut Vec<String>,
) {
    let input = expected
        .remove("input")
        .unwrap_or_else(|| panic!("{case}: no input"));
    let logits = expected.remove("logits");
    let engine = ReferenceEngine::new(network).unwrap_or_else(|error| panic!("{case}: {error}"));
    let pixels = values(&input);
    let batch = Batch {
        values: &pixels,
        samples: input.dims()[0],
        shape: network.input_shape(),
    };
    let mut everything = EveryLayer::default();
    let found = engine
        .run(batch, &mut everything)
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    if let Some(logits) = logits {
        let what = format!("{case}, logits");
        compare(&what, &logits, &found.values, tolerance, failures);
        // MobileNetV3 has a layer of that name, too.
        if network.find("logits").is_some() {
            expected.insert("logits".into(), logits);
        }
    }
    let mut seen = BTreeSet::new();
    for (name, output) in &expected {
        let Some(layer) = network.find(name) else {
            failures.push(format!("{case}: no layer {name}"));
            continue;
        };
        seen.insert(layer);
        let what = format!(
            "{case}, layer {name} ({})",
            network.layer(layer).operator.rule().kind()
        );
        let found = &everything.outputs[&layer];
        compare(&what, output, found, tolerance, failures);
    }
    for (layer, node) in network.computed() {
        // A layer of Keras that is several here has the last of them under its name, and Keras does not tell
        // what layers inside of models and second uses of a layer hand on.
        let part = node.name.ends_with(')') || node.name.contains('/');
        if !seen.contains(&layer) && !part {
            failures.push(format!("{case}: Keras says nothing of layer {}", node.name));
        }
    }
}

#[test]
fn every_layer_of_every_case_equals_keras() {
    let mut failures = Vec::new();
    for model in models(&folder()) {
        let case = case_of(&model);
        match load(&model) {
            Ok(network) => check(case, &network, expected(&model), TOLERANCE, &mut failures),
            Err(error) => failures.push(format!("{case}: {error}")),
        }
    }
    assert!(
        failures.is_empty(),
        "{} differences:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Networks as large as people use, made by `tools/make_networks.py` in a folder outside of the repository.
#[test]
#[ignore = "needs the models that tools/make_networks.py makes, in the folder LAYERSCOPE_NETWORKS"]
fn every_layer_of_large_networks_equals_keras() {
    let folder = std::env::var_os("LAYERSCOPE_NETWORKS").expect("the folder of the models");
    let mut failures = Vec::new();
    for model in models(Path::new(&folder)) {
        let case = case_of(&model);
        let before = failures.len();
        match load(&model) {
            Ok(network) => {
                let layers = network.layers().len();
                check(case, &network, expected(&model), 1e-4, &mut failures);
                let found = failures.len() - before;
                println!("{case}: {layers} layers, {found} differ");
            }
            Err(error) => failures.push(format!("{case}: {error}")),
        }
    }
    assert!(
        failures.is_empty(),
        "{} differences:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn a_file_says_where_it_came_from() {
    for (suffix, format) in [("keras2", "Keras 2 HDF5"), ("keras3", "Keras 3 HDF5")] {
        let network = load(&folder().join(format!("dense_{suffix}.h5"))).unwrap();
        assert_eq!(network.source.format, format);
        assert!(
            network.source.producer.contains("tensorflow backend"),
            "{}",
            network.source.producer
        );
        assert_eq!(network.source.sha256.len(), 64);
        assert_eq!(
            network.source.bytes,
            std::fs::metadata(&network.source.path).unwrap().len()
        );
    }
}

/// Every bad file with words that its message must hold.
const BAD: &[(&str, &[&str])] = &[
    ("empty", &["is empty"]),
    ("lambda_layer", &["class Lambda", "supported are", "Conv2D"]),
    ("missing_weights", &["`dense`", "`kernel`"]),
    ("nan_weights", &["`conv`", "`kernel`", "NaN", "["]),
    ("no_config", &["no attribute model_config", "model.save("]),
    ("not_hdf5", &["is not an HDF5 file"]),
    ("truncated", &["damaged or cut short"]),
    ("unknown_layer", &["class EinsumDense", "supported are"]),
    (
        "wrong_shape",
        &["`conv`", "`kernel`", "but the layer needs"],
    ),
];

#[test]
fn bad_files_are_refused_with_a_message_that_helps() {
    for model in models(&folder().join("bad")) {
        let case = case_of(&model);
        let Some((_, words)) = BAD.iter().find(|(name, _)| *name == case) else {
            panic!("bad/{case}.h5 has no expectation in this test");
        };
        let message = load(&model).map(|_| ()).unwrap_err().to_string();
        assert!(
            message.contains(model.to_str().unwrap()),
            "{case}: {message} does not name the file"
        );
        for word in *words {
            assert!(
                message.contains(word),
                "{case}: {message} does not say {word}"
            );
        }
    }
}

/// Loads bytes as a model, and computes with it where it loads.
fn try_bytes(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    let Ok(network) = load(path) else { return };
    ReceptiveField::of(&network);
    for (id, layer) in network.layers().iter().enumerate() {
        layer
            .operator
            .rule()
            .describe(&network.input_shapes(id), &layer.shape);
        network.multiply_adds(id);
    }
    let largest = network
        .layers()
        .iter()
        .map(|layer| layer.shape.elements())
        .max();
    if largest.is_some_and(|elements| elements < 1 << 20) {
        let pixels = vec![0.5; network.input_shape().elements()];
        let batch = Batch {
            values: &pixels,
            samples: 1,
            shape: network.input_shape(),
        };
        let _ = ReferenceEngine::new(&network)
            .and_then(|engine| engine.run(batch, &mut EveryLayer::default()));
    }
}

#[test]
fn damaged_files_never_panic() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("damaged.h5");
    for case in ["dense_keras2", "batch_norm_keras3", "bare_list_keras2"] {
        let good = std::fs::read(folder().join(format!("{case}.h5"))).unwrap();
        for length in (0..good.len()).step_by(good.len() / 150 + 1) {
            try_bytes(&path, &good[..length]);
        }
        // A fixed linear congruential generator: the same damage in every run.
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut random = |limit: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        for _ in 0..600 {
            let mut bytes = good.clone();
            for _ in 0..=random(6) {
                let place = random(bytes.len());
                bytes[place] = [0, 1, 0x7f, 0xff, bytes[place] ^ (1 << random(8))][random(5)];
            }
            try_bytes(&path, &bytes);
        }
    }
}
