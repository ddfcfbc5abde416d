//! Convolution by candle's `conv2d`, which knows one stride and one dilation for both axes and pads
//! evenly; what goes beyond is put together here.

use candle_core::{Device, Result, Tensor};

use super::geometry::{HORIZONTAL, VERTICAL, pad, sample};
use super::{Kernel, only};
use crate::model::{Extent, Layer, Shape, Weight, Window, operators};

pub(super) struct Convolution {
    /// `output channels × input channels of a group × height × width`
    kernel: Tensor,
    bias: Option<Tensor>,
    extents: (Extent, Extent),
    stride: (usize, usize),
    dilation: usize,
    groups: usize,
}

impl Convolution {
    pub fn new(operator: &operators::Convolution, layer: &Layer, input: &Shape, device: &Device) -> Result<Self> {
        let window = &operator.window;
        let kernel = weight(layer, "kernel")?;
        // candle takes one dilation; a kernel with zeros in between needs none.
        let (kernel, dilation) = match window.dilation {
            (vertical, horizontal) if vertical == horizontal => (tensor(kernel, device)?, vertical),
            dilation => (spread(kernel, dilation, device)?, 1),
        };
        Ok(Self {
            kernel: kernel.permute((3, 2, 0, 1))?.contiguous()?,
            bias: bias(layer, device)?,
            extents: extents(window, input)?,
            stride: window.stride,
            dilation,
            groups: operator.groups,
        })
    }
}

impl Kernel for Convolution {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = pad(only(inputs)?, self.extents, 0.0)?;
        let convolve = |stride| x.conv2d(&self.kernel, 0, stride, self.dilation, self.groups);
        let output = if self.stride.0 == self.stride.1 {
            convolve(self.stride.0)?
        } else {
            let (vertical, horizontal) = self.extents;
            let dense = sample(&convolve(1)?, VERTICAL, 0, self.stride.0, vertical.output)?;
            sample(&dense, HORIZONTAL, 0, self.stride.1, horizontal.output)?
        };
        add_bias(output, self.bias.as_ref())
    }
}

/// A weight of a layer by its name. The network's builder checked that it is there.
pub(super) fn weight<'a>(layer: &'a Layer, name: &str) -> Result<&'a Weight> {
    layer.weight(name).ok_or_else(|| candle_core::Error::Msg(format!("no weight named {name}")))
}

/// A weight as a tensor, in the order in which it is stored.
pub(super) fn tensor(weight: &Weight, device: &Device) -> Result<Tensor> {
    Tensor::from_slice(&weight.values, weight.shape.as_slice(), device)
}

/// One value a channel, for images.
pub(super) fn bias(layer: &Layer, device: &Device) -> Result<Option<Tensor>> {
    layer.weight("bias").map(|bias| tensor(bias, device)?.reshape((1, bias.len(), 1, 1))).transpose()
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
        .ok_or_else(|| candle_core::Error::Msg(format!("a window of {:?} does not fit on {input}", window.size)))
}

/// A kernel (HWIO) with `dilation − 1` rows and columns of zeros between its own.
fn spread(kernel: &Weight, dilation: (usize, usize), device: &Device) -> Result<Tensor> {
    let &[height, width, input, output] = kernel.shape.as_slice() else {
        candle_core::bail!("a kernel of shape {:?}", kernel.shape)
    };
    let (rows, columns) = ((height - 1) * dilation.0 + 1, (width - 1) * dilation.1 + 1);
    let cell = input * output;
    let mut values = vec![0.0f32; rows * columns * cell];
    for row in 0..height {
        for column in 0..width {
            let from = (row * width + column) * cell;
            let to = (row * dilation.0 * columns + column * dilation.1) * cell;
            values[to..to + cell].copy_from_slice(&kernel.values[from..from + cell]);
        }
    }
    Tensor::from_vec(values, (rows, columns, input, output), device)
}
