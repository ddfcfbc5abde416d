//! What a user can get wrong: each gives one message with the place and what to do, exit code 2, and
//! leaves what stood in the output folder.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{layerscope, repository};

/// A folder with the demo job over the first images and a report of an earlier run.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(desk.path("out")).unwrap();
        fs::write(desk.path("out/.layerscope"), "made by layerscope\n").unwrap();
        fs::write(desk.path("out/index.html"), "the report of yesterday").unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    /// The demo's config with its paths made right for this folder.
    fn config(&self) -> String {
        let data = |path: &str| repository(path).display().to_string();
        format!(
            "[report]\ntitle = \"Test\"\nout = \"out\"\n[model]\npath = {model:?}\n[data]\npath = {images:?}\nlimit = 64\n[preprocess]\nscale = \"1/255\"\n",
            model = data("data/models/cifar10_cnn.h5"),
            images = data("data/cifar10"),
        )
    }

    /// Runs the config and expects it to be refused; gives the message.
    fn refused(&self, arguments: &[&str]) -> String {
        if !self.path("job.toml").exists() {
            self.write("job.toml", self.config());
        }
        let mut all = vec!["report", "job.toml"];
        all.extend(arguments);
        let output = layerscope(self.folder.path(), &all);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(!message.contains("panicked"), "{message}");
        assert_eq!(
            fs::read_to_string(self.path("out/index.html")).unwrap(),
            "the report of yesterday"
        );
        let left: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with(".layerscope-"))
            .collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        message
    }
}

/// Fails with the whole message unless it holds all of these words.
fn says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is missing in: {message}");
    }
    assert!(message.lines().count() <= 12, "too many lines: {message}");
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

#[test]
fn the_desk_itself_works() {
    let desk = Desk::new();
    desk.write("job.toml", desk.config());
    let output = layerscope(desk.folder.path(), &["report", "job.toml", "--quiet"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        fs::read_to_string(desk.path("out/index.html"))
            .unwrap()
            .contains("<html")
    );
}

#[test]
fn a_config_that_is_not_there() {
    let output = layerscope(Path::new("."), &["report", "nowhere.toml"]);
    assert_eq!(output.status.code(), Some(2));
    says(&String::from_utf8_lossy(&output.stderr), &["nowhere.toml"]);
}

#[test]
fn an_unknown_key_names_the_line_and_the_nearest_key() {
    let desk = Desk::new();
    desk.write(
        "job.toml",
        desk.config().replace("limit = 64", "limitt = 64"),
    );
    says(&desk.refused(&[]), &["job.toml:8", "limitt", "limit"]);
}

#[test]
fn a_wrong_type_names_the_line() {
    let desk = Desk::new();
    desk.write(
        "job.toml",
        desk.config().replace("limit = 64", "limit = \"many\""),
    );
    says(&desk.refused(&[]), &["job.toml:8", "limit"]);
}

#[test]
fn a_missing_model() {
    let desk = Desk::new();
    says(
        &desk.refused(&["--set", "model.path=gone.h5"]),
        &["gone.h5"],
    );
}

#[test]
fn a_truncated_model() {
    let desk = Desk::new();
    let whole = fs::read(repository("data/models/cifar10_cnn.h5")).unwrap();
    desk.write("cut.h5", &whole[..whole.len() / 2]);
    says(&desk.refused(&["--set", "model.path=cut.h5"]), &["cut.h5"]);
}

#[test]
fn models_that_cannot_be_trusted() {
    let desk = Desk::new();
    let bad = repository("tests/oracles/bad");
    for (file, words) in [
        ("unknown_layer.h5", ["EinsumDense"].as_slice()),
        ("wrong_shape.h5", &["kernel"]),
        ("nan_weights.h5", &["NaN"]),
        ("no_config.h5", &["model_config"]),
        ("missing_weights.h5", &["kernel"]),
    ] {
        copy(&bad.join(file), &desk.path(file));
        let message = desk.refused(&["--set", &format!("model.path={file}")]);
        says(&message, &[file]);
        says(&message, words);
    }
}

#[test]
fn data_cut_short() {
    let desk = Desk::new();
    let whole = fs::read(repository("tests/oracles/cifar_batch.bin")).unwrap();
    desk.write("cut.bin", &whole[..whole.len() - 100]);
    let message = desk.refused(&[
        "--set",
        "data.path=cut.bin",
        "--set",
        "data.format=cifar-10",
    ]);
    says(&message, &["cut.bin"]);
}

#[test]
fn a_label_out_of_range() {
    let desk = Desk::new();
    let mut bytes = fs::read(repository("tests/oracles/cifar_batch.bin")).unwrap();
    bytes[3073] = 77;
    desk.write("labels.bin", bytes);
    let message = desk.refused(&[
        "--set",
        "data.path=labels.bin",
        "--set",
        "data.format=cifar-10",
    ]);
    says(&message, &["labels.bin", "77"]);
}

#[test]
fn classes_that_do_not_fit_the_model() {
    let desk = Desk::new();
    let names: Vec<String> = (0..12).map(|class| format!("\"c{class}\"")).collect();
    let message = desk.refused(&["--set", &format!("data.classes=[{}]", names.join(","))]);
    says(&message, &["10", "12", "c11"]);
}

#[test]
fn a_selected_sample_that_does_not_exist() {
    let desk = Desk::new();
    desk.write("job.toml", desk.config().replace("limit = 64\n", ""));
    says(
        &desk.refused(&["--set", "samples.selected=[3, 10000]"]),
        &["samples.selected", "10000", "9999"],
    );
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let desk = Desk::new();
    fs::create_dir(desk.path("thesis")).unwrap();
    desk.write("thesis/chapter.tex", "years of work");
    says(&desk.refused(&["--out", "thesis"]), &["thesis", "--force"]);
    assert_eq!(
        fs::read_to_string(desk.path("thesis/chapter.tex")).unwrap(),
        "years of work"
    );
}

#[test]
fn preprocessing_that_overflows() {
    let desk = Desk::new();
    says(
        &desk.refused(&[
            "--set",
            "preprocess.std=1e-44",
            "--set",
            "preprocess.scale=1e30",
        ]),
        &["preprocess"],
    );
}

#[test]
fn damaged_verdicts_are_told_with_their_place() {
    let desk = Desk::new();
    let verdict = "{\"image\": \"00112233445566778899aabbccddeeff\", \"index\": 1, \"truth\": \"cat\", \"prediction\": \"dog\", \"verdict\": \"maybe\"}";
    let json = format!(
        "{{\"format\": \"layerscope-review\", \"version\": 1, \"verdicts\": [\n{verdict}]}}"
    );
    desk.write("review.json", json);
    desk.write(
        "cut.csv",
        "image,index,truth,prediction,verdict\n0011,1,cat\n",
    );
    let review = |file: &str| desk.refused(&["--set", &format!("review.file={file}")]);
    says(
        &review("review.json"),
        &["review.json:2:", "maybe", "`label wrong`"],
    );
    says(&review("cut.csv"), &["cut.csv:2:", "Review"]);
    says(&review("nowhere.json"), &["nowhere.json", "review.file"]);
    says(&review("out"), &["is not a file"]);
}
