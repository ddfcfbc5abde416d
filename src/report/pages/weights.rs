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
/// Most tensors with a histogram, and most in the table: large networks have hundreds, and a page of all of them
/// would be slow to open. `data/weights.csv` has all.
const MOST_CHARTS: usize = 64;
const MOST_ROWS: usize = 320;

#[derive(Serialize)]
struct WeightsView {
    frame: Frame,
    heading: String,
    lead: String,
    rows: Vec<Row>,
    /// Which tensors the table lacks, and which have no histogram.
    rows_note: Option<String>,
    charts_note: Option<String>,
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
    let (in_table, with_chart) = (largest(weights, MOST_ROWS), largest(weights, MOST_CHARTS));
    let mut charts = Vec::new();
    for number in with_chart.iter().copied() {
        let weight = &weights[number];
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
        rows: in_table
            .iter()
            .map(|&number| row(book, &place, &weights[number]))
            .collect(),
        rows_note: of_many(in_table.len(), weights.len()),
        charts_note: of_many(with_chart.len(), weights.len()),
        charts,
        spectra: spectra::rows(book, &place),
        data: book
            .urls
            .link(&place, &Place::File("data/weights.csv".into())),
    };
    Ok(site.page(&place, TEMPLATE, &view)?)
}

/// The numbers of the tensors with the most values, ascending; the first ones among equals.
fn largest(weights: &[WeightFindings], most: usize) -> Vec<usize> {
    let values = |number: usize| weights[number].shape.iter().product::<usize>();
    let mut numbers: Vec<usize> = (0..weights.len()).collect();
    numbers.sort_by_key(|&number| std::cmp::Reverse(values(number)));
    numbers.truncate(most);
    numbers.sort_unstable();
    numbers
}

fn of_many(shown: usize, all: usize) -> Option<String> {
    (shown < all).then(|| {
        format!(
            "The {} largest of {} tensors.",
            format::count(shown),
            format::count(all)
        )
    })
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
