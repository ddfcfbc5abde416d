//! Distributions on pages: histograms of activations and of weights, and the sentence that says how to
//! read them. [`Chart`] is a drawing with its caption.

use serde::Serialize;

use crate::analysis::{LayerFindings, WeightFindings};
use crate::report::charts::{self, Words};
use crate::report::{ReportError, format};

/// An SVG made here, and how to read it.
#[derive(Debug, Serialize)]
pub struct Chart {
    pub svg: String,
    pub caption: String,
}

/// All activations of a layer on all samples; `None` where nothing was counted.
pub fn activations(layer: &LayerFindings, samples: usize) -> Result<Option<Chart>, ReportError> {
    if layer.histogram.is_empty() {
        return Ok(None);
    }
    let title = format!("Activations of {}", layer.name);
    let description = format!(
        "How often each size of value occurs among {} of {}.",
        format::plural(layer.summary.count, "value", "values"),
        layer.name
    );
    let words = Words { id: "activations", title: &title, description: &description, axis: "activation" };
    let caption = format!(
        "How often each size of value occurs, over all channels and positions of {}. Bins are half octaves: each step \
         to the right is 1.33 to 1.5 times as far from zero. The middle bin holds {}exact zeros and what is nearer to zero than 2⁻¹².",
        format::plural(samples, "sample", "samples"),
        if layer.summary.zero_fraction > 0.0 { format!("the {} ", format::percent(layer.summary.zero_fraction)) } else { String::new() },
    );
    Ok(Some(Chart { svg: charts::histogram(&layer.histogram, &words)?, caption }))
}

/// All values of a weight tensor; `number` makes the chart's identifier unique on its page.
pub fn weights(weight: &WeightFindings, number: usize) -> Result<Option<Chart>, ReportError> {
    if weight.histogram.is_empty() {
        return Ok(None);
    }
    let (id, title) = (format!("weights-{number}"), format!("{} of {}", weight.name, weight.layer_name));
    let description = format!("How its {} are spread.", format::plural(weight.summary.count, "value", "values"));
    let words = Words { id: &id, title: &title, description: &description, axis: "weight" };
    let caption = format!(
        "{} in {} between the smallest and the largest.",
        format::plural(weight.summary.count, "value", "values"),
        format::plural(weight.histogram.len(), "bin", "equal bins"),
    );
    Ok(Some(Chart { svg: charts::linear_histogram(&weight.histogram, &words)?, caption }))
}
