//! One channel of a layer: the samples that excite it most and where, its mean by class, how its values are spread,
//! what feeds it.

use serde::Serialize;

use super::activations::{self, ramp};
use super::channel_inputs::{self, Feeds};
use super::distribution::{self, Chart};
use super::frame::Frame;
use super::parts::{Figure, Link, Picture, Pictures};
use super::{channel_health, selection, words};
use crate::analysis::{ChannelFindings, LayerFindings};
use crate::format;
use crate::model::{LayerId, ReceptiveField, Region};
use crate::report::pictures::{ChannelMap, strip, strip_crop};
use crate::report::{Book, ReportError, channels, exemplars};
use crate::site::{Place, Site};

const TEMPLATE: &str = "channel.html";
/// The maps of the exemplars, in the folder of the page.
const MAPS: &str = "maps.png";
/// Sides in CSS pixels: an exemplar's patch and its map.
const SIDE: usize = 96;
/// Bars of classes where there are more of them.
const MOST_CLASSES: usize = 20;

#[derive(Serialize)]
struct ChannelView {
    frame: Frame,
    heading: String,
    lead: Vec<Link>,
    figures: Vec<Figure>,
    exemplars: Vec<Exemplar>,
    exemplars_note: String,
    with_maps: bool,
    /// The channel's own colours.
    ramp: &'static str,
    low: String,
    high: String,
    samples: Vec<SampleMap>,
    classes: Vec<ClassBar>,
    classes_note: String,
    feeds: Option<Feeds>,
    chart: Option<Chart>,
    data: String,
}

/// A sample that excites the channel.
#[derive(Serialize)]
struct Exemplar {
    href: String,
    picture: Picture,
    /// Style of the frame around what the strongest position sees; `None` where it sees all, or that is not known.
    mark: Option<String>,
    patch: Option<Picture>,
    map: Option<Picture>,
    index: usize,
    answer: String,
    value: String,
}

/// The channel on a selected sample, in the colours that all channels of the layer share there.
#[derive(Serialize)]
struct SampleMap {
    sample: Link,
    answer: String,
    map: Picture,
    ramp: &'static str,
    low: String,
    high: String,
}

#[derive(Serialize)]
struct ClassBar {
    class: Link,
    mean: String,
    width: String,
}

/// Writes the pages of a layer's channels; `pictures` are those of the layer's page, which hold all exemplars.
pub fn write(
    book: &Book<'_>,
    site: &Site,
    layer: LayerId,
    pictures: &mut Pictures<'_>,
) -> Result<(), ReportError> {
    let numbers = channels::with_page(book.findings, layer);
    let field = &ReceptiveField::of(book.network)[layer];
    // In the order of their numbers, so that one can leaf through them.
    let mut order = numbers.clone();
    order.sort_unstable();
    for (rank, &channel) in order.iter().enumerate() {
        let place = Place::Channel { layer, channel };
        let neighbours = |rank: Option<usize>| rank.and_then(|rank| order.get(rank)).copied();
        let around = Around {
            rank,
            all: order.len(),
            previous: neighbours(rank.checked_sub(1)),
            next: neighbours(Some(rank + 1)),
        };
        let maps = write_maps(book, site, &place, layer, channel)?;
        let view = ChannelView::new(
            book,
            &place,
            (layer, channel),
            field,
            &around,
            &maps,
            pictures,
        )?;
        site.page(&place, TEMPLATE, &view)?;
    }
    Ok(())
}

/// A channel's place among those with a page.
struct Around {
    rank: usize,
    all: usize,
    previous: Option<usize>,
    next: Option<usize>,
}

/// The maps that were drawn of the channel's exemplars, in one file.
fn write_maps<'a>(
    book: &'a Book<'_>,
    site: &Site,
    place: &Place,
    layer: LayerId,
    channel: usize,
) -> Result<Vec<(usize, &'a ChannelMap)>, ReportError> {
    let exemplars = &book.findings.layers[layer].channels[channel].exemplars;
    let maps: Vec<(usize, &ChannelMap)> = exemplars
        .iter()
        .filter_map(|ranked| {
            let sample = ranked.index as usize;
            Some((sample, book.exemplars.map(layer, channel, sample)?))
        })
        .filter(|(_, map)| map.extent() != (1, 1))
        .collect();
    if !maps.is_empty() {
        let path = format!("{}{MAPS}", book.urls.folder(place));
        let only: Vec<&ChannelMap> = maps.iter().map(|(_, map)| *map).collect();
        site.file(&path, &strip(&path, &only)?)?;
    }
    Ok(maps)
}

