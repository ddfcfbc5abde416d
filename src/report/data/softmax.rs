//! `data/softmax.csv`: the samples of each class by the probability that they are given to be of it.

use super::table;
use crate::analysis::SOFTMAX_BARS;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = ["class", "low", "high", "right", "wrong"].map(String::from);
    let classes = book
        .findings
        .classes
        .iter()
        .zip(&book.findings.inside.softmax);
    let rows = classes.flat_map(|(class, found)| {
        (0..SOFTMAX_BARS).map(move |bar| {
            vec![
                class.clone(),
                (bar as f64 / SOFTMAX_BARS as f64).to_string(),
                ((bar + 1) as f64 / SOFTMAX_BARS as f64).to_string(),
                found.right[bar].to_string(),
                found.wrong[bar].to_string(),
            ]
        })
    });
    table::write(site, "data/softmax.csv", head.to_vec(), rows)
}
