//! What stands out in how far answers and labels can be believed.

use super::{SHOWN, SURE, about, share, text};
use crate::analysis::findings::{Evidence, Findings, Level, Statement, Subject, Unit};
use crate::analysis::trust::Suspects;
use crate::format::{count, percent};
use crate::stats::Proportion;

/// A calibration error is worth a sentence from here, if it is beyond chance.
const ERROR: f64 = 0.02;
/// So many labels of a common data set are wrong (Northcutt, Athalye, Mueller 2021, *Pervasive label errors in test sets*, estimate 3.3 %
/// on average).
const WRONG_LABELS: f64 = 0.033;

/// Confidence that is off by more than chance and more than a little.
pub(super) fn miscalibrated(findings: &Findings) -> Option<Statement> {
    let found = &findings.calibration;
    let (error, chance, mean) = (found.ece?, found.chance?, found.mean_confidence?);
    if error <= chance || error < ERROR {
        return None;
    }
    let accuracy = findings.accuracy.share;
    let metrics = &findings.quality.metrics;
    let metric = metrics.iter().find(|metric| metric.key == "ece10");
    Some(Statement {
        key: "miscalibrated",
        level: Level::Chief,
        strength: error / chance.max(ERROR),
        figure: percent(error),
        phrases: vec![
            text("lie between "),
            about(
                "its confidence and its share of right answers",
                Subject::Calibration,
            ),
            text(format!(
                ", averaged over the answers (ECE): it is {} sure and {} right, {} sure of itself. Chance explains up to {}.",
                percent(mean),
                percent(accuracy),
                if mean > accuracy { "too" } else { "not enough" },
                percent(chance)
            )),
        ],
        evidence: Evidence {
            value: error,
            interval: metric.and_then(|metric| metric.interval),
            unit: Unit::Share,
            basis: format!(
                "said from {} on, and beyond the 99\u{202f}% quantile of a perfectly calibrated network on as many samples",
                percent(ERROR)
            ),
        },
        samples: Vec::new(),
    })
}

/// Labels that may be wrong, where the network all but excludes one of them.
pub(super) fn suspect_labels(findings: &Findings) -> Option<Statement> {
    let found = &findings.suspects.found;
    if !findings.suspects.tell_of_labels(findings.outcomes.len()) {
        return None;
    }
    if !found
        .iter()
        .any(|suspect| suspect.suggested_probability > SURE)
    {
        return None;
    }
    let of_all = Proportion::new(found.len() as u64, findings.outcomes.len() as u64)?;
    Some(Statement {
        key: "suspect_labels",
        level: Level::Chief,
        strength: of_all.share / WRONG_LABELS,
        figure: count(found.len()),
        phrases: vec![
            about(
                if found.len() == 1 {
                    "label is suspect"
                } else {
                    "labels are suspect"
                },
                Subject::Suspects,
            ),
            text(format!(
                " ({} of all): the network contradicts them as consistently as it knows its classes. Where it is right, the \
                 mistake is the label's.",
                percent(of_all.share)
            )),
        ],
        evidence: share(
            of_all,
            format!(
                "share of all labels; by confident learning, said where one suggestion has over {} probability, and up to {} of all labels: beyond, it is the \
                 network that is contradicted",
                percent(f64::from(SURE)),
                percent(Suspects::MOST)
            ),
        ),
        samples: found
            .iter()
            .take(SHOWN)
            .map(|suspect| suspect.index)
            .collect(),
    })
}
