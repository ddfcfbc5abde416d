//! `data/calibration.csv`: answers by their confidence, one row a bin `(low, high]`.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "low",
        "high",
        "count",
        "mean_confidence",
        "right",
        "right_low",
        "right_high",
    ]
    .map(String::from);
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let rows = book.findings.calibration.bins.iter().map(|bin| {
        vec![
            bin.low.to_string(),
            bin.high.to_string(),
            bin.count.to_string(),
            number(bin.confidence),
            number(bin.right.map(|right| right.share)),
            number(bin.right.map(|right| right.low)),
            number(bin.right.map(|right| right.high)),
        ]
    });
    table::write(site, "data/calibration.csv", head.to_vec(), rows)
}
