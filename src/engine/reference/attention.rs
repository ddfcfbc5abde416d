//! Multi-head attention, step by step.

use candle_core::{Device, Result, Tensor};

use super::Kernel;
use super::convolution::{tensor, weight};
use crate::model::{Layer, operators};

/// `x · kernel + bias` for each head.
struct Projection {
    /// `channels × (heads · size)`
    kernel: Tensor,
    bias: Option<Tensor>,
}

impl Projection {
    /// The first `read` axes of the kernel are read, the others written.
    fn new(layer: &Layer, name: &str, read: usize, device: &Device) -> Result<Self> {
        let kernel = tensor(weight(layer, &format!("{name}_kernel"))?, device)?;
        let rows: usize = kernel.dims()[..read].iter().product();
        let bias = layer.weight(&format!("{name}_bias"));
        Ok(Self {
            kernel: kernel.reshape((rows, ()))?,
            bias: bias
                .map(|bias| tensor(bias, device)?.flatten_all())
                .transpose()?,
        })
    }

    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let (samples, steps, channels) = x.dims3()?;
        let flat = x
            .contiguous()?
            .reshape((samples * steps, channels))?
            .matmul(&self.kernel)?;
        let flat = match &self.bias {
            Some(bias) => flat.broadcast_add(bias)?,
            None => flat,
        };
        flat.reshape((samples, steps, ()))
    }
}

pub(super) struct MultiHeadAttention {
    heads: usize,
    query: Projection,
    key: Projection,
    value: Projection,
    output: Projection,
    scale: f64,
}

impl MultiHeadAttention {
    pub fn new(
        operator: &operators::MultiHeadAttention,
        layer: &Layer,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            heads: operator.heads,
            query: Projection::new(layer, "query", 1, device)?,
            key: Projection::new(layer, "key", 1, device)?,
            value: Projection::new(layer, "value", 1, device)?,
            output: Projection::new(layer, "attention_output", 2, device)?,
            scale: 1.0 / (operator.key_size as f64).sqrt(),
        })
    }

    /// `samples × heads × steps × size`
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (samples, steps, _) = x.dims3()?;
        x.reshape((samples, steps, self.heads, ()))?
            .transpose(1, 2)?
            .contiguous()
    }
}

impl Kernel for MultiHeadAttention {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let [query, value, key] = match inputs {
            [query] => [query, query, query],
            [query, value] => [query, value, value],
            [query, value, key] => [query, value, key],
            _ => candle_core::bail!("{} inputs where there should be 1 to 3", inputs.len()),
        };
        let queries = self
            .split(&self.query.apply(query)?)?
            .affine(self.scale, 0.0)?;
        let keys = self.split(&self.key.apply(key)?)?;
        let values = self.split(&self.value.apply(value)?)?;
        let scores = queries.matmul(&keys.transpose(2, 3)?.contiguous()?)?;
        let shares = candle_nn::ops::softmax(&scores, 3)?;
        let mixed = shares.matmul(&values)?.transpose(1, 2)?.contiguous()?;
        let (samples, steps, _, _) = mixed.dims4()?;
        self.output.apply(&mixed.reshape((samples, steps, ()))?)
    }
}
