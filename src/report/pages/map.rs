//! The map: every sample as a point, near those of which the network makes much the same. A picture for those without
//! scripts; with them it can be moved, enlarged and asked.

use serde::Serialize;

use super::frame::Frame;
use super::gallery_tiles;
use super::parts::Link;
use crate::format;
use crate::report::pictures::{SCATTER, class_colour, scatter};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "map.html";
const DATA: &str = "map.js";
const BY_TRUTH: &str = "by-label.png";
const BY_RIGHT: &str = "mistakes.png";
const RIGHT: [u8; 3] = [0x8a, 0x92, 0x99];
const WRONG: [u8; 3] = [0xd9, 0x54, 0x1e];
/// From the least to the most confident.
const RAMP: [[u8; 3]; 5] = [
    [0xd9, 0x54, 0x1e],
    [0xe0, 0xa0, 0x3c],
    [0xa9, 0xb6, 0x5c],
    [0x4f, 0x9d, 0x93],
    [0x2a, 0x6f, 0xa3],
];
/// Steps of a coordinate in the script's data.
const STEPS: f32 = 9_999.0;

#[derive(Serialize)]
struct MapView {
    frame: Frame,
    heading: String,
    lead: String,
    layouts: Vec<LayoutView>,
    legend: Vec<Key>,
    side: usize,
    note: String,
    data: Link,
}

#[derive(Serialize)]
struct LayoutView {
    name: &'static str,
    words: String,
    /// Pictures of it, by truth, and by right and wrong where there are mistakes, with what is seen on them.
    by_truth: String,
    by_right: Option<String>,
    right_key: Vec<Key>,
}

/// What a colour means.
#[derive(Serialize)]
struct Key {
    colour: String,
    text: String,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Map;
    let layouts = &book.findings.map.layouts;
    let heading = if layouts.is_empty() {
        "There is no map"
    } else {
        "All samples as the network sees them"
    };
    let lead = lead(book);
    for layout in layouts {
        draw(book, site, layout)?;
    }
    if !layouts.is_empty() {
        script_data(book, site)?;
    }
    let view = MapView {
        frame: Frame::new(book, &place, "Map", format!("{heading}. {lead}")),
        heading: heading.into(),
        lead,
        layouts: layouts
            .iter()
            .map(|layout| layout_view(book, layout))
            .collect(),
        legend: legend(book),
        side: SCATTER,
        note: note(book),
        data: Link::to(
            "map.csv",
            book.urls.link(&place, &Place::File("data/map.csv".into())),
        ),
    };
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn lead(book: &Book<'_>) -> String {
    let features = &book.findings.features;
    let Some(layer) = features
        .layer
        .filter(|_| !book.findings.map.layouts.is_empty())
    else {
        return "The features that enter the last layer have no spread, or there is no layer with a kernel.".into();
    };
    format!(
        "Each point is one of {}; points lie near each other where the values of {} are much the same. A point among those of another class is an image \
         that looks like that class to the network.",
        format::plural(book.findings.outcomes.len(), "image", "images"),
        book.findings.layers[layer].name
    )
}

fn layout_view(book: &Book<'_>, layout: &crate::analysis::Layout) -> LayoutView {
    let wrong = format::count(book.findings.mistakes.len());
    let right = format::count(book.findings.outcomes.len() - book.findings.mistakes.len());
    LayoutView {
        name: layout.name,
        words: layout.words.clone(),
        by_truth: picture(layout.name, BY_TRUTH),
        by_right: (!book.findings.mistakes.is_empty()).then(|| picture(layout.name, BY_RIGHT)),
        right_key: vec![
            key(RIGHT, format!("right ({right})")),
            key(WRONG, format!("wrong ({wrong})")),
        ],
    }
}

fn picture(layout: &str, kind: &str) -> String {
    format!("{}-{kind}", layout.to_lowercase())
}

fn key([red, green, blue]: [u8; 3], text: String) -> Key {
    Key {
        colour: format!("#{red:02x}{green:02x}{blue:02x}"),
        text,
    }
}

fn legend(book: &Book<'_>) -> Vec<Key> {
    let classes = book.findings.classes.iter().enumerate();
    classes
        .map(|(class, name)| {
            key(
                class_colour(class, book.findings.classes.len()),
                name.clone(),
            )
        })
        .collect()
}

fn note(book: &Book<'_>) -> String {
    let features = &book.findings.features;
    if features.is_projected {
        return format!(
            "The layer has {} values, of which {} random sums were kept to fit into memory.",
            format::count(features.units),
            format::count(features.width)
        );
    }
    format!(
        "The layer has {}.",
        format::plural(features.units, "value", "values")
    )
}

/// The pictures of a layout. Mistakes lie above right answers, so that none is hidden.
fn draw(book: &Book<'_>, site: &Site, layout: &crate::analysis::Layout) -> Result<(), ReportError> {
    let outcomes = &book.findings.outcomes;
    let classes = book.findings.classes.len();
    let folder = book.urls.folder(&Place::Map);
    let path = format!("{folder}{}", picture(layout.name, BY_TRUTH));
    let colours = outcomes
        .iter()
        .map(|outcome| class_colour(outcome.truth, classes));
    site.file(&path, &scatter(&path, &layout.points, colours)?)?;
    if book.findings.mistakes.is_empty() {
        return Ok(());
    }
    let path = format!("{folder}{}", picture(layout.name, BY_RIGHT));
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_by_key(|&index| !outcomes[index].is_right());
    let points: Vec<[f32; 2]> = order.iter().map(|&index| layout.points[index]).collect();
    let colours = order.iter().map(|&index| {
        if outcomes[index].is_right() {
            RIGHT
        } else {
            WRONG
        }
    });
    Ok(site.file(&path, &scatter(&path, &points, colours)?)?)
}

/// What the script draws from: one number a sample and list.
#[derive(Serialize)]
struct ScriptData<'a> {
    layouts: Vec<Points>,
    truth: Vec<usize>,
    prediction: Vec<usize>,
    /// In per cent, rounded down.
    confidence: Vec<u8>,
    classes: &'a [String],
    colours: Vec<[u8; 3]>,
    right: [u8; 3],
    wrong: [u8; 3],
    ramp: [[u8; 3]; 5],
    /// The first sample and the address of each sheet; tiles follow each other on it in the order of the samples.
    sheets: Vec<(usize, String)>,
    /// Tiles side by side, and width by height of each.
    columns: usize,
    ratio: f64,
    /// Pages of the gallery, and samples on each.
    gallery: Vec<String>,
    per_page: usize,
    /// Samples with a page of their own, and how its address begins.
    shown: Vec<usize>,
    pages: String,
    digits: usize,
}

