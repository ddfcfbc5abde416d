//! `data/twins.csv`: one row a pair of channels that rise and fall together.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "layer",
        "channel",
        "twin",
        "correlation",
        "samples",
        "kernel_cosine",
    ]
    .map(String::from);
    let rows = book.findings.inside.twins.iter().map(|twin| {
        vec![
            book.findings.layers[twin.layer].name.clone(),
            twin.channels.0.to_string(),
            twin.channels.1.to_string(),
            twin.correlation.to_string(),
            twin.samples.to_string(),
            twin.kernel_cosine
                .map_or_else(String::new, |cosine| cosine.to_string()),
        ]
    });
    table::write(site, "data/twins.csv", head.to_vec(), rows)
}
