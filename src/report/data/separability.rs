//! `data/separability.csv`: one row a layer: how well it tells the classes apart.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = ["layer", "counted", "nearest", "low", "high", "last_found"].map(String::from);
    let found = book.findings.inside.separability.iter();
    let rows = found.flat_map(|found| &found.layers).map(|layer| {
        vec![
            book.findings.layers[layer.layer].name.clone(),
            layer.accuracy.total.to_string(),
            layer.accuracy.count.to_string(),
            layer.accuracy.low.to_string(),
            layer.accuracy.high.to_string(),
            layer.last_found.to_string(),
        ]
    });
    table::write(site, "data/separability.csv", head.to_vec(), rows)
}
