//! Every kernel against plain loops in `f64`, on random shapes, with every instruction set of this machine.

use proptest::prelude::*;

use super::*;
use crate::engine::{FeatureMaps, Interest};
use crate::model::operators::*;
use crate::model::{
    Activation, LayerDraft, LayerId, Margins, Operator, Padding, Source, Weight, Window,
};

/// Numbers in −1 … 1 that look random and are the same every time.
pub(super) fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// A network of an input and one layer with made weights.
pub(super) fn network(shape: &Shape, operator: impl Into<Operator>, seed: u64) -> Network {
    let operator = operator.into();
    let weights = operator
        .rule()
        .weights(&[shape])
        .into_iter()
        .enumerate()
        .map(|(number, spec)| {
            let count = spec.shape.iter().product();
            let mut values = numbers(seed + 1 + number as u64, count);
            if spec.name == "moving_variance" {
                values
                    .iter_mut()
                    .for_each(|value| *value = value.abs() + 0.1);
            }
            Weight {
                name: spec.name.into(),
                shape: spec.shape,
                values: values.into(),
                trainable: spec.trainable,
            }
        });
    let weights = weights.collect();
    let input = Input {
        shape: shape.clone(),
    };
    let drafts = vec![
        LayerDraft {
            name: "input".into(),
            operator: input.into(),
            inputs: vec![],
            weights: vec![],
        },
        LayerDraft {
            name: "layer".into(),
            operator,
            inputs: vec![0],
            weights,
        },
    ];
    Network::new("made".into(), Source::default(), drafts, 1).unwrap()
}

/// Keeps the whole output of one layer.
struct Tapped(LayerId, Vec<f32>);

impl Watch for Tapped {
    fn interest(&self, layer: LayerId) -> Interest {
        if layer == self.0 {
            Interest::Tap
        } else {
            Interest::Nothing
        }
    }

    fn tap(&mut self, _layer: LayerId, maps: FeatureMaps<'_>) {
        self.1 = (0..maps.samples())
            .flat_map(|sample| maps.sample(sample).to_vec())
            .collect();
    }
}

pub(super) fn output(
    network: &Network,
    options: Options,
    values: &[f32],
    samples: usize,
) -> Vec<f32> {
    let mut watch = Tapped(1, Vec::new());
    let batch = Batch {
        values,
        samples,
        shape: network.input_shape(),
    };
    FusedEngine::new(network, options)
        .unwrap()
        .run(batch, &mut watch)
        .unwrap();
    watch.1
}

/// What an output is compared with: its value, and the sum of the magnitudes it is made of.
struct Expected {
    value: f64,
    magnitude: f64,
}

fn weights<'a>(network: &'a Network, name: &str) -> Option<&'a [f32]> {
    network.layer(1).weight(name).map(|weight| &*weight.values)
}

/// Inputs of a window at an output position: tap, and place in the image.
fn inside(
    window: &Window,
    (height, width): (usize, usize),
    (y, x): (usize, usize),
) -> Vec<(usize, usize)> {
    let (vertical, horizontal) = window.extents(height, width).unwrap();
    let mut places = Vec::new();
    for ky in 0..window.size.0 {
        for kx in 0..window.size.1 {
            let row = (y * window.stride.0 + ky * window.dilation.0)
                .checked_sub(vertical.before)
                .filter(|&row| row < height);
            let column = (x * window.stride.1 + kx * window.dilation.1)
                .checked_sub(horizontal.before)
                .filter(|&column| column < width);
            if let (Some(row), Some(column)) = (row, column) {
                places.push((ky * window.size.1 + kx, row * width + column));
            }
        }
    }
    places
}

