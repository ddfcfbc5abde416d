//! Classes: the table of all, and a page for each: what it is taken for, what is taken for it, how it
//! looks where the network is sure and where it fails.

use rayon::prelude::*;
use serde::Serialize;

use super::class_table::{self, ClassRow};
use super::distribution::Chart;
use super::frame::Frame;
use super::matrix::Ranked;
use super::parts::{Card, Figure, Link, Pictures};
use super::words;
use crate::analysis::Confusion;
use crate::format;
use crate::report::charts::{self, Answers, Words};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const LIST_TEMPLATE: &str = "classes.html";
const TEMPLATE: &str = "class.html";
/// Pictures for each confusion, and confusions that have some.
const THUMBS: usize = 4;
const PICTURED: usize = 8;

#[derive(Serialize)]
struct ClassesView {
    frame: Frame,
    heading: String,
    lead: String,
    classes: Vec<ClassRow>,
}

#[derive(Serialize)]
struct ClassView {
    frame: Frame,
    histogram: Option<Chart>,
    name: String,
    lead: String,
    figures: Vec<Figure>,
    taken_for: Vec<Ranked>,
    taken_for_note: String,
    taken_from: Vec<Ranked>,
    taken_from_note: String,
    typical: Vec<Card>,
    worst: Vec<Card>,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    write_list(book, site)?;
    let classes = book.findings.classes.len();
    let written: Vec<_> = (0..classes)
        .into_par_iter()
        .map(|class| write_one(book, site, class))
        .collect();
    written.into_iter().collect()
}

fn write_list(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Classes;
    let heading = format::plural(book.findings.classes.len(), "class", "classes");
    let lead = "Recall: how many samples of a class are recognised. Precision: how many answers with its name are right. \
                The class with the lowest recall stands first.";
    let view = ClassesView {
        frame: Frame::new(
            book,
            &place,
            "Classes",
            format!("{heading}: recall, precision and F1 of each."),
        ),
        heading,
        lead: lead.into(),
        classes: ClassRow::all(book, &place),
    };
    Ok(site.page(&place, LIST_TEMPLATE, &view)?)
}

