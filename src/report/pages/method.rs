//! The method: where everything came from, every setting, and the formula of every number.

use std::path::Path;

use serde::Serialize;

use super::audit::AuditView;
use super::frame::Frame;
use super::metric_words::{self, Formula};
use super::parity::ParityView;
use crate::dataset::LeftOut;
use crate::format;
use crate::pipeline::EXEMPLARS;
use crate::report::gates::{self, Verdict};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "method.html";

#[derive(Serialize)]
struct MethodView<'a> {
    frame: Frame,
    model: Vec<Fact>,
    data: Vec<Fact>,
    files: Vec<File>,
    /// How the data were read, as sentences.
    notes: Vec<String>,
    left_out: &'a [LeftOut],
    settings: Vec<Fact>,
    audit: Option<AuditView>,
    parity: Option<ParityView>,
    downloads: Vec<Download>,
    metrics: Vec<Formula>,
    gates: Vec<Verdict>,
    classes: usize,
    exemplars: usize,
    chunk: String,
    /// One sample in so many is counted in histograms of activations; 1 where all are.
    histogram_step: usize,
}

/// Something known, and how.
#[derive(Serialize)]
struct Fact {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct File {
    name: String,
    sha256: String,
}

#[derive(Serialize)]
struct Download {
    name: &'static str,
    href: String,
    what: &'static str,
}

/// The data files and what is in them.
const DOWNLOADS: &[(&str, &str)] = &[
    ("data/report.json", "all findings, numbers as they are"),
    (
        "data/predictions.csv",
        "one row a sample: truth, prediction, confidence, the probability of every class",
    ),
    ("data/channels.csv", "one row a channel of every layer"),
    ("data/weights.csv", "one row a weight tensor"),
    (
        "data/curves.csv",
        "ROC and precision-recall curves of every class",
    ),
    ("data/calibration.csv", "answers by their confidence"),
    ("data/slices.csv", "one row a slice of the images"),
    (
        "data/duplicates.csv",
        "one row a sample that is there twice",
    ),
    ("data/odd_images.csv", "one row an odd image"),
    ("data/appearance.csv", "what each image looks like"),
    (
        "data/neighbours.csv",
        "the samples most alike to the network",
    ),
    ("data/map.csv", "one row a point of the map"),
    (
        "data/suspect_labels.csv",
        "labels that may be wrong, with the suggested ones",
    ),
    (
        "data/separability.csv",
        "one row a layer: how well it tells the classes apart",
    ),
    (
        "data/ablation.csv",
        "one row a silenced channel: what became of the answers",
    ),
    (
        "data/twins.csv",
        "one row a pair of channels that do the same",
    ),
    (
        "data/spectra.csv",
        "one row a kernel: ranks, power law, errors of rounding",
    ),
    (
        "data/softmax.csv",
        "samples of each class by the probability of that class",
    ),
];

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Method;
    let provenance = book.dataset.provenance();
    let view = MethodView {
        frame: Frame::new(
            book,
            &place,
            "Method",
            "Where model and data came from, every setting, and the formula of every number.",
        ),
        model: model(book),
        data: data(book),
        files: provenance
            .files
            .iter()
            .map(|(path, sha256)| File {
                name: relative(path),
                sha256: sha256.clone(),
            })
            .collect(),
        notes: provenance.notes.clone(),
        left_out: &provenance.left_out,
        settings: book
            .settings
            .table()
            .into_iter()
            .map(|(name, value)| Fact { name, value })
            .collect(),
        parity: book
            .findings
            .parity
            .as_ref()
            .map(|parity| ParityView::new(book, parity)),
        audit: book.findings.audit.as_ref().map(AuditView::new),
        downloads: DOWNLOADS
            .iter()
            .map(|(name, what)| Download {
                name,
                href: book.urls.link(&place, &Place::File((*name).into())),
                what,
            })
            .collect(),
        metrics: metric_words::formulas(),
        gates: gates::verdicts(book.settings, book.findings),
        classes: book.findings.classes.len(),
        exemplars: EXEMPLARS,
        histogram_step: book.findings.histogram_step,
        chunk: format::plural(book.settings.run.chunk, "sample", "samples"),
    };
    Ok(site.page(&place, TEMPLATE, &view)?)
}

/// Paths of the machine that made the report are nobody's business, and would make two reports differ.
fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// A path within the test set with forward slashes; of any other only the name.
fn relative(path: &Path) -> String {
    if path.is_absolute() {
        return file_name(path);
    }
    path.iter()
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact {
        name: name.into(),
        value: value.into(),
    }
}

fn model(book: &Book<'_>) -> Vec<Fact> {
    let (network, source) = (book.network, &book.network.source);
    let mut facts = vec![
        fact("File", file_name(&source.path)),
        fact("Name", network.name.clone()),
        fact("Format", source.format.clone()),
        fact("Written by", source.producer.clone()),
        fact("Size", format::bytes(source.bytes)),
        fact("SHA-256", source.sha256.clone()),
        fact("Input", format::shape(network.input_shape().dimensions())),
        fact("Parameters", format::count(network.parameters())),
        fact("Logits", network.answer().words(network)),
        fact("Computed by", book.engine.clone()),
    ];
    facts.retain(|fact| !fact.value.is_empty());
    facts
}

fn data(book: &Book<'_>) -> Vec<Fact> {
    let provenance = book.dataset.provenance();
    let mut facts = vec![
        fact("Format", provenance.format.clone()),
        fact("Name", file_name(&provenance.path)),
        fact("Samples", format::count(book.findings.outcomes.len())),
        fact("Classes", book.findings.classes.join(", ")),
    ];
    if let Some((width, height)) = book.dataset.image_size() {
        facts.push(fact("Images", format!("{width}×{height} pixels")));
    } else if let Some((width, height)) = book.dataset.bounds() {
        let largest = format!("of several sizes, at most {width}×{height} pixels");
        facts.push(fact("Images", largest));
    }
    if !provenance.left_out.is_empty() {
        let left_out = format::count(provenance.left_out.len());
        facts.push(fact("Could not be used", left_out));
    }
    facts.retain(|fact| !fact.value.is_empty());
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_of_the_machine_is_named() {
        assert_eq!(file_name(Path::new("/home/somebody/model.h5")), "model.h5");
        assert_eq!(
            relative(Path::new("/home/somebody/classes.txt")),
            "classes.txt"
        );
        assert_eq!(relative(Path::new("test/batch.bin")), "test/batch.bin");
    }
}
