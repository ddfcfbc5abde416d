//! The audit of the preprocessing on the method page: what was tried, and what came of it.

use serde::Serialize;

use crate::analysis::{Audit, Tried};
use crate::format;

/// The section.
#[derive(Debug, Serialize)]
pub struct AuditView {
    /// What was found, as a sentence.
    verdict: String,
    /// Whether something is better than what is configured.
    warns: bool,
    /// What was found about the order of the classes.
    labels: String,
    settings: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    config: String,
    right: String,
    configured: String,
    p: String,
    better: bool,
}

impl AuditView {
    pub fn new(audit: &Audit) -> Self {
        let verdict = match audit.better() {
            Some(better) => format!(
                "With {} more of the images are answered right than with the configured setting, by more than chance. Was the network trained with that?",
                better.name
            ),
            None if audit.settings.is_empty() => {
                "The images are floating-point numbers, whose scale is theirs: nothing else was tried.".to_owned()
            }
            None => format!(
                "None of {} other common settings does better than the configured one by more than chance.",
                audit.settings.len()
            ),
        };
        let labels = match &audit.labels {
            Some(labels) => format!(
                "Another order of the classes explains the answers better, by more than chance: {}. Of {} images {} would be right, {} are (p = {:.1e}).",
                labels.words(),
                format::count(labels.samples),
                format::count(labels.right),
                format::count(labels.configured),
                labels.p
            ),
            None => "No other order of the classes explains the answers better.".to_owned(),
        };
        Self {
            verdict,
            warns: audit.better().is_some() || audit.labels.is_some(),
            labels,
            settings: audit.settings.iter().map(row).collect(),
        }
    }
}

fn row(tried: &Tried) -> Row {
    let of = |right: usize| format!("{right} of {}", tried.samples);
    Row {
        name: tried.name,
        config: tried.config.clone(),
        right: of(tried.right),
        configured: of(tried.configured),
        p: format!("{:.2e}", tried.p),
        better: tried.better,
    }
}
