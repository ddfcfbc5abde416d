//! Pages of toy networks: what a real report seldom shows. Every case runs the whole way from images to
//! files, and every page of it is checked for its links, its identifiers and its pictures' words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::analysis::analyse;
use crate::config::Settings;
use crate::dataset::{Dataset, DatasetError, Pixels, Preprocess, Provenance};
use crate::engine::Engine;
use crate::engine::reference::ReferenceEngine;
use crate::model::operators::{Convolution, Dense, GlobalPooling, Identity, Input, PoolingKind};
use crate::model::{
    Activation, LayerDraft, Network, Operator, Padding, Shape, Source, Weight, Window,
};
use crate::pipeline::{Job, SampleMaps, Silent, Stages, first_pass, second_pass};
use crate::report::pictures::{ActivationLayout, Canvas, Drawing};
use crate::report::{self, Book, ReportError};
use crate::site::{Place, Site, SiteFolder, Templates, Urls};

const SIDE: usize = 6;
const FILTERS: usize = 4;
const SAMPLES: usize = 24;

/// Images of noise.
struct Toy {
    classes: Vec<String>,
    labels: Vec<usize>,
    provenance: Provenance,
}

impl Dataset for Toy {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> usize {
        self.labels[index]
    }

    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError> {
        let rgb = noise(index as u64 + 1, SIDE * SIDE * 3)
            .map(|value| (value * 255.0) as u8)
            .collect();
        *pixels = Pixels {
            width: SIDE,
            height: SIDE,
            rgb,
        };
        Ok(())
    }

    fn image_size(&self) -> Option<(usize, usize)> {
        Some((SIDE, SIDE))
    }

    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

/// The same numbers in [0, 1) for the same seed, everywhere.
fn noise(seed: u64, number: usize) -> impl Iterator<Item = f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..number).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32
    })
}

fn weight(name: &str, shape: &[usize], seed: u64) -> Weight {
    let values: Vec<f32> = noise(seed, shape.iter().product())
        .map(|value| value - 0.5)
        .collect();
    Weight {
        name: name.into(),
        shape: shape.to_vec(),
        values: values.into(),
        trainable: true,
    }
}

/// A convolution of which the last channel never fires, a layer that does nothing, a mean, a softmax.
fn network(classes: usize) -> Network {
    let mut bias = vec![0.5f32; FILTERS];
    bias[FILTERS - 1] = -1e6;
    let bias = Weight {
        name: "bias".into(),
        shape: vec![FILTERS],
        values: bias.into(),
        trainable: true,
    };
    let window = Window {
        size: (3, 3),
        stride: (1, 1),
        dilation: (1, 1),
        padding: Padding::Valid,
    };
    let convolution = Convolution {
        filters: FILTERS,
        window,
        groups: 1,
        bias: true,
        activation: Activation::Relu,
    };
    let draft = |name: &str, operator: Operator, inputs: &[usize], weights| LayerDraft {
        name: name.into(),
        operator,
        inputs: inputs.to_vec(),
        weights,
    };
    let pooling = GlobalPooling {
        kind: PoolingKind::Average,
        keep_dimensions: false,
    };
    let dense = Dense {
        units: classes,
        bias: false,
        activation: Activation::Softmax,
    };
    let drafts = vec![
        draft(
            "image",
            Input {
                shape: Shape::image(SIDE, SIDE, 3),
            }
            .into(),
            &[],
            vec![],
        ),
        draft(
            "<conv>/1",
            convolution.into(),
            &[0],
            vec![weight("kernel", &[3, 3, 3, FILTERS], 7), bias],
        ),
        draft("noth\"ing", Identity::Nothing.into(), &[1], vec![]),
        draft("mean", pooling.into(), &[2], vec![]),
        draft(
            "out",
            dense.into(),
            &[3],
            vec![weight("kernel", &[FILTERS, classes], 9)],
        ),
    ];
    let source = Source {
        path: PathBuf::from("/secret/toy.h5"),
        format: "toy".into(),
        producer: String::new(),
        bytes: 9,
        sha256: "ab".repeat(32),
    };
    Network::new("toy".into(), source, drafts, 4).unwrap()
}

/// What a case varies.
struct Case {
    classes: Vec<String>,
    /// Labels from the network's answers.
    labels: fn(&[usize]) -> Vec<usize>,
    settings: &'static str,
}

/// Runs a case; the site's files by their paths.
fn render(case: &Case) -> BTreeMap<String, Vec<u8>> {
    let network = network(case.classes.len());
    let engine = ReferenceEngine::new(&network).unwrap();
    let preprocess = Preprocess::new("1/255".parse().unwrap(), vec![0.0], vec![1.0]).unwrap();
    let mut toy = Toy {
        classes: case.classes.clone(),
        labels: vec![0; SAMPLES],
        provenance: Provenance::default(),
    };
    let answers: Vec<usize> = {
        let job = Job {
            network: &network,
            engine: &engine,
            dataset: &toy,
            preprocess: &preprocess,
            chunk: 8,
        };
        let partial = first_pass(&job, &Silent).unwrap();
        analyse(&network, &toy.classes, &partial)
            .unwrap()
            .outcomes
            .iter()
            .map(|outcome| outcome.prediction)
            .collect()
    };
    toy.labels = (case.labels)(&answers);
    let job = Job {
        network: &network,
        engine: &engine,
        dataset: &toy,
        preprocess: &preprocess,
        chunk: 8,
    };
    let settings = settings(case.settings);
    write(&job, &settings, engine.name())
}

fn settings(more: &str) -> Settings {
    let text = format!(
        "[report]\ntitle = \"<Toy> & co\"\n[model]\npath = \"toy.h5\"\n[data]\npath = \"toy\"\n{more}"
    );
    Settings::from_toml(&text, Path::new("config.toml"), &[]).unwrap()
}

