//! Suspect labels: samples whose label may be wrong, with the label that the network suggests.

use serde::Serialize;

use super::frame::Frame;
use super::parts::{Link, Picture, Pictures};
use crate::analysis::{Findings, Suspect};
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "labels.html";
/// Cards on the page; the file has all.
const SHOWN: usize = 96;
/// Pairs in the table.
const PAIRS: usize = 20;

#[derive(Serialize)]
struct SuspectsView {
    frame: Frame,
    heading: String,
    lead: String,
    /// Which of them are shown.
    note: String,
    cards: Vec<SuspectCard>,
    pairs: Vec<Pair>,
    pairs_note: String,
    data: Link,
}

#[derive(Serialize)]
struct SuspectCard {
    href: String,
    picture: Picture,
    index: String,
    given: String,
    given_probability: String,
    suggested: String,
    suggested_probability: String,
}

/// How many samples with one label may really be of another class.
#[derive(Serialize)]
struct Pair {
    count: String,
    given: Link,
    really: Link,
    share: String,
    suspects: String,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Suspects;
    let findings = book.findings;
    let found = &findings.suspects.found;
    let mut pictures = Pictures::new(book, &place);
    let (heading, lead) = (heading(findings), lead(findings));
    let (pairs, pairs_note) = pairs(book, &place);
    let view = SuspectsView {
        frame: Frame::new(book, &place, "Suspect labels", format!("{heading}. {lead}")),
        heading,
        lead,
        note: note(found.len()),
        cards: found
            .iter()
            .take(SHOWN)
            .map(|suspect| card(book, &place, &mut pictures, suspect))
            .collect(),
        pairs,
        pairs_note,
        data: Link::to(
            "suspect_labels.csv",
            book.urls
                .link(&place, &Place::File("data/suspect_labels.csv".into())),
        ),
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn heading(findings: &Findings) -> String {
    match findings.suspects.found.len() {
        0 => "No label is suspect".into(),
        1 => "1 label is suspect".into(),
        many => format!("{} labels are suspect", format::count(many)),
    }
}

fn lead(findings: &Findings) -> String {
    let (found, all) = (findings.suspects.found.len(), findings.outcomes.len());
    if found == 0 {
        return "Nowhere does the network contradict a label more consistently than it confuses the classes anyway.".into();
    }
    if !findings.suspects.tell_of_labels(all) {
        return format!(
            "On {} of the samples the network is as sure of another class as it is of that class's own samples. That is more than labels are \
             wrong in any common test set: it says that the network is weak, or that its classes stand in another order, and little about the labels.",
            format::percent(found as f64 / all.max(1) as f64)
        );
    }
    format!(
        "On {} of the samples the network is as sure of another class as it is of that class's own samples. Either the label is wrong or the \
         network is; only looking tells. The less able the network, the more of these labels are right.",
        format::percent(found as f64 / all.max(1) as f64)
    )
}

fn note(found: usize) -> String {
    if found > SHOWN {
        return format!(
            "the first {SHOWN} of {}, the lowest probability of the label first",
            format::count(found)
        );
    }
    "the lowest probability of the label first".into()
}

fn card(
    book: &Book<'_>,
    place: &Place,
    pictures: &mut Pictures<'_>,
    suspect: &Suspect,
) -> SuspectCard {
    let name = |class: usize| book.findings.classes[class].clone();
    let mut picture = pictures.picture(suspect.index);
    picture.alt = format!(
        "Sample {}, labelled {}, perhaps {}",
        suspect.index,
        name(suspect.given),
        name(suspect.suggested)
    );
    SuspectCard {
        href: book.urls.sample(place, suspect.index),
        picture,
        index: suspect.index.to_string(),
        given: name(suspect.given),
        given_probability: format::percent_short(f64::from(suspect.given_probability)),
        suggested: name(suspect.suggested),
        suggested_probability: format::percent_short(f64::from(suspect.suggested_probability)),
    }
}

/// The off-diagonal cells of the confident joint, the largest first, and which of them are shown.
fn pairs(book: &Book<'_>, place: &Place) -> (Vec<Pair>, String) {
    let findings = book.findings;
    let cells = findings
        .suspects
        .joint
        .iter()
        .enumerate()
        .flat_map(|(given, row)| {
            row.iter()
                .enumerate()
                .filter(move |(really, count)| *really != given && **count > 0)
                .map(move |(really, &count)| (count, given, really))
        });
    let mut cells: Vec<(i64, usize, usize)> = cells.collect();
    cells.sort_by_key(|&(count, given, really)| (std::cmp::Reverse(count), given, really));
    let all = cells.len();
    let class = |class: usize| {
        Link::to(
            findings.classes[class].clone(),
            book.urls.link(place, &Place::Class(class)),
        )
    };
    let pairs = cells
        .into_iter()
        .take(PAIRS)
        .map(|(count, given, really)| Pair {
            count: format::count(count.max(0) as u64),
            given: class(given),
            really: class(really),
            share: format::percent(count as f64 / findings.per_class[given].support.max(1) as f64),
            suspects: format::count(
                findings
                    .suspects
                    .found
                    .iter()
                    .filter(|suspect| (suspect.given, suspect.suggested) == (given, really))
                    .count(),
            ),
        })
        .collect();
    let shown = if all > PAIRS {
        format!("the {PAIRS} largest of {}", format::count(all))
    } else {
        "the largest first".into()
    };
    (pairs, shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_says_what_is_left_out() {
        assert_eq!(note(SHOWN), "the lowest probability of the label first");
        assert_eq!(
            note(1056),
            "the first 96 of 1,056, the lowest probability of the label first"
        );
    }
}
