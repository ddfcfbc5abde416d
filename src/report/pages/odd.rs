//! Odd images: dark, bright, blurred, plain, of an unusual shape, or unlike all others to the network.

use serde::Serialize;

use super::frame::Frame;
use super::parts::{Card, Link, Pictures};
use crate::analysis::{OddImage, OddKind};
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "odd.html";
/// Images of each kind on the page; the file has all.
const SHOWN: usize = 24;

#[derive(Serialize)]
struct OddView {
    frame: Frame,
    heading: String,
    lead: String,
    kinds: Vec<KindView>,
    /// Kinds of which there is no image, and those that most images are.
    none: Option<String>,
    rules: Vec<String>,
    data: Link,
}

#[derive(Serialize)]
struct KindView {
    id: &'static str,
    heading: String,
    note: String,
    text: String,
    cards: Vec<Card>,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Odd;
    let mut pictures = Pictures::new(book, &place);
    let kinds = &book.findings.odd;
    let (heading, lead) = (heading(book.findings.odd_images()), lead(book));
    let found = kinds.iter().filter(|kind| !kind.images.is_empty());
    let view = OddView {
        frame: Frame::new(book, &place, "Odd images", format!("{heading}. {lead}")),
        heading,
        lead,
        kinds: found
            .map(|kind| kind_view(book, &mut pictures, kind))
            .collect(),
        none: none(kinds),
        rules: kinds
            .iter()
            .filter(|kind| kind.is_rule)
            .map(|kind| {
                format!(
                    "More than half of all images are {}: that is the rule here and nothing odd.",
                    kind.words
                )
            })
            .collect(),
        data: Link::to(
            "odd_images.csv",
            book.urls
                .link(&place, &Place::File("data/odd_images.csv".into())),
        ),
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn heading(odd: usize) -> String {
    match odd {
        0 => "No image is odd".into(),
        1 => "1 image is odd".into(),
        many => format!("{} images are odd", format::count(many)),
    }
}

fn lead(book: &Book<'_>) -> String {
    format!(
        "Odd is what a threshold says, which stands beside each kind. An odd image may be a fault of the data or just rare; it is worth a look \
         where the network does worse on it than on all, where {} are misread.",
        format::percent(1.0 - book.findings.accuracy.share)
    )
}

fn kind_view(book: &Book<'_>, pictures: &mut Pictures<'_>, kind: &OddKind) -> KindView {
    let wrong = kind.wrong.map_or(String::new(), |wrong| {
        format!(
            "{} of them are misread ({}).",
            format::percent(wrong.share),
            format::interval(&wrong)
        )
    });
    let mut letters = kind.words.chars();
    let capital = letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().collect());
    KindView {
        id: kind.key,
        heading: format!("{capital}{}", letters.as_str()),
        note: if kind.images.len() > SHOWN {
            format!(
                "the {SHOWN} oddest of {}",
                format::plural(kind.images.len(), "image", "images")
            )
        } else {
            format::plural(kind.images.len(), "image", "images")
        },
        text: format!("Here {}. {wrong}", kind.threshold),
        cards: kind
            .images
            .iter()
            .take(SHOWN)
            .map(|image| card(book, pictures, image))
            .collect(),
    }
}

fn card(book: &Book<'_>, pictures: &mut Pictures<'_>, image: &OddImage) -> Card {
    Card {
        says: book.findings.classes[book.findings.outcomes[image.index].truth].clone(),
        ..pictures.card(image.index)
    }
}

fn none(kinds: &[OddKind]) -> Option<String> {
    let words: Vec<String> = kinds
        .iter()
        .filter(|kind| kind.images.is_empty() && !kind.is_rule)
        .map(|kind| kind.words.to_string())
        .collect();
    (!words.is_empty()).then(|| {
        format!(
            "Looked for and not found, images that are: {}.",
            words.join("; ")
        )
    })
}
