//! The network: every layer with its shape, cost and health.

use serde::Serialize;

use super::activations::{self, Stage};
use super::dead;
use super::distribution::Chart;
use super::frame::Frame;
use super::network_graph::NetworkGraph;
use super::parts::{Link, Pictures};
use super::{selection, words};
use crate::analysis::LayerFindings;
use crate::format;
use crate::report::charts::{self, Spread, Words};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "layers.html";

#[derive(Serialize)]
struct LayersView {
    frame: Frame,
    heading: String,
    lead: String,
    /// A network without branches, from left to right.
    stages: Vec<Stage>,
    /// One with branches.
    graph: Option<NetworkGraph>,
    shown: Option<Link>,
    repeats: Option<String>,
    rows: Vec<Row>,
    parameters: String,
    multiply_adds: String,
    chart: Option<Chart>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    href: String,
    kind: String,
    /// The layers it reads, where that is not simply the one above.
    reads: String,
    shape: String,
    parameters: String,
    multiply_adds: String,
    field: String,
    zeros: String,
    dead: Link,
    /// Whether dead channels are this layer's own doing.
    warns: bool,
    values: String,
    same_as: Option<Link>,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Layers;
    let mut pictures = Pictures::new(book, &place);
    let findings = book.findings;
    let heading = format::plural(book.network.computed().count(), "layer", "layers");
    let shown = selection::first(book);
    let work: u64 = findings
        .layers
        .iter()
        .map(|layer| layer.multiply_adds)
        .sum();
    let lead = lead(book, work);
    let mut stages = || {
        shown.map_or_else(Vec::new, |sample| {
            activations::stages(book, &place, sample, pictures.picture(sample))
        })
    };
    let graph = NetworkGraph::new(&findings.layers, stages());
    let view = LayersView {
        frame: Frame::new(book, &place, "Layers", format!("{heading}. {lead}")),
        heading,
        lead,
        stages: if graph.is_some() {
            Vec::new()
        } else {
            stages()
        },
        graph,
        shown: shown
            .map(|sample| Link::to(format!("sample {sample}"), book.urls.sample(&place, sample))),
        repeats: activations::repeats(book),
        rows: findings
            .layers
            .iter()
            .map(|layer| row(book, &place, layer))
            .collect(),
        parameters: format::count(book.network.parameters()),
        multiply_adds: format::count(work),
        chart: chart(book)?,
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn lead(book: &Book<'_>, work: u64) -> String {
    let input = format::shape(book.network.input_shape().dimensions());
    format!(
        "Images of {input} in, {} out: {} and {} multiply-adds for one image.",
        format::plural(book.findings.classes.len(), "class", "classes"),
        format::plural(book.network.parameters(), "parameter", "parameters"),
        format::short_count(work),
    )
}

fn row(book: &Book<'_>, place: &Place, layer: &LayerFindings) -> Row {
    let layers = &book.findings.layers;
    let summary = &layer.summary;
    let seen = summary.count > 0;
    Row {
        name: layer.name.clone(),
        href: book.urls.link(place, &Place::Layer(layer.id)),
        kind: layer.kind.clone(),
        reads: reads(layers, layer),
        shape: format::shape(&layer.output_shape),
        parameters: format::count(layer.parameters),
        multiply_adds: format::count(layer.multiply_adds),
        field: layer
            .receptive_field
            .map_or_else(|| "–".into(), |(height, width)| format!("{height}×{width}")),
        zeros: if seen {
            format::percent(summary.zero_fraction)
        } else {
            "–".into()
        },
        dead: match layer.dead {
            _ if layer.same_values_as.is_some() => Link::plain(""),
            0 => Link::plain("0"),
            dead => Link::to(format::count(dead), dead::href(book, place, layer)),
        },
        warns: layer.counts_dead && layer.dead > 0,
        values: if seen {
            words::mean_and_spread(summary)
        } else {
            "–".into()
        },
        same_as: layer.same_values_as.map(|origin| {
            Link::to(
                layers[origin].name.clone(),
                book.urls.link(place, &Place::Layer(origin)),
            )
        }),
    }
}

/// Empty where a layer reads the one above it, as most do.
fn reads(layers: &[LayerFindings], layer: &LayerFindings) -> String {
    let above = layer.id.checked_sub(1);
    match &layer.inputs[..] {
        [] => String::new(),
        [only] if Some(*only) == above => String::new(),
        inputs => format::list(
            &inputs
                .iter()
                .map(|&input| layers[input].name.clone())
                .collect::<Vec<_>>(),
        ),
    }
}

/// How the values change on their way: mean and spread of every layer that makes its own.
fn chart(book: &Book<'_>) -> Result<Option<Chart>, ReportError> {
    let makes_values =
        |layer: &&LayerFindings| layer.same_values_as.is_none() && layer.summary.count > 0;
    let items: Vec<Spread> = book
        .findings
        .layers
        .iter()
        .filter(makes_values)
        .map(|layer| Spread {
            label: layer.name.clone(),
            mean: layer.summary.mean,
            std: layer.summary.std,
        })
        .collect();
    if items.is_empty() {
        return Ok(None);
    }
    let words = Words {
        id: "values",
        title: "Activations from layer to layer",
        description: "Mean and standard deviation of the values of each layer over all samples.",
        axis: "activation",
    };
    let caption = "Each point is the mean of all values of a layer over all samples, each line one standard deviation to \
                   either side. Values that grow or vanish from layer to layer make a network hard to train.";
    Ok(Some(Chart {
        svg: charts::ranges(&items, &words)?,
        caption: caption.into(),
    }))
}
