//! What the tests that hold engines against each other share: made networks and images, running, comparing.

use layerscope::engine::{Batch, Engine, Logits, Watch};
use layerscope::model::operators::*;
use layerscope::model::{
    Activation, LayerDraft, Network, Operator, Padding, Shape, Source, Weight, Window,
};

/// Numbers in −1 … 1 that look random and are the same every time.
pub fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Images for a network, in the range of a picture where the network scales it down.
pub fn images(network: &Network, seed: u64, samples: usize) -> Vec<f32> {
    let mut values = numbers(seed, samples * network.input_shape().elements());
    if network
        .layers()
        .iter()
        .any(|layer| matches!(layer.operator, Operator::Rescaling(_)))
    {
        values
            .iter_mut()
            .for_each(|value| *value = (*value + 1.0) * 127.5);
    }
    values
}

/// Whether values agree, `tolerance` being relative to the largest one that is finite.
pub fn close(found: &[f32], expected: &[f32], tolerance: f32) -> Result<(), String> {
    let largest = expected
        .iter()
        .filter(|value| value.is_finite())
        .fold(1e-3f32, |largest, value| largest.max(value.abs()));
    if found.len() != expected.len() {
        return Err(format!(
            "{} values instead of {}",
            found.len(),
            expected.len()
        ));
    }
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let same = found == expected
            || (found.is_nan() && expected.is_nan())
            || (found - expected).abs() <= tolerance * largest;
        if !same {
            return Err(format!("{found} instead of {expected} at {place}"));
        }
    }
    Ok(())
}

/// Runs all images as one batch.
pub fn run(
    engine: &dyn Engine,
    network: &Network,
    values: &[f32],
    watch: &mut dyn Watch,
) -> Logits {
    let shape = network.input_shape();
    let samples = values.len() / shape.elements();
    engine
        .run(
            Batch {
                values,
                samples,
                shape,
            },
            watch,
        )
        .unwrap()
}

/// A chain of layers with made weights of a size that keeps values near 1.
pub fn chain(input: Shape, operators: Vec<Operator>) -> Network {
    let mut drafts = vec![LayerDraft {
        name: "input".into(),
        operator: Input {
            shape: input.clone(),
        }
        .into(),
        inputs: vec![],
        weights: vec![],
    }];
    let mut shape = input;
    for (place, operator) in operators.into_iter().enumerate() {
        let output = operator.rule().output_shape(&[&shape]).unwrap();
        let weights = operator
            .rule()
            .weights(&[&shape])
            .into_iter()
            .enumerate()
            .map(|(number, spec)| {
                let count: usize = spec.shape.iter().product();
                let inputs: usize = spec.shape.iter().rev().skip(1).product();
                let scale = (3.0 / inputs as f32).sqrt();
                let mut values = numbers((place * 10 + number) as u64, count);
                match spec.name {
                    "moving_variance" => values
                        .iter_mut()
                        .for_each(|value| *value = value.abs() + 0.5),
                    _ => values.iter_mut().for_each(|value| *value *= scale),
                }
                Weight {
                    name: spec.name.into(),
                    shape: spec.shape,
                    values: values.into(),
                    trainable: spec.trainable,
                }
            });
        let weights = weights.collect();
        drafts.push(LayerDraft {
            name: format!("layer_{place}"),
            operator,
            inputs: vec![place],
            weights,
        });
        shape = output;
    }
    let output = drafts.len() - 1;
    Network::new("made".into(), Source::default(), drafts, output).unwrap()
}

pub fn window(size: usize, stride: usize, padding: Padding) -> Window {
    Window {
        size: (size, size),
        stride: (stride, stride),
        dilation: (1, 1),
        padding,
    }
}

pub fn convolution(filters: usize, size: usize, stride: usize, activation: Activation) -> Operator {
    Convolution {
        filters,
        window: window(size, stride, Padding::Same),
        groups: 1,
        bias: true,
        activation,
    }
    .into()
}

/// A network with something of everything: groups that grow along it, layers in place, layers that
/// only show what is before them.
pub fn deep(height: usize, width: usize) -> Network {
    chain(
        Shape::image(height, width, 3),
        vec![
            Rescaling {
                scale: vec![0.5],
                offset: vec![0.1],
            }
            .into(),
            convolution(24, 3, 1, Activation::Linear),
            BatchNormalization {
                epsilon: 1e-3,
                scale: true,
                center: true,
                axis: -1,
            }
            .into(),
            ActivationLayer {
                activation: Activation::Silu,
            }
            .into(),
            Pooling {
                kind: PoolingKind::Max,
                window: window(3, 2, Padding::Same),
            }
            .into(),
            convolution(40, 3, 1, Activation::relu(Some(6.0), 0.0, 0.0)),
            Identity::Nothing.into(),
            DepthwiseConvolution {
                multiplier: 1,
                window: window(3, 2, Padding::Same),
                bias: true,
                activation: Activation::Gelu { tanh: false },
            }
            .into(),
            SeparableConvolution {
                filters: 33,
                multiplier: 2,
                window: window(3, 1, Padding::Valid),
                bias: true,
                activation: Activation::LeakyRelu { slope: 0.1 },
            }
            .into(),
            ZeroPadding {
                top: 1,
                bottom: 0,
                left: 2,
                right: 1,
            }
            .into(),
            convolution(48, 1, 1, Activation::Relu),
            Pooling {
                kind: PoolingKind::Average,
                window: window(2, 2, Padding::Valid),
            }
            .into(),
            Reshape::Flatten.into(),
            Identity::Dropout { rate: 0.5 }.into(),
            Dense {
                units: 50,
                bias: true,
                activation: Activation::Tanh,
            }
            .into(),
            Dense {
                units: 10,
                bias: true,
                activation: Activation::Linear,
            }
            .into(),
            ActivationLayer {
                activation: Activation::Softmax,
            }
            .into(),
        ],
    )
}

/// Large enough that threads help each other within an image.
pub fn large() -> Network {
    chain(
        Shape::image(150, 131, 3),
        vec![
            convolution(32, 3, 2, Activation::Relu),
            convolution(48, 3, 1, Activation::Relu),
            BatchNormalization {
                epsilon: 1e-3,
                scale: true,
                center: true,
                axis: -1,
            }
            .into(),
            DepthwiseConvolution {
                multiplier: 1,
                window: window(5, 2, Padding::Same),
                bias: true,
                activation: Activation::Relu,
            }
            .into(),
            convolution(64, 1, 1, Activation::Silu),
            Pooling {
                kind: PoolingKind::Max,
                window: window(2, 2, Padding::Valid),
            }
            .into(),
            convolution(32, 3, 1, Activation::Relu),
            GlobalPooling {
                kind: PoolingKind::Average,
                keep_dimensions: false,
            }
            .into(),
            Dense {
                units: 7,
                bias: true,
                activation: Activation::Softmax,
            }
            .into(),
        ],
    )
}
