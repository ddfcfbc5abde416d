//! A toy network on images of noise: small enough to run the whole way in a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::analysis::{
    Ablation, ClassMeans, Findings, Followed, Follower, TraceDraft, ablation_samples, analyse,
    neighbours, principal, sample_map,
};
use crate::config::Settings;
use crate::dataset::{Dataset, DatasetError, Pixels, Preprocess, Provenance};
use crate::engine::reference::ReferenceEngine;
use crate::engine::{Engine, EngineError};
use crate::model::operators::{Convolution, Dense, GlobalPooling, Identity, Input, PoolingKind};
use crate::model::{
    Activation, LayerDraft, Network, Operator, Padding, Shape, Source, Weight, Window,
};
use crate::pipeline::{
    AblationPlan, Job, Partial, SampleMaps, Silent, Stages, ablate, first_pass, replacements,
    second_pass,
};
use crate::report::pictures::{ActivationLayout, Canvas, Drawing};
use crate::report::{self, Book, Exemplars, ReportError, Tiles};
use crate::review::ReviewFile;
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
        values: bias.into(),
        ..weight("bias", &[FILTERS], 0)
    };
    let shape = Shape::image(SIDE, SIDE, 3);
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
        draft("image", Input { shape }.into(), &[], vec![]),
        draft(
            "<conv>/1",
            convolution().into(),
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

fn convolution() -> Convolution {
    let window = Window {
        size: (3, 3),
        stride: (1, 1),
        dilation: (1, 1),
        padding: Padding::Valid,
    };
    Convolution {
        filters: FILTERS,
        window,
        groups: 1,
        bias: true,
        activation: Activation::Relu,
    }
}

/// What a case varies.
pub struct Case {
    pub classes: Vec<String>,
    /// Labels from the network's answers.
    pub labels: fn(&[usize]) -> Vec<usize>,
    pub settings: &'static str,
}

/// Runs a case; the site's files by their paths.
pub fn render(case: &Case) -> BTreeMap<String, Vec<u8>> {
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
        analyse(
            &network,
            &toy.classes,
            &partial,
            None,
            &ReviewFile::default(),
        )
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
        "[report]\ntitle = \"<Toy> & co\"\nauthor = \"A. <Student>\"\nnote = \"Trained & tested.\"\n[model]\npath = \"toy.h5\"\n[data]\npath = \"toy\"\n{more}"
    );
    Settings::from_toml(&text, Path::new("config.toml"), &[]).unwrap()
}

fn write(job: &Job<'_>, settings: &Settings, engine: String) -> BTreeMap<String, Vec<u8>> {
    let partial = first_pass(job, &Silent).unwrap();
    let principal = principal(&partial.features);
    let mut findings = analyse(
        job.network,
        job.dataset.classes(),
        &partial,
        principal.as_ref(),
        &ReviewFile::default(),
    )
    .unwrap();
    findings.map = sample_map(&partial.features, principal.as_ref());
    let means = ClassMeans::of(job.network, &partial);
    findings.add_ablation(ablation(job, settings, &partial));
    let layers = job.network.layers().iter();
    let names: Vec<String> = layers.map(|layer| layer.name.clone()).collect();
    let shown = findings.shown(&settings.samples.selected);
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
    let shown: Vec<usize> = shown.into_iter().collect();
    let neighbours = neighbours(&partial.features, &shown);
    let (layout, drawings) = draw(job, settings, &site, &shown);
    let followed = follow(job, &findings, means.as_ref(), &shown);
    findings.add_followed(followed);
    let exemplars = Exemplars::gather(job, &findings, &layout, &Silent).unwrap();
    let (network, dataset) = (job.network, job.dataset);
    let tiles = Tiles::new(&findings, dataset, &urls);
    report::write(
        &Book {
            settings,
            network,
            dataset,
            findings: &findings,
            neighbours,
            engine,
            urls,
            tiles,
            layout,
            drawings,
            exemplars,
        },
        &site,
    )
    .unwrap();
    site.publish().unwrap();
    read(&out)
}

/// Every file below a folder by its path from there.
fn read(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|file| {
            let path = file.path().strip_prefix(root).unwrap();
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            (parts.join("/"), std::fs::read(file.path()).unwrap())
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
    let layout = ActivationLayout::within_bounds(&shapes);
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

/// Silences channels on as many samples as the settings say.
fn ablation(job: &Job<'_>, settings: &Settings, partial: &Partial) -> Ablation {
    let plan = AblationPlan::new(job.network);
    let wanted = settings.analysis.ablation_samples;
    match ablation_samples(job.network, &plan, SAMPLES, wanted) {
        Err(reason) => Ablation::not_done(reason),
        Ok(samples) => {
            let make = |network: &Network| -> Result<Box<dyn Engine>, EngineError> {
                Ok(Box::new(ReferenceEngine::new(network)?))
            };
            let values = replacements(&plan, partial);
            Ablation::of(&ablate(job, &make, &plan, &values, &samples, &Silent).unwrap())
        }
    }
}

fn follow(
    job: &Job<'_>,
    findings: &Findings,
    means: Option<&ClassMeans>,
    shown: &[usize],
) -> Followed {
    let follower = Follower::new(job.network, means, &findings.outcomes);
    let stages = Stages {
        begin: |index| follower.begin(index),
        layer: |draft: &mut TraceDraft, layer, maps: SampleMaps<'_>| {
            follower.layer(draft, layer, maps);
        },
        finish: |_, draft| -> Result<TraceDraft, Failure> { Ok(draft) },
    };
    let drafts = second_pass(job, shown, &follower.wanted(), stages, &Silent).unwrap();
    follower.finish(drafts)
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Pass(#[from] crate::pipeline::PipelineError),
}
