//! [`Frame`]: what stands around every page: its title, the rail on the left, the path to it, and the
//! way to its neighbours.

use serde::Serialize;

use super::parts::Link;
use crate::format;
use crate::report::Book;
use crate::report::identity::identity;
use crate::site::Place;

/// The tool's name and version, in the foot of every page.
const TOOL: &str = concat!("layerscope ", env!("CARGO_PKG_VERSION"));

/// The picture that stands for the report where its address is shared.
pub const COVER: &str = "cover.png";

/// What `base.html` needs of every page.
#[derive(Debug, Serialize)]
pub struct Frame {
    /// Of the document: what the page is, then the report's title.
    pub title: String,
    pub description: String,
    pub author: Option<String>,
    /// The report's title.
    pub site: String,
    /// From the page to the site's root: empty, or `../` some times.
    pub root: String,
    /// The page's own address, where the site's is known.
    pub canonical: Option<String>,
    /// The picture that stands for the report.
    pub cover: String,
    /// Under which a browser keeps what its reader says.
    pub report: String,
    pub groups: Vec<Group>,
    /// The pages above this one, the overview first.
    pub trail: Vec<Link>,
    /// How this page is called at the end of the trail.
    pub here: String,
    /// `12 of 57`, beside the links to its neighbours.
    pub position: Option<String>,
    pub previous: Option<Link>,
    pub next: Option<Link>,
    pub tool: &'static str,
    pub method: String,
}

/// A group of pages in the rail.
#[derive(Debug, Serialize)]
pub struct Group {
    pub name: &'static str,
    pub items: Vec<Item>,
}

/// A page in the rail.
#[derive(Debug, Serialize)]
pub struct Item {
    pub label: &'static str,
    pub href: String,
    pub count: Option<String>,
    /// The value of `aria-current`: `page` for the page itself, `true` for one below it.
    pub current: Option<&'static str>,
}

impl Frame {
    /// The frame of a page; `here` is what it is called in trail and title.
    pub fn new(
        book: &Book<'_>,
        place: &Place,
        here: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        let here = here.into();
        let site = book.settings.report.title.clone();
        let link = |to: &Place| book.urls.link(place, to);
        Self {
            title: if *place == Place::Overview {
                site.clone()
            } else {
                format!("{here} · {site}")
            },
            description: description.into(),
            author: book.settings.report.author.clone(),
            site,
            root: book.urls.root(place),
            canonical: book
                .urls
                .absolute(place)
                .filter(|_| *place != Place::NotFound),
            cover: cover(book, place),
            report: identity(book),
            groups: groups(book, place),
            trail: trail(place)
                .into_iter()
                .map(|(text, to)| Link::to(text, link(&to)))
                .collect(),
            here,
            position: None,
            previous: None,
            next: None,
            tool: TOOL,
            method: link(&Place::Method),
        }
    }

    /// With another name in the title than in the trail, where what stands above would be missed.
    pub fn entitled(mut self, book: &Book<'_>, name: &str) -> Self {
        self.title = format!("{name} · {}", book.settings.report.title);
        self
    }

    /// Puts a page between this one and those above it.
    pub fn below(mut self, link: Link) -> Self {
        self.trail.push(link);
        self
    }

    /// Names the neighbours; `place` counts from 0 among `all`.
    pub fn between(
        mut self,
        position: (usize, usize),
        previous: Option<Link>,
        next: Option<Link>,
    ) -> Self {
        let (place, all) = position;
        self.position = Some(format!(
            "{} of {}",
            format::count(place + 1),
            format::count(all)
        ));
        (self.previous, self.next) = (previous, next);
        self
    }
}

/// Absolute where the site's address is known, as those ask for who show it elsewhere.
fn cover(book: &Book<'_>, place: &Place) -> String {
    let cover = Place::File(COVER.into());
    book.urls
        .absolute(&cover)
        .unwrap_or_else(|| book.urls.link(place, &cover))
}

/// The pages above a page, as far as its place alone tells.
fn trail(place: &Place) -> Vec<(&'static str, Place)> {
    let above: &[(&str, Place)] = match place {
        Place::Overview => return Vec::new(),
        Place::Confusion { .. } => &[("Errors", Place::Errors)],
        Place::Class(_) => &[("Classes", Place::Classes)],
        Place::Layer(_) | Place::Channel { .. } => &[("Layers", Place::Layers)],
        Place::Gallery(page) if *page > 0 => &[("Samples", Place::Gallery(0))],
        _ => &[],
    };
    [("Overview", Place::Overview)]
        .into_iter()
        .chain(above.iter().cloned())
        .collect()
}

fn groups(book: &Book<'_>, place: &Place) -> Vec<Group> {
    let findings = book.findings;
    let layers = book.network.computed().count();
    let item = |label, to: Place, count: Option<usize>| Item {
        label,
        href: book.urls.link(place, &to),
        count: count.map(format::count),
        current: current(book, place, &to),
    };
    vec![
        Group {
            name: "Report",
            items: vec![
                item("Overview", Place::Overview, None),
                item("Findings", Place::Findings, Some(findings.statements.len())),
                item("Errors", Place::Errors, Some(findings.mistakes.len())),
                item("Samples", Place::Gallery(0), Some(findings.outcomes.len())),
                item("Classes", Place::Classes, Some(findings.classes.len())),
            ],
        },
        Group {
            name: "Network",
            items: vec![
                item("Layers", Place::Layers, Some(layers)),
                item("Weights", Place::Weights, None),
                item("Inside", Place::Inside, None),
            ],
        },
        Group {
            name: "Data",
            items: vec![
                item(
                    "Slices",
                    Place::Slices,
                    Some(findings.slices.weak().count()),
                ),
                item(
                    "Suspect labels",
                    Place::Suspects,
                    Some(findings.suspects.found.len()),
                ),
                item(
                    "Duplicates",
                    Place::Duplicates,
                    Some(findings.duplicates.surplus.len()),
                ),
                item("Odd images", Place::Odd, Some(findings.odd_images())),
                item("Map", Place::Map, None),
                item("Review", Place::Review, None),
            ],
        },
        Group {
            name: "Trust",
            items: vec![
                item("Quality", Place::Quality, None),
                item("Calibration", Place::Calibration, None),
                item("Method", Place::Method, None),
            ],
        },
    ]
}

/// Whether a page of the rail is this page, or the one it belongs to.
fn current(book: &Book<'_>, place: &Place, item: &Place) -> Option<&'static str> {
    if place == item {
        return Some("page");
    }
    let owner = match place {
        Place::Confusion { .. } => Place::Errors,
        Place::Class(_) => Place::Classes,
        Place::Layer(_) | Place::Channel { .. } => Place::Layers,
        Place::Gallery(_) => Place::Gallery(0),
        Place::Sample(index) if !book.findings.outcomes[*index].is_right() => Place::Errors,
        Place::Sample(_) => Place::Gallery(0),
        _ => return None,
    };
    (owner == *item).then_some("true")
}
