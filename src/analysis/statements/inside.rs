//! What stands out about layers, groups of classes, and channels that were silenced.

use super::{SHOWN, about, share, text};
use crate::analysis::findings::{Evidence, Findings, Level, Statement, Subject, Unit};
use crate::analysis::inside::{AblatedChannel, Effect};
use crate::format::{count, fixed, percent, plural};
use crate::stats::Proportion;

/// Mistakes that lie nearest to their own class in the last layer before the output stand out from this share.
const CLOSE: f64 = 0.2;
/// Groups of classes stand out where they hold this many times the mistakes that chance would leave in them.
const GROUPED: f64 = 1.5;
/// The channel whose silencing costs most, beyond chance.
pub(super) fn needed_channel(findings: &Findings) -> Option<Statement> {
    let ablation = &findings.inside.ablation;
    let worst = *ablation.most_needed().first()?;
    (worst.zero.is_real() && worst.zero.change < 0.0)
        .then(|| silenced(findings, worst, &worst.zero, "needed_channel"))
}

/// The channel without which the network is better, beyond chance.
pub(super) fn harmful_channel(findings: &Findings) -> Option<Statement> {
    let ablation = &findings.inside.ablation;
    let best = *ablation.in_the_way().first()?;
    let effect = if best.zero.change >= best.mean.change && best.zero.is_real() {
        &best.zero
    } else {
        &best.mean
    };
    Some(silenced(findings, best, effect, "harmful_channel"))
}

fn silenced(
    findings: &Findings,
    channel: &AblatedChannel,
    effect: &Effect,
    key: &'static str,
) -> Statement {
    let ablation = &findings.inside.ablation;
    let verb = if effect.change < 0.0 {
        "lost"
    } else {
        "gained"
    };
    let layer = &findings.layers[channel.layer];
    let exemplars = layer
        .channels
        .get(channel.channel)
        .map_or(&[][..], |found| &found.exemplars);
    Statement {
        key,
        level: Level::Side,
        // How many times the changed answers outweigh what chance would explain.
        strength: (effect.gained as f64 - effect.lost as f64).abs()
            / (2.0 * ((effect.gained + effect.lost) as f64).sqrt()).max(1.0),
        figure: format!("{} points", fixed(effect.change.abs() * 100.0, 1)),
        phrases: vec![
            text(format!(
                "of accuracy are {verb} without channel {} of ",
                channel.channel
            )),
            about(&layer.name, Subject::Layer(channel.layer)),
            text(format!(
                ", on {}: {} broken, {} mended. ",
                plural(ablation.samples, "image", "images"),
                plural(effect.lost, "answer is", "answers are"),
                count(effect.gained)
            )),
            about(
                if effect.change < 0.0 {
                    "No other channel is needed as much."
                } else {
                    "It is in the way."
                },
                Subject::Inside,
            ),
        ],
        evidence: Evidence {
            value: effect.change,
            interval: Some([effect.low, effect.high]),
            unit: Unit::Points,
            basis: format!(
                "change of the accuracy with the channel silenced; said where McNemar's exact test, after Holm's correction for {} \
                 tests, leaves less than 5\u{202f}% to chance",
                2 * ablation.channels.len()
            ),
        },
        samples: exemplars
            .iter()
            .take(SHOWN)
            .map(|ranked| ranked.index as usize)
            .collect(),
    }
}

/// Mistakes that still look like their own class just before the output.
pub(super) fn lost_late(findings: &Findings) -> Option<Statement> {
    let found = findings.inside.separability.as_ref()?;
    let output = findings.layers.len().checked_sub(1)?;
    let layers = found.layers.iter().filter(|layer| layer.layer != output);
    let last = layers.max_by_key(|layer| layer.layer)?;
    let all = &found.layers;
    let late: u64 = all
        .iter()
        .filter(|layer| layer.layer >= last.layer)
        .map(|layer| layer.last_found)
        .sum();
    let of = Proportion::new(late, found.mistakes)?;
    // A guess among few classes is often right.
    let threshold = CLOSE.max(1.0 / findings.classes.len() as f64);
    (of.low > threshold).then(|| Statement {
        key: "lost_late",
        level: Level::Side,
        strength: of.share / threshold,
        figure: percent(of.share),
        phrases: vec![
            text("of the mistakes lie nearest to their own class as late as in "),
            about(&findings.layers[last.layer].name, Subject::Layer(last.layer)),
            text(": the network "),
            about("has what it takes to tell them", Subject::Inside),
            text(", and the last step throws it away."),
        ],
        evidence: share(
            of,
            format!(
                "share of the mistakes nearest to the mean of their own class in the last layers; said where its interval lies above {}",
                percent(threshold)
            ),
        ),
        samples: Vec::new(),
    })
}

/// Groups of classes that hold most mistakes, on samples that the groups were not made from.
pub(super) fn super_classes(findings: &Findings) -> Option<Statement> {
    let found = &findings.clusters;
    let (held, chance) = (found.within_held_out?, found.within_by_chance?);
    if chance <= 0.0 || held.low < GROUPED * chance {
        return None;
    }
    Some(Statement {
        key: "super_classes",
        level: Level::Chief,
        strength: held.share / (GROUPED * chance),
        figure: percent(held.share),
        phrases: vec![
            text("of the mistakes stay within "),
            about(
                plural(found.groups.len(), "group of classes", "groups of classes"),
                Subject::Inside,
            ),
            text(format!(", where chance would leave {}.", percent(chance))),
        ],
        evidence: share(
            held,
            "share of the mistakes of one half of the images within groups made from the other half; said where its interval lies above 1.5 times \
             the share by chance",
        ),
        samples: Vec::new(),
    })
}
