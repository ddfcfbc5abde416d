//! The ONNX importer against ONNX Runtime.
//!
//! `tests/oracles/onnx/<case>.onnx` are models, `<case>.npz` what ONNX Runtime computes with them: `input`
//! and the tensors of the graph under their names, in ONNX's own order of axes. With
//! `LAYERSCOPE_ONNX_CASES=folder` the models of that folder are checked in the same way, such as the
//! classifiers of torchvision that `tools/make_onnx_oracles.py` exports.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Tensor};
use common::every_layer::EveryLayer;
use layerscope::engine::reference::ReferenceEngine;
use layerscope::engine::{Batch, Engine};
use layerscope::model::onnx::{Atom, View, load_with_tensors, supported};
use layerscope::model::{Network, OutputChoice, ReceptiveField, Shape, load};

/// Largest difference, as a part of the largest value of the tensor.
const TOLERANCE: f32 = 1e-4;

/// The same for ONNX's own tests, which allow it; some of their values are rounded.
const NODE_TOLERANCE: f32 = 1e-3;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/onnx")
}

/// The models directly in a folder that come with expected values, in order.
fn models(folder: &Path) -> Vec<PathBuf> {
    let mut models: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "onnx")
        })
        .filter(|path| path.with_extension("npz").exists())
        .collect();
    models.sort();
    assert!(!models.is_empty(), "no models in {}", folder.display());
    models
}

fn values(tensor: &Tensor) -> Vec<f32> {
    let tensor = tensor.to_dtype(DType::F32).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The values of a layer in the order of the ONNX tensor.
fn in_onnx_order(output: &[f32], samples: usize, shape: &Shape, view: &View) -> Vec<f32> {
    let extents = shape.dimensions();
    let walked = view.axes.iter().flatten().map(|atom| match *atom {
        Atom::Batch => (samples, shape.elements()),
        Atom::Axis(axis) => (extents[axis], extents[axis + 1..].iter().product()),
    });
    let mut places = vec![0];
    for (extent, stride) in walked {
        places = places
            .into_iter()
            .flat_map(|place| (0..extent).map(move |at| place + at * stride))
            .collect();
    }
    places.into_iter().map(|place| output[place]).collect()
}

/// The values of an ONNX tensor in the order of the layer.
fn in_layer_order(values: &[f32], samples: usize, shape: &Shape, view: &View) -> Vec<f32> {
    let numbers: Vec<f32> = (0..values.len()).map(|at| at as f32).collect();
    let places = in_onnx_order(&numbers, samples, shape, view);
    let mut output = vec![0.0; values.len()];
    for (value, place) in values.iter().zip(places) {
        output[place as usize] = *value;
    }
    output
}

fn extents(tensor: &Tensor) -> Vec<i64> {
    tensor.dims().iter().map(|&extent| extent as i64).collect()
}

/// What differs, and how many tensors were compared.
fn check(path: &Path) -> Result<usize, String> {
    let (network, mut tensors) =
        load_with_tensors(path, &OutputChoice::default()).map_err(|error| error.to_string())?;
    // The first layer that differs is the one to look at.
    tensors.sort_by_key(|(_, view)| view.layer);
    let arrays = Tensor::read_npz(path.with_extension("npz")).map_err(|error| error.to_string())?;
    let mut expected: BTreeMap<String, Tensor> = arrays.into_iter().collect();
    let input = expected.remove("input").ok_or("no input")?;
    let samples = input.dims()[0];
    // The tensor of the input, and not another that only turns it.
    let image = tensors
        .iter()
        .filter(|(_, view)| view.layer == 0)
        .find(|(_, view)| view.extents(network.input_shape(), samples as i64) == extents(&input))
        .ok_or("no tensor is the input")?;
    let pixels = in_layer_order(&values(&input), samples, network.input_shape(), &image.1);
    let everything = run(&network, &pixels, samples)?;
    let mut compared = 0;
    let mut seen = vec![false; network.layers().len()];
    for (name, view) in &tensors {
        let Some(expected) = expected.get(name) else {
            continue;
        };
        let shape = &network.layer(view.layer).shape;
        let found = in_onnx_order(&everything.outputs[&view.layer], samples, shape, view);
        compare(&values(expected), &found, TOLERANCE).map_err(|reason| {
            let layer = &network.layer(view.layer).name;
            format!(
                "tensor {name} of {:?} (layer {layer}): {reason}",
                expected.dims()
            )
        })?;
        seen[view.layer] = true;
        compared += 1;
    }
    if !seen[network.output()]
        && network
            .layer(network.output())
            .inputs
            .iter()
            .all(|&input| !seen[input])
    {
        return Err("the output was not compared".into());
    }
    Ok(compared)
}

fn run(network: &Network, pixels: &[f32], samples: usize) -> Result<EveryLayer, String> {
    let engine = ReferenceEngine::new(network).map_err(|error| error.to_string())?;
    let batch = Batch {
        values: pixels,
        samples,
        shape: network.input_shape(),
    };
    let mut everything = EveryLayer::default();
    engine
        .run(batch, &mut everything)
        .map_err(|error| error.to_string())?;
    Ok(everything)
}

fn compare(expected: &[f32], found: &[f32], tolerance: f32) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!(
            "{} values expected, {} found",
            expected.len(),
            found.len()
        ));
    }
    let largest = expected
        .iter()
        .fold(1e-3f32, |largest, value| largest.max(value.abs()));
    let far =
        |(one, other): (&f32, &f32)| !((one - other).abs() <= tolerance * largest || one == other);
    match expected.iter().zip(found).position(far) {
        None => Ok(()),
        Some(at) => Err(format!(
            "at {at} expected {}, found {}; the largest is {largest}",
            expected[at], found[at]
        )),
    }
}

