//! Inside the network: where classes are told apart and lost, which channels the answers rest on, which do the same, which
//! never fire and why, and which classes are taken for each other as groups.

use serde::Serialize;

use super::dead::{self, DeadRow};
use super::distribution::Chart;
use super::frame::Frame;
use super::parts::{Link, Pictures, Thumb};
use crate::analysis::{
    AblatedChannel, Ablation, ClassClusters, Effect, NoAblation, Separability, TWIN,
};
use crate::format;
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
struct AblationTable {
    lead: String,
    needed: Vec<AblatedRow>,
    in_the_way: Vec<AblatedRow>,
    tested: String,
}

#[derive(Serialize)]
struct AblatedRow {
    layer: Link,
    channel: usize,
    zero: String,
    interval: String,
    mean: String,
    flipped: String,
    p: String,
    hit: Option<Link>,
    hit_change: String,
    samples: Vec<Thumb>,
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
        ablation: (ablation.samples > 0).then(|| table(book, &place, ablation, &mut pictures)),
        no_ablation: ablation.not_done.map_or_else(String::new, not_done),
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

fn never(found: &Separability) -> String {
    if found.mistakes == 0 {
        return "There are no mistakes.".into();
    }
    format!(
        "{} of {} lie nearest to their own class in no layer ({}).",
        format::count(found.never),
        format::plural(found.mistakes as usize, "mistake", "mistakes"),
        format::percent(found.never as f64 / found.mistakes as f64)
    )
}

fn table(
    book: &Book<'_>,
    place: &Place,
    ablation: &Ablation,
    pictures: &mut Pictures<'_>,
) -> AblationTable {
    let base = ablation.base.map_or(0.0, |base| base.share);
    let mut row = |channel: &&AblatedChannel| ablated(book, place, ablation, channel, pictures);
    let needed = ablation.most_needed();
    let needed = needed
        .iter()
        .filter(|channel| channel.zero.is_real() && channel.zero.change < 0.0);
    let needed: Vec<AblatedRow> = needed.take(ROWS).map(&mut row).collect();
    AblationTable {
        lead: format!(
            "Each channel of each convolution is set to zero, and then to its mean over all images, on {} evenly spread over the test set, of which the \
             whole network answers {} rightly.",
            format::plural(ablation.samples, "image", "images"),
            format::percent(base)
        ),
        needed,
        in_the_way: ablation.in_the_way().iter().take(ROWS).map(row).collect(),
        tested: format!(
            "{} were silenced in two ways. A change counts where McNemar's exact test, after Holm's correction for all of these tests, leaves it less than \
             5\u{202f}% to chance.",
            format::plural(ablation.channels.len(), "channel", "channels"),
        ),
    }
}

fn ablated(
    book: &Book<'_>,
    place: &Place,
    ablation: &Ablation,
    found: &AblatedChannel,
    pictures: &mut Pictures<'_>,
) -> AblatedRow {
    let effect = if found.mean.change > found.zero.change && found.mean.is_real() {
        &found.mean
    } else {
        &found.zero
    };
    let hit = ablation.hardest_hit(effect);
    AblatedRow {
        layer: Link::layer(book, place, found.layer),
        channel: found.channel,
        zero: points(found.zero.change),
        interval: interval(&found.zero),
        mean: points(found.mean.change),
        flipped: format!(
            "−{} +{}",
            format::count(found.zero.lost),
            format::count(found.zero.gained)
        ),
        p: probability(effect.adjusted_p),
        hit: hit.map(|(class, _)| Link::class(book, place, class)),
        hit_change: hit.map_or_else(String::new, |(_, change)| points(change)),
        samples: exemplars(book, found.layer, found.channel, pictures),
    }
}

fn exemplars(
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

/// A change of a share in percentage points: `−3.1 pp`.
fn points(change: f64) -> String {
    let sign = match change.total_cmp(&0.0) {
        std::cmp::Ordering::Greater => "+",
        std::cmp::Ordering::Less if change != 0.0 => "−",
        _ => "",
    };
    format!("{sign}{} pp", format::fixed(change.abs() * 100.0, 1))
}

fn interval(effect: &Effect) -> String {
    format!("{} to {}", points(effect.low), points(effect.high))
}

fn probability(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".into()
    } else {
        format::fixed(p, 3)
    }
}

fn not_done(reason: NoAblation) -> String {
    match reason {
        NoAblation::Off => "The settings leave it out (analysis.ablation_samples = 0).".into(),
        NoAblation::NoConvolution => "No convolution stands in front of the output.".into(),
        NoAblation::TooDear { passes } => format!(
            "Silencing every channel on 32 images would cost as much as {} over the whole test set. \
             analysis.ablation_samples = 32 asks for it all the same.",
            format::plural(passes.ceil() as usize, "pass", "passes")
        ),
    }
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
    let links = |group: &Vec<usize>| {
        group
            .iter()
            .map(|&class| Link::class(book, place, class))
            .collect()
    };
    Some(Groups {
        lead,
        groups: found.groups.iter().map(links).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_a_sign_unless_there_is_none() {
        assert_eq!(
            [points(-0.031), points(0.5), points(0.0), points(-0.0)],
            ["−3.1 pp", "+50.0 pp", "0.0 pp", "0.0 pp"]
        );
    }
}
