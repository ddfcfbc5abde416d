//! A stranger's first steps: `init`, `check`, the audit of the preprocessing and the parity certificate, on the demo
//! model and a folder of pictures.

mod common;

use std::path::Path;
use std::process::Output;

use common::{layerscope, repository};
use layerscope::dataset::{OpenOptions, Pixels, open};

/// A folder with the first test images of CIFAR-10 as PNG files, a folder for each class, enlarged `factor` times.
fn photos(folder: &Path, samples: usize, factor: usize) {
    let dataset =
        open(&repository("data/cifar10"), &OpenOptions::default()).expect("the demo's data");
    let mut pixels = Pixels::default();
    for index in 0..samples {
        dataset.read(index, &mut pixels).expect("an image");
        let class = folder.join(&dataset.classes()[dataset.label(index)]);
        std::fs::create_dir_all(&class).expect("a folder");
        let extent = (pixels.width * factor, pixels.height * factor);
        let large = pixels.resized(extent, layerscope::dataset::Interpolation::Nearest, true);
        let image = image::RgbImage::from_raw(extent.0 as u32, extent.1 as u32, large.rgb)
            .expect("an image");
        image
            .save(class.join(format!("{index:04}.png")))
            .expect("a picture");
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat())
        .into_owned()
}

#[test]
fn from_a_model_and_a_folder_to_a_report() {
    let place = tempfile::tempdir().expect("a folder");
    let here = place.path();
    photos(&here.join("photos"), 400, 2);
    std::fs::copy(
        repository("data/models/cifar10_cnn.h5"),
        here.join("model.h5"),
    )
    .expect("a copy");

    let init = layerscope(here, &["init", "--model", "model.h5", "--data", "photos"]);
    assert!(init.status.success(), "{}", words(&init));
    let config = std::fs::read_to_string(here.join("config.toml")).expect("a config");
    for part in [
        "path = \"model.h5\"",
        "path = \"photos\"",
        "format = \"image-folder\"",
        "resize = [32, 32]",
        "scale = \"1/255\"",
        // Folders sort as text; the model was trained with another order.
        "classes = [\"plane\", \"car\", \"bird\", \"cat\", \"deer\", \"dog\", \"frog\", \"horse\", \"ship\", \"truck\"]",
    ] {
        assert!(config.contains(part), "{part} is missing in\n{config}");
    }
    let again = layerscope(here, &["init", "--model", "model.h5", "--data", "photos"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(
        words(&again).contains("nothing was written"),
        "{}",
        words(&again)
    );

    let check = layerscope(here, &["check", "config.toml"]);
    assert!(check.status.success(), "{}", words(&check));
    for part in [
        "Data: image folder, 400 images of 64×64 pixels",
        "Classes, by output: 0 plane, 1 car, 2 bird, 3 cat",
        "right as configured",
        "Plan: ",
        "Nothing is wrong.",
    ] {
        assert!(
            words(&check).contains(part),
            "{part} is missing in {}",
            words(&check)
        );
    }
    assert!(!words(&check).contains("Warning"), "{}", words(&check));

    std::fs::write(here.join("photos/cat/bad.jpg"), "no picture").expect("written");
    let report = layerscope(here, &["report", "config.toml"]);
    assert_eq!(report.status.code(), Some(2));
    assert!(
        words(&report).contains("cat/bad.jpg: its bytes are no picture"),
        "{}",
        words(&report)
    );
    let report = layerscope(
        here,
        &["report", "config.toml", "--set", "data.on_error=list"],
    );
    assert!(report.status.success(), "{}", words(&report));
    assert!(words(&report).contains("cat/bad.jpg"), "{}", words(&report));
    let method = std::fs::read_to_string(here.join("report/method/index.html")).expect("a page");
    for part in [
        "bad.jpg",
        "1 image could not be used",
        "The preprocessing, audited",
        "400 images",
    ] {
        assert!(method.contains(part), "{part} is missing");
    }
    assert_eq!(
        common::broken_links(&here.join("report")),
        Vec::<String>::new()
    );
}

fn demo_config(here: &Path, more: &str) {
    let text = format!(
        "[report]\nout = \"out\"\n[model]\npath = {:?}\n[data]\npath = {:?}\nlimit = 1000\n{more}\n[preprocess]\nscale = \"1/255\"\n",
        repository("data/models/cifar10_cnn.h5"),
        repository("data/cifar10"),
    );
    std::fs::write(here.join("config.toml"), text).expect("a config");
}

#[test]
fn a_wrong_preprocessing_and_a_wrong_order_are_noticed() {
    let place = tempfile::tempdir().expect("a folder");
    demo_config(place.path(), "");
    let check = |set: &[&str]| {
        let options = set.iter().flat_map(|set| ["--set", set]);
        let arguments: Vec<&str> = ["check", "config.toml"]
            .into_iter()
            .chain(options)
            .collect();
        let output = layerscope(place.path(), &arguments);
        assert!(output.status.success(), "{}", words(&output));
        words(&output)
    };
    assert!(!check(&[]).contains("Warning"));
    let scaled = check(&["preprocess.scale=1"]);
    assert!(
        scaled.contains("the preprocessing looks wrong; try [preprocess] scale = \"1/255\""),
        "{scaled}"
    );
    // Frog and ship have changed places.
    let order = "data.classes=[\"plane\",\"car\",\"bird\",\"cat\",\"deer\",\"dog\",\"ship\",\"horse\",\"frog\",\"truck\"]";
    let photos_at = place.path().join("photos");
    photos(&photos_at, 400, 1);
    let swapped = check(&[&format!("data.path={}", photos_at.display()), order]);
    assert!(
        swapped.contains("another order than the outputs (\"ship\" is frog, \"frog\" is ship)"),
        "{swapped}"
    );
}

#[test]
fn a_check_names_all_that_is_wrong() {
    let place = tempfile::tempdir().expect("a folder");
    let text = "[model]\npath = \"none.h5\"\n[data]\npath = \"nowhere\"\n";
    std::fs::write(place.path().join("config.toml"), text).expect("a config");
    let output = layerscope(place.path(), &["check", "config.toml"]);
    assert_eq!(output.status.code(), Some(2));
    for part in ["2 things are wrong", "none.h5", "nowhere"] {
        assert!(
            words(&output).contains(part),
            "{part} is missing in {}",
            words(&output)
        );
    }
}

#[test]
fn every_layer_is_held_against_keras() {
    let place = tempfile::tempdir().expect("a folder");
    demo_config(place.path(), "");
    let reference = repository("tests/oracles/demo_reference.npz");
    let reference = reference.to_str().expect("a path");
    let output = layerscope(
        place.path(),
        &["check", "config.toml", "--reference", reference],
    );
    let said = words(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("9 layers of the network compared on 2 samples"),
        "{said}"
    );
    assert!(said.contains("0 samples with another answer"), "{said}");
    let error = said
        .split("the largest relative error ")
        .nth(1)
        .and_then(|rest| rest.split(';').next());
    let error: f64 = error
        .and_then(|error| error.parse().ok())
        .expect("a number");
    assert!(error < 1e-4, "{said}");

    std::fs::write(place.path().join("bad.npz"), "no archive").expect("written");
    let output = layerscope(
        place.path(),
        &["check", "config.toml", "--reference", "bad.npz"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(
        words(&output).contains("bad.npz: this is no NPZ archive"),
        "{}",
        words(&output)
    );
}

/// A model of five classes whose metadata names them, its names changed to others of the same length.
fn named_model(here: &Path, from: &str, to: &str) {
    let oracles = repository("tests/oracles/onnx");
    std::fs::copy(oracles.join("external.data"), here.join("external.data")).expect("a copy");
    let mut bytes = std::fs::read(oracles.join("external.onnx")).expect("a model");
    assert_eq!(from.len(), to.len());
    let at = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .expect("the names");
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    std::fs::write(here.join("model.onnx"), bytes).expect("a model");
}

#[test]
fn the_names_in_an_onnx_model_hold_where_the_data_have_none() {
    let place = tempfile::tempdir().expect("a folder");
    let here = place.path();
    for class in ["owl", "cat"] {
        let folder = here.join("photos").join(class);
        std::fs::create_dir_all(&folder).expect("a folder");
        let picture =
            image::RgbImage::from_fn(16, 16, |x, y| image::Rgb([x as u8 * 9, y as u8, 7]));
        picture.save(folder.join("1.png")).expect("a picture");
    }
    std::fs::write(
        here.join("list.csv"),
        "path,label\nphotos/owl/1.png,0\nphotos/cat/1.png,4\n",
    )
    .expect("a manifest");
    let config = |data: &str, more: &str| {
        let text = format!(
            "[report]\nout = \"out\"\n[model]\npath = \"model.onnx\"\n[data]\npath = \"{data}\"\n{more}\n"
        );
        std::fs::write(here.join("config.toml"), text).expect("a config");
        layerscope(here, &["check", "config.toml"])
    };
    let swapped = "Classes, by output: 0 owl, 1 dog, 2 guinea pig, 3 horse, 4 cat";
    let from_model = "Classes are named by the model's metadata, in the order of its outputs";
    named_model(here, "'cat'", "'owl'");
    let bytes = std::fs::read(here.join("model.onnx")).expect("a model");
    let last = bytes
        .windows(5)
        .rposition(|window| window == b"'owl'")
        .expect("the last name");
    let mut bytes = bytes;
    bytes[last..last + 5].copy_from_slice(b"'cat'");
    std::fs::write(here.join("model.onnx"), bytes).expect("a model");

    // Folders of the same names stand in the model's order; numbers get its names.
    for data in ["photos", "list.csv"] {
        let said = words(&config(data, ""));
        assert!(said.contains(swapped), "{said}");
        assert!(said.contains(from_model), "{said}");
        assert!(said.contains("Nothing is wrong."), "{said}");
    }
    let report = layerscope(here, &["report", "config.toml"]);
    assert!(report.status.success(), "{}", words(&report));
    let method = std::fs::read_to_string(here.join("out/method/index.html")).expect("a page");
    assert!(method.contains("named by the model"), "{method}");
    // The config's names hold over the model's.
    let given = "classes = [\"a\", \"b\", \"c\", \"d\", \"e\"]";
    let said = words(&config("list.csv", given));
    assert!(said.contains("0 a, 1 b"), "{said}");

    named_model(here, "3: 'horse', 4: 'owl'", "3:'h',4:'o',5:'wl'  ");
    let output = config("list.csv", "");
    assert_eq!(output.status.code(), Some(2));
    let said = words(&output);
    for part in ["has 5 outputs", "names 6 classes: cat, dog", "data.classes"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
}
