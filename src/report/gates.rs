//! [`verdicts`]: the gates of the config held against the findings.

use serde::Serialize;

use crate::analysis::{Findings, METRICS};
use crate::config::{Gate, Settings};

/// What became of a gate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// `recall.horse`.
    pub name: String,
    /// `>= 0.7`.
    pub condition: String,
    /// Undefined where the report has none; then the gate is not met.
    pub value: Option<f64>,
    pub passed: bool,
}

impl Verdict {
    /// `accuracy is 0.7795, expected >= 0.8`.
    pub fn words(&self) -> String {
        let value = self
            .value
            .map_or_else(|| "undefined".into(), |value| value.to_string());
        format!("{} is {value}, expected {}", self.name, self.condition)
    }
}

/// Numbers that are no metrics.
const COUNTS: [&str; 4] = ["errors", "dead_channels", "suspect_labels", "ece"];
/// Numbers of a class.
pub const OF_CLASS: [&str; 5] = ["recall", "precision", "f1", "auroc", "average_precision"];

/// Every number that a gate can be put on, those of classes apart.
pub fn numbers() -> Vec<&'static str> {
    METRICS.iter().copied().chain(COUNTS).collect()
}

/// One a gate, in the order of the config.
pub fn verdicts(settings: &Settings, findings: &Findings) -> Vec<Verdict> {
    settings
        .gates
        .iter()
        .map(|gate| verdict(gate, findings))
        .collect()
}

fn verdict(gate: &Gate, findings: &Findings) -> Verdict {
    let value = value(&gate.name, findings);
    Verdict {
        name: gate.name.clone(),
        condition: gate.condition(),
        value,
        passed: gate.is_met(value),
    }
}

fn value(name: &str, findings: &Findings) -> Option<f64> {
    if let Some((number, class)) = name.split_once('.') {
        return of_class(
            number,
            findings.classes.iter().position(|name| name == class)?,
            findings,
        );
    }
    match name {
        "errors" => Some(findings.mistakes.len() as f64),
        "suspect_labels" => Some(findings.suspects.found.len() as f64),
        "dead_channels" => Some(
            findings
                .layers
                .iter()
                .filter(|layer| layer.counts_dead)
                .map(|layer| layer.dead)
                .sum::<usize>() as f64,
        ),
        "ece" => findings.calibration.ece,
        name => findings.metrics().find(|metric| metric.key == name)?.value,
    }
}

fn of_class(number: &str, class: usize, findings: &Findings) -> Option<f64> {
    let (found, curves) = (
        findings.per_class.get(class)?,
        findings.quality.per_class.get(class)?,
    );
    match number {
        "recall" => found.recall.map(|recall| recall.share),
        "precision" => found.precision.map(|precision| precision.share),
        "f1" => found.f1,
        "auroc" => curves.auroc,
        "average_precision" => curves.average_precision,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_tells_number_and_condition() {
        let verdict = Verdict {
            name: "kappa".into(),
            condition: ">= 0.5".into(),
            value: None,
            passed: false,
        };
        assert_eq!(verdict.words(), "kappa is undefined, expected >= 0.5");
    }
}
