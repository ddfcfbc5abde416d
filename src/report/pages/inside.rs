//! Inside the network: where classes are told apart and lost, which channels the answers rest on, which do the same, which
//! never fire and why, and which classes are taken for each other as groups.

use serde::Serialize;

use super::ablation_table::{self, AblationTable};
use super::dead::{self, DeadRow};
use super::distribution::Chart;
use super::frame::Frame;
use super::parts::{Link, Pictures, Thumb};
use crate::analysis::{ClassClusters, Separability, TWIN};
use crate::format;
use crate::pipeline::keeps_class_means;
use crate::report::charts::{self, Bar, Words};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "inside.html";
/// Rows of a table; all are in the data files.
const ROWS: usize = 20;
/// Images that excite a channel most, in its row.
const IMAGES: usize = 5;

#[derive(Serialize)]
struct InsideView {
    frame: Frame,
    separability: Option<Curve>,
    /// Why there is no curve.
    no_separability: String,
    ablation: Option<AblationTable>,
    /// Why nothing was silenced.
    no_ablation: String,
    dead: Vec<DeadRow>,
    twins: Vec<TwinRow>,
    twins_note: String,
    groups: Option<Groups>,
    data: Vec<Link>,
}

/// The curve over the layers and what becomes of mistakes on the way.
#[derive(Serialize)]
struct Curve {
    chart: Chart,
    /// Whether there are mistakes to follow.
    has_mistakes: bool,
    lost: Vec<LostRow>,
    never: String,
}

#[derive(Serialize)]
struct LostRow {
    layer: Link,
    accuracy: String,
    interval: String,
    lost: String,
    share: String,
    width: String,
}

#[derive(Serialize)]
struct TwinRow {
    layer: Link,
    a: usize,
    b: usize,
    correlation: String,
    cosine: String,
    saves: String,
    left: Vec<Thumb>,
    right: Vec<Thumb>,
}

