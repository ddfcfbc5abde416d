//! Some entries of an axis, entries added around it, and values that no image has a part in.

use candle_core::{Device, Result, Tensor};

use super::convolution::{tensor, weight};
use super::layout::Layout;
use super::{Kernel, only};
use crate::model::operators::{self, Kept, PadKind};
use crate::model::{Layer, Shape};

/// Entries of axes, taken one axis after the other, channels last.
struct Places {
    input: Layout,
    output: Layout,
    /// Axis in a batch, and the entries that are kept.
    axes: Vec<(usize, Tensor)>,
}

impl Places {
    fn take(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = self.input.to_channels_last(x)?;
        for (axis, places) in &self.axes {
            x = x.contiguous()?.index_select(places, *axis)?;
        }
        self.output.from_channels_last(&x)
    }
}

pub(super) struct Selection(Places);

impl Selection {
    pub fn new(
        operator: &operators::Selection,
        input: &Shape,
        output: &Shape,
        device: &Device,
    ) -> Result<Self> {
        let places: Vec<u32> = match &operator.kept {
            Kept::Range {
                start,
                length,
                step,
            } => (0..*length).map(|at| (start + at * step) as u32).collect(),
            Kept::Places(places) => places.iter().map(|&place| place as u32).collect(),
        };
        Ok(Self(Places {
            input: Layout::of(input),
            output: Layout::of(output),
            axes: vec![(operator.axis + 1, Tensor::new(places, device)?)],
        }))
    }
}

impl Kernel for Selection {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        self.0.take(only(inputs)?)
    }
}

pub(super) struct Pad {
    places: Places,
    /// Where a number is added: `(value, 1 inside and 0 where it is)`.
    outside: Option<(f32, Tensor)>,
}

impl Pad {
    pub fn new(
        operator: &operators::Pad,
        input: &Shape,
        output: &Shape,
        device: &Device,
    ) -> Result<Self> {
        let mut axes = Vec::new();
        let mut inside = Tensor::ones(output.dimensions(), candle_core::DType::F32, device)?;
        for (axis, &margins) in operator.margins.iter().enumerate() {
            if margins == (0, 0) {
                continue;
            }
            let extent = input.dimensions()[axis];
            let sources = sources(operator.kind, extent, margins);
            let mask: Vec<f32> = sources
                .iter()
                .map(|source| f32::from(source.is_some()))
                .collect();
            let places: Vec<u32> = sources
                .iter()
                .map(|source| source.unwrap_or(0) as u32)
                .collect();
            let mut shape = vec![1; output.dimensions().len()];
            shape[axis] = mask.len();
            inside = inside.broadcast_mul(&Tensor::from_vec(mask, shape, device)?)?;
            axes.push((axis + 1, Tensor::new(places, device)?));
        }
        let outside = match operator.kind {
            PadKind::Constant(value) => Some((
                value,
                Layout::of(output).from_channels_last(&inside.unsqueeze(0)?)?,
            )),
            _ => None,
        };
        Ok(Self {
            places: Places {
                input: Layout::of(input),
                output: Layout::of(output),
                axes,
            },
            outside,
        })
    }
}

/// For each place of a padded axis the entry that stands there, if one does.
fn sources(kind: PadKind, extent: usize, (before, after): (usize, usize)) -> Vec<Option<usize>> {
    let (extent, before, after) = (extent as i64, before as i64, after as i64);
    (-before..extent + after)
        .map(|place| {
            let source = match kind {
                PadKind::Constant(_) if !(0..extent).contains(&place) => return None,
                PadKind::Constant(_) => place,
                PadKind::Edge => place.clamp(0, extent - 1),
                PadKind::Wrap => place.rem_euclid(extent),
                PadKind::Reflect if place < 0 => -place,
                PadKind::Reflect if place >= extent => 2 * (extent - 1) - place,
                PadKind::Reflect => place,
            };
            usize::try_from(source).ok()
        })
        .collect()
}

impl Kernel for Pad {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = self.places.take(only(inputs)?)?;
        let Some((value, inside)) = &self.outside else {
            return Ok(x);
        };
        let inside = inside.gt(0f32)?.broadcast_as(x.shape())?;
        inside.where_cond(&x, &x.ones_like()?.affine((*value).into(), 0.0)?)
    }
}

pub(super) struct Parameter {
    /// For one sample, in memory order.
    values: Tensor,
}

impl Parameter {
    pub fn new(layer: &Layer, device: &Device) -> Result<Self> {
        let values = tensor(weight(layer, "values")?, device)?.unsqueeze(0)?;
        Ok(Self {
            values: Layout::of(&layer.shape).from_channels_last(&values)?,
        })
    }
}

impl Kernel for Parameter {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let mut dimensions = self.values.dims().to_vec();
        dimensions[0] = only(inputs)?.dim(0)?;
        self.values.broadcast_as(dimensions)?.contiguous()
    }
}
