//! `data/map.csv`: one row a sample and layout of the map.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = ["layout", "index", "x", "y"];
    let rows = book.findings.map.layouts.iter().flat_map(|layout| {
        layout.points.iter().enumerate().map(|(index, [x, y])| {
            vec![
                layout.name.to_string(),
                index.to_string(),
                x.to_string(),
                y.to_string(),
            ]
        })
    });
    table::write(site, "data/map.csv", head.map(String::from).to_vec(), rows)
}
