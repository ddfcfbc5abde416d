//! Depthwise and separable convolutions. candle would compute each channel as a convolution of its
//! own; a sum over the taps of the kernel is plainer and faster.

use candle_core::{Device, Result, Tensor};

use super::convolution::{add_bias, bias, extents, seen_by_tap, tensor, weight};
use super::geometry::pad;
use super::{Kernel, only};
use crate::model::{Extent, Layer, Shape, Window, operators};

/// The depthwise part: output channel `c · multiplier + m`.
struct Taps {
    window: Window,
    extents: (Extent, Extent),
    /// For each row and column of the kernel `1 × channels × multiplier × 1 × 1`.
    taps: Vec<Tensor>,
}

impl Taps {
    fn new(window: &Window, layer: &Layer, input: &Shape, device: &Device) -> Result<Self> {
        let kernel = weight(layer, "depthwise_kernel")?;
        let &[height, width, channels, multiplier] = kernel.shape.as_slice() else {
            candle_core::bail!("a kernel of shape {:?}", kernel.shape)
        };
        let kernel =
            tensor(kernel, device)?.reshape((height * width, 1, channels, multiplier, 1, 1))?;
        let taps = (0..height * width)
            .map(|tap| kernel.get(tap))
            .collect::<Result<_>>()?;
        Ok(Self {
            window: *window,
            extents: extents(window, input)?,
            taps,
        })
    }

    fn compute(&self, x: &Tensor) -> Result<Tensor> {
        let x = pad(x, self.extents, 0.0)?;
        let mut sum: Option<Tensor> = None;
        for (place, tap) in self.taps.iter().enumerate() {
            let place = (place / self.window.size.1, place % self.window.size.1);
            let term = seen_by_tap(&x, &self.window, self.extents, place)?
                .unsqueeze(2)?
                .broadcast_mul(tap)?;
            sum = Some(match sum {
                Some(sum) => (sum + term)?,
                None => term,
            });
        }
        // Channels and their multiples become one axis: c · multiplier + m.
        sum.ok_or_else(|| candle_core::Error::Msg("a kernel without values".into()))?
            .flatten(1, 2)
    }
}

pub(super) struct Depthwise {
    taps: Taps,
    bias: Option<Tensor>,
}

impl Depthwise {
    pub fn new(
        operator: &operators::DepthwiseConvolution,
        layer: &Layer,
        input: &Shape,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            taps: Taps::new(&operator.window, layer, input, device)?,
            bias: bias(layer, device)?,
        })
    }
}

impl Kernel for Depthwise {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        add_bias(self.taps.compute(only(inputs)?)?, self.bias.as_ref())
    }
}

pub(super) struct Separable {
    taps: Taps,
    /// `output channels × channels in between × 1 × 1`
    pointwise: Tensor,
    bias: Option<Tensor>,
}

impl Separable {
    pub fn new(
        operator: &operators::SeparableConvolution,
        layer: &Layer,
        input: &Shape,
        device: &Device,
    ) -> Result<Self> {
        let pointwise = tensor(weight(layer, "pointwise_kernel")?, device)?;
        Ok(Self {
            taps: Taps::new(&operator.window, layer, input, device)?,
            pointwise: pointwise.permute((3, 2, 0, 1))?.contiguous()?,
            bias: bias(layer, device)?,
        })
    }
}

impl Kernel for Separable {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let middle = self.taps.compute(only(inputs)?)?;
        add_bias(
            middle.conv2d(&self.pointwise, 0, 1, 1, 1)?,
            self.bias.as_ref(),
        )
    }
}
