//! `data/images.csv`: the name of each image by its content.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = ["index", "image"].map(String::from).to_vec();
    let rows = book
        .findings
        .digests
        .iter()
        .enumerate()
        .map(|(index, digest)| vec![index.to_string(), digest.to_string()]);
    table::write(site, "data/images.csv", head, rows)
}
