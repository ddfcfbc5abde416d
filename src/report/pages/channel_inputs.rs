//! What feeds a channel: the input channels whose weights and values are largest, each with its weights in numbers.

use serde::Serialize;

use super::kernel_numbers::{self, Plane};
use super::parts::Link;
use crate::analysis::{LayerFindings, Summary};
use crate::format;
use crate::model::{LayerId, Operator, Weight};
use crate::report::Book;
use crate::report::pictures::Scale;
use crate::site::Place;

/// Input channels on a page.
const MOST: usize = 6;

/// Where a channel's values come from.
#[derive(Serialize)]
pub struct Feeds {
    pub note: String,
    pub low: String,
    pub high: String,
    pub feeds: Vec<Feed>,
}

/// One input channel.
#[derive(Serialize)]
pub struct Feed {
    pub from: Link,
    pub share: String,
    pub norm: String,
    pub plane: Plane,
}

/// The weights with which an output reads one input channel, row by row.
struct Reading {
    input: usize,
    width: usize,
    weights: Vec<f32>,
}

/// The strongest inputs of a channel; `None` where the layer has no kernel, or more than one.
pub fn feeds(book: &Book<'_>, place: &Place, id: LayerId, channel: usize) -> Option<Feeds> {
    let layer = book.network.layer(id);
    let [input] = layer.inputs[..] else {
        return None;
    };
    let mut kernels = layer.weights.iter().filter(|weight| weight.shape.len() > 1);
    let kernel = kernels.next().filter(|_| kernels.next().is_none())?;
    let is_depthwise = matches!(layer.operator, Operator::DepthwiseConvolution(_));
    let layers = &book.findings.layers;
    let source = &layers[layers[input].same_values_as.unwrap_or(input)];
    let mut ranked: Vec<(f64, f64, Reading)> = readings(kernel, is_depthwise, channel, source)?
        .into_iter()
        .map(|reading| {
            let norm = norm(&reading.weights);
            let values = &source.channels.get(reading.input)?.summary;
            Some((norm * root_mean_square(values), norm, reading))
        })
        .collect::<Option<_>>()?;
    let total: f64 = ranked.iter().map(|(strength, ..)| strength).sum();
    let inputs = ranked.len();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.input.cmp(&b.2.input)));
    ranked.truncate(MOST);
    let peak = kernel
        .values
        .iter()
        .fold(0.0f32, |peak, value| peak.max(value.abs()));
    let scale = Scale::diverging(peak);
    let colours = kernel_numbers::plane_names(book.network, id, inputs);
    let feeds = ranked.into_iter().map(|(strength, norm, reading)| Feed {
        from: from(book, place, source, reading.input, &colours),
        share: share(strength, total),
        norm: format::decimal(norm),
        plane: kernel_numbers::plane_of(String::new(), reading.width, &reading.weights, scale),
    });
    Some(Feeds {
        feeds: feeds.collect(),
        note: note(inputs, &source.name),
        low: format!("−{}", format::decimal(f64::from(peak))),
        high: format!("+{}", format::decimal(f64::from(peak))),
    })
}

fn share(strength: f64, total: f64) -> String {
    if total > 0.0 {
        format::percent(strength / total)
    } else {
        "–".into()
    }
}

fn note(inputs: usize, source: &str) -> String {
    let which = if inputs > MOST {
        format!(
            "The {MOST} strongest of {} of {source}",
            format::plural(inputs, "channel", "channels")
        )
    } else {
        format!("The channels of {source}, the strongest first")
    };
    format!(
        "{which}. The strength of an input is the Euclidean norm of the weights that read it times the root mean square of its \
         values over all samples; shares are of the sum over all inputs. Weights share the scale of the layer's kernels."
    )
}

