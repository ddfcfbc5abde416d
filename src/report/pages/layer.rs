//! One layer: what it is, its kernels, what it makes of the selected samples, its channels and how their
//! values are spread.

use rayon::prelude::*;
use serde::Serialize;

use super::activations::{self, BandView};
use super::dead::{self, DeadRow};
use super::distribution::{self, Chart};
use super::frame::Frame;
use super::kernels::{self, Kernels};
use super::parts::{Figure, Link, Picture, Pictures, Thumb};
use super::{channel, channel_health, selection, words};
use crate::analysis::LayerFindings;
use crate::format;
use crate::model::{LayerId, Outline};
use crate::pipeline::EXEMPLARS;
use crate::report::{Book, ReportError, channels};
use crate::site::{Place, Site};

const TEMPLATE: &str = "layer.html";
/// Channels in the table; all are in `data/channels.csv`.
const MOST_CHANNELS: usize = 128;
/// Widest maps of the selected samples after the first, in CSS pixels: two stand side by side.
const HALF: usize = 512;
/// Side of a kernel in the table of channels.
const KERNEL: usize = 36;

#[derive(Serialize)]
struct LayerView {
    frame: Frame,
    name: String,
    lead: String,
    figures: Vec<Figure>,
    /// The layer whose values it hands on unchanged.
    same_as: Option<Link>,
    kernels: Vec<Kernels>,
    /// The first selected sample large, the others two by two.
    first: Option<SampleBand>,
    samples: Vec<SampleBand>,
    /// Why there are no maps, where there are none.
    no_samples: String,
    /// Dead channels in a sentence; the table leaves them out.
    dead: Option<String>,
    dead_rows: Vec<DeadRow>,
    channels: Vec<ChannelRow>,
    channels_note: String,
    /// Whether the first column shows the channel's kernel.
    with_kernels: bool,
    with_preferences: bool,
    /// Explanations of the columns on the health of channels; empty where there are none.
    health_note: String,
    chart: Option<Chart>,
    data: String,
}

#[derive(Serialize)]
struct SampleBand {
    sample: Link,
    answer: String,
    thumb: Thumb,
    band: BandView,
}

#[derive(Serialize)]
struct ChannelRow {
    link: Link,
    kernel: Option<Picture>,
    mean: String,
    std: String,
    min: String,
    max: String,
    zeros: String,
    health: [String; 3],
    prefers: Option<Link>,
    ratio: String,
    exemplars: Vec<Thumb>,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let layers = book.findings.layers.len();
    let written: Vec<_> = (0..layers)
        .into_par_iter()
        .map(|id| write_one(book, site, id))
        .collect();
    written.into_iter().collect()
}