fn write(job: &Job<'_>, settings: &Settings, engine: String) -> BTreeMap<String, Vec<u8>> {
    let partial = first_pass(job, &Silent).unwrap();
    let findings = analyse(job.network, job.dataset.classes(), &partial).unwrap();
    let names: Vec<String> = job
        .network
        .layers()
        .iter()
        .map(|layer| layer.name.clone())
        .collect();
    let shown: BTreeSet<usize> = findings
        .mistakes
        .iter()
        .chain(&settings.samples.selected)
        .copied()
        .collect();
    let urls = Urls::new(
        &findings.classes,
        &names,
        SAMPLES,
        settings.samples.gallery_page,
        shown.clone(),
    );
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("site");
    let site = Site::new(
        urls.clone(),
        Templates::load(None).unwrap(),
        SiteFolder::create(&out, false).unwrap(),
    );
    let (layout, drawings) = draw(job, settings, &site, &shown.into_iter().collect::<Vec<_>>());
    let (network, dataset) = (job.network, job.dataset);
    report::write(
        &Book {
            settings,
            network,
            dataset,
            findings: &findings,
            engine,
            urls,
            layout,
            drawings,
        },
        &site,
    )
    .unwrap();
    site.publish().unwrap();
    let files = walkdir::WalkDir::new(&out)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file());
    files
        .map(|file| {
            let path = file
                .path()
                .strip_prefix(&out)
                .unwrap()
                .iter()
                .map(|part| part.to_string_lossy())
                .collect::<Vec<_>>();
            (path.join("/"), std::fs::read(file.path()).unwrap())
        })
        .collect()
}

fn draw(
    job: &Job<'_>,
    settings: &Settings,
    site: &Site,
    shown: &[usize],
) -> (ActivationLayout, BTreeMap<usize, Drawing>) {
    let wanted = |name: &str, operator: &Operator| {
        settings.layers.shows(name) && !operator.rule().is_identity()
    };
    let drawn: Vec<_> = job
        .network
        .computed()
        .filter(|(_, layer)| wanted(&layer.name, &layer.operator))
        .collect();
    let shapes: Vec<_> = drawn
        .iter()
        .map(|(id, layer)| (*id, layer.shape.clone()))
        .collect();
    let layout = ActivationLayout::new(&shapes, settings.layers.maps);
    let ids: Vec<_> = drawn.iter().map(|(id, _)| *id).collect();
    let stages = Stages {
        begin: |_| layout.canvas(),
        layer: |canvas: &mut Canvas, layer, maps: SampleMaps<'_>| {
            canvas.draw(&layout, layer, maps.maps, maps.sample)
        },
        finish: |index, canvas: Canvas| -> Result<_, Failure> {
            let (picture, drawing) = canvas.finish(&layout)?;
            site.file(
                &format!("{}maps.png", site.urls.folder(&Place::Sample(index))),
                &picture,
            )
            .map_err(ReportError::from)?;
            Ok((index, drawing))
        },
    };
    let drawings = second_pass(job, shown, &ids, stages, &Silent)
        .unwrap()
        .into_iter()
        .collect();
    (layout, drawings)
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Pass(#[from] crate::pipeline::PipelineError),
}

fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.match_indices(&start)
        .map(|(at, _)| html[at + start.len()..].split('"').next().unwrap())
        .collect()
}

/// What is wrong with the pages of a site, page by page.
fn faults(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let pages: BTreeMap<&str, &str> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
        .map(|(path, bytes)| (path.as_str(), std::str::from_utf8(bytes).unwrap()))
        .collect();
    let mut faults = Vec::new();
    for (path, html) in &pages {
        let ids = attributes(html, "id");
        if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
            faults.push(format!("{path}: an identifier twice"));
        }
        for (what, times) in [
            ("<h1", 1),
            ("<main", 1),
            ("<title>", 1),
            ("name=\"description\"", 1),
            ("lang=\"en\"", 1),
        ] {
            if html.matches(what).count() != times {
                faults.push(format!("{path}: {what} not exactly once"));
            }
        }
        let images: Vec<&str> = html
            .match_indices("<img ")
            .map(|(at, _)| html[at..].split('>').next().unwrap())
            .collect();
        faults.extend(
            images
                .iter()
                .filter(|image| attributes(image, "alt").iter().all(|alt| alt.is_empty()))
                .map(|image| format!("{path}: no words for {image}")),
        );
        for text in ["NaN", "inf", "/secret", "{{", "{%"] {
            if html.contains(&format!(">{text}")) || html.contains(&format!("\"{text}")) {
                faults.push(format!("{path}: says {text}"));
            }
        }
        for address in attributes(html, "href")
            .into_iter()
            .chain(attributes(html, "src"))
        {
            let (file, fragment) = address
                .split_once('#')
                .map_or((address, None), |(file, fragment)| (file, Some(fragment)));
            let target = if file.is_empty() {
                (*path).to_owned()
            } else {
                resolved(path, file)
            };
            let found = files.contains_key(&target);
            let there = fragment.is_none_or(|fragment| {
                pages
                    .get(target.as_str())
                    .is_some_and(|html| attributes(html, "id").contains(&fragment))
            });
            if !(found && there) {
                faults.push(format!("{path}: {address} leads nowhere"));
            }
        }
    }
    faults
}

fn resolved(page: &str, address: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in address.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
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
        assert!(attributes(&html, "onload").is_empty(), "{path}");
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
        assert!(!text(&files, path).contains("class=\"matrix"));
        assert!(
            text(&files, path).contains("class 1</a>") || text(&files, path).contains("class 0 →")
        );
    }
    assert!(text(&files, "classes/class-17/index.html").contains("undefined"));
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
