//! Dense layers: a matrix product at every position.

use candle_core::{Device, Result, Tensor};

use super::convolution::{tensor, weight};
use super::layout::Layout;
use super::{Kernel, only};
use crate::model::Layer;

pub(super) struct Dense {
    /// `input units × output units`
    kernel: Tensor,
    bias: Option<Tensor>,
    layout: Layout,
}

impl Dense {
    pub fn new(layer: &Layer, device: &Device) -> Result<Self> {
        Ok(Self {
            kernel: tensor(weight(layer, "kernel")?, device)?,
            bias: layer
                .weight("bias")
                .map(|bias| tensor(bias, device))
                .transpose()?,
            layout: Layout::of(&layer.shape),
        })
    }
}

impl Kernel for Dense {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let (units_in, units_out) = self.kernel.dims2()?;
        let x = self.layout.to_channels_last(only(inputs)?)?;
        let mut dimensions = x.dims().to_vec();
        if let Some(channels) = dimensions.last_mut() {
            *channels = units_out;
        }
        let mut output = x.reshape(((), units_in))?.matmul(&self.kernel)?;
        if let Some(bias) = &self.bias {
            output = output.broadcast_add(bias)?;
        }
        self.layout.from_channels_last(&output.reshape(dimensions)?)
    }
}
