//! Convolution by candle's `conv2d`, which knows one stride and one dilation for both axes; where they
//! differ, a sum of 1×1 convolutions, one for each tap of the kernel.

use candle_core::{Device, Result, Tensor};

use super::geometry::{HORIZONTAL, VERTICAL, pad, sample};
use super::{Kernel, only};
use crate::model::{Extent, Layer, Shape, Weight, Window, operators};

pub(super) struct Convolution {
    /// `output channels × input channels of a group × height × width`
    kernel: Tensor,
    bias: Option<Tensor>,
    window: Window,
    extents: (Extent, Extent),
    groups: usize,
}

impl Convolution {
    pub fn new(
        operator: &operators::Convolution,
        layer: &Layer,
        input: &Shape,
        device: &Device,
    ) -> Result<Self> {
        let kernel = tensor(weight(layer, "kernel")?, device)?;
        Ok(Self {
            kernel: kernel.permute((3, 2, 0, 1))?.contiguous()?,
            bias: bias(layer, device)?,
            window: operator.window,
            extents: extents(&operator.window, input)?,
            groups: operator.groups,
        })
    }

    /// The sum over the taps of the kernel of what each sees, mixed by the tap's 1×1 kernel.
    fn tap_by_tap(&self, x: &Tensor) -> Result<Tensor> {
        let mut sum: Option<Tensor> = None;
        for row in 0..self.window.size.0 {
            for column in 0..self.window.size.1 {
                let seen = seen_by_tap(x, &self.window, self.extents, (row, column))?;
                let tap = self
                    .kernel
                    .narrow(VERTICAL, row, 1)?
                    .narrow(HORIZONTAL, column, 1)?
                    .contiguous()?;
                let term = seen.conv2d(&tap, 0, 1, 1, self.groups)?;
                sum = Some(match sum {
                    Some(sum) => (sum + term)?,
                    None => term,
                });
            }
        }
        sum.ok_or_else(|| candle_core::Error::Msg("a kernel without values".into()))
    }
}

impl Kernel for Convolution {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = pad(only(inputs)?, self.extents, 0.0)?;
        let Window {
            stride, dilation, ..
        } = self.window;
        let output = if stride.0 == stride.1 && dilation.0 == dilation.1 {
            x.conv2d(&self.kernel, 0, stride.0, dilation.0, self.groups)?
        } else {
            self.tap_by_tap(&x)?
        };
        add_bias(output, self.bias.as_ref())
    }
}

/// The values of a padded input that one tap `(row, column)` of a kernel meets, one for each output position.
pub(super) fn seen_by_tap(
    x: &Tensor,
    window: &Window,
    (vertical, horizontal): (Extent, Extent),
    (row, column): (usize, usize),
) -> Result<Tensor> {
    let seen = sample(
        x,
        VERTICAL,
        row * window.dilation.0,
        window.stride.0,
        vertical.output,
    )?;
    sample(
        &seen,
        HORIZONTAL,
        column * window.dilation.1,
        window.stride.1,
        horizontal.output,
    )?
    .contiguous()
}

/// A weight of a layer by its name. The network's builder checked that it is there.
pub(super) fn weight<'a>(layer: &'a Layer, name: &str) -> Result<&'a Weight> {
    layer
        .weight(name)
        .ok_or_else(|| candle_core::Error::Msg(format!("no weight named {name}")))
}

/// A weight as a tensor, in the order in which it is stored.
pub(super) fn tensor(weight: &Weight, device: &Device) -> Result<Tensor> {
    Tensor::from_slice(&weight.values, weight.shape.as_slice(), device)
}

/// One value a channel, for images.
pub(super) fn bias(layer: &Layer, device: &Device) -> Result<Option<Tensor>> {
    layer
        .weight("bias")
        .map(|bias| tensor(bias, device)?.reshape((1, bias.len(), 1, 1)))
        .transpose()
}

pub(super) fn add_bias(output: Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    match bias {
        Some(bias) => output.broadcast_add(bias),
        None => Ok(output),
    }
}