fn write_one(book: &Book<'_>, site: &Site, class: usize) -> Result<(), ReportError> {
    let place = Place::Class(class);
    let mut pictures = Pictures::new(book, &place);
    let mut view = ClassView::new(book, &place, class, &mut pictures);
    view.histogram = histogram(book, class)?;
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

/// The probabilities that the samples of the class are given to be of it; `None` for a class without samples.
fn histogram(book: &Book<'_>, class: usize) -> Result<Option<Chart>, ReportError> {
    let Some(found) = book.findings.inside.softmax.get(class) else {
        return Ok(None);
    };
    if found.mean.is_empty() {
        return Ok(None);
    }
    let bars: Vec<Answers> = found
        .right
        .iter()
        .zip(&found.wrong)
        .map(|(&right, &wrong)| Answers { right, wrong })
        .collect();
    let words = Words {
        id: "softmax",
        title: "Probability of the class on its own samples",
        description: "Histogram in twenty bins: samples that are misread below, recognised ones on top of them.",
        axis: "probability of the class",
    };
    Ok(Some(Chart {
        svg: charts::confidence(&bars, &words)?,
        caption: format!(
            "What probability its samples are given to be {}: on the average {}. Misread ones stand below, recognised ones on top of them.",
            book.findings.classes[class],
            format::percent(found.mean[class])
        ),
    }))
}

impl ClassView {
    fn new(book: &Book<'_>, place: &Place, class: usize, pictures: &mut Pictures<'_>) -> Self {
        let found = &book.findings.per_class[class];
        let taken_for = ranked(book, place, pictures, |confusion| confusion.truth == class);
        let taken_from = ranked(book, place, pictures, |confusion| {
            confusion.prediction == class
        });
        let right = found.recall.map_or(0, |recall| recall.count);
        Self {
            frame: frame(book, class),
            histogram: None,
            name: found.name.clone(),
            lead: lead(book, class),
            figures: figures(book, class),
            taken_for,
            taken_for_note: format!(
                "{} of {} misread",
                format::count(found.support - right),
                format::count(found.support)
            ),
            taken_from,
            taken_from_note: format!(
                "{} of {} with this name are of another class",
                format::count(found.predicted - right),
                format::plural(found.predicted, "answer", "answers"),
            ),
            typical: found
                .typical
                .iter()
                .map(|&index| {
                    let picture = pictures.share(&book.tiles.typical[class], index);
                    pictures.card_of(index, picture)
                })
                .collect(),
            worst: found
                .worst
                .iter()
                .map(|&index| worst(book, pictures, index))
                .collect(),
        }
    }
}

/// The confusions that a class has a part in, those on top with pictures.
fn ranked(
    book: &Book<'_>,
    place: &Place,
    pictures: &mut Pictures<'_>,
    wanted: impl Fn(&Confusion) -> bool,
) -> Vec<Ranked> {
    let confusions = book.findings.confusions.iter();
    let confusions = confusions.filter(|confusion| wanted(confusion)).enumerate();
    confusions
        .map(|(rank, confusion)| {
            let thumbs = if rank < PICTURED { THUMBS } else { 0 };
            Ranked::new(book, place, confusion, pictures, thumbs)
        })
        .collect()
}

/// A misread sample says as what.
fn worst(book: &Book<'_>, pictures: &mut Pictures<'_>, index: usize) -> Card {
    let prediction = book.findings.outcomes[index].prediction;
    Card {
        says: format!("for {}", book.findings.classes[prediction]),
        ..pictures.card(index)
    }
}

fn frame(book: &Book<'_>, class: usize) -> Frame {
    let place = Place::Class(class);
    let names = &book.findings.classes;
    let neighbour = |class: usize| {
        names
            .get(class)
            .map(|name| Link::to(name.clone(), book.urls.link(&place, &Place::Class(class))))
    };
    Frame::new(book, &place, names[class].clone(), lead(book, class)).between(
        (class, names.len()),
        class.checked_sub(1).and_then(neighbour),
        neighbour(class + 1),
    )
}

fn lead(book: &Book<'_>, class: usize) -> String {
    let found = &book.findings.per_class[class];
    let Some(recall) = found.recall else {
        return format!(
            "No test image is of this class, so its recall is undefined; {} with its name.",
            answers(found.predicted)
        );
    };
    let known = format!(
        "{} of {} recognised",
        format::count(recall.count),
        format::plural(recall.total, "image", "images")
    );
    let most = book
        .findings
        .confusions
        .iter()
        .find(|confusion| confusion.truth == class);
    match most {
        None => format!("{known}."),
        Some(confusion) => {
            let counted = words::taken_for(book.findings, class, confusion.prediction);
            format!(
                "{known}. Its most frequent error, {counted}: {}.",
                format::plural(confusion.samples.len(), "image", "images")
            )
        }
    }
}

fn answers(number: u64) -> String {
    if number == 1 {
        "1 answer was given".into()
    } else {
        format!("{} answers were given", format::count(number))
    }
}

fn figures(book: &Book<'_>, class: usize) -> Vec<Figure> {
    let found = &book.findings.per_class[class];
    let interval = |proportion: Option<crate::stats::Proportion>| {
        proportion
            .as_ref()
            .map_or_else(|| "undefined".into(), format::interval)
    };
    vec![
        Figure::new(
            "Recall",
            class_table::share(found.recall.as_ref()),
            interval(found.recall),
        ),
        Figure::new(
            "Precision",
            class_table::share(found.precision.as_ref()),
            interval(found.precision),
        ),
        Figure::new("F1", class_table::score(found.f1), ""),
        Figure::new("Images", format::count(found.support), "in the test set"),
        Figure::new("Answers", format::count(found.predicted), "with this name"),
    ]
}