impl ChannelView {
    fn new(
        book: &Book<'_>,
        place: &Place,
        (id, number): (LayerId, usize),
        field: &ReceptiveField,
        around: &Around,
        maps: &[(usize, &ChannelMap)],
        pictures: &mut Pictures<'_>,
    ) -> Result<Self, ReportError> {
        let layer = &book.findings.layers[id];
        let channel = &layer.channels[number];
        let scale = exemplars::scale(book.findings, id, number);
        let shown: Vec<Exemplar> = channel
            .exemplars
            .iter()
            .map(|ranked| {
                let sample = ranked.index as usize;
                let map = maps.iter().position(|(index, _)| *index == sample);
                let mut exemplar = exemplar(book, place, sample, pictures);
                exemplar.value = format::decimal(f64::from(ranked.value));
                if let Some(at) = map {
                    exemplar.show(book, place, field, (maps, at), pictures);
                }
                exemplar
            })
            .collect();
        Ok(Self {
            frame: frame(book, place, (id, number), around),
            heading: format!("{}, channel {number}", layer.name),
            lead: lead(book, place, layer, channel, number),
            figures: figures(channel)
                .into_iter()
                .chain(channel_health::figures(book, id, number))
                .collect(),
            exemplars_note: exemplars_note(layer, &shown, maps),
            with_maps: !maps.is_empty(),
            exemplars: shown,
            ramp: ramp(scale.palette),
            low: format::decimal(f64::from(scale.min)),
            high: format::decimal(f64::from(scale.max)),
            samples: samples(book, place, id, number),
            classes: classes(book, place, channel),
            classes_note: classes_note(book, channel),
            feeds: channel_inputs::feeds(book, place, id, number),
            chart: distribution::channel(book.findings, layer, number)?,
            data: book
                .urls
                .link(place, &Place::File("data/channels.csv".into())),
        })
    }
}

fn frame(book: &Book<'_>, place: &Place, (id, number): (LayerId, usize), around: &Around) -> Frame {
    let layer = &book.findings.layers[id];
    let description = format!(
        "What excites channel {number} of {}, where, and what feeds it.",
        layer.name
    );
    let link = |channel: usize| {
        let to = Place::Channel { layer: id, channel };
        Link::to(format!("channel {channel}"), book.urls.link(place, &to))
    };
    Frame::new(book, place, format!("Channel {number}"), description)
        .entitled(book, &format!("{}, channel {number}", layer.name))
        .below(Link::layer(book, place, id))
        .between(
            (around.rank, around.all),
            around.previous.map(link),
            around.next.map(link),
        )
}

/// What it is, which class it prefers, where it reads.
fn lead(
    book: &Book<'_>,
    place: &Place,
    layer: &LayerFindings,
    channel: &ChannelFindings,
    number: usize,
) -> Vec<Link> {
    let mut lead = vec![
        Link::plain("One of "),
        Link::plain(format::plural(layer.channels.len(), "channel", "channels")),
        Link::plain(" of "),
        Link::layer(book, place, layer.id),
        Link::plain(format!(" ({}).", layer.kind)),
    ];
    if let Some(preference) = channel.preference {
        lead.push(Link::plain(" It prefers "));
        lead.push(Link::class(book, place, preference.class));
        lead.push(Link::plain(format!(
            ": its mean activation there is {} times that over all images.",
            format::fixed(preference.ratio, 2)
        )));
    }
    if let Some(input) = same_channel(book, layer) {
        lead.push(Link::plain(" It reads "));
        lead.push(Link::channel(book, place, input, number));
        lead.push(Link::plain("."));
    }
    lead
}

/// The layer whose channel of the same number it reads, where it has no weights that would mix channels.
fn same_channel(book: &Book<'_>, layer: &LayerFindings) -> Option<LayerId> {
    let [input] = layer.inputs[..] else {
        return None;
    };
    let layers = &book.findings.layers;
    let source = layers[input].same_values_as.unwrap_or(input);
    let mixes = book
        .network
        .layer(layer.id)
        .weights
        .iter()
        .any(|weight| weight.shape.len() > 1);
    let keeps = layers[source].channels.len() == layer.channels.len()
        && layers[source].output_shape.last() == layer.output_shape.last();
    (!mixes && keeps && !layers[source].inputs.is_empty()).then_some(source)
}

fn figures(channel: &ChannelFindings) -> Vec<Figure> {
    let summary = &channel.summary;
    vec![
        Figure::new(
            "Mean",
            format::decimal(summary.mean),
            format!("± {}", format::decimal(summary.std)),
        ),
        Figure::new("Range", words::extremes(summary), ""),
        Figure::new(
            "Zeros",
            format::percent(summary.zero_fraction),
            "of its values",
        ),
    ]
}

