//! [`SpectrumRow`]: a kernel as a matrix, in one row of the page of weights.

use serde::Serialize;

use super::parts::Link;
use crate::analysis::Spectrum;
use crate::format;
use crate::report::Book;
use crate::site::Place;

/// With fewer eigenvalues than this an exponent says little.
const FEW: usize = 50;

#[derive(Serialize)]
pub struct SpectrumRow {
    layer: Link,
    matrix: String,
    largest: String,
    rank: String,
    effective_rank: String,
    stable_rank: String,
    alpha: String,
    /// What keeps the exponent from saying much.
    alpha_note: String,
    distance: String,
    /// Heights of the singular values, the largest first, in CSS.
    bars: Vec<String>,
    error_8: String,
    error_4: String,
    channel_error_4: String,
}

/// Bars of a small picture of the spectrum.
const BARS: usize = 24;

/// One a kernel.
pub fn rows(book: &Book<'_>, place: &Place) -> Vec<SpectrumRow> {
    let spectra = book.findings.inside.spectra.iter();
    spectra.map(|found| row(book, place, found)).collect()
}

fn row(book: &Book<'_>, place: &Place, found: &Spectrum) -> SpectrumRow {
    let (rows, columns) = found.matrix;
    let values = found.values.as_ref();
    let of = |value: Option<f64>| value.map_or_else(|| "–".into(), format::decimal);
    let law = values.and_then(|values| values.power_law);
    let whole = rows.min(columns);
    let errors = &found.quantisation;
    SpectrumRow {
        layer: Link::layer(book, place, found.layer),
        matrix: format!("{}×{}", format::count(rows), format::count(columns)),
        largest: of(values.and_then(|values| values.singular_values.first().copied())),
        rank: values.map_or_else(
            || "–".into(),
            |values| format!("{} of {}", format::count(values.rank), format::count(whole)),
        ),
        effective_rank: of(values.map(|values| values.effective_rank)),
        stable_rank: of(values.map(|values| values.stable_rank)),
        alpha: law.map_or_else(
            || "–".into(),
            |law| {
                format!(
                    "{} ± {}",
                    format::fixed(law.alpha, 2),
                    format::fixed(law.sigma, 2)
                )
            },
        ),
        alpha_note: match (values, law) {
            (None, _) => "the matrix is too large to decompose".into(),
            (Some(values), None) => format!(
                "too small: {}",
                format::plural(values.eigenvalues, "eigenvalue", "eigenvalues")
            ),
            (Some(values), Some(_)) if values.eigenvalues < FEW => {
                format!("only {} eigenvalues", values.eigenvalues)
            }
            (_, Some(law)) => format!("{} in the tail", format::count(law.tail)),
        },
        distance: of(law.map(|law| law.distance)),
        bars: values.map_or_else(Vec::new, |values| bars(&values.singular_values)),
        error_8: format::percent(errors.error_8),
        error_4: format::percent(errors.error_4),
        channel_error_4: format::percent(errors.channel_error_4),
    }
}

/// Evenly spread over the spectrum, as shares of the largest.
fn bars(values: &[f64]) -> Vec<String> {
    let largest = values.first().copied().unwrap_or(0.0);
    let number = values.len().min(BARS);
    (0..number)
        .map(|bar| {
            let value = values[bar * values.len() / number.max(1)];
            format::width(if largest > 0.0 { value / largest } else { 0.0 })
        })
        .collect()
}
