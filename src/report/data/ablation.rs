//! `data/ablation.csv`: one row a silenced channel and way of silencing it.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let ablation = &book.findings.inside.ablation;
    let mut head = [
        "layer",
        "channel",
        "with",
        "samples",
        "change",
        "low",
        "high",
        "lost",
        "gained",
        "changed",
        "p",
        "adjusted_p",
    ]
    .map(String::from)
    .to_vec();
    let classes = &book.findings.classes;
    head.extend(classes.iter().map(|class| format!("change_{class}")));
    let rows = ablation.channels.iter().flat_map(|channel| {
        [("zero", &channel.zero), ("mean", &channel.mean)].map(|(way, effect)| {
            let mut row = vec![
                book.findings.layers[channel.layer].name.clone(),
                channel.channel.to_string(),
                way.to_string(),
                ablation.samples.to_string(),
                effect.change.to_string(),
                effect.low.to_string(),
                effect.high.to_string(),
                effect.lost.to_string(),
                effect.gained.to_string(),
                effect.changed.to_string(),
                effect.p.to_string(),
                effect.adjusted_p.to_string(),
            ];
            row.extend((0..classes.len()).map(|class| {
                let change = effect.right[class] as f64 - ablation.base_right[class] as f64;
                match ablation.support[class] {
                    0 => String::new(),
                    support => (change / support as f64).to_string(),
                }
            }));
            row
        })
    });
    table::write(site, "data/ablation.csv", head, rows)
}
