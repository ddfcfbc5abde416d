//! Duplicates: images that are there more than once, conflicting labels first.

use serde::Serialize;

use super::frame::Frame;
use super::parts::{Card, Link, Pictures};
use crate::analysis::{DuplicateGroup, DuplicateKind, FEATURE_SHARE, HASH_BITS};
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "duplicates.html";
/// Groups of each section on the page, and samples of each group; the file has all.
const GROUPS: usize = 40;
const SAMPLES: usize = 8;

#[derive(Serialize)]
struct DuplicatesView {
    frame: Frame,
    heading: String,
    lead: String,
    sections: Vec<Section>,
    note: String,
    data: Link,
}

#[derive(Serialize)]
struct Section {
    heading: &'static str,
    /// How many there are, and which are shown.
    note: String,
    groups: Vec<GroupView>,
}

#[derive(Serialize)]
struct GroupView {
    text: String,
    cards: Vec<Card>,
    /// Samples without a picture.
    more: Option<String>,
}

/// What belongs to a section, and its heading.
type Wanted = (&'static str, fn(&DuplicateGroup) -> bool);

const SECTIONS: [Wanted; 4] = [
    ("The same image with different labels", |group| {
        group.conflict && group.kind.is_of_pixels()
    }),
    ("The same image more than once", |group| {
        !group.conflict && group.kind.is_of_pixels()
    }),
    (
        "Different labels, and nearly the same to the network",
        |group| group.conflict && group.kind == DuplicateKind::SameFeatures,
    ),
    ("Nearly the same to the network", |group| {
        !group.conflict && group.kind == DuplicateKind::SameFeatures
    }),
];

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Duplicates;
    let mut pictures = Pictures::new(book, &place);
    let (heading, lead) = (heading(book), lead(book));
    let view = DuplicatesView {
        frame: Frame::new(book, &place, "Duplicates", format!("{heading}. {lead}")),
        heading,
        lead,
        sections: SECTIONS
            .iter()
            .filter_map(|wanted| section(book, &mut pictures, wanted))
            .collect(),
        note: note(book),
        data: Link::to(
            "duplicates.csv",
            book.urls
                .link(&place, &Place::File("data/duplicates.csv".into())),
        ),
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn heading(book: &Book<'_>) -> String {
    let found = &book.findings.duplicates;
    match found.surplus.len() {
        0 => "Every image is there once".into(),
        1 => "1 image is there a second time".into(),
        many => format!("{} images are copies of others", format::count(many)),
    }
}

fn lead(book: &Book<'_>) -> String {
    let groups = &book.findings.duplicates.groups;
    let conflicts = groups
        .iter()
        .filter(|group| group.conflict && group.kind.is_of_pixels())
        .count();
    let near = groups
        .iter()
        .filter(|group| group.kind == DuplicateKind::SameFeatures)
        .count();
    let conflicts = match conflicts {
        0 => "No image has two labels".to_string(),
        1 => "One image has two labels, of which one is wrong".into(),
        many => format!(
            "{} images have more than one label, of which one is right at most",
            format::count(many)
        ),
    };
    let near = match near {
        0 => "no different images are nearly the same to the network".to_string(),
        many => format!(
            "{} of different images are nearly the same to the network",
            format::plural(many, "group", "groups")
        ),
    };
    format!("{conflicts}; {near}.")
}

/// `None` where nothing belongs to it.
fn section(
    book: &Book<'_>,
    pictures: &mut Pictures<'_>,
    (heading, belongs): &Wanted,
) -> Option<Section> {
    let groups: Vec<&DuplicateGroup> = book
        .findings
        .duplicates
        .groups
        .iter()
        .filter(|group| belongs(group))
        .collect();
    (!groups.is_empty()).then(|| Section {
        heading,
        note: if groups.len() > GROUPS {
            format!("the first {GROUPS} of {}", format::count(groups.len()))
        } else {
            format::plural(groups.len(), "group", "groups")
        },
        groups: groups
            .iter()
            .take(GROUPS)
            .map(|group| group_view(book, pictures, group))
            .collect(),
    })
}

fn group_view(book: &Book<'_>, pictures: &mut Pictures<'_>, group: &DuplicateGroup) -> GroupView {
    let cards = group.samples.iter().take(SAMPLES).map(|&sample| Card {
        says: book.findings.classes[book.findings.outcomes[sample].truth].clone(),
        ..pictures.card(sample)
    });
    let hidden = group.samples.len().saturating_sub(SAMPLES);
    GroupView {
        cards: cards.collect(),
        text: how(group),
        more: (hidden > 0).then(|| format!("and {} more", format::count(hidden))),
    }
}

fn how(group: &DuplicateGroup) -> String {
    match group.kind {
        DuplicateKind::Equal => "equal in every pixel".into(),
        DuplicateKind::Alike if group.distance == 0.0 => "the same perceptual hash".into(),
        DuplicateKind::Alike => format!(
            "up to {} of 64 bits of the perceptual hash differ",
            group.distance
        ),
        DuplicateKind::SameFeatures => {
            format!("features up to {} apart", format::decimal(group.distance))
        }
    }
}

fn note(book: &Book<'_>) -> String {
    let features = match book.findings.duplicates.within {
        Some(within) => format!(
            "To the network, images are nearly the same whose features are less than {} apart, {} of the median distance of samples to the centre \
             of their cluster.",
            format::decimal(within),
            format::percent_short(f64::from(FEATURE_SHARE))
        ),
        None => "The features were not compared: they have no spread, or too many samples have nearly the same.".into(),
    };
    format!(
        "Images are the same whose pixels are equal, or whose perceptual hashes (imagehash's phash, 64 bits) differ in at most {HASH_BITS} bits while their \
         mean brightness is about the same; images of hardly any tones are left out, for their hashes say little. {features}"
    )
}
