//! `data/predictions.csv`: one row a sample, probabilities in full f32 precision.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let findings = book.findings;
    let named = book.dataset.name(0).is_some();
    let head = ["index", "truth", "prediction", "confidence"]
        .map(String::from)
        .into_iter()
        .chain(findings.classes.iter().map(|class| format!("p_{class}")))
        .chain(named.then(|| "file".to_owned()))
        .collect();
    let rows = findings
        .outcomes
        .iter()
        .enumerate()
        .map(|(index, outcome)| {
            let mut row = vec![
                index.to_string(),
                findings.classes[outcome.truth].clone(),
                findings.classes[outcome.prediction].clone(),
                outcome.confidence.to_string(),
            ];
            row.extend(outcome.probabilities.iter().map(f32::to_string));
            row.extend(named.then(|| book.dataset.name(index).unwrap_or_default()));
            row
        });
    table::write(site, "data/predictions.csv", head, rows)
}