fn write_one(book: &Book<'_>, site: &Site, id: LayerId) -> Result<(), ReportError> {
    let place = Place::Layer(id);
    let mut pictures = Pictures::new(book, &place).in_small_sheets();
    let kernels = kernels::kernels(book, site, id)?;
    let view = LayerView::new(book, &place, id, kernels, &mut pictures)?;
    channel::write(book, site, id, &mut pictures)?;
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

impl LayerView {
    fn new(
        book: &Book<'_>,
        place: &Place,
        id: LayerId,
        kernels: Vec<Kernels>,
        pictures: &mut Pictures<'_>,
    ) -> Result<Self, ReportError> {
        let layer = &book.findings.layers[id];
        let channels = rows(book, place, layer, &kernels, pictures);
        let mut samples = bands(book, place, id, pictures).into_iter();
        let first = samples.next();
        Ok(Self {
            frame: frame(book, id),
            name: layer.name.clone(),
            lead: lead(layer),
            figures: figures(layer),
            same_as: layer
                .same_values_as
                .map(|origin| Link::layer(book, place, origin)),
            no_samples: no_samples(book, layer, first.is_none()),
            first,
            samples: samples.collect(),
            dead: dead(layer),
            dead_rows: dead::of_layer(book, place, layer)
                .into_iter()
                .take(MOST_CHANNELS)
                .collect(),
            with_kernels: channels.iter().any(|row| row.kernel.is_some()),
            with_preferences: channels.iter().any(|row| row.prefers.is_some()),
            health_note: channel_health::note(book, id),
            channels,
            channels_note: channels_note(book, layer),
            kernels,
            chart: if layer.same_values_as.is_some() {
                None
            } else {
                distribution::activations(book.findings, layer)?
            },
            data: book
                .urls
                .link(place, &Place::File("data/channels.csv".into())),
        })
    }
}

fn frame(book: &Book<'_>, id: LayerId) -> Frame {
    let place = Place::Layer(id);
    let layers = &book.findings.layers;
    let neighbour = |id: usize| (id < layers.len()).then(|| Link::layer(book, &place, id));
    let layer = &layers[id];
    let description = format!("{}: {}.", layer.name, layer.description);
    let frame = Frame::new(book, &place, layer.name.clone(), description);
    let (previous, next) = (id.checked_sub(1).and_then(neighbour), neighbour(id + 1));
    let mut computed = book.network.computed();
    let all = book.network.computed().count();
    let rank = computed.position(|(computed, _)| computed == id);
    let mut frame = frame.between((rank.unwrap_or(0), all), previous, next);
    // The input is no layer of the count.
    if rank.is_none() {
        frame.position = None;
    }
    frame
}

/// What it is, how much of the image it sees, what it costs.
fn lead(layer: &LayerFindings) -> String {
    let mut sentences = vec![format!("{}.", layer.description)];
    if let Some((height, width)) = layer.receptive_field
        && !layer.inputs.is_empty()
    {
        sentences.push(format!(
            "Each position sees {height}×{width} pixels of the input."
        ));
    }
    let cost = match (layer.parameters, layer.multiply_adds) {
        (0, 0) => None,
        (0, work) => Some(format!("{} an image.", operations(work))),
        (parameters, 0) => Some(format!(
            "{}.",
            format::plural(parameters, "parameter", "parameters")
        )),
        (parameters, work) => Some(format!(
            "{}, {} an image.",
            format::plural(parameters, "parameter", "parameters"),
            operations(work)
        )),
    };
    sentences.extend(cost);
    sentences.join(" ")
}

fn operations(work: u64) -> String {
    if work == 1 {
        "1 multiply-add".into()
    } else {
        format!("{} multiply-adds", format::short_count(work))
    }
}

fn figures(layer: &LayerFindings) -> Vec<Figure> {
    let summary = &layer.summary;
    let mut figures = vec![Figure::new(
        "Output",
        format::shape(&layer.output_shape),
        "",
    )];
    if summary.count > 0 {
        figures.push(Figure::new(
            "Zeros",
            format::percent(summary.zero_fraction),
            "of its values",
        ));
        if layer.same_values_as.is_none() && !layer.inputs.is_empty() {
            let of = format!("of {}", format::count(layer.channels.len()));
            let figure = Figure::new("Dead channels", format::count(layer.dead), of);
            figures.push(if layer.dead > 0 {
                figure.leading_to(format!("#{}", dead::ANCHOR))
            } else {
                figure
            });
        }
        figures.push(Figure::new(
            "Mean",
            format::decimal(summary.mean),
            format!("± {}", format::decimal(summary.std)),
        ));
        figures.push(Figure::new("Range", words::extremes(summary), ""));
    }
    if let Some(defect) = words::not_finite(summary.nans) {
        figures.push(Figure::new("NaN", format::count(summary.nans), defect));
    }
    figures
}

fn bands(
    book: &Book<'_>,
    place: &Place,
    id: LayerId,
    pictures: &mut Pictures<'_>,
) -> Vec<SampleBand> {
    let samples = selection::all(book).into_iter().enumerate();
    samples
        .filter_map(|(rank, sample)| {
            let widest = if rank == 0 { activations::WIDEST } else { HALF };
            let band = activations::band(book, place, sample, id, widest)?;
            Some(SampleBand {
                sample: Link::to(format!("Sample {sample}"), book.urls.sample(place, sample)),
                answer: words::answer(book.findings, sample),
                thumb: pictures.thumb(sample),
                band,
            })
        })
        .collect()
}

fn no_samples(book: &Book<'_>, layer: &LayerFindings, none: bool) -> String {
    if !none || layer.same_values_as.is_some() || layer.inputs.is_empty() {
        return String::new();
    }
    if selection::all(book).is_empty() {
        return "No sample is selected in the settings (samples.selected).".into();
    }
    if book.settings.layers.is_open() && Outline::of(book.network).words.is_some() {
        return "This network is drawn by some of its layers, and this is none of them (layers.include)."
            .into();
    }
    "The settings leave this layer out (layers.include, layers.exclude).".into()
}

/// `5, 8, 23 and 25 are zero …`; a pooling layer says whose doing that is by its counts, not here.
fn dead(layer: &LayerFindings) -> Option<String> {
    let numbers: Vec<String> = (0..layer.channels.len())
        .filter(|&number| layer.channels[number].dead)
        .map(|number| number.to_string())
        .collect();
    match numbers.len() {
        0 => None,
        1 => Some(format!(
            "Channel {} is zero at every position of every image.",
            numbers[0]
        )),
        _ => Some(format!(
            "Channels {} are zero at every position of every image.",
            format::list(&numbers)
        )),
    }
}

/// The rows of the table.
fn rows(
    book: &Book<'_>,
    place: &Place,
    layer: &LayerFindings,
    kernels: &[Kernels],
    pictures: &mut Pictures<'_>,
) -> Vec<ChannelRow> {
    let kernels = kernels.iter().find(|kernels| kernels.is_of_pictures());
    channels::live_ones(&layer.channels)
        .into_iter()
        .take(MOST_CHANNELS)
        .map(|number| row(book, place, layer, number, kernels, pictures))
        .collect()
}

fn row(
    book: &Book<'_>,
    place: &Place,
    layer: &LayerFindings,
    number: usize,
    kernels: Option<&Kernels>,
    pictures: &mut Pictures<'_>,
) -> ChannelRow {
    let channel = &layer.channels[number];
    let summary = &channel.summary;
    let exemplars: Vec<usize> = channel
        .exemplars
        .iter()
        .map(|ranked| ranked.index as usize)
        .collect();
    ChannelRow {
        link: link(book, place, layer, number),
        kernel: kernels.and_then(|kernels| kernels.picture(number, KERNEL)),
        mean: format::decimal(summary.mean),
        std: format::decimal(summary.std),
        min: format::decimal(f64::from(summary.min)),
        max: format::decimal(f64::from(summary.max)),
        zeros: format::percent(summary.zero_fraction),
        health: channel_health::numbers(book, layer.id, number),
        prefers: channel.preference.map(|preference| {
            let to = book.urls.link(place, &Place::Class(preference.class));
            Link::to(book.findings.classes[preference.class].clone(), to)
        }),
        ratio: channel.preference.map_or_else(String::new, |preference| {
            format!("×{}", format::fixed(preference.ratio, 2))
        }),
        exemplars: pictures.thumbs(&exemplars, EXEMPLARS),
    }
}

/// Its number, leading to its page where it has one.
fn link(book: &Book<'_>, place: &Place, layer: &LayerFindings, channel: usize) -> Link {
    if !channels::with_page(book.findings, layer.id).contains(&channel) {
        return Link::plain(channel.to_string());
    }
    let to = Place::Channel {
        layer: layer.id,
        channel,
    };
    Link::to(channel.to_string(), book.urls.link(place, &to))
}

fn channels_note(book: &Book<'_>, layer: &LayerFindings) -> String {
    let samples = format::plural(book.findings.outcomes.len(), "image", "images");
    let all = layer.channels.len();
    if all - layer.dead > MOST_CHANNELS {
        return format!(
            "the {MOST_CHANNELS} with the highest values of {}, over {samples}",
            format::count(all)
        );
    }
    format!("the highest value first, over {samples}")
}
