//! Statements: what stands out, as sentences with a number behind each. The noun is [`Statement`].
//!
//! To add one, write a rule `fn(&Findings) -> Option<Statement>` in the file of its subject here and put its name
//! into [`RULES`]. A rule
//!
//! - has a condition that makes the sentence worth saying, a test or a threshold, and returns `None` where it does not
//!   hold: remove the cause from the input and the sentence goes (test that);
//! - says the condition in [`Evidence::basis`], and how the number is uncertain in [`Evidence::interval`];
//! - links what it speaks of ([`Phrase::subject`](super::Phrase)), and names samples where it is about images;
//! - chooses a [`Level`](super::Level) and says how many times its number reaches its threshold ([`Statement::strength`]): by these
//!   two the statements are ranked. The overview shows the first [`ON_OVERVIEW`], the page of findings all.

mod answers;
mod channels;
mod data;
mod inside;
#[cfg(test)]
mod inside_tests;
mod network;
#[cfg(test)]
mod tests;
mod trust;

use super::findings::{Evidence, Findings, Phrase, Statement, Subject, Unit};
use crate::stats::Proportion;

/// Statements on the overview.
pub const ON_OVERVIEW: usize = 8;
/// Samples shown beside a sentence.
const SHOWN: usize = 6;
/// "Sure" is above this confidence.
const SURE: f32 = 0.95;

type Rule = fn(&Findings) -> Option<Statement>;

/// Every rule; among statements of equal rank the order is this one.
const RULES: &[Rule] = &[
    network::not_numbers,
    answers::perfect,
    answers::one_answer,
    answers::chance,
    answers::pair,
    answers::sure_mistakes,
    trust::miscalibrated,
    trust::suspect_labels,
    data::weak_slice,
    data::conflicting_duplicates,
    data::duplicates,
    data::odd_images,
    network::dead_channels,
    answers::weakest_class,
    answers::one_sided,
    inside::super_classes,
    inside::needed_channel,
    inside::harmful_channel,
    inside::lost_late,
    channels::selective_channels,
    channels::quiet_channels,
    channels::twins,
    channels::saturated_channels,
];

/// The statements that hold, the most telling first.
pub(super) fn statements(findings: &Findings) -> Vec<Statement> {
    let mut statements: Vec<Statement> = RULES.iter().filter_map(|rule| rule(findings)).collect();
    // Stable, so that equals keep the order of the rules.
    statements.sort_by(|a, b| {
        a.level
            .cmp(&b.level)
            .then(b.strength.total_cmp(&a.strength))
    });
    statements
}

fn text(text: impl Into<String>) -> Phrase {
    Phrase {
        text: text.into(),
        subject: None,
    }
}

fn about(text: impl Into<String>, subject: Subject) -> Phrase {
    Phrase {
        text: text.into(),
        subject: Some(subject),
    }
}

/// A share with its Wilson interval, and what made it worth saying.
fn share(share: Proportion, basis: impl Into<String>) -> Evidence {
    Evidence {
        value: share.share,
        interval: Some([share.low, share.high]),
        unit: Unit::Share,
        basis: basis.into(),
    }
}

/// A number that was counted and is not an estimate.
fn counted(value: usize, basis: impl Into<String>) -> Evidence {
    Evidence {
        value: value as f64,
        interval: None,
        unit: Unit::Number,
        basis: basis.into(),
    }
}

fn times(number: usize) -> String {
    match number {
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{} times", crate::format::count(number)),
    }
}
