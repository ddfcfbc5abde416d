//! `data/report.json`: the findings for machines. `schema` grows by one whenever a key changes its
//! meaning or goes; new keys may come at any time.

use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics;
use crate::analysis::{
    AdjustedAccuracy, Audit, ClassClusters, DuplicateGroup, Evidence, Findings, LayerFindings,
    Level, OddKind, Parity, Slice, Statement, Summary, TopAccuracy,
};
use crate::dataset::LeftOut;
use crate::report::gates::{self, Verdict};
use crate::report::{Book, ReportError};
use crate::site::Site;
use crate::stats::Proportion;

const SCHEMA: u32 = 1;
/// Most classes whose matrices stand here; those of more are in `data/confusion.csv` alone.
const MOST_CLASSES: usize = 100;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let path = "data/report.json";
    let mut bytes =
        serde_json::to_vec_pretty(&Report::of(book)).map_err(|error| ReportError::Data {
            path: path.into(),
            reason: error.to_string(),
        })?;
    bytes.push(b'\n');
    Ok(site.file(path, &bytes)?)
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    generator: &'static str,
    title: &'a str,
    samples: usize,
    classes: &'a [String],
    accuracy: f64,
    /// Wilson interval at 95 %.
    accuracy_interval: [f64; 2],
    top: &'a [TopAccuracy],
    errors: usize,
    /// Rows truth, columns prediction; `None` where there are too many classes.
    confusion: Option<Vec<&'a [u64]>>,
    confusions: Vec<Confusion<'a>>,
    per_class: Vec<Class<'a>>,
    mistakes: &'a [usize],
    metrics: BTreeMap<&'static str, Option<f64>>,
    /// 95 %, where there is one.
    metric_intervals: BTreeMap<&'static str, [f64; 2]>,
    calibration: metrics::Calibration<'a>,
    /// Indices, the lowest probability of the label first.
    suspect_labels: Vec<usize>,
    confident_joint: Option<&'a [Vec<i64>]>,
    /// Whether another preprocessing or order of classes would do better.
    audit: &'a Option<Audit>,
    parity: &'a Option<Parity>,
    /// Classes by what they are taken for.
    class_clusters: &'a ClassClusters,
    adjusted_accuracy: &'a [AdjustedAccuracy],
    slices: &'a [Slice],
    duplicates: &'a [DuplicateGroup],
    odd_images: Vec<Odd<'a>>,
    findings: Vec<Sentence<'a>>,
    gates: Vec<Verdict>,
    model: Model<'a>,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Confusion<'a> {
    truth: &'a str,
    prediction: &'a str,
    count: usize,
    share: f64,
    samples: &'a [usize],
}

#[derive(Serialize)]
struct Class<'a> {
    name: &'a str,
    support: u64,
    predicted: u64,
    recall: Option<Proportion>,
    precision: Option<Proportion>,
    f1: Option<f64>,
    auroc: Option<f64>,
    average_precision: Option<f64>,
}

#[derive(Serialize)]
struct Odd<'a> {
    kind: &'a str,
    threshold: &'a str,
    wrong: Option<Proportion>,
    images: Vec<usize>,
}

#[derive(Serialize)]
struct Sentence<'a> {
    key: &'a str,
    level: Level,
    figure: &'a str,
    text: String,
    #[serde(flatten)]
    evidence: &'a Evidence,
    samples: &'a [usize],
}

#[derive(Serialize)]
struct Model<'a> {
    name: &'a str,
    format: &'a str,
    producer: &'a str,
    bytes: u64,
    sha256: &'a str,
    input_shape: &'a [usize],
    parameters: usize,
    multiply_adds: u64,
    layers: Vec<Layer<'a>>,
}

#[derive(Serialize)]
struct Layer<'a> {
    name: &'a str,
    kind: &'a str,
    description: &'a str,
    output_shape: &'a [usize],
    parameters: usize,
    multiply_adds: u64,
    receptive_field: Option<(usize, usize)>,
    same_values_as: Option<&'a str>,
    activations: Summary,
    channels: usize,
    dead_channels: usize,
}

#[derive(Serialize)]
struct Data<'a> {
    format: String,
    samples: usize,
    files: Vec<File>,
    notes: Vec<String>,
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct File {
    name: String,
    sha256: String,
}

