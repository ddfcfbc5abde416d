//! What stands out about channels: whom they serve, how seldom they fire, which repeat others, and which are stuck.

use super::{SHOWN, about, counted, share, text};
use crate::analysis::findings::{Findings, Level, Statement, Subject};
use crate::analysis::inside::ChannelHealth;
use crate::format::{count, fixed, percent, plural};
use crate::model::LayerId;
use crate::stats::Proportion;

/// A channel serves one class from this selectivity on: it answers it nine times as strongly as the others.
const SELECTIVE: f64 = 0.8;
/// So many of a layer's channels serve one class before it is worth saying.
const SELECTIVE_CHANNELS: f64 = 0.1;
/// A channel is quiet from this sparseness on: that of one that answers an image in a hundred, and no other.
const QUIET: f64 = 0.99;
/// So many of all channels are quiet before it is worth saying.
const QUIET_CHANNELS: f64 = 0.02;
/// A channel is stuck with this share of its values at a bound of its activation…
const STUCK: f64 = 0.9;
/// …and so many of all channels with such bounds may be, without much ado.
const STUCK_CHANNELS: f64 = 0.02;
/// Twins may be this share of all channels without much ado.
const TWINS: f64 = 0.02;

/// Channels with their layers and what is known of them.
type Channels<'a> = Vec<(LayerId, usize, &'a ChannelHealth)>;

/// The channels of all layers with weights but the output.
fn hidden(findings: &Findings) -> Channels<'_> {
    let layers = findings.layers.iter().filter(|layer| layer.counts_dead);
    layers
        .filter_map(|layer| Some((layer.id, findings.inside.channels.get(layer.id)?)))
        .flat_map(|(layer, channels)| {
            let numbered = channels.iter().enumerate();
            numbered.map(move |(number, channel)| (layer, number, channel))
        })
        .collect()
}

/// Channels that serve one class, in the layer that has most of them, and the classes that they serve.
pub(super) fn selective_channels(findings: &Findings) -> Option<Statement> {
    let hidden = hidden(findings);
    let of = |layer: LayerId| hidden.iter().filter(move |(of, ..)| *of == layer);
    let is_selective =
        |health: &ChannelHealth| health.selectivity.is_some_and(|value| value >= SELECTIVE);
    let shares = findings.layers.iter().filter_map(|layer| {
        let served = of(layer.id).filter(|(.., health)| is_selective(health));
        let share = Proportion::new(served.count() as u64, of(layer.id).count() as u64)?;
        Some((layer.id, share))
    });
    // The last among equals: the deeper, the more there is to serve.
    let (layer, share_of) = shares.max_by(|a, b| a.1.share.total_cmp(&b.1.share))?;
    if share_of.share < SELECTIVE_CHANNELS {
        return None;
    }
    let mut served = vec![0usize; findings.classes.len()];
    for (.., health) in of(layer).filter(|(.., health)| is_selective(health)) {
        if let Some(class) = health.selective_for {
            served[class] += 1;
        }
    }
    let (most, most_served) =
        extreme(&served, |class| findings.per_class[class].support > 0, true)?;
    let (least, least_served) = extreme(
        &served,
        |class| findings.per_class[class].support > 0,
        false,
    )?;
    Some(Statement {
        key: "selective_channels",
        level: Level::Side,
        strength: share_of.share / SELECTIVE_CHANNELS,
        figure: percent(share_of.share),
        phrases: vec![
            text(format!(
                "of the {} of ",
                plural(share_of.total, "channel", "channels")
            )),
            about(&findings.layers[layer].name, Subject::Layer(layer)),
            text(" answer one class nine times as strongly as the others: most of them "),
            about(&findings.classes[most], Subject::Class(most)),
            text(format!(" ({}), fewest ", count(most_served))),
            about(&findings.classes[least], Subject::Class(least)),
            text(format!(" ({}).", count(least_served))),
        ],
        evidence: share(
            share_of,
            format!(
                "share of the layer's channels with a selectivity of {SELECTIVE} or more, in the layer where it is largest; said from {} on",
                percent(SELECTIVE_CHANNELS)
            ),
        ),
        samples: Vec::new(),
    })
}

/// The class with the most or the fewest, the first among equals.
fn extreme(
    served: &[usize],
    is_there: impl Fn(usize) -> bool,
    most: bool,
) -> Option<(usize, usize)> {
    let classes = served.iter().copied().enumerate().rev();
    let there = classes.filter(|&(class, _)| is_there(class));
    if most {
        there.max_by_key(|&(_, count)| count)
    } else {
        // The last minimum of a reversed order is the first class.
        there.max_by_key(|&(_, count)| std::cmp::Reverse(count))
    }
}

