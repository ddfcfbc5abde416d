//! One sample: its image, what the network answered, and what every layer made of it. There are
//! thousands of these pages, so each keeps to a few kilobytes: the maps are one picture.

use rayon::prelude::*;
use serde::Serialize;

use super::activations::{self, BandView, Stage};
use super::frame::Frame;
use super::gallery_tiles;
use super::neighbours::Neighbours;
use super::parts::{Link, Picture};
use super::review::VerdictView;
use super::traces::{DecisionView, TraceView};
use super::words;
use crate::analysis::Outcome;
use crate::dataset::Pixels;
use crate::format;
use crate::report::pictures::{Crop, Photograph};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "sample.html";
/// Classes with a bar of their own, the truth always among them.
const BARS: usize = 10;
/// Samples shown that are most alike; `data/neighbours.csv` has more.
const NEAREST: usize = 6;
/// Longest side of the image on the page, in CSS pixels; small ones are enlarged by a whole number.
const ENLARGED: usize = 288;

#[derive(Serialize)]
struct SampleView {
    frame: Frame,
    right: bool,
    truth: Link,
    prediction: Link,
    image: Picture,
    /// Of the image's file, where it has one.
    file: Option<String>,
    bars: Vec<Bar>,
    /// The classes without a bar, together.
    others: Option<String>,
    margin: String,
    loss: String,
    gallery: Link,
    confusion: Option<Link>,
    stages: Vec<Stage>,
    nearest: Vec<Nearest>,
    nearest_note: String,
    layers: Vec<LayerBand>,
    /// Which layers are not drawn, or why none is.
    repeats: Option<String>,
    judged: VerdictView,
    trace: Option<TraceView>,
    decision: Option<DecisionView>,
}

/// A sample that the network sees much like this one.
#[derive(Serialize)]
struct Nearest {
    href: String,
    picture: Picture,
    label: String,
    distance: String,
    /// Colour: it has the label of this sample, or not.
    class: &'static str,
}

/// The image: where it lies on a sheet that other pages need too, or in a file of its own; its width and height there.
struct Shown {
    crop: Crop,
    extent: (usize, usize),
}

/// The probability of one class.
#[derive(Debug, PartialEq, Serialize)]
struct Bar {
    name: String,
    shown: String,
    width: String,
    /// Colour: `truth`, `wrong`, `right`, or none.
    class: &'static str,
    /// What the colour says, in words.
    role: &'static str,
}

/// All maps of one layer.
#[derive(Serialize)]
struct LayerBand {
    id: String,
    name: String,
    href: String,
    kind: String,
    band: BandView,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let neighbours = Neighbours::new(book);
    let repeats = activations::repeats(book);
    let undrawn = activations::undrawn(book);
    let shown: Vec<usize> = book.urls.shown().iter().copied().collect();
    let written: Vec<_> = shown
        .into_par_iter()
        .map_init(Pixels::default, |pixels, index| {
            let drawn = book.drawings.contains_key(&index);
            let note = if drawn { &repeats } else { &undrawn };
            let shared = (&neighbours, note.as_deref());
            write_one(book, site, index, pixels, shared)
        })
        .collect();
    written.into_iter().collect()
}

fn write_one(
    book: &Book<'_>,
    site: &Site,
    index: usize,
    pixels: &mut Pixels,
    (neighbours, repeats): (&Neighbours, Option<&str>),
) -> Result<(), ReportError> {
    let place = Place::Sample(index);
    let shown = shown(book, site, index, pixels)?;
    let mut view = SampleView::new(book, index, &shown, neighbours, repeats);
    view.nearest = nearest(book, index);
    view.nearest_note = nearest_note(book);
    Ok(site.page(&place, TEMPLATE, &view)?)
}

/// Writes a file only for an image that lies nowhere else pixel by pixel.
fn shown(
    book: &Book<'_>,
    site: &Site,
    index: usize,
    pixels: &mut Pixels,
) -> Result<Shown, ReportError> {
    let place = Place::Sample(index);
    if let (Some(crop), Some(extent)) = (book.tiles.exact(index), book.dataset.image_size()) {
        let src = book.urls.link(&place, &Place::File(crop.src));
        return Ok(Shown {
            crop: Crop { src, ..crop },
            extent,
        });
    }
    book.dataset.read(index, pixels)?;
    let folder = book.urls.folder(&place);
    let photograph = Photograph::new(&folder, pixels)?;
    site.file(&format!("{folder}{}", photograph.name), &photograph.file)?;
    let extent = photograph.extent;
    Ok(Shown {
        crop: Crop::new(photograph.name.into(), extent.0, (0, 0), extent),
        extent,
    })
}

