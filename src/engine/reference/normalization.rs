//! What acts on each channel by fixed numbers: batch normalisation and rescaling.

use candle_core::{Device, Result, Tensor};

use super::convolution::{tensor, weight};
use super::layout::Layout;
use super::{Kernel, only};
use crate::model::{Layer, Shape, operators};

/// One value a channel (or one for all), shaped to be broadcast over a layer's output.
pub(super) fn per_channel(values: &Tensor, shape: &Shape) -> Result<Tensor> {
    match Layout::of(shape) {
        Layout::ChannelsFirst => values.reshape((1, (), 1, 1)),
        Layout::ChannelsLast => Ok(values.clone()),
    }
}

/// `(x − mean) · scale + shift` with `scale = gamma / √(variance + epsilon)`.
pub(super) struct BatchNormalization {
    mean: Tensor,
    scale: Tensor,
    shift: Option<Tensor>,
}

impl BatchNormalization {
    pub fn new(
        operator: &operators::BatchNormalization,
        layer: &Layer,
        device: &Device,
    ) -> Result<Self> {
        let deviation = tensor(weight(layer, "moving_variance")?, device)?
            .affine(1.0, f64::from(operator.epsilon))?
            .sqrt()?;
        let scale = match layer.weight("gamma") {
            Some(gamma) => (tensor(gamma, device)? / deviation)?,
            None => deviation.recip()?,
        };
        let shape = &layer.shape;
        Ok(Self {
            mean: per_channel(&tensor(weight(layer, "moving_mean")?, device)?, shape)?,
            scale: per_channel(&scale, shape)?,
            shift: layer
                .weight("beta")
                .map(|beta| per_channel(&tensor(beta, device)?, shape))
                .transpose()?,
        })
    }
}

impl Kernel for BatchNormalization {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let scaled = only(inputs)?
            .broadcast_sub(&self.mean)?
            .broadcast_mul(&self.scale)?;
        match &self.shift {
            Some(shift) => scaled.broadcast_add(shift),
            None => Ok(scaled),
        }
    }
}

/// `x · scale + offset`
pub(super) struct Rescaling {
    scale: Tensor,
    offset: Tensor,
}

impl Rescaling {
    pub fn new(operator: &operators::Rescaling, shape: &Shape, device: &Device) -> Result<Self> {
        let values = |values: &[f32]| per_channel(&Tensor::new(values, device)?, shape);
        Ok(Self {
            scale: values(&operator.scale)?,
            offset: values(&operator.offset)?,
        })
    }
}

impl Kernel for Rescaling {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        only(inputs)?
            .broadcast_mul(&self.scale)?
            .broadcast_add(&self.offset)
    }
}
