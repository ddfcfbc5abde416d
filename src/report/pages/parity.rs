//! The parity certificate on the method page: how near every layer comes to what another framework computes.

use serde::Serialize;

use super::parts::Link;
use crate::analysis::Parity;
use crate::format;
use crate::report::Book;
use crate::site::Place;

/// The section.
#[derive(Debug, Serialize)]
pub struct ParityView {
    /// What was compared and found, as sentences.
    verdict: String,
    reference: String,
    sha256: String,
    not_compared: String,
    layers: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    layer: Link,
    error: String,
}

impl ParityView {
    pub fn new(book: &Book<'_>, parity: &Parity) -> Self {
        let worst = parity.worst().map_or_else(String::new, |layer| {
            format!(
                " The largest difference of two values is {:.1e} of the largest value of its layer ({}).",
                layer.error, layer.name
            )
        });
        Self {
            verdict: format!(
                "{} were held against the reference on {}.{worst} {} another highest output.",
                format::plural(parity.layers.len(), "layer", "layers"),
                format::plural(parity.samples, "sample", "samples"),
                match parity.flips {
                    0 => "No sample has".to_owned(),
                    1 => "1 sample has".to_owned(),
                    flips => format!("{flips} samples have"),
                }
            ),
            reference: parity.reference.clone(),
            sha256: parity.sha256.clone(),
            not_compared: parity.not_compared.join(", "),
            layers: parity
                .layers
                .iter()
                .map(|layer| Row {
                    layer: Link::to(
                        layer.name.clone(),
                        book.urls.link(&Place::Method, &Place::Layer(layer.layer)),
                    ),
                    error: format!("{:.1e}", layer.error),
                })
                .collect(),
        }
    }
}
