//! `data/odd_images.csv`: one row an odd image and kind, the oddest of each kind first.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = ["kind", "index", "value", "label", "prediction"];
    let findings = book.findings;
    let rows = findings.odd.iter().flat_map(|kind| {
        kind.images.iter().map(move |image| {
            let outcome = &findings.outcomes[image.index];
            vec![
                kind.key.to_string(),
                image.index.to_string(),
                image.value.to_string(),
                findings.classes[outcome.truth].clone(),
                findings.classes[outcome.prediction].clone(),
            ]
        })
    });
    table::write(
        site,
        "data/odd_images.csv",
        head.map(String::from).to_vec(),
        rows,
    )
}
