//! Images scaled and cropped.

use candle_core::{Device, Result, Tensor};

use super::geometry::{HORIZONTAL, VERTICAL};
use super::{Kernel, only};
use crate::model::operators::{self, Taps};
use crate::model::{Margins, Shape};

/// The values along one axis from those of the input, one term for every tap that an output position has at most.
struct Axis {
    axis: usize,
    /// For each term the positions that are read, and their weights, shaped for broadcasting; `None` where all are 1.
    terms: Vec<(Tensor, Option<Tensor>)>,
}

impl Axis {
    fn new(axis: usize, taps: &[Taps], device: &Device) -> Result<Self> {
        let most = taps.iter().map(Vec::len).max().unwrap_or(0);
        let mut dimensions = [1; 4];
        dimensions[axis] = taps.len();
        let terms = (0..most).map(|term| {
            // Where a position has fewer taps, it reads one again, for nothing.
            let (places, weights): (Vec<u32>, Vec<f32>) = taps
                .iter()
                .map(|taps| match (taps.get(term), taps.first()) {
                    (Some(&(place, weight)), _) => (place as u32, weight),
                    (None, Some(&(place, _))) => (place as u32, 0.0),
                    (None, None) => (0, 0.0),
                })
                .unzip();
            let plain = weights.iter().all(|weight| *weight == 1.0);
            let weights = (!plain)
                .then(|| Tensor::new(weights, device)?.reshape(&dimensions))
                .transpose()?;
            Ok((Tensor::new(places, device)?, weights))
        });
        Ok(Self {
            axis,
            terms: terms.collect::<Result<_>>()?,
        })
    }

    fn sample(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.contiguous()?;
        let mut sum: Option<Tensor> = None;
        for (places, weights) in &self.terms {
            let mut term = x.index_select(places, self.axis)?;
            if let Some(weights) = weights {
                term = term.broadcast_mul(weights)?;
            }
            sum = Some(match sum {
                Some(sum) => (sum + term)?,
                None => term,
            });
        }
        match sum {
            Some(sum) => Ok(sum),
            None => candle_core::bail!("nothing to resize"),
        }
    }
}

pub(super) struct Resize {
    vertical: Axis,
    horizontal: Axis,
}

impl Resize {
    pub fn new(
        operator: &operators::Resize,
        input: &Shape,
        output: &Shape,
        device: &Device,
    ) -> Result<Self> {
        let (Some(from), Some(to)) = (input.as_image(), output.as_image()) else {
            candle_core::bail!("no image to resize")
        };
        let (rows, columns) = operator.taps((from.0, from.1), (to.0, to.1));
        Ok(Self {
            vertical: Axis::new(VERTICAL, &rows, device)?,
            horizontal: Axis::new(HORIZONTAL, &columns, device)?,
        })
    }
}

impl Kernel for Resize {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        self.horizontal
            .sample(&self.vertical.sample(only(inputs)?)?)
    }
}

pub(super) struct Cropping {
    margins: Margins,
    size: (usize, usize),
}

impl Cropping {
    pub fn new(operator: &operators::Cropping, input: &Shape, output: &Shape) -> Result<Self> {
        let margins = input
            .as_image()
            .and_then(|(height, width, _)| operator.margins(height, width));
        let (Some(margins), Some((height, width, _))) = (margins, output.as_image()) else {
            candle_core::bail!("no image to crop")
        };
        Ok(Self {
            margins,
            size: (height, width),
        })
    }
}

impl Kernel for Cropping {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        only(inputs)?
            .narrow(VERTICAL, self.margins.top, self.size.0)?
            .narrow(HORIZONTAL, self.margins.left, self.size.1)?
            .contiguous()
    }
}