fn from(
    book: &Book<'_>,
    place: &Place,
    source: &LayerFindings,
    input: usize,
    colours: &Option<[&'static str; 3]>,
) -> Link {
    match colours.as_ref().and_then(|names| names.get(input)) {
        Some(name) => Link::plain(*name),
        None => Link::channel(book, place, source.id, input),
    }
}

/// The kernel taken apart by input channel; `None` where its inputs are not the channels of `source`.
fn readings(
    kernel: &Weight,
    is_depthwise: bool,
    channel: usize,
    source: &LayerFindings,
) -> Option<Vec<Reading>> {
    let [outer @ .., inputs, outputs] = &kernel.shape[..] else {
        return None;
    };
    let (inputs, outputs) = (*inputs, *outputs);
    let positions: usize = outer.iter().product();
    let at = |position: usize, input: usize, output: usize| {
        kernel
            .values
            .get((position * inputs + input) * outputs + output)
            .copied()
    };
    let channels = source.channels.len();
    if is_depthwise {
        let input = channel / outputs.max(1);
        let weights = (0..positions).map(|position| at(position, input, channel % outputs));
        let reading = Reading {
            input,
            width: outer.last().copied().unwrap_or(1),
            weights: weights.collect::<Option<_>>()?,
        };
        return Some(vec![reading]);
    }
    if inputs == channels {
        return (0..inputs)
            .map(|input| {
                let weights = (0..positions).map(|position| at(position, input, channel));
                Some(Reading {
                    input,
                    width: outer.last().copied().unwrap_or(1),
                    weights: weights.collect::<Option<_>>()?,
                })
            })
            .collect();
    }
    // A dense layer behind maps that were flattened, position by position with the channels last.
    let (places, width) = match source.output_shape[..] {
        [height, width, last] if outer.is_empty() && last == channels => (height * width, width),
        _ => return None,
    };
    if places * channels != inputs {
        return None;
    }
    (0..channels)
        .map(|input| {
            let weights = (0..places).map(|place| at(0, place * channels + input, channel));
            Some(Reading {
                input,
                width,
                weights: weights.collect::<Option<_>>()?,
            })
        })
        .collect()
}

fn norm(weights: &[f32]) -> f64 {
    let squares: f64 = weights
        .iter()
        .map(|weight| f64::from(*weight).powi(2))
        .sum();
    squares.sqrt()
}

fn root_mean_square(values: &Summary) -> f64 {
    (values.mean.powi(2) + values.std.powi(2)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(shape: &[usize]) -> LayerFindings {
        crate::report::pages::tests::layer_of(shape)
    }

    fn kernel(shape: &[usize]) -> Weight {
        let elements: usize = shape.iter().product();
        Weight {
            name: "kernel".into(),
            shape: shape.to_vec(),
            values: (0..elements).map(|value| value as f32).collect(),
            trainable: true,
        }
    }

    fn of(
        kernel: &Weight,
        depthwise: bool,
        channel: usize,
        shape: &[usize],
    ) -> Option<Vec<(usize, Vec<f32>)>> {
        let readings = readings(kernel, depthwise, channel, &source(shape))?;
        let pairs = readings
            .into_iter()
            .map(|reading| (reading.input, reading.weights));
        Some(pairs.collect())
    }

    #[test]
    fn kernels_are_taken_apart_by_the_channel_they_read() {
        // [height 1, width 2, inputs 2, outputs 3]
        let kernel = kernel(&[1, 2, 2, 3]);
        let found = of(&kernel, false, 1, &[4, 4, 2]);
        assert_eq!(found, Some(vec![(0, vec![1.0, 7.0]), (1, vec![4.0, 10.0])]));
    }

    #[test]
    fn depthwise_kernels_read_one_channel() {
        // Two inputs, three outputs for each.
        let kernel = kernel(&[1, 2, 2, 3]);
        assert_eq!(
            of(&kernel, true, 4, &[4, 4, 2]),
            Some(vec![(1, vec![4.0, 10.0])])
        );
    }

    #[test]
    fn a_dense_layer_reads_flattened_maps_channel_by_channel() {
        // Maps of 1 × 2 with 2 channels, 2 outputs.
        let kernel = kernel(&[4, 2]);
        let found = of(&kernel, false, 1, &[1, 2, 2]);
        assert_eq!(found, Some(vec![(0, vec![1.0, 5.0]), (1, vec![3.0, 7.0])]));
        assert_eq!(of(&kernel, false, 1, &[5, 5, 3]), None);
    }
}
