//! All errors: the confusion matrix and the ranking of confusions.

use serde::Serialize;

use super::frame::Frame;
use super::matrix::{Matrix, Ranked};
use super::matrix_picture::MatrixPicture;
use super::parts::Pictures;
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "errors.html";
/// Confusions with pictures, and pictures for each.
const PICTURED: usize = 20;
const THUMBS: usize = 4;
/// Confusions in the list; those of a class stand on its page, too.
const LISTED: usize = 400;

#[derive(Serialize)]
struct ErrorsView {
    frame: Frame,
    heading: String,
    lead: String,
    matrix: Option<Matrix>,
    picture: Option<MatrixPicture>,
    ranking: Vec<Ranked>,
    /// Which of them have pictures, where not all have.
    ranking_note: String,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Errors;
    let mut pictures = Pictures::new(book, &place);
    let ranking = book.findings.confusions.iter().take(LISTED).enumerate();
    let ranking = ranking.map(|(rank, confusion)| {
        Ranked::new(
            book,
            &place,
            confusion,
            &mut pictures,
            if rank < PICTURED { THUMBS } else { 0 },
        )
    });
    let ranking: Vec<Ranked> = ranking.collect();
    let (heading, lead) = (heading(book), lead(book));
    let view = ErrorsView {
        frame: Frame::new(book, &place, "Errors", format!("{heading}. {lead}")),
        heading,
        lead,
        matrix: Matrix::new(book, &place),
        picture: MatrixPicture::write(book, site)?,
        ranking_note: ranking_note(book.findings.confusions.len()),
        ranking,
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn heading(book: &Book<'_>) -> String {
    let (mistakes, all) = (book.findings.mistakes.len(), book.findings.outcomes.len());
    if mistakes == 0 {
        return format!("No error in {}", format::plural(all, "image", "images"));
    }
    format!(
        "{} in {}",
        format::plural(mistakes, "error", "errors"),
        format::plural(all, "image", "images")
    )
}

fn lead(book: &Book<'_>) -> String {
    let findings = book.findings;
    let classes = findings.classes.len();
    let possible = classes * classes.saturating_sub(1);
    match findings.confusions.first() {
        None => "Every prediction is the truth.".into(),
        Some(most) => format!(
            "{} of {} possible {} occur. The most frequent, {} taken for {}, makes up {} of all errors.",
            format::count(findings.confusions.len()),
            format::count(possible),
            if possible == 1 {
                "confusion"
            } else {
                "confusions"
            },
            findings.classes[most.truth],
            findings.classes[most.prediction],
            format::percent(most.samples.len() as f64 / findings.mistakes.len().max(1) as f64),
        ),
    }
}

fn ranking_note(confusions: usize) -> String {
    if confusions > LISTED {
        return format!(
            "the {} most frequent of {}, pictures for the first {PICTURED}; the pages of the classes have all of theirs",
            format::count(LISTED),
            format::count(confusions)
        );
    }
    if confusions > PICTURED {
        return format!(
            "the most frequent first, pictures for the first {PICTURED}; each shows its most confident mistakes"
        );
    }
    "the most frequent first; each shows its most confident mistakes".into()
}
