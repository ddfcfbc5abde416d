//! Normalisation by statistics of the sample itself.

use candle_core::{Device, Result, Tensor};

use super::convolution::tensor;
use super::layout::Layout;
use super::{Kernel, only};
use crate::model::{Layer, operators};

/// `gamma` and `beta`, as far as there are, with the last axes of the values.
struct Affine {
    scale: Option<Tensor>,
    shift: Option<Tensor>,
}

impl Affine {
    fn new(layer: &Layer, device: &Device) -> Result<Self> {
        let weight = |name| {
            layer
                .weight(name)
                .map(|weight| tensor(weight, device))
                .transpose()
        };
        Ok(Self {
            scale: weight("gamma")?,
            shift: weight("beta")?,
        })
    }

    /// Of values whose channels lie last.
    fn apply(&self, mut x: Tensor) -> Result<Tensor> {
        if let Some(scale) = &self.scale {
            x = x.broadcast_mul(scale)?;
        }
        if let Some(shift) = &self.shift {
            x = x.broadcast_add(shift)?;
        }
        Ok(x)
    }
}

/// Zero mean and unit variance along axes.
fn standardized(x: &Tensor, axes: &[usize], epsilon: f32) -> Result<Tensor> {
    let mean = |x: &Tensor| {
        let mut mean = x.clone();
        for &axis in axes {
            mean = mean.mean_keepdim(axis)?;
        }
        Ok::<_, candle_core::Error>(mean)
    };
    let centered = x.broadcast_sub(&mean(x)?)?;
    let variance = mean(&centered.sqr()?)?;
    centered.broadcast_div(&variance.affine(1.0, epsilon.into())?.sqrt()?)
}

pub(super) struct LayerNormalization {
    /// Of a tensor with the channels last.
    axes: Vec<usize>,
    epsilon: f32,
    affine: Affine,
    layout: Layout,
}

impl LayerNormalization {
    pub fn new(
        operator: &operators::LayerNormalization,
        layer: &Layer,
        device: &Device,
    ) -> Result<Self> {
        let axes = operator
            .axes_of(&layer.shape)
            .map_err(candle_core::Error::Msg)?;
        // Weights lie along the axes and are repeated along the others.
        let rank = layer.shape.dimensions().len();
        let extents: Vec<usize> = (0..rank)
            .map(|axis| {
                if axes.contains(&axis) {
                    layer.shape.dimensions()[axis]
                } else {
                    1
                }
            })
            .collect();
        let affine = Affine::new(layer, device)?;
        let spread = |x: Option<Tensor>| x.map(|x| x.reshape(extents.clone())).transpose();
        Ok(Self {
            axes: axes.into_iter().map(|axis| axis + 1).collect(),
            epsilon: operator.epsilon,
            affine: Affine {
                scale: spread(affine.scale)?,
                shift: spread(affine.shift)?,
            },
            layout: Layout::of(&layer.shape),
        })
    }
}

impl Kernel for LayerNormalization {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = self.layout.to_channels_last(only(inputs)?)?;
        let normalized = self
            .affine
            .apply(standardized(&x, &self.axes, self.epsilon)?)?;
        self.layout.from_channels_last(&normalized)
    }
}

pub(super) struct GroupNormalization {
    groups: usize,
    epsilon: f32,
    affine: Affine,
    layout: Layout,
}

impl GroupNormalization {
    pub fn new(
        operator: &operators::GroupNormalization,
        layer: &Layer,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            groups: operator.groups,
            epsilon: operator.epsilon,
            affine: Affine::new(layer, device)?,
            layout: Layout::of(&layer.shape),
        })
    }
}

impl Kernel for GroupNormalization {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = self.layout.to_channels_last(only(inputs)?)?;
        let (samples, channels) = (x.dim(0)?, x.dim(x.rank() - 1)?);
        let width = channels / self.groups;
        let grouped = x.reshape((samples, (), self.groups, width))?;
        // Positions beside the channels of a group, so that both are one axis.
        let turned = grouped.transpose(1, 2)?.contiguous()?;
        let flat = standardized(
            &turned.reshape((samples, self.groups, ()))?,
            &[2],
            self.epsilon,
        )?;
        let back = flat
            .reshape(turned.shape())?
            .transpose(1, 2)?
            .contiguous()?;
        let normalized = self.affine.apply(back.reshape(x.shape())?)?;
        self.layout.from_channels_last(&normalized)
    }
}
