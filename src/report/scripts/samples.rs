//! What the gallery knows of every sample: `samples/data/set.js` describes the set, `rows-<n>.js` hold what it
//! filters and sorts by, `details-<n>.js` what it shows of one sample. Rows are asked for where they come into view,
//! all of them only once somebody filters or sorts.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::packed::{Packed, characters};
use super::put;
use crate::analysis::Outcome;
use crate::report::pages::{by_probability, with_bars};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const FOLDER: &str = "samples/data/";
/// Samples in a file of rows and in one of details.
const ROWS: usize = 1024;
const DETAILS: usize = 256;
/// Bits of a row's last character.
const SUSPECT: usize = 1;
const HAS_PAGE: usize = 2;
const VERDICT: usize = 4;

/// `samples/data/set.js`
#[derive(Serialize)]
struct Set<'a> {
    samples: usize,
    mistakes: usize,
    classes: &'a [String],
    /// Addresses of the classes' pages from the site's root, and what stands between two in that of a confusion.
    slugs: Vec<String>,
    digits: usize,
    /// Samples in a file of rows, and in one of details.
    rows: usize,
    details: usize,
    /// Characters of a class in rows and details, of a slot, and the number of classes in a detail.
    class: usize,
    slot: usize,
    bars: usize,
    /// What the largest packed margin and loss stand for.
    margin: f64,
    loss: f64,
    /// Width and height of a tile, and columns and rows of a sheet.
    tile: (usize, usize),
    grid: (usize, usize),
    /// What follows the dot in the names of the sheets.
    ending: &'static str,
    /// Verdicts of the report by the number that a row holds.
    verdicts: [&'static str; 3],
    /// What readers noted beside them, by sample.
    notes: BTreeMap<usize, &'a str>,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let samples = book.findings.outcomes.len();
    let set = Set::of(book);
    put(site, &format!("{FOLDER}set"), &set)?;
    let parts = |size: usize| (0..samples.div_ceil(size)).into_par_iter();
    parts(ROWS).try_for_each(|part| {
        let range = part * ROWS..((part + 1) * ROWS).min(samples);
        put(
            site,
            &format!("{FOLDER}rows-{part}"),
            &rows(book, &set, range),
        )
    })?;
    parts(DETAILS).try_for_each(|part| {
        let range = part * DETAILS..((part + 1) * DETAILS).min(samples);
        put(
            site,
            &format!("{FOLDER}details-{part}"),
            &details(book, &set, range),
        )
    })
}

impl<'a> Set<'a> {
    fn of(book: &Book<'a>) -> Self {
        let findings = book.findings;
        let classes = findings.classes.len();
        let slugs = (0..classes).map(|class| {
            let folder = book.urls.folder(&Place::Class(class));
            folder
                .trim_start_matches("classes/")
                .trim_end_matches('/')
                .to_owned()
        });
        let largest = |value: fn(&Outcome) -> f64| {
            let finite = findings
                .outcomes
                .iter()
                .map(value)
                .filter(|v| v.is_finite());
            finite.fold(0.0, f64::max)
        };
        let given = findings.review.verdicts.iter();
        let notes = given
            .map(|(&index, found)| (index, found.note.as_str()))
            .filter(|(_, note)| !note.is_empty());
        Self {
            samples: findings.outcomes.len(),
            mistakes: findings.mistakes.len(),
            classes: &findings.classes,
            slugs: slugs.collect(),
            digits: book.urls.digits(),
            rows: ROWS,
            details: DETAILS,
            class: characters(classes),
            slot: characters(findings.mistakes.len()),
            bars: findings
                .outcomes
                .first()
                .map_or(0, |first| shown(first).len()),
            margin: largest(|outcome| f64::from(outcome.margin)),
            loss: largest(|outcome| outcome.loss),
            tile: book.tiles.all.tile(),
            grid: book.tiles.all.grid(),
            ending: book.tiles.all.ending(),
            verdicts: crate::review::Verdict::ALL.map(crate::review::Verdict::name),
            notes: notes.collect(),
        }
    }
}

/// Of each sample truth, prediction, confidence, margin, loss and flags; beside them where on the sheets of mistakes
/// each mistake lies.
fn rows(book: &Book<'_>, set: &Set<'_>, range: std::ops::Range<usize>) -> (String, String) {
    let findings = book.findings;
    let suspects: std::collections::HashSet<usize> = findings
        .suspects
        .found
        .iter()
        .map(|suspect| suspect.index)
        .filter(|index| range.contains(index))
        .collect();
    let (mut rows, mut slots) = (Packed::default(), Packed::default());
    for index in range {
        let outcome = &findings.outcomes[index];
        rows.number(outcome.truth, set.class);
        rows.number(outcome.prediction, set.class);
        rows.share(f64::from(outcome.confidence));
        rows.share(f64::from(outcome.margin) / set.margin);
        rows.share(outcome.loss / set.loss);
        let verdict = findings.review.of(index);
        let mut flags = verdict.map_or(0, |found| VERDICT * found.verdict.key());
        if suspects.contains(&index) {
            flags += SUSPECT;
        }
        if book.urls.has_page(index) {
            flags += HAS_PAGE;
        }
        rows.number(flags, 1);
        if let Some(slot) = book.tiles.mistakes.slot(index) {
            slots.number(slot, set.slot);
        }
    }
    (rows.into_text(), slots.into_text())
}

/// Of each sample the digest of its image and the most likely classes with their probabilities.
fn details(book: &Book<'_>, set: &Set<'_>, range: std::ops::Range<usize>) -> String {
    let mut details = Packed::default();
    for index in range {
        let outcome = &book.findings.outcomes[index];
        details.text(&book.findings.digests[index].to_string());
        for class in shown(outcome) {
            details.number(class, set.class);
            details.share(f64::from(outcome.probabilities[class]));
        }
    }
    details.into_text()
}

/// The classes with a bar, as on a sample's page.
fn shown(outcome: &Outcome) -> Vec<usize> {
    with_bars(outcome, &by_probability(&outcome.probabilities))
}