/// Where a window lies on an input. The network's builder checked that it fits.
pub(super) fn extents(window: &Window, input: &Shape) -> Result<(Extent, Extent)> {
    input
        .as_image()
        .and_then(|(height, width, _)| window.extents(height, width))
        .ok_or_else(|| {
            candle_core::Error::Msg(format!(
                "a window of {:?} does not fit on {input}",
                window.size
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Activation, Margins, Padding};
    use proptest::prelude::*;

    /// The definition, value by value, channels last: what the engine must equal.
    fn by_definition(
        x: &[f32],
        image: (usize, usize, usize),
        convolution: &operators::Convolution,
        kernel: &Weight,
    ) -> Vec<f32> {
        let (height, width, channels) = image;
        let window = convolution.window;
        let (vertical, horizontal) = window.extents(height, width).unwrap();
        let (group_in, group_out) = (
            channels / convolution.groups,
            convolution.filters / convolution.groups,
        );
        let mut output = Vec::new();
        for row in 0..vertical.output {
            for column in 0..horizontal.output {
                for filter in 0..convolution.filters {
                    let mut sum = 0.0;
                    for tap in 0..window.size.0 * window.size.1 * group_in {
                        let (place, channel) = (tap / group_in, tap % group_in);
                        let (down, right) = (place / window.size.1, place % window.size.1);
                        let y = (row * window.stride.0 + down * window.dilation.0)
                            .wrapping_sub(vertical.before);
                        let z = (column * window.stride.1 + right * window.dilation.1)
                            .wrapping_sub(horizontal.before);
                        if y < height && z < width {
                            let from = filter / group_out * group_in + channel;
                            let weight = kernel.values[tap * convolution.filters + filter];
                            sum += x[(y * width + z) * channels + from] * weight;
                        }
                    }
                    output.push(sum);
                }
            }
        }
        output
    }

    fn numbers(count: usize) -> Vec<f32> {
        (0..count)
            .map(|place| ((place * 29 + 7) % 23) as f32 / 8.0 - 1.0)
            .collect()
    }

    fn convolution() -> impl Strategy<Value = operators::Convolution> {
        let pair = || (1usize..4, 1usize..4);
        let padding = prop::sample::select(vec![
            Padding::Valid,
            Padding::Same,
            Padding::even((2, 1)),
            Padding::Explicit {
                margins: Margins {
                    top: 0,
                    bottom: 3,
                    left: 2,
                    right: 0,
                },
                ceil: true,
            },
        ]);
        (
            pair(),
            pair(),
            pair(),
            padding,
            prop::sample::select(vec![1usize, 2]),
        )
            .prop_map(
                |(size, stride, dilation, padding, groups)| operators::Convolution {
                    filters: 4,
                    window: Window {
                        size,
                        stride,
                        dilation,
                        padding,
                    },
                    groups,
                    bias: false,
                    activation: Activation::Linear,
                },
            )
    }

    proptest! {
        #[test]
        fn any_convolution_equals_its_definition(operator in convolution()) {
            let (height, width, channels) = (8, 9, 6);
            let shape = Shape::image(height, width, channels);
            let (rows, columns) = operator.window.size;
            let dimensions = vec![rows, columns, channels / operator.groups, 4];
            let values = numbers(dimensions.iter().product()).into();
            let kernel = Weight { name: "kernel".into(), shape: dimensions, values, trainable: true };
            let x = numbers(shape.elements());
            let expected = by_definition(&x, (height, width, channels), &operator, &kernel);

            let output = crate::model::Rule::output_shape(&operator, &[&shape]).unwrap();
            let layer = Layer { name: "layer".into(), operator: operator.into(), inputs: vec![0], shape: output, weights: vec![kernel] };
            let tensor = Tensor::from_vec(x, (1, height, width, channels), &Device::Cpu).unwrap();
            let tensor = tensor.permute((0, 3, 1, 2)).unwrap().contiguous().unwrap();
            let found = Convolution::new(&operator, &layer, &shape, &Device::Cpu).unwrap().compute(&[tensor]).unwrap();
            let found = super::super::layout::to_values(&found, &layer.shape).unwrap();
            prop_assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((found - expected).abs() < 1e-4, "{} {}", found, expected);
            }
        }
    }
}
