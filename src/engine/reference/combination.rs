//! Operators with several inputs: value by value, and side by side.

use candle_core::{Result, Tensor};

use super::Kernel;
use super::layout::Layout;
use crate::model::operators::{self, CombinationKind};
use crate::model::{Layer, Shape};

/// Inputs brought to the shape of the output.
pub(super) struct Fitting {
    /// Shapes of the inputs.
    inputs: Vec<Shape>,
    output: Shape,
}

impl Fitting {
    pub fn new(layer: &Layer, inputs: &[&Shape]) -> Self {
        Self {
            inputs: inputs.iter().copied().cloned().collect(),
            output: layer.shape.clone(),
        }
    }

    /// All inputs, in their order.
    pub fn all(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        let shapes = inputs.iter().zip(&self.inputs);
        shapes.map(|(x, shape)| self.fitted(x, shape)).collect()
    }

    /// An input with as many axes as the output, in the output's order, its extents of 1 repeated.
    fn fitted(&self, x: &Tensor, shape: &Shape) -> Result<Tensor> {
        if *shape == self.output {
            return Ok(x.clone());
        }
        let rank = self.output.dimensions().len();
        let missing = rank.saturating_sub(shape.dimensions().len());
        let mut dimensions = vec![x.dim(0)?];
        dimensions.extend(std::iter::repeat_n(1, missing));
        dimensions.extend(shape.dimensions());
        let x = Layout::of(shape).to_channels_last(x)?.reshape(dimensions)?;
        let mut whole = vec![x.dim(0)?];
        whole.extend(self.output.dimensions());
        Layout::of(&self.output).from_channels_last(&x.broadcast_as(whole)?.contiguous()?)
    }
}

pub(super) struct Combination {
    kind: CombinationKind,
    fitting: Fitting,
}

impl Combination {
    pub fn new(operator: &operators::Combination, layer: &Layer, inputs: &[&Shape]) -> Self {
        Self {
            kind: operator.kind,
            fitting: Fitting::new(layer, inputs),
        }
    }

    fn combine(&self, one: &Tensor, other: &Tensor) -> Result<Tensor> {
        match self.kind {
            CombinationKind::Add | CombinationKind::Average => one + other,
            CombinationKind::Subtract => one - other,
            CombinationKind::Multiply => one * other,
            CombinationKind::Divide => one / other,
            CombinationKind::Maximum => one.maximum(other),
            CombinationKind::Minimum => one.minimum(other),
        }
    }
}

impl Kernel for Combination {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let mut combined: Option<Tensor> = None;
        for x in self.fitting.all(inputs)? {
            combined = Some(match combined {
                Some(combined) => self.combine(&combined, &x)?,
                None => x,
            });
        }
        let combined =
            combined.ok_or_else(|| candle_core::Error::Msg("nothing to combine".into()))?;
        match self.kind {
            CombinationKind::Average => combined.affine(1.0 / inputs.len() as f64, 0.0),
            _ => Ok(combined),
        }
    }
}

pub(super) struct Concatenation {
    /// Of a tensor in memory.
    axis: usize,
}

impl Concatenation {
    pub fn new(operator: &operators::Concatenation, layer: &Layer) -> Result<Self> {
        let axis = operator
            .axis_of(&layer.shape)
            .map_err(candle_core::Error::Msg)?;
        Ok(Self {
            axis: Layout::of(&layer.shape).axis(axis),
        })
    }
}

impl Kernel for Concatenation {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        Tensor::cat(inputs, self.axis)?.contiguous()
    }
}