fn exemplar(
    book: &Book<'_>,
    place: &Place,
    sample: usize,
    pictures: &mut Pictures<'_>,
) -> Exemplar {
    Exemplar {
        href: book.urls.sample(place, sample),
        picture: pictures.picture_from(place, sample),
        mark: None,
        patch: None,
        map: None,
        index: sample,
        answer: words::answer(book.findings, sample),
        value: String::new(),
    }
}

impl Exemplar {
    /// Adds the map, and where the layer sees only a part of the image, the frame around it and the part itself.
    fn show(
        &mut self,
        book: &Book<'_>,
        place: &Place,
        field: &ReceptiveField,
        (maps, at): (&[(usize, &ChannelMap)], usize),
        pictures: &mut Pictures<'_>,
    ) {
        let (sample, map) = maps[at];
        let (height, width) = map.extent();
        let crop = strip_crop(MAPS, maps.len(), at, map.extent());
        let alt = format!("map of sample {sample}");
        self.map = Some(Picture::new(&crop, alt).within((width, height), SIDE));
        // What is shown of a sample is what the network reads only where nothing was resized or cut.
        let Some((rows, columns, _)) = book.network.input_shape().as_image() else {
            return;
        };
        let is_whole_image = book.dataset.image_size() == Some((columns, rows))
            && book.settings.preprocess.steps.geometry().is_identity();
        if field.is_whole() || !is_whole_image {
            return;
        }
        let region = field.region(map.peak);
        if region.height == 0 || region.width == 0 {
            return;
        }
        self.mark = Some(mark(region, (rows, columns)));
        let alt = format!(
            "{}×{} pixels of sample {sample} from row {}, column {}",
            region.height, region.width, region.top, region.left
        );
        self.patch = Some(
            pictures
                .part_from(place, sample, region, alt)
                .within((region.width, region.height), SIDE),
        );
    }
}

/// A region as a share of the image.
fn mark(region: Region, (rows, columns): (usize, usize)) -> String {
    let share = |part: usize, whole: usize| format::width(part as f64 / whole as f64);
    format!(
        "left:{};top:{};width:{};height:{}",
        share(region.left, columns),
        share(region.top, rows),
        share(region.width, columns),
        share(region.height, rows)
    )
}

fn exemplars_note(
    layer: &LayerFindings,
    exemplars: &[Exemplar],
    maps: &[(usize, &ChannelMap)],
) -> String {
    let mut note = if layer.output_shape.len() > 1 {
        String::from("By their strongest single position")
    } else {
        String::from("By its value")
    };
    if exemplars.iter().any(|exemplar| exemplar.patch.is_some()) {
        note.push_str(", whose receptive field is framed on the image and cut out beside it");
    }
    if !maps.is_empty() {
        note.push_str(". Their maps share the channel's own scale");
    }
    note + "."
}

fn samples(book: &Book<'_>, place: &Place, layer: LayerId, channel: usize) -> Vec<SampleMap> {
    let samples = selection::all(book).into_iter();
    samples
        .filter_map(|sample| {
            let (map, scale) = activations::channel_map(book, place, sample, (layer, channel))?;
            Some(SampleMap {
                sample: Link::to(format!("Sample {sample}"), book.urls.sample(place, sample)),
                answer: words::answer(book.findings, sample),
                map,
                ramp: ramp(scale.palette),
                low: format::decimal(f64::from(scale.min)),
                high: format::decimal(f64::from(scale.max)),
            })
        })
        .collect()
}

/// Classes by the channel's mean, the highest first, the lower number among equals.
fn classes(book: &Book<'_>, place: &Place, channel: &ChannelFindings) -> Vec<ClassBar> {
    let mut order: Vec<(usize, f64)> = channel
        .class_means
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, mean)| mean.is_finite())
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.truncate(MOST_CLASSES);
    let highest = order.first().map_or(0.0, |(_, mean)| *mean);
    let bars = order.into_iter().map(|(class, mean)| ClassBar {
        class: Link::class(book, place, class),
        mean: format::decimal(mean),
        width: format::width(if highest > 0.0 {
            (mean / highest).max(0.0)
        } else {
            0.0
        }),
    });
    bars.collect()
}

fn classes_note(book: &Book<'_>, channel: &ChannelFindings) -> String {
    let classes = channel.class_means.len();
    let which = if classes > MOST_CLASSES {
        format!("the {MOST_CLASSES} highest of {}", format::count(classes))
    } else {
        "the highest first".into()
    };
    let images = format::plural(book.findings.outcomes.len(), "image", "images");
    format!("{which}, over all positions of {images}")
}
