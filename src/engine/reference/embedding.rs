//! Rows of a table for numbers. One without a row is no number (NaN) in all its places, as in Keras on JAX.

use candle_core::{Device, Result, Tensor};

use super::convolution::{tensor, weight};
use super::layout::Layout;
use super::{Kernel, only};
use crate::model::{Layer, Shape};

pub(super) struct Embedding {
    /// `rows × width`, and a row of NaN behind them.
    rows: Tensor,
    reads: Layout,
    writes: Layout,
}

impl Embedding {
    pub fn new(layer: &Layer, input: &Shape, device: &Device) -> Result<Self> {
        let rows = tensor(weight(layer, "embeddings")?, device)?;
        let none = Tensor::full(f32::NAN, (1, rows.dim(1)?), device)?;
        Ok(Self {
            rows: Tensor::cat(&[rows, none], 0)?,
            reads: Layout::of(input),
            writes: Layout::of(&layer.shape),
        })
    }
}

impl Kernel for Embedding {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let (rows, width) = self.rows.dims2()?;
        let last = rows.saturating_sub(1) as u32;
        let x = self.reads.to_channels_last(only(inputs)?)?;
        let numbers = x.flatten_all()?.to_vec1::<f32>()?;
        let place = |number: &f32| match number.trunc() {
            row if row >= 0.0 && row < last as f32 => row as u32,
            _ => last,
        };
        let places: Vec<u32> = numbers.iter().map(place).collect();
        let places = Tensor::new(places, self.rows.device())?;
        let mut dimensions = x.dims().to_vec();
        dimensions.push(width);
        let output = self.rows.index_select(&places, 0)?.reshape(dimensions)?;
        self.writes.from_channels_last(&output)
    }
}