/// A sum of products with `weight(input channel, tap, output channel)`, for every output of one image.
fn convolved(
    network: &Network,
    image: &[f32],
    window: &Window,
    reads: impl Fn(usize) -> std::ops::Range<usize>,
    weight: impl Fn(usize, usize, usize) -> f32,
) -> Vec<Expected> {
    let (height, width, channels) = network.input_shape().as_image().unwrap();
    let (oh, ow, outputs) = network.layer(1).shape.as_image().unwrap();
    let mut expected = Vec::new();
    for position in 0..oh * ow {
        let places = inside(window, (height, width), (position / ow, position % ow));
        for output in 0..outputs {
            let start = weights(network, "bias").map_or(0.0, |bias| f64::from(bias[output]));
            let mut sum = Expected {
                value: start,
                magnitude: start.abs(),
            };
            for &(tap, place) in &places {
                for input in reads(output) {
                    let product = f64::from(image[place * channels + input])
                        * f64::from(weight(input, tap, output));
                    sum.value += product;
                    sum.magnitude += product.abs();
                }
            }
            expected.push(sum);
        }
    }
    expected
}

/// The layer of a network on one image, the plain way.
fn expected(network: &Network, image: &[f32]) -> Vec<Expected> {
    let shape = network.input_shape();
    let channels = shape.channels();
    let plain = |value: f64, magnitude: f64| Expected { value, magnitude };
    let mut values = match &network.layer(1).operator {
        Operator::Convolution(c) => {
            let (kernel, read, write) = (
                weights(network, "kernel").unwrap(),
                channels / c.groups,
                c.filters / c.groups,
            );
            let reads = |output: usize| output / write * read..(output / write + 1) * read;
            convolved(network, image, &c.window, reads, |input, tap, output| {
                kernel[(tap * read + input % read) * c.filters + output]
            })
        }
        Operator::DepthwiseConvolution(c) => {
            let (kernel, outputs) = (
                weights(network, "depthwise_kernel").unwrap(),
                channels * c.multiplier,
            );
            let reads = |output: usize| output / c.multiplier..output / c.multiplier + 1;
            convolved(network, image, &c.window, reads, |_, tap, output| {
                kernel[tap * outputs + output]
            })
        }
        Operator::SeparableConvolution(c) => {
            let (depthwise, pointwise) = (
                weights(network, "depthwise_kernel").unwrap(),
                weights(network, "pointwise_kernel").unwrap(),
            );
            let m = c.multiplier;
            // Both parts are linear: their product is one kernel.
            let kernel = |input: usize, tap: usize, output: usize| {
                (0..m)
                    .map(|n| {
                        depthwise[(tap * channels + input) * m + n]
                            * pointwise[(input * m + n) * c.filters + output]
                    })
                    .sum()
            };
            convolved(network, image, &c.window, |_| 0..channels, kernel)
        }
        Operator::Pooling(pooling) => pooled(network, image, pooling.kind, &pooling.window),
        Operator::GlobalPooling(pooling) => {
            let (height, width, _) = shape.as_image().unwrap();
            let window = Window {
                size: (height, width),
                stride: (1, 1),
                dilation: (1, 1),
                padding: Padding::Valid,
            };
            pooled(network, image, pooling.kind, &window)
        }
        Operator::Dense(dense) => {
            let kernel = weights(network, "kernel").unwrap();
            image
                .chunks(channels)
                .flat_map(|position| {
                    (0..dense.units)
                        .map(move |unit| {
                            let start =
                                weights(network, "bias").map_or(0.0, |bias| f64::from(bias[unit]));
                            let products = (0..channels).map(|input| {
                                f64::from(position[input])
                                    * f64::from(kernel[input * dense.units + unit])
                            });
                            plain(
                                start + products.clone().sum::<f64>(),
                                start.abs() + products.map(f64::abs).sum::<f64>(),
                            )
                        })
                        .collect::<Vec<_>>()
                })
                .collect()
        }
        Operator::BatchNormalization(norm) => image
            .iter()
            .enumerate()
            .map(|(place, &x)| {
                let at =
                    |name| weights(network, name).map(|values| f64::from(values[place % channels]));
                let scale = at("gamma").unwrap_or(1.0)
                    / (at("moving_variance").unwrap() + f64::from(norm.epsilon)).sqrt();
                let (mean, shift) = (at("moving_mean").unwrap(), at("beta").unwrap_or(0.0));
                plain(
                    (f64::from(x) - mean) * scale + shift,
                    (f64::from(x).abs() + mean.abs()) * scale.abs() + shift.abs(),
                )
            })
            .collect(),
        Operator::Rescaling(r) => image
            .iter()
            .enumerate()
            .map(|(place, &x)| {
                let at = |values: &[f32]| f64::from(values[place % channels % values.len()]);
                plain(
                    f64::from(x) * at(&r.scale) + at(&r.offset),
                    at(&r.scale).abs() + at(&r.offset).abs(),
                )
            })
            .collect(),
        Operator::ZeroPadding(p) => {
            let (height, width, _) = shape.as_image().unwrap();
            let (oh, ow, _) = network.layer(1).shape.as_image().unwrap();
            (0..oh * ow * channels)
                .map(|place| {
                    let (y, x) = (place / channels / ow, place / channels % ow);
                    let row = y.checked_sub(p.top).filter(|&row| row < height);
                    let column = x.checked_sub(p.left).filter(|&column| column < width);
                    let value = row.zip(column).map_or(0.0, |(row, column)| {
                        f64::from(image[(row * width + column) * channels + place % channels])
                    });
                    plain(value, 0.0)
                })
                .collect()
        }
        other => unreachable!("{other:?}"),
    };
    if network.layer(1).operator.rule().activation() == Activation::Relu {
        values
            .iter_mut()
            .for_each(|expected| expected.value = expected.value.max(0.0));
    }
    values
}

