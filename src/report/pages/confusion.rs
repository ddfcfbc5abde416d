//! One confusion: all samples of a class that were taken for another, and how both look where the
//! network is right.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::frame::Frame;
use super::parts::{Card, CardOrder, Link, Pictures, Thumb};
use super::traces::DecisionView;
use super::words;
use crate::analysis::Confusion;
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "confusion.html";
/// Typical samples shown of either class.
const TYPICAL: usize = 12;

#[derive(Serialize)]
struct ConfusionView {
    frame: Frame,
    truth: Link,
    prediction: Link,
    count: String,
    /// Share of the class, in a sentence.
    share: String,
    reverse: Link,
    confidence: String,
    cards: Vec<Card>,
    /// How well it knows either class.
    knows_truth: String,
    knows_prediction: String,
    /// Which units speak for the prediction, on the average.
    decision: Option<DecisionView>,
    typical_truth: Vec<Thumb>,
    typical_prediction: Vec<Thumb>,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let confusions = &book.findings.confusions;
    let written: Vec<_> = (0..confusions.len())
        .into_par_iter()
        .map(|rank| write_one(book, site, rank))
        .collect();
    written.into_iter().collect()
}

fn write_one(book: &Book<'_>, site: &Site, rank: usize) -> Result<(), ReportError> {
    let Confusion {
        truth, prediction, ..
    } = book.findings.confusions[rank];
    let place = Place::Confusion { truth, prediction };
    let mut pictures = Pictures::new(book, &place);
    let view = ConfusionView::new(book, &place, rank, &mut pictures);
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

impl ConfusionView {
    fn new(book: &Book<'_>, place: &Place, rank: usize, pictures: &mut Pictures<'_>) -> Self {
        let findings = book.findings;
        let confusion = &findings.confusions[rank];
        let Confusion {
            truth, prediction, ..
        } = *confusion;
        let class = |class: usize| {
            Link::to(
                findings.classes[class].clone(),
                book.urls.link(place, &Place::Class(class)),
            )
        };
        Self {
            frame: frame(book, place, rank),
            truth: class(truth),
            prediction: class(prediction),
            count: format::plural(confusion.samples.len(), "image", "images"),
            share: share(book, confusion),
            reverse: reverse(book, place, confusion),
            confidence: confidence(book, confusion),
            cards: cards(book, confusion, pictures),
            knows_truth: knows(book, truth),
            knows_prediction: knows(book, prediction),
            typical_truth: pictures.typical(truth, TYPICAL),
            typical_prediction: pictures.typical(prediction, TYPICAL),
            decision: findings
                .inside
                .decisions
                .get(&(truth, prediction))
                .map(|decision| DecisionView::new(book, place, decision, Some(pictures))),
        }
    }
}

fn frame(book: &Book<'_>, place: &Place, rank: usize) -> Frame {
    let confusions = &book.findings.confusions;
    let neighbour = |rank: usize| {
        let Confusion {
            truth, prediction, ..
        } = *confusions.get(rank)?;
        let text = words::taken_for(book.findings, truth, prediction);
        Some(Link::to(
            text,
            book.urls
                .link(place, &Place::Confusion { truth, prediction }),
        ))
    };
    let Confusion {
        truth, prediction, ..
    } = confusions[rank];
    let description = format!(
        "{}. {}",
        words::counted(book.findings, truth, prediction),
        share(book, &confusions[rank])
    );
    Frame::new(
        book,
        place,
        words::taken_for(book.findings, truth, prediction),
        description,
    )
    .between(
        (rank, confusions.len()),
        rank.checked_sub(1).and_then(neighbour),
        neighbour(rank + 1),
    )
}

/// The most confident first.
fn cards(book: &Book<'_>, confusion: &Confusion, pictures: &mut Pictures<'_>) -> Vec<Card> {
    let alike: Option<HashMap<usize, usize>> = confusion.alike.as_ref().map(|alike| {
        let places = alike.iter().enumerate();
        places.map(|(place, &index)| (index, place)).collect()
    });
    let card = |&index: &usize| {
        let picture = pictures.share(&book.tiles.mistakes, index);
        Card {
            order: Some(CardOrder {
                loss: format::css(book.findings.outcomes[index].loss),
                alike: alike
                    .as_ref()
                    .and_then(|places| places.get(&index).copied()),
            }),
            ..pictures.card_of(index, picture)
        }
    };
    confusion.samples.iter().map(card).collect()
}

/// `recall 75.1 % of 1,000 images, precision 80.2 %`.
fn knows(book: &Book<'_>, class: usize) -> String {
    let found = &book.findings.per_class[class];
    let recall = found.recall.map_or_else(
        || "no test image is of it".into(),
        |recall| {
            let images = format::plural(recall.total, "image", "images");
            format!("recall {} of {images}", format::percent(recall.share))
        },
    );
    match found.precision {
        Some(precision) => format!("{recall}, precision {}", format::percent(precision.share)),
        None => recall,
    }
}

fn share(book: &Book<'_>, confusion: &Confusion) -> String {
    let class = &book.findings.classes[confusion.truth];
    format!(
        "{} of the {} of {class}, 95 % interval {}.",
        format::percent(confusion.share.share),
        format::plural(confusion.share.total, "image", "images"),
        format::interval(&confusion.share),
    )
}

/// The confusion the other way round, with its count; no link where it never happens.
fn reverse(book: &Book<'_>, place: &Place, confusion: &Confusion) -> Link {
    let (truth, prediction) = (confusion.prediction, confusion.truth);
    let text = words::counted(book.findings, truth, prediction);
    if book.findings.confusion.count(truth, prediction) == 0 {
        return Link::plain(text);
    }
    Link::to(
        text,
        book.urls
            .link(place, &Place::Confusion { truth, prediction }),
    )
}

fn confidence(book: &Book<'_>, confusion: &Confusion) -> String {
    let sure = |index: &usize| f64::from(book.findings.outcomes[*index].confidence);
    match &confusion.samples[..] {
        [] => String::new(),
        [only] => format!("Its confidence is {}.", format::percent(sure(only))),
        [first, .., last] => format!(
            "Median confidence {}, from {} down to {}.",
            format::percent(median(confusion.samples.iter().map(sure).collect())),
            format::percent(sure(first)),
            format::percent(sure(last)),
        ),
    }
}

/// Of an even number of values, the mean of the middle two. The order does not matter.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(
            (
                median(vec![3.0, 1.0, 2.0]),
                median(vec![4.0, 1.0, 2.0, 3.0])
            ),
            (2.0, 2.5)
        );
        assert!(median(Vec::new()).is_nan());
    }
}
