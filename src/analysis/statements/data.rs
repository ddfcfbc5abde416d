//! What stands out in the data: where the network is weak, images that are there twice, odd images.

use super::{SHOWN, about, counted, share, text};
use crate::analysis::ALPHA;
use crate::analysis::findings::{Findings, Level, Statement, Subject};
use crate::format::{count, percent, plural, probability};
use crate::stats::Proportion;

/// Odd images are worth a sentence from this share of all on…
const ODD: f64 = 0.001;
/// …and duplicates from this one.
const TWICE: f64 = 0.001;

/// The weakest slice, where it is weaker than the rest beyond having looked at many.
pub(super) fn weak_slice(findings: &Findings) -> Option<Statement> {
    let found = &findings.slices;
    let weak: Vec<_> = found.weak().collect();
    let worst = *weak.first()?;
    let (wrong, rest) = (worst.wrong, worst.rest?);
    let mut phrases = vec![
        text("of "),
        about(worst.name(), Subject::Slices),
        text(format!(
            " are misread, against {} of the others.",
            percent(rest.share)
        )),
    ];
    if weak.len() > 1 {
        phrases.push(text(format!(
            " Of {} slices {} weak beyond chance.",
            count(found.all.len()),
            plural(weak.len() - 1, "more is", "more are")
        )));
    }
    Some(Statement {
        key: "weak_slice",
        level: Level::Chief,
        strength: wrong.share / rest.share.max(f64::MIN_POSITIVE),
        figure: percent(wrong.share),
        phrases,
        evidence: share(
            wrong,
            format!(
                "said where the share of wrong answers exceeds that of the rest with p below {ALPHA} after Holm's correction for {} slices; here p = {}",
                count(found.all.len()),
                probability(worst.adjusted)
            ),
        ),
        samples: worst.mistakes.iter().copied().take(SHOWN).collect(),
    })
}

/// Equal or nearly equal images with different labels: one of the labels is wrong.
pub(super) fn conflicting_duplicates(findings: &Findings) -> Option<Statement> {
    let conflicts: Vec<_> = findings
        .duplicates
        .groups
        .iter()
        .filter(|group| group.conflict && group.kind.is_of_pixels())
        .collect();
    let first = conflicts.first()?;
    Some(Statement {
        key: "conflicting_duplicates",
        level: Level::Chief,
        strength: conflicts.len() as f64,
        figure: count(conflicts.len()),
        phrases: vec![
            about(
                if conflicts.len() == 1 {
                    "group of images that look the same has"
                } else {
                    "groups of images that look the same have"
                },
                Subject::Duplicates,
            ),
            text(" different labels. Whatever the network answers, it is wrong on one of them."),
        ],
        evidence: counted(conflicts.len(), findings.duplicates.basis()),
        samples: first.samples.iter().copied().take(SHOWN).collect(),
    })
}

/// Images that count more than once.
pub(super) fn duplicates(findings: &Findings) -> Option<Statement> {
    let found = &findings.duplicates;
    let of_all = Proportion::new(found.surplus.len() as u64, findings.outcomes.len() as u64)?;
    if of_all.share < TWICE {
        return None;
    }
    let without = findings
        .adjusted
        .iter()
        .find(|adjusted| adjusted.key == "without_duplicates")?;
    let groups = found
        .groups
        .iter()
        .filter(|group| group.kind.is_of_pixels());
    Some(Statement {
        key: "duplicates",
        level: Level::Side,
        strength: of_all.share / TWICE,
        figure: count(of_all.count),
        phrases: vec![
            about(
                if of_all.count == 1 {
                    "sample looks like another"
                } else {
                    "samples look like another"
                },
                Subject::Duplicates,
            ),
            text(format!(
                " and {} no evidence of its own. Without {} the accuracy is {} instead of {}.",
                if of_all.count == 1 { "adds" } else { "add" },
                if of_all.count == 1 { "it" } else { "them" },
                without
                    .accuracy
                    .map_or("undefined".into(), |accuracy| percent(accuracy.share)),
                percent(findings.accuracy.share)
            )),
        ],
        evidence: share(
            of_all,
            format!("{}; said from {} of all on", found.basis(), percent(TWICE)),
        ),
        samples: groups
            .flat_map(|group| group.samples.iter().copied())
            .take(SHOWN)
            .collect(),
    })
}

/// The kind of odd image there are most of.
pub(super) fn odd_images(findings: &Findings) -> Option<Statement> {
    let all = findings.outcomes.len() as u64;
    let mut kinds: Vec<_> = findings
        .odd
        .iter()
        .filter(|kind| kind.is_fault && !kind.images.is_empty())
        .collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.images.len()));
    let most = *kinds.first()?;
    let of_all = Proportion::new(most.images.len() as u64, all)?;
    if of_all.share < ODD {
        return None;
    }
    let wrong = most.wrong?;
    Some(Statement {
        key: "odd_images",
        level: Level::Side,
        strength: of_all.share / ODD,
        figure: count(of_all.count),
        phrases: vec![
            about(
                format!("{} {}", plural_images(of_all.count), most.words),
                Subject::Odd,
            ),
            text(misread(wrong, findings)),
        ],
        evidence: share(
            of_all,
            format!(
                "share of all images; {}; said from {} on",
                most.threshold,
                percent(ODD)
            ),
        ),
        samples: most
            .images
            .iter()
            .take(SHOWN)
            .map(|image| image.index)
            .collect(),
    })
}

/// How many of some images are misread, against all.
fn misread(wrong: Proportion, findings: &Findings) -> String {
    if findings.mistakes.is_empty() {
        return ", and recognised like all others.".into();
    }
    let of_all = percent(1.0 - findings.accuracy.share);
    let words = match (wrong.count, wrong.total) {
        (0, 1) => "it is recognised".into(),
        (1, 1) => "it is misread".into(),
        (0, _) => "none of them is misread".into(),
        (2, 2) => "both are misread".into(),
        (wrong, all) if wrong == all => "all of them are misread".into(),
        (1, _) => "1 of them is misread".into(),
        (wrong, _) => format!("{} of them are misread", count(wrong)),
    };
    format!("; {words}, against {of_all} of all.")
}

/// `image is`, `images are`; the number stands beside.
fn plural_images(count: u64) -> &'static str {
    if count == 1 { "image is" } else { "images are" }
}
