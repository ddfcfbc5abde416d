//! `data/duplicates.csv`: one row a sample of a group of duplicates, conflicting labels first.

use super::table;
use crate::analysis::DuplicateKind;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "group",
        "kind",
        "conflict",
        "distance",
        "index",
        "label",
        "prediction",
    ];
    let findings = book.findings;
    let rows = findings
        .duplicates
        .groups
        .iter()
        .enumerate()
        .flat_map(|(number, group)| {
            let kind = match group.kind {
                DuplicateKind::Equal => "equal",
                DuplicateKind::Alike => "alike",
                DuplicateKind::SameFeatures => "same_features",
            };
            group.samples.iter().map(move |&sample| {
                let outcome = &findings.outcomes[sample];
                vec![
                    (number + 1).to_string(),
                    kind.to_string(),
                    group.conflict.to_string(),
                    group.distance.to_string(),
                    sample.to_string(),
                    findings.classes[outcome.truth].clone(),
                    findings.classes[outcome.prediction].clone(),
                ]
            })
        });
    table::write(
        site,
        "data/duplicates.csv",
        head.map(String::from).to_vec(),
        rows,
    )
}