fn pooled(network: &Network, image: &[f32], kind: PoolingKind, window: &Window) -> Vec<Expected> {
    let (height, width, channels) = network.input_shape().as_image().unwrap();
    let (vertical, horizontal) = window.extents(height, width).unwrap();
    let mut expected = Vec::new();
    for position in 0..vertical.output * horizontal.output {
        let places = inside(
            window,
            (height, width),
            (position / horizontal.output, position % horizontal.output),
        );
        for channel in 0..channels {
            let values = places
                .iter()
                .map(|(_, place)| f64::from(image[place * channels + channel]));
            let magnitude = values.clone().map(f64::abs).sum::<f64>() / places.len() as f64;
            let value = match kind {
                PoolingKind::Max => values.fold(f64::NEG_INFINITY, f64::max),
                PoolingKind::Average => values.sum::<f64>() / places.len() as f64,
                PoolingKind::AverageWithPadding => {
                    let at = (position / horizontal.output, position % horizontal.output);
                    values.sum::<f64>() / counted(window, (height, width), at) as f64
                }
            };
            expected.push(Expected { value, magnitude });
        }
    }
    expected
}

/// Taps of a window that lie in the image or in its padding, which ends before what rounding up adds.
fn counted(window: &Window, (height, width): (usize, usize), (y, x): (usize, usize)) -> usize {
    let (vertical, horizontal) = window.extents(height, width).unwrap();
    let (bottom, right) = match window.padding {
        Padding::Explicit { margins, .. } => (margins.bottom, margins.right),
        _ => (vertical.after, horizontal.after),
    };
    let rows = (0..window.size.0)
        .filter(|ky| {
            y * window.stride.0 + ky * window.dilation.0 < vertical.before + height + bottom
        })
        .count();
    let columns = (0..window.size.1)
        .filter(|kx| {
            x * window.stride.1 + kx * window.dilation.1 < horizontal.before + width + right
        })
        .count();
    rows * columns
}

/// Compares a layer on all instruction sets, with and without Winograd, with the plain way.
fn check(
    shape: &Shape,
    operator: Operator,
    samples: usize,
    seed: u64,
) -> Result<(), TestCaseError> {
    let network = network(shape, operator, seed);
    let values = numbers(seed, samples * shape.elements());
    let expected: Vec<Expected> = values
        .chunks(shape.elements())
        .flat_map(|image| expected(&network, image))
        .collect();
    let largest = expected
        .iter()
        .map(|expected| expected.magnitude)
        .fold(0.0, f64::max);
    for winograd in [false, true] {
        let mut fused_rounding: Option<Vec<u32>> = None;
        for instruction_set in InstructionSet::available() {
            let output = output(
                &network,
                Options {
                    winograd,
                    instruction_set,
                },
                &values,
                samples,
            );
            prop_assert_eq!(output.len(), expected.len());
            for (place, (value, expected)) in output.iter().zip(&expected).enumerate() {
                // Winograd spreads rounding over the tile.
                let scale = if winograd {
                    largest
                } else {
                    expected.magnitude
                };
                let error = (f64::from(*value) - expected.value).abs();
                prop_assert!(
                    error <= 1e-5 * scale.max(1e-3),
                    "{:?}, Winograd {}: {} instead of {} at {}",
                    instruction_set,
                    winograd,
                    value,
                    expected.value,
                    place
                );
            }
            if instruction_set != InstructionSet::Plain {
                let bits: Vec<u32> = output.iter().map(|value| value.to_bits()).collect();
                prop_assert!(
                    fused_rounding.get_or_insert_with(|| bits.clone()) == &bits,
                    "{:?} rounds in its own way",
                    instruction_set
                );
            }
        }
    }
    Ok(())
}

