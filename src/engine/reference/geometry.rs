//! What moves values and computes nothing: padding, sampling with a stride, reshaping, transposing.

use candle_core::{Result, Tensor};

use super::layout::Layout;
use super::{Kernel, only};
use crate::model::{Extent, Shape, operators};

/// Height and width in a tensor of images.
pub(super) const VERTICAL: usize = 2;
pub(super) const HORIZONTAL: usize = 3;

/// Adds `before` and `after` rows or columns of one value along an axis.
fn pad_axis(x: &Tensor, axis: usize, before: usize, after: usize, value: f32) -> Result<Tensor> {
    if before == 0 && after == 0 {
        return Ok(x.clone());
    }
    let border = |extent: usize| {
        let mut dimensions = x.dims().to_vec();
        dimensions[axis] = extent;
        Tensor::full(value, dimensions, x.device())
    };
    let mut parts = Vec::with_capacity(3);
    if before > 0 {
        parts.push(border(before)?);
    }
    parts.push(x.clone());
    if after > 0 {
        parts.push(border(after)?);
    }
    Tensor::cat(&parts, axis)
}

/// Images with as much padding as a window asks for.
pub(super) fn pad(
    x: &Tensor,
    (vertical, horizontal): (Extent, Extent),
    value: f32,
) -> Result<Tensor> {
    let x = pad_axis(x, VERTICAL, vertical.before, vertical.after, value)?;
    pad_axis(&x, HORIZONTAL, horizontal.before, horizontal.after, value)
}

/// `count` rows or columns from `start` on, `stride` apart.
pub(super) fn sample(
    x: &Tensor,
    axis: usize,
    start: usize,
    stride: usize,
    count: usize,
) -> Result<Tensor> {
    if stride == 1 {
        return x.narrow(axis, start, count);
    }
    let places: Vec<u32> = (0..count)
        .map(|step| (start + step * stride) as u32)
        .collect();
    x.contiguous()?
        .index_select(&Tensor::new(places, x.device())?, axis)
}

pub(super) struct ZeroPadding(operators::ZeroPadding);

impl ZeroPadding {
    pub fn new(operator: &operators::ZeroPadding) -> Self {
        Self(*operator)
    }
}

impl Kernel for ZeroPadding {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = pad_axis(only(inputs)?, VERTICAL, self.0.top, self.0.bottom, 0.0)?;
        pad_axis(&x, HORIZONTAL, self.0.left, self.0.right, 0.0)
    }
}

/// The same values in the order height, width, channel, with other axes.
pub(super) struct Reshape {
    input: Layout,
    output: Shape,
    /// How often the values come; 1 but for repetitions.
    times: usize,
}

impl Reshape {
    pub fn new(input: &Shape, output: &Shape) -> Self {
        Self {
            input: Layout::of(input),
            output: output.clone(),
            times: output.elements() / input.elements().max(1),
        }
    }
}

impl Kernel for Reshape {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = self.input.to_channels_last(only(inputs)?)?;
        let mut dimensions = vec![x.dim(0)?];
        dimensions.extend(self.output.dimensions());
        let x = match self.times {
            1 => x.reshape(dimensions)?,
            _ => x.unsqueeze(1)?.broadcast_as(dimensions)?.contiguous()?,
        };
        Layout::of(&self.output).from_channels_last(&x)
    }
}

/// The axes of a sample in another order.
pub(super) struct Transpose {
    input: Layout,
    output: Layout,
    /// Of a batch whose channels lie last.
    order: Vec<usize>,
}

impl Transpose {
    pub fn new(operator: &operators::Transpose, input: &Shape, output: &Shape) -> Self {
        let sample = operator.order.iter().map(|axis| axis + 1);
        Self {
            input: Layout::of(input),
            output: Layout::of(output),
            order: std::iter::once(0).chain(sample).collect(),
        }
    }
}

impl Kernel for Transpose {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = self.input.to_channels_last(only(inputs)?)?;
        let turned = x.permute(self.order.as_slice())?.contiguous()?;
        self.output.from_channels_last(&turned)
    }
}
