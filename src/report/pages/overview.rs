//! The overview: how good it is, what stands out, where it fails, what it is made of, class by class.

use serde::Serialize;

use super::activations::{self, Stage};
use super::class_table::ClassRow;
use super::dead;
use super::frame::{COVER, Frame};
use super::matrix::{Matrix, Ranked};
use super::parts::{Figure, Link, Pictures};
use super::selection;
use super::statement::StatementView;
use crate::analysis::ON_OVERVIEW;
use crate::dataset::Pixels;
use crate::format;
use crate::report::markdown;
use crate::report::pictures::{COVER_SAMPLES, cover};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "overview.html";
/// Classes in the table, those with the lowest recall.
const CLASSES: usize = 50;
/// Confusions in the ranking, and pictures for each of them.
const RANKED: usize = 8;
const RANKED_THUMBS: usize = 5;
/// Digits of the model's checksum that tell two models apart at a glance.
const CHECKSUM: usize = 12;

#[derive(Serialize)]
struct OverviewView {
    frame: Frame,
    /// What was tested on what, above the headline.
    kicker: String,
    headline: String,
    /// HTML.
    note: Option<String>,
    links: Vec<Link>,
    figures: Vec<Figure>,
    statements: Vec<StatementView>,
    /// To those that are not here.
    all_statements: Option<Link>,
    matrix: Option<Matrix>,
    ranking: Vec<Ranked>,
    all_confusions: Link,
    stages: Vec<Stage>,
    /// The sample that the stages show.
    shown: Option<Link>,
    layers: Link,
    classes: Vec<ClassRow>,
    /// To the whole table, where this one is cut.
    all_classes: Option<Link>,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Overview;
    let mut pictures = Pictures::new(book, &place);
    let view = OverviewView::new(book, &place, &mut pictures);
    pictures.write(site)?;
    write_cover(book, site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

impl OverviewView {
    fn new(book: &Book<'_>, place: &Place, pictures: &mut Pictures<'_>) -> Self {
        let findings = book.findings;
        let headline = headline(book);
        let shown = selection::first(book);
        let statements: Vec<StatementView> = findings
            .statements
            .iter()
            .take(ON_OVERVIEW)
            .map(|statement| StatementView::new(book, place, pictures, statement))
            .collect();
        Self {
            frame: Frame::new(book, place, "Overview", format!("{headline}.")),
            kicker: kicker(book),
            headline,
            note: book.settings.report.note.as_deref().map(markdown::html),
            links: links(book),
            figures: figures(book, place),
            all_statements: all_statements(book, place),
            statements,
            matrix: Matrix::new(book, place),
            ranking: findings
                .confusions
                .iter()
                .take(RANKED)
                .map(|confusion| Ranked::new(book, place, confusion, pictures, RANKED_THUMBS))
                .collect(),
            all_confusions: all_confusions(book, place),
            stages: shown.map_or_else(Vec::new, |sample| {
                activations::stages(book, place, sample, pictures.picture(sample))
            }),
            shown: shown.map(|sample| {
                Link::to(format!("sample {sample}"), book.urls.sample(place, sample))
            }),
            layers: Link::to("All layers", book.urls.link(place, &Place::Layers)),
            classes: ClassRow::all(book, place)
                .into_iter()
                .take(CLASSES)
                .collect(),
            all_classes: (findings.classes.len() > CLASSES).then(|| {
                let all = format::count(findings.classes.len());
                Link::to(
                    format!("All {all} classes"),
                    book.urls.link(place, &Place::Classes),
                )
            }),
        }
    }
}

fn links(book: &Book<'_>) -> Vec<Link> {
    let links = book.settings.report.links.iter();
    links.map(|link| Link::to(&link.text, &link.url)).collect()
}

/// The mistakes that the network is surest of, one of each kind after the other; without mistakes the first samples.
fn write_cover(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let confusions = &book.findings.confusions;
    let deepest = confusions
        .iter()
        .map(|confusion| confusion.samples.len())
        .max();
    let mistakes = (0..deepest.unwrap_or(0)).flat_map(|rank| {
        confusions
            .iter()
            .filter_map(move |confusion| confusion.samples.get(rank).copied())
    });
    let others = (0..book.dataset.len()).filter(|_| confusions.is_empty());
    let mut samples = Vec::new();
    for index in mistakes.chain(others).take(COVER_SAMPLES) {
        let mut pixels = Pixels::default();
        book.dataset.read(index, &mut pixels)?;
        samples.push(pixels);
    }
    Ok(site.file(COVER, &cover(COVER, &samples)?)?)
}

fn kicker(book: &Book<'_>) -> String {
    let source = &book.network.source;
    let checksum: String = source.sha256.chars().take(CHECKSUM).collect();
    let images = format::plural(book.findings.outcomes.len(), "test image", "test images");
    let classes = format::plural(book.findings.classes.len(), "class", "classes");
    let author = book.settings.report.author.as_ref();
    let author = author.map_or_else(String::new, |author| format!(" · {author}"));
    format!("{images} · {classes} · model sha256 {checksum}{author}")
}

fn headline(book: &Book<'_>) -> String {
    let (title, accuracy) = (&book.settings.report.title, &book.findings.accuracy);
    let images = format::plural(accuracy.total, "image", "images");
    if accuracy.count == accuracy.total {
        return match accuracy.total {
            1 => format!("{title} is right on the only image"),
            _ => format!("{title} is right on all of {images}"),
        };
    }
    format!(
        "{title} is right on {} of {images}",
        format::percent(accuracy.share)
    )
}

fn figures(book: &Book<'_>, place: &Place) -> Vec<Figure> {
    let findings = book.findings;
    let accuracy = &findings.accuracy;
    let link = |to: Place| book.urls.link(place, &to);
    let mut figures = vec![
        Figure::new(
            "Accuracy",
            format::percent(accuracy.share),
            format::interval(accuracy),
        )
        .leading_to(link(Place::Method)),
        Figure::new(
            "Errors",
            format::count(findings.mistakes.len()),
            format!("of {}", format::count(accuracy.total)),
        )
        .leading_to(link(Place::Errors)),
    ];
    if let Some(top) = findings.top.iter().find(|top| top.k == 3) {
        figures.push(Figure::new(
            "Among its top 3",
            format::percent(top.share.share),
            format::interval(&top.share),
        ));
    }
    let counted: Vec<_> = findings
        .layers
        .iter()
        .filter(|layer| layer.counts_dead)
        .collect();
    let channels: usize = counted.iter().map(|layer| layer.channels.len()).sum();
    let never: usize = counted.iter().map(|layer| layer.dead).sum();
    if channels > 0 {
        let of = format!("of {}", format::count(channels));
        figures.push(
            Figure::new("Dead channels", format::count(never), of).leading_to(format!(
                "{}#{}",
                link(Place::Inside),
                dead::ANCHOR
            )),
        );
    }
    if let Some(error) = findings.calibration.ece {
        figures.push(
            Figure::new("Calibration error", format::percent(error), "ECE")
                .leading_to(link(Place::Calibration)),
        );
    }
    let parameters = format::count(book.network.parameters());
    figures.push(Figure::new("Parameters", parameters, "").leading_to(link(Place::Weights)));
    figures
}

fn all_statements(book: &Book<'_>, place: &Place) -> Option<Link> {
    let all = book.findings.statements.len();
    (all > 0).then(|| {
        let text = if all > ON_OVERVIEW {
            format!(
                "All {} findings, and what each rests on",
                format::count(all)
            )
        } else {
            "What each of them rests on".into()
        };
        Link::to(text, book.urls.link(place, &Place::Findings))
    })
}

fn all_confusions(book: &Book<'_>, place: &Place) -> Link {
    let text = match book.findings.confusions.len() {
        1 => "The one kind of error".into(),
        many => format!("All {} kinds of error", format::count(many)),
    };
    Link::to(text, book.urls.link(place, &Place::Errors))
}