#[derive(Serialize)]
struct Points {
    name: &'static str,
    /// Three digits to the base of 36 a sample, without anything between them.
    x: String,
    y: String,
}

/// A coordinate in three digits to the base of 36.
fn digits(step: u16) -> impl Iterator<Item = char> {
    let step = u32::from(step);
    [step / 1296, step / 36 % 36, step % 36]
        .into_iter()
        .filter_map(|digit| char::from_digit(digit, 36))
}

fn script_data(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Map;
    let outcomes = &book.findings.outcomes;
    let classes = book.findings.classes.len();
    let sheets = gallery_tiles::sheets(book, &place);
    let axis = |layout: &crate::analysis::Layout, axis: usize| -> String {
        layout
            .points
            .iter()
            .flat_map(|point| digits((point[axis] * STEPS).round() as u16))
            .collect()
    };
    let per_page = book.settings.samples.gallery_page.max(1);
    let data = ScriptData {
        layouts: book
            .findings
            .map
            .layouts
            .iter()
            .map(|layout| Points {
                name: layout.name,
                x: axis(layout, 0),
                y: axis(layout, 1),
            })
            .collect(),
        truth: outcomes.iter().map(|outcome| outcome.truth).collect(),
        prediction: outcomes.iter().map(|outcome| outcome.prediction).collect(),
        confidence: outcomes
            .iter()
            .map(|outcome| (outcome.confidence * 100.0) as u8)
            .collect(),
        classes: &book.findings.classes,
        colours: (0..classes)
            .map(|class| class_colour(class, classes))
            .collect(),
        right: RIGHT,
        wrong: WRONG,
        ramp: RAMP,
        sheets: sheets.starts,
        columns: sheets.columns,
        ratio: sheets.ratio,
        gallery: (0..outcomes.len().div_ceil(per_page))
            .map(|page| book.urls.link(&place, &Place::Gallery(page)))
            .collect(),
        per_page,
        shown: book.urls.shown().iter().copied().collect(),
        pages: book.urls.link(&place, &Place::File("samples/".into())),
        digits: book.urls.anchor(0).len() - 1,
    };
    let path = format!("{}{DATA}", book.urls.folder(&place));
    let json = serde_json::to_string(&data).map_err(|error| ReportError::Data {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    Ok(site.file(
        &path,
        format!("window.layerscopeMap = {json};\n").as_bytes(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_take_three_digits_each() {
        let written: String = [0, 35, 36, 9_999].into_iter().flat_map(digits).collect();
        assert_eq!(written, "00000z0107pr");
    }
}
