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
        "selectivity",
        "selective_for",
        "sparseness",
        "saturation",
        "saves_parameters",
        "saves_multiply_adds",
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
                let health = &book.findings.inside.channels[layer.id][number];
                let text =
                    |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
                vec![
                    layer.name.clone(),
                    number.to_string(),
                    summary.mean.to_string(),
                    summary.std.to_string(),
                    summary.min.to_string(),
                    summary.max.to_string(),
                    summary.zero_fraction.to_string(),
                    channel.dead.to_string(),
                    text(health.selectivity),
                    health
                        .selective_for
                        .map_or_else(String::new, |class| book.findings.classes[class].clone()),
                    text(health.sparseness),
                    text(health.saturation),
                    health
                        .saving
                        .map_or_else(String::new, |saving| saving.parameters.to_string()),
                    health
                        .saving
                        .map_or_else(String::new, |saving| saving.multiply_adds.to_string()),
                ]
            })
        });
    table::write(site, "data/channels.csv", head.to_vec(), rows)
}
