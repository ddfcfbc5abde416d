//! Values brought to a scale: by statistics of the training set, their own norm, learnt factors or slopes.

use candle_core::{Device, Result, Tensor};

use super::convolution::{tensor, weight};
use super::layout::Layout;
use super::normalization::per_channel;
use super::{Kernel, only};
use crate::model::Layer;

/// Keras' smallest deviation and norm (`keras.config.epsilon()`; that of UnitNormalization is of its square).
const SMALLEST: f32 = 1e-7;
const SMALLEST_SQUARE: f32 = 1e-12;

/// `(x − mean) / deviation`
pub(super) struct Normalization {
    mean: Tensor,
    deviation: Tensor,
}

impl Normalization {
    pub fn new(layer: &Layer, device: &Device) -> Result<Self> {
        let each = |name| tensor(weight(layer, name)?, device)?.flatten_all();
        let deviation = each("variance")?.sqrt()?.maximum(SMALLEST)?;
        Ok(Self {
            mean: per_channel(&each("mean")?, &layer.shape)?,
            deviation: per_channel(&deviation, &layer.shape)?,
        })
    }
}

impl Kernel for Normalization {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        only(inputs)?
            .broadcast_sub(&self.mean)?
            .broadcast_div(&self.deviation)
    }
}

pub(super) struct UnitNormalization(pub Layout);

impl Kernel for UnitNormalization {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = only(inputs)?;
        let square = x.sqr()?.sum_keepdim(self.0.channel_axis(x))?;
        x.broadcast_div(&square.maximum(SMALLEST_SQUARE)?.sqrt()?)
    }
}

pub(super) struct ChannelScale(Tensor);

impl ChannelScale {
    pub fn new(layer: &Layer, device: &Device) -> Result<Self> {
        let gamma = tensor(weight(layer, "gamma")?, device)?;
        Ok(Self(per_channel(&gamma, &layer.shape)?))
    }
}

impl Kernel for ChannelScale {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        only(inputs)?.broadcast_mul(&self.0)
    }
}
