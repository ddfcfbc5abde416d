//! `data/confusion.csv`: the counts of the confusion matrix and of the confident joint that are not zero. With a thousand
//! classes most are, and `report.json` would be some megabytes of zeros.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let findings = book.findings;
    let head = ["label", "class", "answered", "may_really_be"].map(String::from);
    let (confusion, joint) = (&findings.confusion, &findings.suspects.joint);
    let rows = (0..confusion.classes()).flat_map(|label| {
        let answered = confusion.row(label).iter();
        answered
            .enumerate()
            .filter_map(move |(class, &answered)| {
                let estimated = joint.get(label).and_then(|row| row.get(class)).copied();
                let estimated = estimated.unwrap_or(0);
                (answered > 0 || estimated != 0).then(|| {
                    vec![
                        findings.classes[label].clone(),
                        findings.classes[class].clone(),
                        answered.to_string(),
                        estimated.to_string(),
                    ]
                })
            })
            .collect::<Vec<_>>()
    });
    table::write(site, "data/confusion.csv", head.to_vec(), rows)
}
