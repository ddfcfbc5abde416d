//! Distributions on pages: histograms of activations and of weights, and the sentence that says how to
//! read them. [`Chart`] is a drawing with its caption.

use serde::Serialize;

use crate::analysis::{Bin, Findings, LayerFindings, WeightFindings};
use crate::format;
use crate::report::ReportError;
use crate::report::charts::{self, Words};
use crate::stats::position_step;

/// An SVG made here, and how to read it.
#[derive(Debug, Serialize)]
pub struct Chart {
    pub svg: String,
    pub caption: String,
}

/// All activations of a layer on all samples; `None` where nothing was counted.
pub fn activations(
    findings: &Findings,
    layer: &LayerFindings,
) -> Result<Option<Chart>, ReportError> {
    if layer.histogram.is_empty() {
        return Ok(None);
    }
    let title = format!("Activations of {}", layer.name);
    let zeros = match layer.summary.zero_fraction {
        0.0 => String::new(),
        share => format!(
            " {} of all values are exactly zero.",
            format::percent(share)
        ),
    };
    let caption = format!(
        "How often each size of value occurs, over all channels and {} of {}. The axis is logarithmic around zero: \
         each bin lies 1.33 to 1.5 times as far from it as the one before.{zeros}",
        counted_positions(layer),
        counted_samples(findings),
    );
    Ok(Some(Chart {
        svg: histogram(&layer.histogram, &title)?,
        caption,
    }))
}

/// The histogram of activations under a title that says whose they are.
fn histogram(bins: &[Bin], title: &str) -> Result<String, ReportError> {
    let counted: u64 = bins.iter().map(|bin| bin.count).sum();
    let description = format!(
        "How often each size of value occurs among {}.",
        format::plural(counted, "value", "values")
    );
    let words = Words {
        id: "activations",
        title,
        description: &description,
        axis: "activation",
    };
    charts::histogram(bins, &words)
}

/// The values of one channel; `None` where nothing was counted.
pub fn channel(
    findings: &Findings,
    layer: &LayerFindings,
    number: usize,
) -> Result<Option<Chart>, ReportError> {
    let channel = &layer.channels[number];
    if channel.histogram.is_empty() {
        return Ok(None);
    }
    let title = format!("Activations of {}, channel {number}", layer.name);
    let caption = format!(
        "Over {} of {}. The axis is logarithmic around zero.",
        counted_positions(layer),
        counted_samples(findings)
    );
    Ok(Some(Chart {
        svg: histogram(&channel.histogram, &title)?,
        caption,
    }))
}

/// At which positions activations were counted.
fn counted_positions(layer: &LayerFindings) -> String {
    let positions = layer.output_shape.iter().rev().skip(1).product();
    match position_step(positions) {
        1 => "all positions".into(),
        step => format!("one position in {step}"),
    }
}

/// On which samples activations were counted.
fn counted_samples(findings: &Findings) -> String {
    let samples = findings.outcomes.len();
    match findings.histogram_step {
        0 | 1 => format!("all {}", format::plural(samples, "sample", "samples")),
        step => format!(
            "{} (one in {step})",
            format::plural(samples.div_ceil(step), "sample", "samples")
        ),
    }
}

/// All values of a weight tensor; `number` makes the chart's identifier unique on its page.
pub fn weights(weight: &WeightFindings, number: usize) -> Result<Option<Chart>, ReportError> {
    if weight.histogram.is_empty() {
        return Ok(None);
    }
    let (id, title) = (
        format!("weights-{number}"),
        format!("{} of {}", weight.name, weight.layer_name),
    );
    let description = format!(
        "How its {} are spread.",
        format::plural(weight.summary.count, "value", "values")
    );
    let words = Words {
        id: &id,
        title: &title,
        description: &description,
        axis: "weight",
    };
    let caption = format!(
        "{} in {} between the smallest and the largest.",
        format::plural(weight.summary.count, "value", "values"),
        format::plural(weight.histogram.len(), "bin", "equal bins"),
    );
    Ok(Some(Chart {
        svg: charts::linear_histogram(&weight.histogram, &words)?,
        caption,
    }))
}
