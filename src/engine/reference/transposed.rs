//! Transposed convolution: a convolution with the kernel turned round, over the input spread by zeros.

use candle_core::{Device, Result, Tensor};

use super::convolution::{add_bias, bias, tensor, weight};
use super::geometry::{HORIZONTAL, VERTICAL};
use super::{Kernel, only};
use crate::model::operators::{self, Span};
use crate::model::{Layer, Shape};

pub(super) struct TransposedConvolution {
    /// `output channels × input channels × height × width`, both extents turned round.
    kernel: Tensor,
    bias: Option<Tensor>,
    stride: (usize, usize),
    groups: usize,
    /// What a kernel reaches beyond its first tap.
    beyond: (usize, usize),
    spans: (Span, Span),
}

impl TransposedConvolution {
    pub fn new(
        operator: &operators::TransposedConvolution,
        layer: &Layer,
        input: &Shape,
        device: &Device,
    ) -> Result<Self> {
        let spans = input
            .as_image()
            .and_then(|(height, width, _)| operator.spans(height, width));
        let Some(spans) = spans else {
            candle_core::bail!("no image to spread")
        };
        let kernel = tensor(weight(layer, "kernel")?, device)?;
        let turned = |x: &Tensor, axis: usize, extent: usize| {
            let places: Vec<u32> = (0..extent as u32).rev().collect();
            x.index_select(&Tensor::new(places, device)?, axis)
        };
        let kernel = turned(&turned(&kernel, 0, operator.size.0)?, 1, operator.size.1)?;
        let kernel = apart(&kernel, 0, operator.dilation.0)?;
        let kernel = apart(&kernel, 1, operator.dilation.1)?;
        let kernel = by_groups(&kernel, operator.groups)?;
        Ok(Self {
            beyond: (kernel.dim(2)? - 1, kernel.dim(3)? - 1),
            kernel,
            bias: bias(layer, device)?,
            stride: operator.stride,
            groups: operator.groups,
            spans,
        })
    }

    /// Zeros between the values along an axis, and as many around as a kernel reaches.
    fn spread(&self, x: &Tensor, axis: usize, stride: usize, beyond: usize) -> Result<Tensor> {
        apart(x, axis, stride)?.pad_with_zeros(axis, beyond, beyond)
    }
}

/// Values along an axis with zeros between them, so that they lie `step` apart.
fn apart(x: &Tensor, axis: usize, step: usize) -> Result<Tensor> {
    if step == 1 {
        return Ok(x.clone());
    }
    let mut dimensions = x.dims().to_vec();
    let extent = dimensions[axis];
    let spread = x
        .unsqueeze(axis + 1)?
        .pad_with_zeros(axis + 1, 0, step - 1)?;
    dimensions[axis] = extent * step;
    spread
        .reshape(dimensions)?
        .narrow(axis, 0, (extent - 1) * step + 1)
}

/// `height × width × output channels of a group × input channels` as candle takes it: `output channels × input channels of
/// a group × height × width`.
fn by_groups(kernel: &Tensor, groups: usize) -> Result<Tensor> {
    let (height, width, outputs, inputs) = kernel.dims4()?;
    kernel
        .permute((3, 2, 0, 1))?
        .contiguous()?
        .reshape(vec![groups, inputs / groups, outputs, height, width])?
        .transpose(1, 2)?
        .contiguous()?
        .reshape((groups * outputs, inputs / groups, height, width))
}

/// The output along an axis, with zeros where no kernel reaches.
fn cut(x: &Tensor, axis: usize, span: Span) -> Result<Tensor> {
    let there = x.dim(axis)?.saturating_sub(span.before).min(span.output);
    x.narrow(axis, span.before, there)?
        .pad_with_zeros(axis, 0, span.output - there)
}

impl Kernel for TransposedConvolution {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = self.spread(only(inputs)?, VERTICAL, self.stride.0, self.beyond.0)?;
        let x = self.spread(&x, HORIZONTAL, self.stride.1, self.beyond.1)?;
        let whole = x.contiguous()?.conv2d(&self.kernel, 0, 1, 1, self.groups)?;
        let output = cut(
            &cut(&whole, VERTICAL, self.spans.0)?,
            HORIZONTAL,
            self.spans.1,
        )?;
        add_bias(output.contiguous()?, self.bias.as_ref())
    }
}
