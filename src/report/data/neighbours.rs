//! `data/neighbours.csv`: one row a sample with a page and neighbour, the nearest first.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = ["index", "rank", "neighbour", "distance", "label"];
    let findings = book.findings;
    let rows = book.neighbours.all().flat_map(|(sample, found)| {
        found.iter().enumerate().map(move |(rank, near)| {
            vec![
                sample.to_string(),
                (rank + 1).to_string(),
                near.index.to_string(),
                near.distance.to_string(),
                findings.classes[findings.outcomes[near.index].truth].clone(),
            ]
        })
    });
    table::write(
        site,
        "data/neighbours.csv",
        head.map(String::from).to_vec(),
        rows,
    )
}