fn check_folder(folder: &Path) {
    let mut failures = Vec::new();
    for model in models(folder) {
        let case = model.file_stem().unwrap().to_string_lossy().into_owned();
        match check(&model) {
            Ok(compared) => println!("{case}: {compared} tensors agree"),
            Err(reason) => failures.push(format!("{case}: {reason}")),
        }
    }
    assert!(
        failures.is_empty(),
        "{} models differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_tensor_of_every_case_equals_onnx_runtime() {
    check_folder(&folder());
}

#[test]
fn every_tensor_of_the_folder_that_is_named_equals_onnx_runtime() {
    if let Some(folder) = std::env::var_os("LAYERSCOPE_ONNX_CASES") {
        check_folder(Path::new(&folder));
    }
}

/// The table of operators in the documentation.
#[test]
fn the_documentation_lists_what_is_supported() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/onnx.md"))
        .unwrap();
    let table: Vec<String> = supported()
        .map(|(operator, limits)| match limits {
            "" => format!("| `{operator}` | |"),
            limits => format!("| `{operator}` | {limits} |"),
        })
        .collect();
    let listed: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(listed, table);
}

/// ONNX's own tests of its operators, as `tools/onnx_node_tests.py` writes them: each as a batch, as a single
/// sample, or as both.
#[test]
fn onnx_tests_of_operators_pass_or_are_refused() {
    let path = match std::env::var_os("LAYERSCOPE_ONNX_NODES") {
        Some(path) => PathBuf::from(path),
        None => folder().join("nodes.npz"),
    };
    let whole = std::env::var_os("LAYERSCOPE_ONNX_NODES").is_some();
    let mut tests: BTreeMap<(String, String), Vec<Result<(), NodeFailure>>> = BTreeMap::new();
    let scratch = tempfile::tempdir().unwrap();
    for (key, arrays) in node_tests(&path) {
        let mut parts = key.split('/').map(str::to_string);
        let (operator, test) = (parts.next().unwrap(), parts.next().unwrap());
        let outcome = node_test(&scratch.path().join("node.onnx"), &arrays);
        tests.entry((operator, test)).or_default().push(outcome);
    }
    let mut wrong = Vec::new();
    let mut listed = String::new();
    let (mut passed, mut refused) = (0, 0);
    for ((operator, test), outcomes) in &tests {
        for outcome in outcomes {
            if let Err(NodeFailure::Differs(reason)) = outcome {
                wrong.push(format!("{test}: {reason}"));
            }
        }
        if outcomes.iter().any(Result::is_ok) {
            passed += 1;
            listed += &format!("{operator}: {test}\n");
        } else if let Some(Err(NodeFailure::Refused(reason))) = outcomes.last() {
            refused += 1;
            listed += &format!("{operator}: {test} is refused: {reason}\n");
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let summary = format!("{passed} pass, {refused} are refused\n{listed}");
    if whole {
        println!("{summary}");
    } else {
        insta::assert_snapshot!("nodes", summary);
    }
}

enum NodeFailure {
    /// With a reason, as a user would see it.
    Refused(String),
    Differs(String),
}

/// The arrays of each test and way, by the rest of their names.
fn node_tests(path: &Path) -> BTreeMap<String, BTreeMap<String, Tensor>> {
    let arrays =
        Tensor::read_npz(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut tests: BTreeMap<String, BTreeMap<String, Tensor>> = BTreeMap::new();
    for (name, array) in arrays {
        let mut parts = name.splitn(4, '/');
        let key: Vec<&str> = parts.by_ref().take(3).collect();
        let rest = parts.next().unwrap_or_default().to_string();
        tests.entry(key.join("/")).or_default().insert(rest, array);
    }
    tests
}

fn node_test(path: &Path, arrays: &BTreeMap<String, Tensor>) -> Result<(), NodeFailure> {
    let refused = |error: &dyn std::fmt::Display| {
        let text = error.to_string();
        let reason = text
            .rsplit_once("cannot be used: ")
            .map_or(text.as_str(), |(_, reason)| reason);
        NodeFailure::Refused(reason.to_string())
    };
    let model: Vec<u8> = arrays["model"].to_vec1().unwrap();
    std::fs::write(path, model).unwrap();
    let (network, tensors) =
        load_with_tensors(path, &OutputChoice::default()).map_err(|error| refused(&error))?;
    let input = &arrays["input"];
    let everything =
        run(&network, &values(input), input.dims()[0]).map_err(NodeFailure::Differs)?;
    let (name, expected) = arrays
        .iter()
        .find_map(|(name, array)| Some((name.strip_prefix("output/")?, array)))
        .unwrap();
    let (_, view) = tensors.iter().find(|(tensor, _)| tensor == name).unwrap();
    let shape = &network.layer(view.layer).shape;
    let found = in_onnx_order(
        &everything.outputs[&view.layer],
        input.dims()[0],
        shape,
        view,
    );
    compare(&values(expected), &found, NODE_TOLERANCE).map_err(NodeFailure::Differs)
}

/// A case, changed, in a folder of its own.
fn changed(case: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.onnx");
    let bytes = std::fs::read(folder().join(format!("{case}.onnx"))).unwrap();
    std::fs::write(&path, change(bytes)).unwrap();
    let message = load(&path).map(|_| ()).unwrap_err().to_string();
    assert!(message.contains("model.onnx"), "{message}");
    message
}

/// Bytes with every occurrence of a text made another of the same length.
fn renamed(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..bytes.len() - from.len())
        .filter(|&at| &bytes[at..at + from.len()] == from.as_bytes())
        .collect();
    assert!(!places.is_empty(), "no {from}");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

#[test]
fn bad_files_are_refused_with_a_message_that_helps() {
    let message = changed("branches_opset17", |bytes| {
        renamed(bytes, "Flatten", "TopKilo")
    });
    assert!(
        message.contains("TopKilo, which is not supported") && message.contains("docs/onnx.md"),
        "{message}"
    );
    let message = changed("branches_opset17", |bytes| {
        bytes[..bytes.len() / 2].to_vec()
    });
    assert!(message.contains("damaged, cut short"), "{message}");
    let message = changed("branches_opset17", |_| b"not a model at all".to_vec());
    assert!(message.contains("no ONNX file"), "{message}");
    let message = changed("branches_opset17", |_| Vec::new());
    assert!(message.contains("it has no version"), "{message}");
    // The file with the weights is not beside the copy.
    let message = changed("external", |bytes| bytes);
    assert!(
        message.contains("external.data") && message.contains("keep it beside"),
        "{message}"
    );
    let message = changed("external", |bytes| {
        renamed(bytes, "external.data", "../ernal.data")
    });
    assert!(
        message.contains("outside of the model's folder"),
        "{message}"
    );
}

#[test]
fn damaged_files_never_panic() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("damaged.onnx");
    for case in [
        "branches_dynamo",
        "transformer_opset17",
        "activations_opset12",
    ] {
        let good = std::fs::read(folder().join(format!("{case}.onnx"))).unwrap();
        // A fixed linear congruential generator: the same damage in every run.
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut random = |limit: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        for _ in 0..400 {
            let mut bytes = good.clone();
            for _ in 0..=random(5) {
                let place = random(bytes.len());
                bytes[place] = [0, 1, 0x7f, 0xff, bytes[place] ^ (1 << random(8))][random(5)];
            }
            bytes.truncate(if random(4) == 0 {
                random(good.len())
            } else {
                good.len()
            });
            std::fs::write(&path, bytes).unwrap();
            let Ok(network) = load(&path) else { continue };
            ReceptiveField::of(&network);
            let shape = network.input_shape().elements();
            let largest = network
                .layers()
                .iter()
                .map(|layer| layer.shape.elements())
                .max();
            if largest.is_some_and(|elements| elements < 1 << 20) {
                let _ = run(&network, &vec![0.5; shape], 1);
            }
        }
    }
}

#[test]
fn names_and_classes_are_those_of_the_author() {
    let network = load(&folder().join("external.onnx")).unwrap();
    assert_eq!(
        network.class_names,
        ["cat", "dog", "guinea pig", "horse", "owl"]
    );
    for name in ["stem", "norm", "depthwise", "gate.1.conv", "fc"] {
        let found = network
            .layers()
            .iter()
            .any(|layer| layer.name.starts_with(name));
        let names: Vec<&str> = network
            .layers()
            .iter()
            .map(|layer| layer.name.as_str())
            .collect();
        assert!(found, "{name} is not among {names:?}");
    }
    assert_eq!(network.source.format, "ONNX, operator set 17");
    assert!(
        network.source.producer.starts_with("pytorch"),
        "{}",
        network.source.producer
    );
}
