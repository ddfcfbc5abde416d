//! Pages of toy networks: what a real report seldom shows. Every case runs the whole way from images to
//! files, and every page of it is checked for its links, its identifiers and its pictures' words.

mod faults;
mod toy;

use std::collections::BTreeMap;

use crate::analysis::{ChannelFindings, LayerFindings, Summary};
use crate::stats::Moments;
use faults::faults;
use toy::{Case, render};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A layer of this output, with a channel for each of the last extent.
pub(super) fn layer_of(shape: &[usize]) -> LayerFindings {
    let channel = ChannelFindings {
        summary: Summary::from(Moments::default()),
        histogram: Vec::new(),
        dead: false,
        exemplars: Vec::new(),
        preference: None,
        class_means: Vec::new(),
    };
    LayerFindings {
        id: 0,
        name: "layer".into(),
        kind: String::new(),
        description: String::new(),
        output_shape: shape.to_vec(),
        inputs: Vec::new(),
        same_values_as: None,
        parameters: 0,
        multiply_adds: 0,
        receptive_field: None,
        summary: Summary::from(Moments::default()),
        histogram: Vec::new(),
        channels: vec![channel; shape.last().copied().unwrap_or(0)],
        dead: 0,
        counts_dead: false,
    }
}

/// Every third answer is wrong.
fn some_wrong(answers: &[usize]) -> Vec<usize> {
    answers
        .iter()
        .enumerate()
        .map(|(index, &answer)| {
            if index % 3 == 0 {
                usize::from(answer == 0)
            } else {
                answer
            }
        })
        .collect()
}

fn text<'a>(files: &'a BTreeMap<String, Vec<u8>>, path: &str) -> &'a str {
    std::str::from_utf8(&files[path]).unwrap()
}

#[test]
fn hostile_names_are_only_ever_text() {
    let classes = names(&[
        "<script>alert(1)</script>",
        "\" onload=\"x",
        "a & b",
        "../../etc",
        "ünï 馬",
    ]);
    let files = render(&Case {
        classes,
        labels: some_wrong,
        settings: "[samples]\nselected = [1, 0, 5]\ngallery_page = 7\n",
    });
    assert_eq!(faults(&files), Vec::<String>::new());
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
        let html = String::from_utf8_lossy(bytes);
        assert!(!html.contains("<script>"), "{path}");
        // Words may hold it, with their quotes escaped; no tag does.
        assert!(!html.contains(" onload=\""), "{path}");
        assert!(!html.contains(" onload=x"), "{path}");
        assert!(
            !html.contains("<conv>") && !html.contains("<Toy>"),
            "{path}"
        );
    }
    assert!(text(&files, "index.html").contains("&lt;Toy&gt; &amp; co is right on"));
}

#[test]
fn a_network_without_mistakes_has_a_whole_report() {
    let classes = names(&["a", "b", "c"]);
    let files = render(&Case {
        classes,
        labels: <[usize]>::to_vec,
        settings: "[samples]\nselected = [3]\n",
    });
    assert_eq!(faults(&files), Vec::<String>::new());
    assert!(text(&files, "errors/index.html").contains("No error in 24 images"));
    assert!(text(&files, "index.html").contains("is right on all of 24 images"));
    assert!(!text(&files, "index.html").contains("Where it fails"));
}

#[test]
fn many_classes_have_a_ranking_and_no_table() {
    let classes: Vec<String> = (0..40).map(|class| format!("class {class}")).collect();
    let files = render(&Case {
        classes,
        labels: some_wrong,
        settings: "",
    });
    assert_eq!(faults(&files), Vec::<String>::new());
    for path in ["index.html", "errors/index.html"] {
        assert!(!text(&files, path).contains("<table class=\"matrix"));
        assert!(
            text(&files, path).contains("class 1</a>") || text(&files, path).contains("class 0 →")
        );
    }
    assert!(text(&files, "classes/class-17/index.html").contains("undefined"));
}

/// What grows with the square of the classes, or with them times the samples.
#[test]
fn many_classes_make_no_file_too_large() {
    let classes: Vec<String> = (0..1000)
        .map(|class| format!("class number {class}"))
        .collect();
    let files = render(&Case {
        classes,
        labels: some_wrong,
        settings: "",
    });
    for (path, bytes) in &files {
        assert!(bytes.len() <= 2_000_000, "{path} has {} bytes", bytes.len());
        assert!(
            !path.ends_with(".html") || bytes.len() <= 500_000,
            "{path} has {} bytes",
            bytes.len()
        );
    }
    assert!(
        text(&files, "data/predictions.csv")
            .starts_with("index,truth,prediction,confidence,class_1,p_1,")
    );
    assert!(text(&files, "data/report.json").contains("\"confusion\""));
}

#[test]
fn layers_that_are_left_out_are_not_drawn_and_nothing_else_is_missing() {
    let classes = names(&["a", "b"]);
    let files = render(&Case {
        classes,
        labels: some_wrong,
        settings: "[layers]\nexclude = [\"*\"]\n[samples]\nselected = [2]\n",
    });
    assert_eq!(faults(&files), Vec::<String>::new());
    assert!(text(&files, "layers/mean/index.html").contains("The settings leave this layer out"));
    assert!(text(&files, "samples/000002/index.html").contains("not drawn"));
}

#[test]
fn dead_channels_are_named_and_repeated_values_point_to_their_layer() {
    let classes = names(&["a", "b", "c"]);
    let files = render(&Case {
        classes,
        labels: some_wrong,
        settings: "[samples]\nselected = [2]\n",
    });
    assert!(
        text(&files, "layers/conv-1/index.html")
            .contains("Channel 3 is zero at every position of every image.")
    );
    assert!(text(&files, "layers/noth-ing/index.html").contains("It hands on the values of"));
    assert!(text(&files, "index.html").contains("1 dead channel<"));
    assert!(text(&files, "method/index.html").contains("toy.h5"));
}

#[test]
fn who_made_a_report_and_what_they_say_stands_on_the_overview() {
    let files = render(&Case {
        classes: names(&["cat", "dog"]),
        labels: some_wrong,
        settings: "",
    });
    let overview = text(&files, "index.html");
    assert!(overview.contains("· A. &lt;Student&gt;</p>"));
    assert!(overview.contains("Trained &amp; tested."));
}
