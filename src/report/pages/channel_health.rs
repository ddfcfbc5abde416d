//! How selective, sparse and saturated channels are, in numbers and words for the pages of layers and channels.

use super::parts::Figure;
use crate::analysis::ChannelHealth;
use crate::format;
use crate::model::LayerId;
use crate::report::Book;

/// What stands for a number that is not defined.
const UNDEFINED: &str = "–";

fn of<'a>(book: &Book<'a>, layer: LayerId, channel: usize) -> Option<&'a ChannelHealth> {
    book.findings.inside.channels.get(layer)?.get(channel)
}

/// Selectivity, sparseness and the share of saturated values, for a row of a table.
pub(super) fn numbers(book: &Book<'_>, layer: LayerId, channel: usize) -> [String; 3] {
    let health = of(book, layer, channel);
    let or_undefined = |text: Option<String>| text.unwrap_or_else(|| UNDEFINED.into());
    let score = |value: Option<f64>| or_undefined(value.map(|value| format::fixed(value, 2)));
    [
        score(health.and_then(|health| health.selectivity)),
        score(health.and_then(|health| health.sparseness)),
        or_undefined(
            health
                .and_then(|health| health.saturation)
                .map(format::percent),
        ),
    ]
}

/// What the numbers are; empty where no channel of the layer has any.
pub(super) fn note(book: &Book<'_>, layer: LayerId) -> String {
    let Some(channels) = book.findings.inside.channels.get(layer) else {
        return String::new();
    };
    let has = |of: fn(&ChannelHealth) -> Option<f64>| channels.iter().any(|one| of(one).is_some());
    let (selective, sparse, saturated) = (
        has(|one| one.selectivity),
        has(|one| one.sparseness),
        has(|one| one.saturation),
    );
    let mut sentences = Vec::new();
    if selective {
        sentences.push(
            "Selectivity: how far the class that a channel answers most stands out from the mean of the others, from 0, all alike, to 1, no other class at all.",
        );
    }
    if sparse {
        sentences.push(
            "Sparseness: from 0, it answers all images alike, to 1, it answers a single one.",
        );
    }
    if saturated {
        sentences.push("Saturated: share of its values at a bound of the activation, where it passes on next to nothing.");
    }
    if (1..3).contains(&sentences.len()) {
        sentences.push("A dash stands for what such values do not have.");
    }
    sentences.join(" ")
}

/// The same for the head of a channel's page.
pub(super) fn figures(book: &Book<'_>, layer: LayerId, channel: usize) -> Vec<Figure> {
    let Some(health) = of(book, layer, channel) else {
        return Vec::new();
    };
    let selective = health.selectivity.zip(health.selective_for);
    let selective = selective.map(|(value, class)| {
        let of = format!("for {}, 0 to 1", book.findings.classes[class]);
        Figure::new("Selectivity", format::fixed(value, 2), of)
    });
    let sparse = health
        .sparseness
        .map(|value| Figure::new("Sparseness", format::fixed(value, 2), "0 to 1"));
    let saturated = health
        .saturation
        .map(|share| Figure::new("Saturated", format::percent(share), "of its values"));
    [selective, sparse, saturated]
        .into_iter()
        .flatten()
        .collect()
}
