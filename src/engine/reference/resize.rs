//! Images scaled and cropped.

use candle_core::{Device, Result, Tensor};

use super::geometry::{HORIZONTAL, VERTICAL};
use super::{Kernel, only};
use crate::model::operators::{self, Interpolation};
use crate::model::{Margins, Shape};

/// For each position of an axis, where it reads.
struct Axis {
    axis: usize,
    first: Tensor,
    /// The position behind and its share, shaped for broadcasting; where values lie between two.
    between: Option<(Tensor, Tensor)>,
}

impl Axis {
    fn new(
        axis: usize,
        (input, output): (usize, usize),
        interpolation: Interpolation,
        device: &Device,
    ) -> Result<Self> {
        let ratio = input as f64 / output as f64;
        let centre = |place: usize| (place as f64 + 0.5) * ratio;
        if interpolation == Interpolation::Nearest {
            let places: Vec<u32> = (0..output)
                .map(|place| (centre(place) as usize).min(input - 1) as u32)
                .collect();
            return Ok(Self {
                axis,
                first: Tensor::new(places, device)?,
                between: None,
            });
        }
        let at: Vec<f64> = (0..output)
            .map(|place| (centre(place) - 0.5).clamp(0.0, (input - 1) as f64))
            .collect();
        let first: Vec<u32> = at.iter().map(|at| at.floor() as u32).collect();
        let second: Vec<u32> = first
            .iter()
            .map(|&first| (first + 1).min(input as u32 - 1))
            .collect();
        let shares: Vec<f32> = at.iter().map(|at| (at - at.floor()) as f32).collect();
        let mut dimensions = [1; 4];
        dimensions[axis] = output;
        Ok(Self {
            axis,
            first: Tensor::new(first, device)?,
            between: Some((
                Tensor::new(second, device)?,
                Tensor::new(shares, device)?.reshape(&dimensions)?,
            )),
        })
    }

    fn sample(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.contiguous()?;
        let first = x.index_select(&self.first, self.axis)?;
        let Some((second, share)) = &self.between else {
            return Ok(first);
        };
        let step = (x.index_select(second, self.axis)? - &first)?;
        first + step.broadcast_mul(share)?
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
        let how = operator.interpolation;
        Ok(Self {
            vertical: Axis::new(VERTICAL, (from.0, to.0), how, device)?,
            horizontal: Axis::new(HORIZONTAL, (from.1, to.1), how, device)?,
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
