//! `data/channels.csv`: one row a channel of every layer that makes values of its own.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "layer",
        "channel",
        "mean",
        "std",
        "min",
        "max",
        "zero_fraction",
        "dead",
    ]
    .map(String::from);
    let rows = book
        .findings
        .layers
        .iter()
        .filter(|layer| !layer.inputs.is_empty())
        .flat_map(|layer| {
            layer.channels.iter().enumerate().map(|(number, channel)| {
                let summary = &channel.summary;
                vec![
                    layer.name.clone(),
                    number.to_string(),
                    summary.mean.to_string(),
                    summary.std.to_string(),
                    summary.min.to_string(),
                    summary.max.to_string(),
                    summary.zero_fraction.to_string(),
                    channel.dead.to_string(),
                ]
            })
        });
    table::write(site, "data/channels.csv", head.to_vec(), rows)
}