#[derive(Serialize)]
struct Groups {
    lead: String,
    groups: Vec<Vec<Link>>,
    /// Classes that are in no group with others.
    alone: String,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Inside;
    let inside = &book.findings.inside;
    let mut pictures = Pictures::new(book, &place);
    let ablation = &inside.ablation;
    let file = |name: &str| {
        Link::to(
            name,
            book.urls.link(&place, &Place::File(format!("data/{name}"))),
        )
    };
    let view = InsideView {
        frame: Frame::new(
            book,
            &place,
            "Inside the network",
            "Where classes are told apart and lost, which channels the answers rest on, which repeat others or never fire.",
        ),
        separability: match &inside.separability {
            Some(found) => Some(curve(book, &place, found)?),
            None => None,
        },
        no_separability: no_separability(book),
        ablation: (ablation.samples > 0)
            .then(|| ablation_table::table(book, &place, ablation, &mut pictures)),
        no_ablation: ablation
            .not_done
            .map_or_else(String::new, ablation_table::not_done),
        dead: dead::all(book, &place),
        twins: twins(book, &place, &mut pictures),
        twins_note: twins_note(book),
        groups: groups(book, &place, &book.findings.clusters),
        data: [
            "separability.csv",
            "ablation.csv",
            "twins.csv",
            "channels.csv",
        ]
        .map(file)
        .to_vec(),
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn curve(book: &Book<'_>, place: &Place, found: &Separability) -> Result<Curve, ReportError> {
    let name = |layer: usize| book.findings.layers[layer].name.clone();
    let bars: Vec<Bar> = found
        .layers
        .iter()
        .map(|layer| Bar {
            label: name(layer.layer),
            value: layer.accuracy.share,
            interval: Some((layer.accuracy.low, layer.accuracy.high)),
            shown: format::percent(layer.accuracy.share),
        })
        .collect();
    let counted = found.layers.first().map_or(0, |layer| layer.accuracy.total);
    let description = format!(
        "Each bar is the share of {} that lie nearest to the mean of their own class, with its 95\u{202f}% interval. Channels are averaged \
         over positions and divided by their standard deviation; a sample has no part in the mean of its own class. The network itself is right on {}.",
        format::plural(counted as usize, "image", "images"),
        format::percent(book.findings.accuracy.share),
    );
    let words = Words {
        id: "separability",
        title: "How well each layer tells the classes apart",
        description: &description,
        axis: "nearest to its own class",
    };
    let mistakes = found.mistakes.max(1) as f64;
    Ok(Curve {
        chart: Chart {
            svg: charts::bars(&bars, Some(1.0), &words)?,
            caption: description.clone(),
        },
        has_mistakes: found.mistakes > 0,
        lost: found
            .layers
            .iter()
            .map(|layer| LostRow {
                layer: Link::layer(book, place, layer.layer),
                accuracy: format::percent(layer.accuracy.share),
                interval: format!(
                    "{} – {}",
                    format::percent(layer.accuracy.low),
                    format::percent(layer.accuracy.high)
                ),
                lost: format::count(layer.last_found),
                share: format::percent(layer.last_found as f64 / mistakes),
                width: format::width(layer.last_found as f64 / mistakes),
            })
            .collect(),
        never: never(found),
    })
}

/// Why nothing is known of where classes are told apart.
fn no_separability(book: &Book<'_>) -> String {
    if keeps_class_means(book.network) {
        return "There are no two classes with images, or none with two of them, so nothing lies near to others of its own.".into();
    }
    format!(
        "Of {} and so many channels the means would fill the memory, so they are not kept: there is no curve over the layers, and samples do not tell \
         where they were lost.",
        format::plural(book.findings.classes.len(), "class", "classes")
    )
}

fn never(found: &Separability) -> String {
    if found.mistakes == 0 {
        return "There is no mistake to be lost on the way.".into();
    }
    format!(
        "{} of {} nearest to {} own class in no layer ({}). A mistake whose own class is nearest in the last layers is close; one that never was is \
         told from another by nothing in the network, or its label is wrong.",
        format::count(found.never),
        format::plural(found.mistakes as usize, "mistake lies", "mistakes lie"),
        if found.mistakes == 1 { "its" } else { "their" },
        format::percent(found.never as f64 / found.mistakes as f64)
    )
}

pub(super) fn exemplars(
    book: &Book<'_>,
    layer: usize,
    channel: usize,
    pictures: &mut Pictures<'_>,
) -> Vec<Thumb> {
    let channels = &book.findings.layers[layer].channels;
    let strongest: Vec<usize> = channels.get(channel).map_or(Vec::new(), |channel| {
        let ranked = channel.exemplars.iter();
        ranked.map(|ranked| ranked.index as usize).collect()
    });
    pictures.thumbs(&strongest, IMAGES)
}

fn twins(book: &Book<'_>, place: &Place, pictures: &mut Pictures<'_>) -> Vec<TwinRow> {
    let twins = book.findings.inside.twins.iter().take(ROWS);
    twins
        .map(|twin| TwinRow {
            layer: Link::layer(book, place, twin.layer),
            a: twin.channels.0,
            b: twin.channels.1,
            correlation: format::fixed(twin.correlation, 3),
            cosine: twin
                .kernel_cosine
                .map_or_else(|| "–".into(), |cosine| format::fixed(cosine, 3)),
            saves: dead::saves(book, twin.layer, twin.channels.1),
            left: exemplars(book, twin.layer, twin.channels.0, pictures),
            right: exemplars(book, twin.layer, twin.channels.1, pictures),
        })
        .collect()
}

fn twins_note(book: &Book<'_>) -> String {
    let limit = format::fixed(TWIN, 2);
    match book.findings.inside.twins.len() {
        0 => format!(
            "No two channels of a layer with weights correlate by {limit} or more over the images."
        ),
        found => format!(
            "{} of one layer correlate by {limit} or more over the images, each channel averaged over positions. One of a pair tells the network little that the other does not.",
            format::plural(found, "pair of channels", "pairs of channels")
        ),
    }
}

fn groups(book: &Book<'_>, place: &Place, found: &ClassClusters) -> Option<Groups> {
    if found.groups.is_empty() {
        return None;
    }
    let within = found.within?;
    let mut lead = format!(
        "{} of all mistakes stay within these groups, the cut of the tree of classes with the highest modularity ({}).",
        format::percent(within.share),
        format::decimal(found.modularity?)
    );
    if let (Some(held), Some(chance)) = (found.within_held_out, found.within_by_chance) {
        lead.push_str(&format!(
            " Groups made from one half of the images hold {} of the mistakes of the other half (95\u{202f}% interval {} to {}), \
             where {} would be chance.",
            format::percent(held.share),
            format::percent(held.low),
            format::percent(held.high),
            format::percent(chance)
        ));
    }
    let together: Vec<&Vec<usize>> = found
        .groups
        .iter()
        .filter(|group| group.len() > 1)
        .collect();
    if together.is_empty() {
        return None;
    }
    let links = |group: &Vec<usize>| {
        group
            .iter()
            .map(|&class| Link::class(book, place, class))
            .collect()
    };
    Some(Groups {
        lead,
        groups: together.iter().copied().map(links).collect(),
        alone: match found.groups.len() - together.len() {
            0 => String::new(),
            alone => format!(
                "{} to no other.",
                format::plural(alone, "class is close", "classes are close")
            ),
        },
    })
}
