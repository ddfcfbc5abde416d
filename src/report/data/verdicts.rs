//! `data/verdicts.csv`: the verdicts that were joined to the samples, in the form that `review.file` reads.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let findings = book.findings;
    let head = ["image", "index", "truth", "prediction", "verdict", "note"]
        .map(String::from)
        .to_vec();
    let rows = findings.review.verdicts.iter().map(|(&index, reviewed)| {
        let outcome = &findings.outcomes[index];
        vec![
            findings.digests[index].to_string(),
            index.to_string(),
            findings.classes[outcome.truth].clone(),
            findings.classes[outcome.prediction].clone(),
            reviewed.verdict.name().to_owned(),
            reviewed.note.clone(),
        ]
    });
    table::write(site, "data/verdicts.csv", head, rows)
}
