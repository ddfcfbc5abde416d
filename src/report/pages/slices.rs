//! Slices: where the network is weak, by what images look like and by what it makes of them.

use serde::Serialize;

use super::frame::Frame;
use super::parts::{Link, Pictures, Range, Thumb};
use crate::analysis::{ALPHA, Property, Slice};
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "slices.html";
/// Weak slices with pictures, and pictures of each.
const WEAK: usize = 6;
const THUMBS: usize = 10;
/// Pictures of a cluster in its row.
const BESIDE: usize = 5;

#[derive(Serialize)]
struct SlicesView {
    frame: Frame,
    heading: String,
    lead: String,
    weak: Vec<WeakView>,
    tables: Vec<Table>,
    clusters: Vec<Row>,
    clusters_note: String,
    note: String,
    data: Link,
}

/// A slice that is weaker than the rest.
#[derive(Serialize)]
struct WeakView {
    heading: String,
    text: String,
    thumbs: Vec<Thumb>,
}

/// The slices of one property.
#[derive(Serialize)]
struct Table {
    name: String,
    what: &'static str,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    samples: String,
    wrong: String,
    range: Range,
    interval: String,
    adjusted: String,
    is_weak: bool,
    /// The most frequent label and its share.
    class: Link,
    class_share: String,
    thumbs: Vec<Thumb>,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Slices;
    let mut pictures = Pictures::new(book, &place);
    let (heading, lead) = (heading(book), lead(book));
    let weak = book.findings.slices.weak().take(WEAK);
    let view = SlicesView {
        frame: Frame::new(book, &place, "Slices", format!("{heading}. {lead}")),
        heading,
        lead,
        weak: weak
            .map(|slice| weak_view(book, &mut pictures, slice))
            .collect(),
        tables: tables(book, &place, &mut pictures),
        clusters: of_property(book, Property::Cluster)
            .map(|slice| row(book, &place, &mut pictures, slice))
            .collect(),
        clusters_note: clusters_note(book),
        note: note(book),
        data: Link::to(
            "slices.csv",
            book.urls
                .link(&place, &Place::File("data/slices.csv".into())),
        ),
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn of_property<'a>(book: &'a Book<'_>, property: Property) -> impl Iterator<Item = &'a Slice> {
    let all = book.findings.slices.all.iter();
    all.filter(move |slice| slice.property == property)
}

fn heading(book: &Book<'_>) -> String {
    let mut weak = book.findings.slices.weak();
    match (weak.next(), weak.count()) {
        (None, _) => "No slice of the images is weaker than the rest".into(),
        (Some(worst), 0) => format!("Weak on {}", worst.name()),
        (Some(worst), more) => format!(
            "Weak on {}, and on {}",
            worst.name(),
            format::plural(more, "other slice", "other slices")
        ),
    }
}

fn lead(book: &Book<'_>) -> String {
    let looked = book.findings.slices.all.len();
    if looked == 0 {
        return "There are too few samples, or they are too much alike, to be cut into slices."
            .into();
    }
    let weak = book.findings.slices.weak().count();
    let found = match weak {
        0 => "In none of them".into(),
        1 => "In one of them".into(),
        many => format!("In {} of them", format::count(many)),
    };
    format!(
        "All images were cut {} ways: by what they look like, and by what the network makes of them. {found} the share of wrong answers is higher \
         than in the rest beyond what chance explains, the number of slices considered.",
        format::count(looked)
    )
}

fn weak_view(book: &Book<'_>, pictures: &mut Pictures<'_>, slice: &Slice) -> WeakView {
    let class = &book.findings.classes[slice.class];
    let rest = slice
        .rest
        .map_or("–".into(), |rest| format::percent(rest.share));
    let name = slice.name();
    let mut letters = name.chars();
    let capital = letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().collect());
    WeakView {
        heading: format!("{capital}{}", letters.as_str()),
        text: format!(
            "{} of {} are misread ({}), against {rest} of the others; p = {} after correction. {} of them are labelled {class}.",
            format::percent(slice.wrong.share),
            format::plural(slice.wrong.total, "sample", "samples"),
            format::interval(&slice.wrong),
            format::probability(slice.adjusted),
            format::percent(slice.class_share),
        ),
        thumbs: pictures.thumbs(&slice.mistakes, THUMBS),
    }
}

fn tables(book: &Book<'_>, place: &Place, pictures: &mut Pictures<'_>) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for slice in book
        .findings
        .slices
        .all
        .iter()
        .filter(|slice| slice.property != Property::Cluster)
    {
        let name = slice.property.name();
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table {
                name: name.into(),
                what: what(slice.property),
                rows: Vec::new(),
            });
        }
        if let Some(table) = tables.last_mut() {
            table.rows.push(row(book, place, pictures, slice));
        }
    }
    tables
}

/// What a property is, for the heading of its table.
fn what(property: Property) -> &'static str {
    match property {
        Property::Brightness => "perceived, of the mean colour, 0 to 1",
        Property::Contrast => "standard deviation of the grey tones, 0 to 0.5",
        Property::Saturation => "mean over the pixels, 0 to 1",
        Property::Sharpness => "variance of the Laplacian",
        Property::Entropy => "of the grey tones, in bits",
        Property::Size => "root of width × height, in pixels",
        Property::Aspect => "shorter side by longer side",
        Property::Cluster => "",
    }
}

fn row(book: &Book<'_>, place: &Place, pictures: &mut Pictures<'_>, slice: &Slice) -> Row {
    let name = match slice.property {
        Property::Cluster => format!("{}", slice.part + 1),
        _ => format!(
            "{} to {}",
            format::decimal(slice.low),
            format::decimal(slice.high)
        ),
    };
    Row {
        name,
        samples: format::count(slice.wrong.total),
        wrong: format::percent(slice.wrong.share),
        range: Range::from(&slice.wrong),
        interval: format::interval(&slice.wrong),
        adjusted: format::probability(slice.adjusted),
        is_weak: slice.is_weak(),
        class: Link::class(book, place, slice.class),
        class_share: format::percent_short(slice.class_share),
        thumbs: pictures.thumbs(&slice.samples, BESIDE),
    }
}

fn clusters_note(book: &Book<'_>) -> String {
    let clusters = of_property(book, Property::Cluster).count();
    if clusters == 0 {
        return String::new();
    }
    format!(
        "k-means with {clusters} centres on {}; the pictures are those nearest to each centre",
        features(book)
    )
}

/// What the clusters are made of.
fn features(book: &Book<'_>) -> String {
    let found = &book.findings.features;
    let layer = found
        .layer
        .map_or("the last layer", |layer| &book.findings.layers[layer].name);
    if found.is_projected {
        return format!(
            "{} random sums of the {} values of {layer}, which would not fit into memory",
            format::count(found.width),
            format::count(found.units)
        );
    }
    format!(
        "the {} of {layer}",
        format::plural(found.units, "value", "values")
    )
}

fn note(book: &Book<'_>) -> String {
    format!(
        "Each property is cut at its quintiles; where many images have one value there are fewer parts. p is the probability of at least so many \
         mistakes among as many images drawn blindly (hypergeometric, which is Fisher's exact test), times what Holm's correction for {} asks for; \
         below {ALPHA} a slice counts as weak. Intervals are Wilson's at 95\u{202f}%. A slice may be weak because of the classes in it: the last column \
         tells the most frequent one.",
        format::plural(book.findings.slices.all.len(), "slice", "slices")
    )
}
