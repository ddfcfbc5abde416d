//! What stands out inside the network.

use super::{about, counted, text};
use crate::analysis::findings::{Findings, Level, Statement, Subject};
use crate::format::{count, plural};

/// Channels that may be dead without much ado, as a share.
const DEAD: f64 = 0.01;
/// On fewer images a channel that waits for one kind of image may well have seen none.
const FEWEST_IMAGES: usize = 20;

/// NaN in a layer makes every other number doubtful.
pub(super) fn not_numbers(findings: &Findings) -> Option<Statement> {
    let layer = findings
        .layers
        .iter()
        .find(|layer| layer.summary.nans > 0)?;
    Some(Statement {
        key: "not_numbers",
        level: Level::Alarm,
        strength: f64::INFINITY,
        figure: "NaN".into(),
        phrases: vec![
            text(format!(
                "{} that are not numbers, first in ",
                plural(layer.summary.nans as usize, "value", "values")
            )),
            about(&layer.name, Subject::Layer(layer.id)),
            text(". All statistics leave them out."),
        ],
        evidence: counted(
            layer.summary.nans as usize,
            "counted in the first layer that has any; said from one on",
        ),
        samples: Vec::new(),
    })
}

pub(super) fn dead_channels(findings: &Findings) -> Option<Statement> {
    let counted_layers: Vec<_> = findings
        .layers
        .iter()
        .filter(|layer| layer.counts_dead)
        .collect();
    let all: usize = counted_layers
        .iter()
        .map(|layer| layer.channels.len())
        .sum();
    let affected: Vec<_> = counted_layers
        .iter()
        .filter(|layer| layer.dead > 0)
        .collect();
    let dead: usize = affected.iter().map(|layer| layer.dead).sum();
    if dead == 0 || findings.outcomes.len() < FEWEST_IMAGES {
        return None;
    }
    let mut phrases = vec![text(format!(
        "of {} never {} on any of the {}: ",
        plural(all, "channel", "channels"),
        if dead == 1 { "fires" } else { "fire" },
        plural(findings.outcomes.len(), "image", "images")
    ))];
    for (place, layer) in affected.iter().enumerate() {
        if place > 0 {
            phrases.push(text(", "));
        }
        phrases.push(text(format!("{} in ", count(layer.dead))));
        phrases.push(about(&layer.name, Subject::Layer(layer.id)));
    }
    phrases.push(text(format!(
        ". {} the network nothing about these images.",
        if dead == 1 { "It tells" } else { "They tell" }
    )));
    Some(Statement {
        key: "dead_channels",
        level: Level::Side,
        strength: dead as f64 / all as f64 / DEAD,
        figure: count(dead),
        phrases,
        evidence: counted(
            dead,
            format!(
                "counted, zero at every position of every image; said from one on, with {FEWEST_IMAGES} images or more"
            ),
        ),
        samples: Vec::new(),
    })
}
