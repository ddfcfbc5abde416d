//! [`DeadRow`]: a channel that never fires, why, as far as the weights show it, and what its removal saves. Rows of a table on
//! the layer's own page, where whatever names a dead channel leads, and on that of the whole network.

use serde::Serialize;

use super::parts::Link;
use crate::analysis::{Cause, LayerFindings};
use crate::format;
use crate::report::Book;
use crate::site::Place;

/// Where a layer's page tells of them.
pub const ANCHOR: &str = "dead";

#[derive(Serialize)]
pub struct DeadRow {
    layer: Link,
    channel: usize,
    cause: String,
    saves: String,
}

/// The dead channels of all layers whose own they are.
pub fn all(book: &Book<'_>, place: &Place) -> Vec<DeadRow> {
    let layers = book.findings.layers.iter();
    layers
        .filter(|layer| layer.counts_dead)
        .flat_map(|layer| of_layer(book, place, layer))
        .collect()
}

/// The dead channels of a layer in their order.
pub fn of_layer(book: &Book<'_>, place: &Place, layer: &LayerFindings) -> Vec<DeadRow> {
    let channels = layer.channels.iter().enumerate();
    channels
        .filter(|(_, channel)| channel.dead)
        .map(|(number, _)| DeadRow {
            layer: Link::to(layer.name.clone(), href(book, place, layer)),
            channel: number,
            cause: cause(book, layer, number),
            saves: saves(book, layer.id, number),
        })
        .collect()
}

/// To what a layer's page says of its dead channels.
pub fn href(book: &Book<'_>, place: &Place, layer: &LayerFindings) -> String {
    let page = book.urls.link(place, &Place::Layer(layer.id));
    format!("{page}#{ANCHOR}")
}

fn cause(book: &Book<'_>, layer: &LayerFindings, channel: usize) -> String {
    if !layer.counts_dead {
        return "It repeats what it reads, which is zero.".into();
    }
    let health = book.findings.inside.channels[layer.id].get(channel);
    words(health.and_then(|health| health.cause))
}

fn words(cause: Option<Cause>) -> String {
    let decimal = format::decimal;
    match cause {
        None => "The weights do not show why.".into(),
        Some(Cause::Norm { norm, median }) => format!(
            "Its kernel is next to nothing: norm {}, the layer's median {}.",
            decimal(norm),
            decimal(median)
        ),
        Some(Cause::Scale { scale, median }) => format!(
            "Its batch normalisation multiplies with next to nothing: γ {}, the layer's median {}.",
            decimal(scale),
            decimal(median)
        ),
        Some(Cause::Bias { bias, drive }) => format!(
            "Its bias of {} pulls it below zero; its kernel adds {} on the mean of what it reads.",
            decimal(bias),
            decimal(drive)
        ),
        Some(Cause::Kernel { bias, drive }) => format!(
            "Its kernel pulls it below zero: {} on the mean of what it reads, with a bias of {}.",
            decimal(drive),
            decimal(bias)
        ),
        Some(Cause::Inputs) => "All that it reads is dead.".into(),
    }
}

/// What goes with a channel, where it can go alone.
pub fn saves(book: &Book<'_>, layer: usize, channel: usize) -> String {
    let health = book.findings.inside.channels[layer].get(channel);
    match health.and_then(|health| health.saving) {
        None => "cannot go alone".into(),
        Some(saving) => format!(
            "{}, {} multiply-adds",
            format::plural(saving.parameters, "parameter", "parameters"),
            format::short_count(saving.multiply_adds)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_a_sentence() {
        let (bias, drive) = (-0.5, 0.25);
        for (cause, said) in [
            (None, "do not show"),
            (Some(Cause::Bias { bias, drive }), "Its bias of −0.500"),
            (
                Some(Cause::Kernel { bias, drive }),
                "Its kernel pulls it below zero: 0.250",
            ),
            (Some(Cause::Inputs), "All that it reads"),
        ] {
            let sentence = words(cause);
            assert!(
                sentence.contains(said) && sentence.ends_with('.'),
                "{sentence}"
            );
        }
    }
}
