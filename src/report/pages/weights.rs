//! The weights: statistics and histogram of every tensor of the network.

use serde::Serialize;

use super::distribution::{self, Chart};
use super::frame::Frame;
use super::parts::Link;
use super::spectra::{self, SpectrumRow};
use super::words;
use crate::analysis::WeightFindings;
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "weights.html";

#[derive(Serialize)]
struct WeightsView {
    frame: Frame,
    heading: String,
    lead: String,
    rows: Vec<Row>,
    charts: Vec<TensorChart>,
    spectra: Vec<SpectrumRow>,
    data: String,
}

#[derive(Serialize)]
struct Row {
    layer: Link,
    name: String,
    trainable: bool,
    shape: String,
    count: String,
    mean: String,
    std: String,
    min: String,
    max: String,
    l1: String,
    l2: String,
    near_zero: String,
    /// Set where values are not numbers.
    defect: Option<String>,
}

#[derive(Serialize)]
struct TensorChart {
    heading: String,
    layer: Link,
    chart: Chart,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Weights;
    let weights = &book.findings.weights;
    let heading = format::plural(book.network.parameters(), "weight", "weights");
    let lead = lead(weights);
    let mut charts = Vec::new();
    for (number, weight) in weights.iter().enumerate() {
        if let Some(chart) = distribution::weights(weight, number)? {
            charts.push(TensorChart {
                heading: weight.name.clone(),
                layer: layer(book, &place, weight),
                chart,
            });
        }
    }
    let view = WeightsView {
        frame: Frame::new(book, &place, "Weights", format!("{heading}. {lead}")),
        heading,
        lead,
        rows: weights
            .iter()
            .map(|weight| row(book, &place, weight))
            .collect(),
        charts,
        spectra: spectra::rows(book, &place),
        data: book
            .urls
            .link(&place, &Place::File("data/weights.csv".into())),
    };
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn lead(weights: &[WeightFindings]) -> String {
    let layers: std::collections::BTreeSet<_> = weights.iter().map(|weight| weight.layer).collect();
    let fixed: u64 = weights
        .iter()
        .filter(|weight| !weight.trainable)
        .map(|weight| weight.summary.count)
        .sum();
    let place = format!(
        "In {} of {}.",
        format::plural(weights.len(), "tensor", "tensors"),
        format::plural(layers.len(), "layer", "layers")
    );
    match fixed {
        0 => format!("{place} Training changes all of them."),
        fixed => format!(
            "{place} Training leaves {} of them as they are.",
            format::count(fixed)
        ),
    }
}

fn layer(book: &Book<'_>, place: &Place, weight: &WeightFindings) -> Link {
    Link::to(
        weight.layer_name.clone(),
        book.urls.link(place, &Place::Layer(weight.layer)),
    )
}

fn row(book: &Book<'_>, place: &Place, weight: &WeightFindings) -> Row {
    let summary = &weight.summary;
    Row {
        layer: layer(book, place, weight),
        name: weight.name.clone(),
        trainable: weight.trainable,
        shape: format::shape(&weight.shape),
        count: format::count(weight.shape.iter().product::<usize>()),
        mean: format::decimal(summary.mean),
        std: format::decimal(summary.std),
        min: format::decimal(f64::from(summary.min)),
        max: format::decimal(f64::from(summary.max)),
        l1: format::decimal(weight.l1_norm),
        l2: format::decimal(weight.l2_norm),
        near_zero: format::percent(weight.near_zero),
        defect: words::not_finite(summary.nans),
    }
}