/// Channels that fire for so few images that next to nothing depends on them.
pub(super) fn quiet_channels(findings: &Findings) -> Option<Statement> {
    let hidden = hidden(findings);
    let sparse: Channels<'_> = hidden
        .iter()
        .filter(|(.., health)| health.sparseness.is_some_and(|value| value >= QUIET))
        .copied()
        .collect();
    let of_all = Proportion::new(sparse.len() as u64, hidden.len() as u64)?;
    if of_all.share < QUIET_CHANNELS {
        return None;
    }
    let &(layer, channel, _) = sparse.iter().max_by(|a, b| {
        let value = |one: &ChannelHealth| one.sparseness.unwrap_or(0.0);
        // The first among equals.
        value(a.2)
            .total_cmp(&value(b.2))
            .then((b.0, b.1).cmp(&(a.0, a.1)))
    })?;
    let exemplars = findings.layers[layer].channels.get(channel);
    Some(Statement {
        key: "quiet_channels",
        level: Level::Side,
        strength: of_all.share / QUIET_CHANNELS,
        figure: count(sparse.len()),
        phrases: vec![
            text(format!(
                "of {} {} as if for one image in a hundred or fewer, most of all channel {channel} of ",
                plural(hidden.len(), "channel", "channels"),
                if sparse.len() == 1 { "fires" } else { "fire" },
            )),
            about(&findings.layers[layer].name, Subject::Layer(layer)),
            text(": almost dead, or made for something rare."),
        ],
        evidence: share(
            of_all,
            format!(
                "share of the channels of layers with weights, without the output, whose sparseness is {QUIET} or more; said from {} on",
                percent(QUIET_CHANNELS)
            ),
        ),
        samples: exemplars.map_or(Vec::new(), |found| {
            let shown = found.exemplars.iter().take(SHOWN);
            shown.map(|ranked| ranked.index as usize).collect()
        }),
    })
}

/// Channels that repeat others.
pub(super) fn twins(findings: &Findings) -> Option<Statement> {
    let twins = &findings.inside.twins;
    let all: usize = findings
        .layers
        .iter()
        .filter(|layer| layer.counts_dead)
        .map(|layer| layer.channels.len())
        .sum();
    let first = twins.first()?;
    Some(Statement {
        key: "twins",
        level: Level::Side,
        strength: twins.len() as f64 / all.max(1) as f64 / TWINS,
        figure: count(twins.len()),
        phrases: vec![
            about(
                if twins.len() == 1 {
                    "pair of channels does"
                } else {
                    "pairs of channels do"
                },
                Subject::Inside,
            ),
            text(format!(
                " nearly the same{} {} and {} of ",
                if twins.len() == 1 {
                    ":"
                } else {
                    ", most of all"
                },
                first.channels.0,
                first.channels.1
            )),
            about(
                &findings.layers[first.layer].name,
                Subject::Layer(first.layer),
            ),
            text(format!(" (correlation {}).", fixed(first.correlation, 3))),
        ],
        evidence: counted(
            twins.len(),
            "pairs of one layer whose means over positions correlate by 0.95 or more over the images",
        ),
        samples: Vec::new(),
    })
}

/// Channels that hardly ever leave the bounds of their activation. The output is left out: there, to be sure is to be at a bound.
pub(super) fn saturated_channels(findings: &Findings) -> Option<Statement> {
    let output = findings.layers.len().checked_sub(1)?;
    let bounded: Vec<(usize, f64)> = findings.inside.channels[..output]
        .iter()
        .enumerate()
        .flat_map(|(layer, channels)| channels.iter().map(move |channel| (layer, channel)))
        .filter_map(|(layer, channel)| Some((layer, channel.saturation?)))
        .collect();
    let stuck = bounded.iter().filter(|(_, share)| *share >= STUCK);
    let mut by_layer: Vec<(usize, usize)> = Vec::new();
    for &(layer, _) in stuck {
        match by_layer.last_mut() {
            Some((last, count)) if *last == layer => *count += 1,
            _ => by_layer.push((layer, 1)),
        }
    }
    let stuck: usize = by_layer.iter().map(|(_, count)| count).sum();
    let of_all = Proportion::new(stuck as u64, bounded.len() as u64)?;
    // The first among equals.
    let (worst, _) = *by_layer
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .filter(|_| of_all.share >= STUCK_CHANNELS)?;
    Some(Statement {
        key: "saturated_channels",
        level: Level::Side,
        strength: of_all.share / STUCK_CHANNELS,
        figure: count(stuck),
        phrases: vec![
            text(format!(
                "of {} {} at a bound of the activation with {} of the values or more, most of them in ",
                plural(bounded.len(), "channel with bounds", "channels with bounds"),
                if stuck == 1 { "lies" } else { "lie" },
                percent(STUCK)
            )),
            about(&findings.layers[worst].name, Subject::Layer(worst)),
            text(". Little of what they could say gets through."),
        ],
        evidence: share(
            of_all,
            format!(
                "share of the channels whose activation has bounds, without the output; said from {} on",
                percent(STUCK_CHANNELS)
            ),
        ),
        samples: Vec::new(),
    })
}
