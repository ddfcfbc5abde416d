//! The gallery: all samples in their order, some hundred a page. A mistake wears its wrong name.

use rayon::prelude::*;
use serde::Serialize;

use super::frame::Frame;
use super::parts::{Link, Picture, Pictures};
use super::words;
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "gallery.html";
/// Page numbers on either side of the page in the row of numbers.
const BESIDE: usize = 2;

#[derive(Serialize)]
struct GalleryView {
    frame: Frame,
    /// The page that a script turns into the wall of all samples.
    wall: bool,
    /// To that page.
    all: Link,
    heading: String,
    lead: String,
    tiles: Vec<Tile>,
    pages: Vec<PageLink>,
    /// Says what the switch leaves over; `None` where there is nothing to switch.
    mistakes: Option<String>,
}

#[derive(Serialize)]
struct Tile {
    /// What addresses point to.
    id: String,
    /// `right` or `wrong`.
    class: &'static str,
    picture: Picture,
    /// Truth, answer and confidence, for the pointer.
    title: String,
    /// The wrong name; `None` where the answer is right.
    says: Option<String>,
    /// Its own page, where it has one.
    href: Option<String>,
}

/// A page number, or a gap between two of them.
#[derive(Debug, PartialEq, Serialize)]
struct PageLink {
    text: String,
    label: String,
    href: Option<String>,
    current: bool,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let written: Vec<_> = (0..pages(book))
        .into_par_iter()
        .map(|page| write_one(book, site, page))
        .collect();
    written.into_iter().collect()
}

fn page_size(book: &Book<'_>) -> usize {
    book.settings.samples.gallery_page.max(1)
}

fn pages(book: &Book<'_>) -> usize {
    book.findings
        .outcomes
        .len()
        .div_ceil(page_size(book))
        .max(1)
}

fn write_one(book: &Book<'_>, site: &Site, page: usize) -> Result<(), ReportError> {
    let place = Place::Gallery(page);
    let mut pictures = Pictures::new(book, &place);
    let (size, all) = (page_size(book), book.findings.outcomes.len());
    let samples = page * size..((page + 1) * size).min(all);
    let mistakes = samples
        .clone()
        .filter(|&index| !book.findings.outcomes[index].is_right())
        .count();
    let heading = heading(&samples, all);
    let lead = lead(mistakes, samples.len());
    let view = GalleryView {
        frame: frame(book, page, &format!("{heading}. {lead}")),
        wall: page == 0,
        all: Link::to(
            "All on one page, to be filtered and ordered",
            book.urls.link(&place, &Place::Gallery(0)),
        ),
        heading,
        lead,
        tiles: samples
            .clone()
            .map(|index| tile(book, &place, &mut pictures, index))
            .collect(),
        pages: page_links(book, page),
        mistakes: (mistakes > 0 && mistakes < samples.len()).then(|| {
            format!(
                "only the {}",
                format::plural(mistakes, "mistake", "mistakes")
            )
        }),
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn heading(samples: &std::ops::Range<usize>, all: usize) -> String {
    if samples.len() == all {
        return format!("All {}", format::plural(all, "sample", "samples"));
    }
    let (first, last) = (
        format::count(samples.start),
        format::count(samples.end.saturating_sub(1)),
    );
    format!("Samples {first} to {last} of {}", format::count(all))
}

fn lead(mistakes: usize, samples: usize) -> String {
    let here = format::plural(samples, "sample", "samples");
    match mistakes {
        0 if samples == 1 => "The network is right on it.".into(),
        0 => format!("The network is right on every one of these {here}."),
        1 if samples == 1 => "It is misread and wears its wrong name.".into(),
        1 => format!("1 of these {here} is misread and wears its wrong name."),
        many => format!(
            "{} of these {here} are misread and wear their wrong name.",
            format::count(many)
        ),
    }
}

fn frame(book: &Book<'_>, page: usize, description: &str) -> Frame {
    let place = Place::Gallery(page);
    let number = |page: usize| {
        Link::to(
            format!("page {}", page + 1),
            book.urls.link(&place, &Place::Gallery(page)),
        )
    };
    let here = if page == 0 {
        "Samples".into()
    } else {
        format!("Page {}", page + 1)
    };
    let title = if page == 0 {
        "Samples".into()
    } else {
        format!("Samples, page {}", page + 1)
    };
    let mut frame = Frame::new(book, &place, title, description);
    frame.here = here;
    let all = pages(book);
    if all == 1 {
        return frame;
    }
    frame.between(
        (page, all),
        page.checked_sub(1).map(number),
        (page + 1 < all).then(|| number(page + 1)),
    )
}

fn tile(book: &Book<'_>, place: &Place, pictures: &mut Pictures<'_>, index: usize) -> Tile {
    let findings = book.findings;
    let outcome = &findings.outcomes[index];
    let right = outcome.is_right();
    Tile {
        id: book.urls.anchor(index),
        class: if right { "right" } else { "wrong" },
        picture: pictures.share(&book.tiles.all, index),
        title: words::seen(findings, index),
        says: (!right).then(|| findings.classes[outcome.prediction].clone()),
        href: book
            .urls
            .has_page(index)
            .then(|| book.urls.sample(place, index)),
    }
}

/// First and last page, those around this one, and gaps between.
fn page_links(book: &Book<'_>, page: usize) -> Vec<PageLink> {
    let all = pages(book);
    let link = |to: usize| PageLink {
        text: format::count(to + 1),
        label: format!("Page {}", to + 1),
        href: Some(book.urls.link(&Place::Gallery(page), &Place::Gallery(to))),
        current: to == page,
    };
    let mut links = Vec::new();
    for to in listed(page, all) {
        match to {
            Some(to) => links.push(link(to)),
            None => links.push(PageLink {
                text: "…".into(),
                label: String::new(),
                href: None,
                current: false,
            }),
        }
    }
    if all > 1 { links } else { Vec::new() }
}

/// The pages that are listed, `None` for a gap of more than one page.
fn listed(page: usize, all: usize) -> Vec<Option<usize>> {
    let wanted = |to: &usize| *to == 0 || *to + 1 == all || to.abs_diff(page) <= BESIDE;
    let mut listed: Vec<Option<usize>> = Vec::new();
    let mut last = None;
    for to in (0..all).filter(wanted) {
        match last {
            Some(last) if to - last == 2 => listed.push(Some(to - 1)),
            Some(last) if to - last > 2 => listed.push(None),
            _ => {}
        }
        listed.push(Some(to));
        last = Some(to);
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_pages_are_behind_a_gap_and_single_ones_are_not() {
        let numbers = |page, all| {
            let listed = listed(page, all).into_iter();
            listed
                .map(|to| to.map_or("…".into(), |to| (to + 1).to_string()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(numbers(0, 40), "1 2 3 … 40");
        assert_eq!(numbers(19, 40), "1 … 18 19 20 21 22 … 40");
        assert_eq!(numbers(4, 8), "1 2 3 4 5 6 7 8");
        assert_eq!(numbers(0, 1), "1");
    }

    #[test]
    fn the_lead_is_right_for_every_number() {
        assert_eq!(lead(0, 1), "The network is right on it.");
        assert_eq!(
            lead(0, 2),
            "The network is right on every one of these 2 samples."
        );
        assert_eq!(
            lead(1, 250),
            "1 of these 250 samples is misread and wears its wrong name."
        );
        assert_eq!(heading(&(250..500), 10_000), "Samples 250 to 499 of 10,000");
        assert_eq!(heading(&(0..12), 12), "All 12 samples");
    }
}