impl SampleView {
    fn new(
        book: &Book<'_>,
        index: usize,
        image: &Shown,
        neighbours: &Neighbours,
        repeats: Option<&str>,
    ) -> Self {
        let place = &Place::Sample(index);
        let findings = book.findings;
        let outcome = &findings.outcomes[index];
        let Outcome {
            truth, prediction, ..
        } = *outcome;
        let order = by_probability(&outcome.probabilities);
        let shown = with_bars(outcome, &order);
        let picture = |alt: String, side: usize| {
            Picture::new(&image.crop, alt)
                .within(image.extent, side)
                .at_once()
        };
        Self {
            nearest: Vec::new(),
            nearest_note: String::new(),
            frame: frame(book, index, neighbours),
            right: outcome.is_right(),
            truth: Link::class(book, place, truth),
            prediction: Link::class(book, place, prediction),
            bars: shown
                .iter()
                .map(|&class| bar(&findings.classes, outcome, class))
                .collect(),
            others: others(outcome, &shown),
            margin: margin(&findings.classes, outcome, &order),
            loss: loss(outcome),
            gallery: gallery(book, index),
            file: book.dataset.name(index),
            confusion: (!outcome.is_right()).then(|| {
                let to = Place::Confusion { truth, prediction };
                Link::to(
                    words::counted(findings, truth, prediction),
                    book.urls.link(place, &to),
                )
            }),
            stages: if book.drawings.contains_key(&index) {
                let image = picture("the image".into(), activations::STAGE);
                activations::stages(book, place, index, image)
            } else {
                Vec::new()
            },
            layers: layers(book, place, index),
            repeats: repeats.map(String::from),
            judged: VerdictView::new(book, index),
            trace: TraceView::new(book, place, index),
            decision: decision(book, place, index),
            image: picture(words::seen(findings, index), ENLARGED),
        }
    }
}

/// Without pictures: there are thousands of these pages, and the units have some on their layer's.
fn decision(book: &Book<'_>, place: &Place, index: usize) -> Option<DecisionView> {
    let trace = book.findings.inside.traces.get(&index)?;
    let decision = trace.decision.as_ref()?;
    Some(DecisionView::new(book, place, decision, None))
}

/// To the sample among all others.
fn gallery(book: &Book<'_>, index: usize) -> Link {
    let page = book
        .urls
        .link(&Place::Sample(index), &book.urls.gallery_of(index));
    let href = format!("{page}#{}", book.urls.anchor(index));
    Link::to("Its place among all samples", href)
}

/// Classes by their probability, the lower number first among equals.
pub(in crate::report) fn by_probability(probabilities: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&a, &b| {
        probabilities[b]
            .total_cmp(&probabilities[a])
            .then(a.cmp(&b))
    });
    order
}

/// The most likely classes, with the truth in the place of the last of them where it is not among them.
pub(in crate::report) fn with_bars(outcome: &Outcome, order: &[usize]) -> Vec<usize> {
    let truth = order
        .iter()
        .position(|&class| class == outcome.truth)
        .unwrap_or(0);
    let mut shown: Vec<usize> = order.iter().copied().take(BARS).collect();
    if truth >= BARS {
        shown.pop();
        shown.push(outcome.truth);
    }
    shown
}

fn bar(names: &[String], outcome: &Outcome, class: usize) -> Bar {
    let probability = f64::from(outcome.probabilities[class]);
    let (colour, role) = match (class == outcome.prediction, class == outcome.truth) {
        (true, true) => ("right", "truth and answer"),
        (true, false) => ("wrong", "answer"),
        (false, true) => ("truth", "truth"),
        (false, false) => ("", ""),
    };
    Bar {
        name: names[class].clone(),
        shown: format::percent(probability),
        width: format::width(probability),
        class: colour,
        role,
    }
}

/// What is left for the classes without a bar.
fn others(outcome: &Outcome, shown: &[usize]) -> Option<String> {
    let hidden = outcome.probabilities.len() - shown.len();
    let rest: f64 = (0..outcome.probabilities.len())
        .filter(|class| !shown.contains(class))
        .map(|class| f64::from(outcome.probabilities[class]))
        .sum();
    match hidden {
        0 => None,
        1 => Some(format!(
            "The one class not shown has {}.",
            format::percent(rest)
        )),
        many => Some(format!(
            "The {} classes not shown have {} together.",
            format::count(many),
            format::percent(rest)
        )),
    }
}

fn margin(names: &[String], outcome: &Outcome, order: &[usize]) -> String {
    let runner_up = order
        .iter()
        .copied()
        .find(|&class| class != outcome.prediction);
    match runner_up {
        None => "There is no other class.".into(),
        Some(second) => format!(
            "The logit of {} stands {} above that of {}.",
            names[outcome.prediction],
            format::decimal(f64::from(outcome.margin)),
            names[second]
        ),
    }
}