impl<'a> Report<'a> {
    fn of(book: &'a Book<'_>) -> Self {
        let findings = book.findings;
        let few = findings.classes.len() <= MOST_CLASSES;
        Self {
            schema: SCHEMA,
            generator: concat!("layerscope ", env!("CARGO_PKG_VERSION")),
            title: &book.settings.report.title,
            samples: findings.outcomes.len(),
            classes: &findings.classes,
            accuracy: findings.accuracy.share,
            accuracy_interval: [findings.accuracy.low, findings.accuracy.high],
            top: &findings.top,
            errors: findings.mistakes.len(),
            confusion: few.then(|| {
                (0..findings.confusion.classes())
                    .map(|truth| findings.confusion.row(truth))
                    .collect()
            }),
            confusions: confusions(findings),
            per_class: classes(findings),
            mistakes: &findings.mistakes,
            metrics: metrics::values(findings),
            metric_intervals: metrics::intervals(findings),
            calibration: metrics::Calibration::of(&findings.calibration),
            suspect_labels: findings
                .suspects
                .found
                .iter()
                .map(|suspect| suspect.index)
                .collect(),
            confident_joint: few.then_some(findings.suspects.joint.as_slice()),
            audit: &findings.audit,
            parity: &findings.parity,
            class_clusters: &findings.clusters,
            adjusted_accuracy: &findings.adjusted,
            slices: &findings.slices.all,
            duplicates: &findings.duplicates.groups,
            odd_images: findings.odd.iter().map(odd).collect(),
            findings: findings.statements.iter().map(sentence).collect(),
            gates: gates::verdicts(book.settings, findings),
            model: model(book),
            data: data(book),
        }
    }
}

fn confusions(findings: &Findings) -> Vec<Confusion<'_>> {
    let confusions = findings.confusions.iter().map(|confusion| Confusion {
        truth: &findings.classes[confusion.truth],
        prediction: &findings.classes[confusion.prediction],
        count: confusion.samples.len(),
        share: confusion.share.share,
        samples: &confusion.samples,
    });
    confusions.collect()
}

fn classes(findings: &Findings) -> Vec<Class<'_>> {
    let classes = findings
        .per_class
        .iter()
        .zip(&findings.quality.per_class)
        .map(|(class, curves)| Class {
            name: &class.name,
            support: class.support,
            predicted: class.predicted,
            recall: class.recall,
            precision: class.precision,
            f1: class.f1,
            auroc: curves.auroc,
            average_precision: curves.average_precision,
        });
    classes.collect()
}

fn odd(kind: &OddKind) -> Odd<'_> {
    Odd {
        kind: kind.key,
        threshold: &kind.threshold,
        wrong: kind.wrong,
        images: kind.images.iter().map(|image| image.index).collect(),
    }
}

fn sentence(statement: &Statement) -> Sentence<'_> {
    Sentence {
        key: statement.key,
        level: statement.level,
        figure: &statement.figure,
        text: statement
            .phrases
            .iter()
            .map(|phrase| phrase.text.as_str())
            .collect(),
        evidence: &statement.evidence,
        samples: &statement.samples,
    }
}

fn model<'a>(book: &'a Book<'_>) -> Model<'a> {
    let source = &book.network.source;
    let computed: Vec<&LayerFindings> = book
        .findings
        .layers
        .iter()
        .filter(|layer| !layer.inputs.is_empty())
        .collect();
    Model {
        name: &book.network.name,
        format: &source.format,
        producer: &source.producer,
        bytes: source.bytes,
        sha256: &source.sha256,
        input_shape: book.network.input_shape().dimensions(),
        parameters: book.network.parameters(),
        multiply_adds: computed.iter().map(|layer| layer.multiply_adds).sum(),
        layers: computed
            .iter()
            .map(|found| layer(&book.findings.layers, found))
            .collect(),
    }
}

fn layer<'a>(all: &'a [LayerFindings], found: &'a LayerFindings) -> Layer<'a> {
    Layer {
        name: &found.name,
        kind: &found.kind,
        description: &found.description,
        output_shape: &found.output_shape,
        parameters: found.parameters,
        multiply_adds: found.multiply_adds,
        receptive_field: found.receptive_field,
        same_values_as: found.same_values_as.map(|id| all[id].name.as_str()),
        activations: found.summary,
        channels: found.output_shape.last().copied().unwrap_or(1),
        dead_channels: found.dead,
    }
}

fn data<'a>(book: &'a Book<'_>) -> Data<'a> {
    let provenance = book.dataset.provenance();
    let files = provenance.files.iter().map(|(path, sha256)| File {
        name: path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
        sha256: sha256.clone(),
    });
    Data {
        format: provenance.format.clone(),
        samples: book.dataset.len(),
        files: files.collect(),
        notes: provenance.notes.clone(),
        left_out: &provenance.left_out,
    }
}
