//! Pooling over windows and over whole images.

use candle_core::{Device, Result, Tensor};

use super::convolution::extents;
use super::geometry::pad;
use super::{Kernel, only};
use crate::model::operators::{self, PoolingKind};
use crate::model::{Extent, Padding, Shape};

pub(super) struct Pooling {
    kind: PoolingKind,
    size: (usize, usize),
    stride: (usize, usize),
    extents: (Extent, Extent),
    /// For averages over padded windows: at each position the share of the window that is no padding.
    inside: Option<Tensor>,
}

impl Pooling {
    pub fn new(operator: &operators::Pooling, input: &Shape, device: &Device) -> Result<Self> {
        let window = &operator.window;
        let extents = extents(window, input)?;
        let inside = match (operator.kind, window.padding, input.as_image()) {
            (PoolingKind::Average, Padding::Same, Some((height, width, _))) => {
                let ones = Tensor::ones((1, 1, height, width), candle_core::DType::F32, device)?;
                Some(pad(&ones, extents, 0.0)?.avg_pool2d_with_stride(window.size, window.stride)?)
            }
            _ => None,
        };
        Ok(Self {
            kind: operator.kind,
            size: window.size,
            stride: window.stride,
            extents,
            inside,
        })
    }
}

impl Kernel for Pooling {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = only(inputs)?;
        match self.kind {
            PoolingKind::Max => pad(x, self.extents, f32::NEG_INFINITY)?
                .max_pool2d_with_stride(self.size, self.stride),
            PoolingKind::Average => {
                // candle's mean counts padding; dividing by the share inside takes it out again.
                let mean =
                    pad(x, self.extents, 0.0)?.avg_pool2d_with_stride(self.size, self.stride)?;
                match &self.inside {
                    Some(inside) => mean.broadcast_div(inside),
                    None => Ok(mean),
                }
            }
        }
    }
}

pub(super) struct GlobalPooling(operators::GlobalPooling);

impl GlobalPooling {
    pub fn new(operator: &operators::GlobalPooling) -> Self {
        Self(*operator)
    }
}

impl Kernel for GlobalPooling {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let positions = only(inputs)?.flatten_from(2)?;
        let pooled = match self.0.kind {
            PoolingKind::Max => positions.max(2)?,
            PoolingKind::Average => positions.mean(2)?,
        };
        if self.0.keep_dimensions {
            pooled.unsqueeze(2)?.unsqueeze(3)
        } else {
            Ok(pooled)
        }
    }
}
