//! `data/curves.csv`: the ROC and precision-recall curves of every class, one row a point.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "class",
        "threshold",
        "recall",
        "false_positive_rate",
        "precision",
    ]
    .map(String::from);
    let findings = book.findings;
    let rows = findings
        .classes
        .iter()
        .zip(&findings.quality.per_class)
        .flat_map(|(name, curves)| {
            curves.points.iter().map(move |point| {
                vec![
                    name.clone(),
                    point.threshold.to_string(),
                    point.recall.to_string(),
                    point.false_positive_rate.to_string(),
                    point.precision.to_string(),
                ]
            })
        });
    table::write(site, "data/curves.csv", head.to_vec(), rows)
}
