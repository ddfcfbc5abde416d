//! Channels that were silenced, as tables: those that the answers rest on, and those in the way.

use serde::Serialize;

use super::inside;
use super::parts::{Link, Pictures, Thumb};
use crate::analysis::{AblatedChannel, Ablation, Effect, NoAblation};
use crate::format;
use crate::report::Book;
use crate::site::Place;

/// Rows of a table; all are in the data file.
const ROWS: usize = 20;

#[derive(Serialize)]
pub(super) struct AblationTable {
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

pub(super) fn table(
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
            "{} silenced in two ways. A change counts where McNemar's exact test, after Holm's correction for all of these tests, leaves it less than \
             5\u{202f}% to chance.",
            format::plural(ablation.channels.len(), "channel was", "channels were"),
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
        hit_change: hit.map_or_else(String::new, |(class, change)| {
            format!(
                "{} of {}",
                format::signed(change as f64, 0),
                format::count(ablation.support[class])
            )
        }),
        samples: inside::exemplars(book, found.layer, found.channel, pictures),
    }
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

pub(super) fn not_done(reason: NoAblation) -> String {
    match reason {
        NoAblation::Off => "The settings leave it out (analysis.ablation_samples = 0).".into(),
        NoAblation::NoConvolution => "No convolution stands in front of the output.".into(),
        NoAblation::TooFew { samples } => format!(
            "On {} no change could be told from chance. analysis.ablation_samples = {samples} asks for it all the same.",
            format::plural(samples, "image", "images")
        ),
        NoAblation::TooDear { passes } => format!(
            "Silencing every channel on 32 images would cost as much as {} over the whole test set. \
             analysis.ablation_samples = 32 asks for it all the same.",
            format::plural(passes.ceil() as usize, "pass", "passes")
        ),
    }
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
