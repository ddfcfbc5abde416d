//! `data/suspect_labels.csv`: one row a suspect label, the lowest probability of the given label first.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "rank",
        "index",
        "given",
        "suggested",
        "p_given",
        "p_suggested",
    ]
    .map(String::from);
    let findings = book.findings;
    let rows = findings
        .suspects
        .found
        .iter()
        .enumerate()
        .map(|(rank, suspect)| {
            vec![
                (rank + 1).to_string(),
                suspect.index.to_string(),
                findings.classes[suspect.given].clone(),
                findings.classes[suspect.suggested].clone(),
                suspect.given_probability.to_string(),
                suspect.suggested_probability.to_string(),
            ]
        });
    table::write(site, "data/suspect_labels.csv", head.to_vec(), rows)
}
