//! [`Matrix`]: the confusion matrix as a table in which every number that stands for images is a link to
//! them. [`Ranked`]: the same confusions as a list, the most frequent first.

use serde::Serialize;

use super::parts::{Pictures, Thumb};
use super::words;
use crate::analysis::Confusion;
use crate::format;
use crate::report::Book;
use crate::site::Place;

/// More classes than this make a table that nobody reads; the ranking says the same.
pub(in crate::report) const MOST_CLASSES: usize = 30;
/// With more classes than this, cells are narrower.
const ROOMY_CLASSES: usize = 14;
/// Column headings longer than this stand upright.
const LONGEST_HEADING: usize = 6;
/// Colour of the largest count on and off the diagonal, in per cent of the full colour: dark enough to be
/// seen, light enough for the number to be read on it.
const STRONGEST: f64 = 52.0;
const FAINTEST: f64 = 5.0;

#[derive(Debug, Serialize)]
pub struct Matrix {
    pub class: &'static str,
    /// The classes by what is confused, as numbers with spaces between; `None` where that order is not known.
    pub order: Option<String>,
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    pub note: String,
}

#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub href: String,
    pub cells: Vec<Cell>,
}

#[derive(Debug, PartialEq, Serialize)]
pub struct Cell {
    pub text: String,
    /// Of its row.
    pub share: Option<String>,
    /// `right` on the diagonal, `wrong` beside it, `none` for what never happened.
    pub class: &'static str,
    /// How much of the colour, in CSS.
    pub strength: String,
    pub href: Option<String>,
    pub label: String,
}

impl Matrix {
    /// `None` where there are too many classes for a table.
    pub fn new(book: &Book<'_>, place: &Place) -> Option<Self> {
        let names = &book.findings.classes;
        if names.len() > MOST_CLASSES {
            return None;
        }
        let rows = (0..names.len())
            .map(|truth| row(book, place, truth))
            .collect();
        Some(Self {
            class: class(names),
            order: clustered(book),
            columns: names.clone(),
            rows,
            note: note(book),
        })
    }
}

/// The order in which classes that are confused stand beside each other, where it is not their own.
fn clustered(book: &Book<'_>) -> Option<String> {
    let order = &book.findings.clusters.order;
    let numbers: Vec<String> = order.iter().map(usize::to_string).collect();
    (!order.is_sorted()).then(|| numbers.join(" "))
}

fn class(names: &[String]) -> &'static str {
    let upright = names
        .iter()
        .any(|name| name.chars().count() > LONGEST_HEADING);
    match (upright, names.len() > ROOMY_CLASSES) {
        (false, false) => "",
        (true, false) => "tall",
        (false, true) => "dense",
        (true, true) => "tall dense",
    }
}

fn row(book: &Book<'_>, place: &Place, truth: usize) -> Row {
    let findings = book.findings;
    let cells = (0..findings.classes.len())
        .map(|prediction| cell(book, place, truth, prediction))
        .collect();
    Row {
        name: findings.classes[truth].clone(),
        href: book.urls.link(place, &Place::Class(truth)),
        cells,
    }
}

fn cell(book: &Book<'_>, place: &Place, truth: usize, prediction: usize) -> Cell {
    let findings = book.findings;
    let count = findings.confusion.count(truth, prediction);
    let text = format::count(count);
    if count == 0 {
        return Cell {
            text,
            share: None,
            class: "none",
            strength: String::new(),
            href: None,
            label: String::new(),
        };
    }
    let images = format::plural(count, "image", "images");
    let (class, to, label, largest) = if truth == prediction {
        let largest = (0..findings.classes.len())
            .map(|class| findings.confusion.count(class, class))
            .max();
        let label = format!("{images} of {} recognised", findings.classes[truth]);
        ("right", Place::Class(truth), label, largest)
    } else {
        let largest = findings
            .confusions
            .iter()
            .map(|confusion| confusion.samples.len() as u64)
            .max();
        let label = format!(
            "{images}: {}",
            words::taken_for(findings, truth, prediction)
        );
        (
            "wrong",
            Place::Confusion { truth, prediction },
            label,
            largest,
        )
    };
    let strength = strength(count, largest.unwrap_or(count));
    Cell {
        text,
        share: Some(format::percent_short(
            count as f64 / findings.confusion.support(truth).max(1) as f64,
        )),
        class,
        strength,
        href: Some(book.urls.link(place, &to)),
        label,
    }
}

/// The square root keeps small counts apart, which are most of them.
fn strength(count: u64, largest: u64) -> String {
    let share = (count as f64 / largest.max(1) as f64).sqrt();
    format!("{:.0}%", FAINTEST + (STRONGEST - FAINTEST) * share)
}

fn note(book: &Book<'_>) -> String {
    let supports: Vec<u64> = book
        .findings
        .per_class
        .iter()
        .map(|class| class.support)
        .collect();
    let rows = match supports.first() {
        Some(first) if supports.iter().all(|support| support == first) => {
            format!("Every row adds up to {}.", format::count(*first))
        }
        _ => "A row adds up to the images of its class.".into(),
    };
    format!(
        "Rows are the truth, columns what it was taken for; every number leads to its images. {rows}"
    )
}

/// One confusion in a ranking.
#[derive(Debug, Serialize)]
pub struct Ranked {
    pub count: String,
    pub truth: String,
    pub prediction: String,
    pub href: String,
    /// Share of the samples of the truth, with its interval.
    pub share: String,
    pub interval: String,
    pub thumbs: Vec<Thumb>,
}

impl Ranked {
    /// With the first `thumbs` of its samples.
    pub fn new(
        book: &Book<'_>,
        place: &Place,
        confusion: &Confusion,
        pictures: &mut Pictures<'_>,
        thumbs: usize,
    ) -> Self {
        let Confusion {
            truth, prediction, ..
        } = *confusion;
        Self {
            count: format::count(confusion.samples.len()),
            truth: book.findings.classes[truth].clone(),
            prediction: book.findings.classes[prediction].clone(),
            href: book
                .urls
                .link(place, &Place::Confusion { truth, prediction }),
            share: format::percent(confusion.share.share),
            interval: format::interval(&confusion.share),
            thumbs: pictures.thumbs(&confusion.samples, thumbs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_count_has_the_strongest_colour_and_none_is_invisible() {
        assert_eq!(strength(206, 206), "52%");
        assert_eq!(strength(1, 1_000_000), "5%");
    }

    #[test]
    fn headings_stand_upright_when_they_are_long() {
        let short = ["cat", "dog"].map(String::from);
        let long = ["cat", "sport utility vehicle"].map(String::from);
        assert_eq!((class(&short), class(&long)), ("", "tall"));
    }
}