fn padding() -> impl Strategy<Value = Padding> {
    let side = || 0usize..3;
    prop_oneof![
        Just(Padding::Valid),
        Just(Padding::Same),
        (side(), side(), side(), side(), any::<bool>()).prop_map(
            |(top, bottom, left, right, ceil)| Padding::Explicit {
                margins: Margins {
                    top,
                    bottom,
                    left,
                    right
                },
                ceil
            }
        ),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    let extent = || prop_oneof![3 => Just(1usize), 2 => Just(2usize), 1 => Just(3usize)];
    let size = || prop_oneof![2 => Just(3usize), 1 => Just(1usize), 2 => 1usize..7];
    (
        size(),
        size(),
        extent(),
        extent(),
        extent(),
        extent(),
        padding(),
    )
        .prop_map(|(height, width, down, right, dh, dw, padding)| Window {
            size: (height, width),
            stride: (down, right),
            dilation: (dh, dw),
            padding,
        })
}

/// Windows of 3×3 that may go through Winograd's transforms.
fn winograd_window() -> impl Strategy<Value = Window> {
    any::<bool>().prop_map(|same| Window {
        size: (3, 3),
        stride: (1, 1),
        dilation: (1, 1),
        padding: if same { Padding::Same } else { Padding::Valid },
    })
}

fn extents() -> impl Strategy<Value = (usize, usize)> {
    prop_oneof![3 => (1usize..14, 1usize..14), 1 => (1usize..41, 1usize..41)]
}

fn pooling_kind() -> impl Strategy<Value = PoolingKind> {
    prop::sample::select(vec![
        PoolingKind::Max,
        PoolingKind::Average,
        PoolingKind::AverageWithPadding,
    ])
}

fn fits(window: &Window, (height, width): (usize, usize)) -> bool {
    window.extents(height, width).is_some()
}

fn activation(relu: bool) -> Activation {
    if relu {
        Activation::Relu
    } else {
        Activation::Linear
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 96 }))]

    #[test]
    fn convolutions(size in extents(), window in prop_oneof![3 => window(), 1 => winograd_window()], groups in prop_oneof![4 => Just(1usize), 1 => 2usize..5], read in 1usize..36, written in 1usize..36, bias: bool, relu: bool, samples in 1usize..4, seed: u32) {
        prop_assume!(fits(&window, size));
        let (read, written) = if groups == 1 { (read * 2, written * 2) } else { (read, written) };
        let operator = Convolution { filters: written * groups, window, groups, bias, activation: activation(relu) };
        check(&Shape::image(size.0, size.1, read * groups), operator.into(), samples, seed.into())?;
    }

    #[test]
    fn convolutions_of_many_small_images(size in (3usize..8, 3usize..8), window in winograd_window(), read in 14usize..40, written in 14usize..70, samples in 30usize..70, seed: u32) {
        let operator = Convolution { filters: written, window, groups: 1, bias: true, activation: Activation::Relu };
        check(&Shape::image(size.0, size.1, read), operator.into(), samples, seed.into())?;
    }

    #[test]
    fn convolutions_of_pictures(size in (3usize..41, 3usize..41), window in winograd_window(), read in 1usize..5, written in 1usize..70, seed: u32) {
        let operator = Convolution { filters: written, window, groups: 1, bias: true, activation: Activation::Relu };
        check(&Shape::image(size.0, size.1, read), operator.into(), 2, seed.into())?;
    }

    #[test]
    fn depthwise_convolutions(size in extents(), window in window(), channels in 1usize..71, multiplier in prop_oneof![4 => Just(1usize), 1 => 2usize..4], bias: bool, relu: bool, samples in 1usize..4, seed: u32) {
        prop_assume!(fits(&window, size));
        let operator = DepthwiseConvolution { multiplier, window, bias, activation: activation(relu) };
        check(&Shape::image(size.0, size.1, channels), operator.into(), samples, seed.into())?;
    }

    #[test]
    fn separable_convolutions(size in (1usize..9, 1usize..9), window in window(), channels in 1usize..30, filters in 1usize..40, multiplier in 1usize..3, bias: bool, samples in 1usize..3, seed: u32) {
        prop_assume!(fits(&window, size));
        let operator = SeparableConvolution { filters, multiplier, window, bias, activation: Activation::Linear };
        check(&Shape::image(size.0, size.1, channels), operator.into(), samples, seed.into())?;
    }

    #[test]
    fn pools(size in extents(), window in window(), channels in 1usize..71, kind in pooling_kind(), samples in 1usize..4, seed: u32) {
        prop_assume!(fits(&window, size));
        // A window that sees nothing has no mean.
        let (vertical, horizontal) = window.extents(size.0, size.1).unwrap();
        let empty = (0..vertical.output * horizontal.output)
            .any(|at| inside(&window, size, (at / horizontal.output, at % horizontal.output)).is_empty());
        prop_assume!(!empty);
        check(&Shape::image(size.0, size.1, channels), Pooling { kind, window }.into(), samples, seed.into())?;
    }

    #[test]
    fn global_pools(size in extents(), channels in 1usize..71, max: bool, keep_dimensions: bool, samples in 1usize..4, seed: u32) {
        let kind = if max { PoolingKind::Max } else { PoolingKind::Average };
        check(&Shape::image(size.0, size.1, channels), GlobalPooling { kind, keep_dimensions }.into(), samples, seed.into())?;
    }

    #[test]
    fn dense_layers(positions in 1usize..4, inputs in 1usize..300, units in 1usize..71, bias: bool, relu: bool, samples in 1usize..70, seed: u32) {
        let shape = if positions == 1 { Shape::vector(inputs) } else { Shape::new([positions, inputs]) };
        check(&shape, Dense { units, bias, activation: activation(relu) }.into(), samples, seed.into())?;
    }

    #[test]
    fn fixed_numbers(size in extents(), channels in 1usize..71, scale: bool, center: bool, each: bool, samples in 1usize..4, seed: u32) {
        let shape = Shape::image(size.0, size.1, channels);
        check(&shape, BatchNormalization { epsilon: 1e-3, scale, center, axis: -1 }.into(), samples, seed.into())?;
        let values = |seed: u64| numbers(seed, if each { channels } else { 1 });
        check(&shape, Rescaling { scale: values(u64::from(seed) + 8), offset: values(u64::from(seed) + 9) }.into(), samples, seed.into())?;
    }

    #[test]
    fn paddings(size in extents(), channels in 1usize..20, top in 0usize..4, bottom in 0usize..4, left in 0usize..4, right in 0usize..4, seed: u32) {
        check(&Shape::image(size.0, size.1, channels), ZeroPadding { top, bottom, left, right }.into(), 2, seed.into())?;
    }
}

#[test]
fn a_batch_of_another_shape_is_refused() {
    let network = network(
        &Shape::vector(2),
        Dense {
            units: 1,
            bias: false,
            activation: Activation::Linear,
        },
        1,
    );
    let engine = FusedEngine::new(&network, Options::default()).unwrap();
    let shape = Shape::image(2, 1, 1);
    let wrong = engine
        .run(
            Batch {
                values: &[0.0, 0.0],
                samples: 1,
                shape: &shape,
            },
            &mut super::super::Unwatched,
        )
        .unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the network reads images of 2, but the batch holds 2 values for 1 images of 2×1×1"
    );
}
