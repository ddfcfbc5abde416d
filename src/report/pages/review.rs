//! The review: the verdicts of readers that the report was given, those whose image is gone, and, with a script, those
//! that the reader's browser keeps, to be exported and taken in again.

use serde::Serialize;

use super::frame::Frame;
use super::parts::{Link, Pictures, Thumb};
use crate::format;
use crate::report::{Book, ReportError};
use crate::review::{Lost, LostReason, Review, Verdict};
use crate::site::{Place, Site};

const TEMPLATE: &str = "review.html";

#[derive(Serialize)]
struct ReviewView {
    frame: Frame,
    lead: String,
    counts: Vec<Count>,
    rows: Vec<Row>,
    lost: Vec<LostRow>,
    lost_note: String,
    data: Link,
}

/// How many samples have one verdict.
#[derive(Serialize)]
struct Count {
    verdict: &'static str,
    count: String,
}

#[derive(Serialize)]
struct Row {
    index: usize,
    thumb: Thumb,
    image: String,
    truth: String,
    prediction: String,
    verdict: &'static str,
    note: String,
}

/// A verdict that belongs to no sample.
#[derive(Serialize)]
struct LostRow {
    index: usize,
    image: String,
    truth: String,
    prediction: String,
    verdict: &'static str,
    note: String,
    reason: String,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Review;
    let review = &book.findings.review;
    let mut pictures = Pictures::new(book, &place);
    let lead = lead(review);
    let view = ReviewView {
        frame: Frame::new(
            book,
            &place,
            "Review",
            format!("Who is wrong, network or label? {lead}"),
        ),
        lead,
        counts: counts(review),
        rows: rows(book, &mut pictures),
        lost: review.lost.iter().map(lost).collect(),
        lost_note: format!(
            "{} of {}",
            format::count(review.lost.len()),
            format::plural(
                review.lost.len() + review.verdicts.len(),
                "verdict",
                "verdicts"
            )
        ),
        data: Link::to(
            "verdicts.csv",
            book.urls
                .link(&place, &Place::File("data/verdicts.csv".into())),
        ),
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn lead(review: &Review) -> String {
    match review.verdicts.len() {
        0 => "This report was made without verdicts of a reader.".into(),
        1 => "This report was made with a reader's verdict on 1 image.".into(),
        many => format!(
            "This report was made with a reader's verdicts on {} images.",
            format::count(many)
        ),
    }
}

fn counts(review: &Review) -> Vec<Count> {
    let count = |verdict: Verdict| {
        let given = review.verdicts.values();
        given.filter(|found| found.verdict == verdict).count()
    };
    Verdict::ALL
        .into_iter()
        .map(|verdict| Count {
            verdict: verdict.name(),
            count: format::count(count(verdict)),
        })
        .collect()
}

fn rows(book: &Book<'_>, pictures: &mut Pictures<'_>) -> Vec<Row> {
    let findings = book.findings;
    let verdicts = findings.review.verdicts.iter();
    verdicts
        .map(|(&index, reviewed)| {
            let outcome = &findings.outcomes[index];
            Row {
                index,
                thumb: pictures.thumb(index),
                image: findings.digests[index].to_string(),
                truth: findings.classes[outcome.truth].clone(),
                prediction: findings.classes[outcome.prediction].clone(),
                verdict: reviewed.verdict.name(),
                note: reviewed.note.clone(),
            }
        })
        .collect()
}

fn lost(lost: &Lost) -> LostRow {
    LostRow {
        index: lost.index,
        image: lost.image.to_string(),
        truth: lost.truth.clone(),
        prediction: lost.prediction.clone(),
        verdict: lost.reviewed.verdict.name(),
        note: lost.reviewed.note.clone(),
        reason: match &lost.reason {
            LostReason::ImageGone => "no image has these pixels".into(),
            LostReason::LabelChanged { now } => format!("the image is labelled {now} now"),
        },
    }
}

/// What a sample's element tells the script that keeps verdicts.
#[derive(Debug, Serialize)]
pub struct VerdictView {
    pub index: usize,
    pub image: String,
    pub truth: String,
    pub prediction: String,
    /// Empty where the report was given none.
    pub verdict: &'static str,
    pub note: String,
}

impl VerdictView {
    pub fn new(book: &Book<'_>, index: usize) -> Self {
        let findings = book.findings;
        let outcome = &findings.outcomes[index];
        let reviewed = findings.review.of(index);
        Self {
            index,
            image: findings.digests[index].to_string(),
            truth: findings.classes[outcome.truth].clone(),
            prediction: findings.classes[outcome.prediction].clone(),
            verdict: reviewed.map_or("", |found| found.verdict.name()),
            note: reviewed.map_or(String::new(), |found| found.note.clone()),
        }
    }
}
