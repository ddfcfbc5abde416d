//! [`TraceView`] and [`DecisionView`]: where a sample's class was lost on its way through the layers, and which units of the last
//! layer spoke for the answer. Parts of the pages of samples and confusions.

use serde::Serialize;

use super::activations;
use super::parts::{Link, Pictures, Thumb};
use crate::analysis::{Decision, Nearest};
use crate::format;
use crate::model::LayerId;
use crate::report::Book;
use crate::site::Place;

/// Images that excite a unit most, in its row.
pub(in crate::report) const IMAGES: usize = 5;

/// The nearest class mean, layer by layer.
#[derive(Serialize)]
pub struct TraceView {
    lead: String,
    steps: Vec<StepRow>,
}

#[derive(Serialize)]
struct StepRow {
    layer: Link,
    class: String,
    /// Colour of the class: `right`, `truth`, `wrong` or none.
    role: &'static str,
    margin: String,
    deficit: String,
}

impl TraceView {
    /// `None` for a sample without a trace.
    pub fn new(book: &Book<'_>, place: &Place, sample: usize) -> Option<Self> {
        let trace = book.findings.inside.traces.get(&sample)?;
        let outcome = &book.findings.outcomes[sample];
        if trace.layers.is_empty() {
            return None;
        }
        let truth = &book.findings.classes[outcome.truth];
        let lead = match trace.last_at(outcome.truth) {
            _ if outcome.is_right() => String::new(),
            None => format!("It lies nearest to {truth} in no layer."),
            Some(layer) => format!(
                "The last layer in which it lies nearest to {truth} is {}.",
                book.findings.layers[layer].name
            ),
        };
        let step = |(layer, nearest): &(usize, Nearest)| StepRow {
            layer: layer_link(book, place, sample, *layer),
            class: book.findings.classes[nearest.class].clone(),
            role: match (
                nearest.class == outcome.truth,
                nearest.class == outcome.prediction,
            ) {
                (true, true) => "right",
                (true, false) => "truth",
                (false, true) => "wrong",
                (false, false) => "",
            },
            margin: format::fixed(nearest.margin, 3),
            deficit: nearest
                .deficit
                .map_or_else(|| "–".into(), |deficit| format::fixed(deficit, 3)),
        };
        Some(Self {
            lead,
            steps: trace.layers.iter().map(step).collect(),
        })
    }
}

/// To the layer's maps on the same page, or to its page where it has none there.
fn layer_link(book: &Book<'_>, place: &Place, sample: usize, layer: LayerId) -> Link {
    let drawing = book.drawings.get(&sample);
    if drawing.is_none_or(|drawing| drawing.range(layer).is_none()) {
        return Link::layer(book, place, layer);
    }
    Link::to(
        book.findings.layers[layer].name.clone(),
        format!("#{}", activations::anchor(layer)),
    )
}

/// A difference of two logits, unit by unit.
#[derive(Serialize)]
pub struct DecisionView {
    lead: String,
    layer: Link,
    units: Vec<UnitRow>,
    others: String,
    bias: String,
    total: String,
}

#[derive(Serialize)]
struct UnitRow {
    unit: usize,
    value: String,
    part: String,
    /// `wrong` where it speaks for the answer, `truth` where it speaks against it.
    role: &'static str,
    /// Of the bar, in CSS.
    width: String,
    samples: Vec<Thumb>,
}

impl DecisionView {
    /// With the images that excite each unit most where there is a sheet to show them on.
    pub fn new(
        book: &Book<'_>,
        place: &Place,
        found: &Decision,
        mut pictures: Option<&mut Pictures<'_>>,
    ) -> Self {
        let names = &book.findings.classes;
        let (class, against) = (&names[found.class], &names[found.against]);
        let largest = found
            .units
            .iter()
            .map(|unit| unit.part.abs())
            .fold(0.0, f64::max);
        let mean = if found.samples > 1 {
            "on the average "
        } else {
            ""
        };
        let units = found.units.iter().map(|unit| {
            let channels = &book.findings.layers[found.layer].channels;
            let exemplars: Vec<usize> = channels.get(unit.unit).map_or(Vec::new(), |channel| {
                let ranked = channel.exemplars.iter();
                ranked.map(|ranked| ranked.index as usize).collect()
            });
            UnitRow {
                unit: unit.unit,
                value: format::decimal(unit.value),
                part: signed(unit.part),
                role: if unit.part < 0.0 { "truth" } else { "wrong" },
                width: format::width(if largest > 0.0 {
                    unit.part.abs() / largest
                } else {
                    0.0
                }),
                samples: pictures.as_mut().map_or_else(Vec::new, |pictures| {
                    let shown = exemplars.iter().take(IMAGES);
                    shown
                        .map(|&index| pictures.thumb_on(&book.tiles.units, index))
                        .collect()
                }),
            }
        });
        Self {
            units: units.collect(),
            lead: format!(
                "The logit of {class} stands {mean}{} above that of {against}: the sum, over all units, of a unit's value times the difference of its weights to \
                 both.",
                format::decimal(found.total)
            ),
            layer: Link::layer(book, place, found.layer),
            others: signed(found.others),
            bias: signed(found.bias),
            total: signed(found.total),
        }
    }
}

fn signed(value: f64) -> String {
    if value > 0.0 {
        format!("+{}", format::decimal(value))
    } else {
        format::decimal(value)
    }
}
