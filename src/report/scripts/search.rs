//! `search/index.js`: what the search in the head of every page finds besides classes: confusions, layers, samples with
//! a page, and what the pages of the report say. Written once these are.

use serde::Serialize;

use super::packed::{Packed, characters};
use super::put;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site, passages};

/// Confusions that are found by name, the most frequent ones.
const CONFUSIONS: usize = 2000;
/// Characters of a passage that are searched, and passages of a page.
const LONGEST: usize = 400;
const PASSAGES: usize = 400;

#[derive(Serialize)]
struct Index {
    /// Truth, prediction and count of each confusion.
    confusions: String,
    /// Name, kind and folder of each layer.
    layers: Vec<(String, String, String)>,
    /// A bit a sample, six a character: whether it has a page.
    pages: String,
    chapters: Vec<Chapter>,
}

/// A page of the report.
#[derive(Serialize)]
struct Chapter {
    title: String,
    path: String,
    /// Heading and text, the heading empty where it is the one before.
    passages: Vec<(String, String)>,
}

/// Writes the index from the pages that the site holds by now.
///
/// # Errors
/// If it cannot be written.
pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let findings = book.findings;
    let width = characters(findings.classes.len());
    let mut confusions = Packed::default();
    for confusion in findings.confusions.iter().take(CONFUSIONS) {
        confusions.number(confusion.truth, width);
        confusions.number(confusion.prediction, width);
        confusions.number(confusion.samples.len(), 3);
    }
    let layers = findings.layers.iter().enumerate().map(|(id, layer)| {
        let folder = book.urls.folder(&Place::Layer(id));
        (layer.name.clone(), layer.kind.clone(), folder)
    });
    let mut pages = Packed::default();
    let samples: Vec<usize> = (0..findings.outcomes.len()).collect();
    for six in samples.chunks(6) {
        let bit =
            |(place, &index): (usize, &usize)| usize::from(book.urls.has_page(index)) << place;
        pages.number(six.iter().enumerate().map(bit).sum(), 1);
    }
    let index = Index {
        confusions: confusions.into_text(),
        layers: layers.collect(),
        pages: pages.into_text(),
        chapters: site
            .chapters()
            .into_iter()
            .map(|(path, html)| chapter(path, &html))
            .collect(),
    };
    put(site, "search/index", &index)
}

fn chapter(path: String, html: &str) -> Chapter {
    let found = passages(html);
    let mut last = String::new();
    let said = found.iter().take(PASSAGES).map(|passage| {
        let heading = if passage.heading == last {
            String::new()
        } else {
            passage.heading.clone()
        };
        last.clone_from(&passage.heading);
        (heading, passage.text.chars().take(LONGEST).collect())
    });
    Chapter {
        title: found
            .first()
            .map_or_else(|| path.clone(), |first| first.heading.clone()),
        path,
        passages: said.collect(),
    }
}
