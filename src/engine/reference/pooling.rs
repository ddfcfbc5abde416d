//! Pooling over windows and over whole images.

use candle_core::{Device, Result, Tensor};

use super::convolution::{extents, seen_by_tap};
use super::geometry::pad;
use super::{Kernel, only};
use crate::model::operators::{self, PoolingKind};
use crate::model::{Extent, Padding, Shape, Window};

pub(super) struct Pooling {
    kind: PoolingKind,
    window: Window,
    extents: (Extent, Extent),
    /// For averages over padded windows: at each position the share of the window that counts.
    counted: Option<Tensor>,
}

impl Pooling {
    pub fn new(operator: &operators::Pooling, input: &Shape, device: &Device) -> Result<Self> {
        let window = operator.window;
        let extents = extents(&window, input)?;
        let pooling = Self {
            kind: operator.kind,
            window,
            extents,
            counted: None,
        };
        let padded = [extents.0, extents.1]
            .iter()
            .any(|extent| extent.before + extent.after > 0);
        let counted = match (operator.kind, input.as_image()) {
            (PoolingKind::Max, _) | (_, None) => None,
            (_, Some((height, width, _))) if padded => {
                let inside = Tensor::ones((1, 1, height, width), candle_core::DType::F32, device)?;
                Some(pooling.mean_with_padding(&pooling.counts(&inside)?)?)
            }
            _ => None,
        };
        Ok(Self { counted, ..pooling })
    }

    /// 1 where a value counts in a mean, for a padded input; `inside` are ones for the input itself.
    fn counts(&self, inside: &Tensor) -> Result<Tensor> {
        let (
            PoolingKind::AverageWithPadding,
            Padding::Explicit {
                margins,
                ceil: true,
            },
        ) = (self.kind, self.window.padding)
        else {
            let value = f32::from(self.kind == PoolingKind::AverageWithPadding);
            return pad(inside, self.extents, value);
        };
        // What lies behind the padding, where the output is rounded up, never counts.
        let (vertical, horizontal) = self.extents;
        let own = |extent: Extent, after: usize| Extent { after, ..extent };
        let rest = |extent: Extent, after: usize| Extent {
            before: 0,
            after: extent.after - after,
            ..extent
        };
        let padding = pad(
            inside,
            (
                own(vertical, margins.bottom),
                own(horizontal, margins.right),
            ),
            1.0,
        )?;
        pad(
            &padding,
            (
                rest(vertical, margins.bottom),
                rest(horizontal, margins.right),
            ),
            0.0,
        )
    }

    /// The mean over all taps of a window on a padded input.
    fn mean_with_padding(&self, padded: &Tensor) -> Result<Tensor> {
        if self.window.dilation == (1, 1) {
            return padded.avg_pool2d_with_stride(self.window.size, self.window.stride);
        }
        let taps = (self.window.size.0 * self.window.size.1) as f64;
        self.over_taps(padded, |sum, tap| sum + tap)?
            .affine(1.0 / taps, 0.0)
    }

    fn maximum(&self, padded: &Tensor) -> Result<Tensor> {
        if self.window.dilation == (1, 1) {
            return padded.max_pool2d_with_stride(self.window.size, self.window.stride);
        }
        self.over_taps(padded, |largest, tap| largest.maximum(&tap))
    }

    /// Folds what the taps of a window see, tap after tap.
    fn over_taps(
        &self,
        padded: &Tensor,
        fold: impl Fn(Tensor, Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let (rows, columns) = self.window.size;
        let mut folded: Option<Tensor> = None;
        for tap in 0..rows * columns {
            let place = (tap / columns, tap % columns);
            let seen = seen_by_tap(padded, &self.window, self.extents, place)?;
            folded = Some(match folded {
                Some(folded) => fold(folded, seen)?,
                None => seen,
            });
        }
        folded.ok_or_else(|| candle_core::Error::Msg("a window without positions".into()))
    }
}

impl Kernel for Pooling {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = only(inputs)?;
        if self.kind == PoolingKind::Max {
            return self.maximum(&pad(x, self.extents, f32::NEG_INFINITY)?);
        }
        // The mean of all taps; dividing by the share that counts takes out what does not.
        let mean = self.mean_with_padding(&pad(x, self.extents, 0.0)?)?;
        match &self.counted {
            Some(counted) => mean.broadcast_div(counted),
            None => Ok(mean),
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
            PoolingKind::Average | PoolingKind::AverageWithPadding => positions.mean(2)?,
        };
        if self.0.keep_dimensions {
            pooled.unsqueeze(2)?.unsqueeze(3)
        } else {
            Ok(pooled)
        }
    }
}