fn loss(outcome: &Outcome) -> String {
    format!("Its loss is {} nats.", format::decimal(outcome.loss))
}

/// What is to be said of how the nearest were found.
fn nearest_note(book: &Book<'_>) -> String {
    book.neighbours
        .approximation()
        .map_or_else(String::new, |found| {
            format!(
                "Found by approximation: of the true ones of {}, {} were found.",
                format::plural(found.probes, "sample", "samples"),
                format::percent(found.recall)
            )
        })
}

/// The nearest samples by the features that enter the last layer.
fn nearest(book: &Book<'_>, index: usize) -> Vec<Nearest> {
    let (place, findings) = (Place::Sample(index), book.findings);
    let truth = findings.outcomes[index].truth;
    let found = book.neighbours.of(index).iter().take(NEAREST);
    found
        .filter_map(|near| {
            let label = findings.outcomes[near.index].truth;
            Some(Nearest {
                href: book.urls.sample(&place, near.index),
                picture: gallery_tiles::picture(book, &place, near.index)?,
                label: findings.classes[label].clone(),
                distance: format::decimal(f64::from(near.distance)),
                class: if label == truth { "truth" } else { "wrong" },
            })
        })
        .collect()
}

fn layers(book: &Book<'_>, place: &Place, index: usize) -> Vec<LayerBand> {
    let bands = book.layout.bands().iter();
    bands
        .filter_map(|band| {
            let layer = &book.findings.layers[band.layer];
            Some(LayerBand {
                id: activations::anchor(band.layer),
                name: layer.name.clone(),
                href: book.urls.link(place, &Place::Layer(band.layer)),
                kind: layer.kind.clone(),
                band: activations::band(book, place, index, band.layer, activations::WIDEST)?,
            })
        })
        .collect()
}

fn frame(book: &Book<'_>, index: usize, neighbours: &Neighbours) -> Frame {
    let place = &Place::Sample(index);
    let findings = book.findings;
    let outcome = &findings.outcomes[index];
    let description = format!("{}.", words::seen(findings, index));
    let frame = Frame::new(book, place, format!("Sample {index}"), description);
    let link = |to: &Place, text: String| Link::to(text, book.urls.link(place, to));
    let frame = if outcome.is_right() {
        frame.below(link(&Place::Gallery(0), "Samples".into()))
    } else {
        let to = Place::Confusion {
            truth: outcome.truth,
            prediction: outcome.prediction,
        };
        frame
            .below(link(&Place::Errors, "Errors".into()))
            .below(link(&to, words::answer(findings, index)))
    };
    let Some((samples, at)) = neighbours.of(book, index) else {
        return frame;
    };
    let step = |at: usize| {
        samples
            .get(at)
            .map(|&sample| link(&Place::Sample(sample), format!("sample {sample}")))
    };
    frame.between(
        (at, samples.len()),
        at.checked_sub(1).and_then(step),
        step(at + 1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(probabilities: &[f32], truth: usize) -> Outcome {
        let prediction = by_probability(probabilities)[0];
        Outcome {
            truth,
            prediction,
            probabilities: probabilities.to_vec(),
            confidence: probabilities[prediction],
            margin: 1.07,
            loss: 1.38,
        }
    }

    #[test]
    fn the_truth_has_a_bar_however_unlikely() {
        let names: Vec<String> = (0..12).map(|class| format!("class {class}")).collect();
        let mut probabilities = vec![0.08f32; 12];
        probabilities[3] = 0.12;
        probabilities[11] = 0.0;
        let outcome = outcome(&probabilities, 11);
        let order = by_probability(&probabilities);
        let shown = with_bars(&outcome, &order);
        assert_eq!((shown.len(), shown[0], shown[9]), (BARS, 3, 11));
        assert_eq!(bar(&names, &outcome, 3).class, "wrong");
        assert_eq!(bar(&names, &outcome, 11).role, "truth");
        assert!(
            others(&outcome, &shown)
                .is_some_and(|others| others.starts_with("The 2 classes not shown have 16.0"))
        );
    }

    #[test]
    fn equal_probabilities_keep_the_order_of_the_classes() {
        assert_eq!(by_probability(&[0.2, 0.4, 0.4]), [1, 2, 0]);
    }

    #[test]
    fn the_margin_names_the_runner_up() {
        let names = ["horse", "dog", "cat"].map(String::from);
        let outcome = outcome(&[0.25, 0.73, 0.02], 0);
        assert_eq!(
            margin(&names, &outcome, &by_probability(&outcome.probabilities)),
            "The logit of dog stands 1.07 above that of horse."
        );
    }
}
