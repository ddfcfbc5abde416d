//! [`SingleLayer`]: one layer of a network by itself, for back ends that do not compute it on their own.

use candle_core::{Device, Result, Tensor};

use super::layout::{Layout, to_values};
use super::{Kernel, kernel};
use crate::model::{LayerId, Network, Shape};

/// A layer whose weights are candle tensors; values come and go channels last.
pub(crate) struct SingleLayer {
    kernel: Box<dyn Kernel>,
    inputs: Vec<Shape>,
    output: Shape,
}

impl SingleLayer {
    /// # Errors
    /// Where candle does not take the layer's weights.
    pub fn new(network: &Network, id: LayerId) -> Result<Self> {
        let layer = network.layer(id);
        let inputs = network.input_shapes(id);
        Ok(Self {
            kernel: kernel(layer, &inputs, &Device::Cpu)?,
            inputs: inputs.into_iter().cloned().collect(),
            output: layer.shape.clone(),
        })
    }

    /// The layer's output before its activation, for `samples` samples.
    ///
    /// # Errors
    /// Where candle does not compute the layer.
    pub fn compute(&self, inputs: &[&[f32]], samples: usize) -> Result<Vec<f32>> {
        let tensors = self.inputs.iter().zip(inputs).map(|(shape, values)| {
            let mut dimensions = vec![samples];
            dimensions.extend(shape.dimensions());
            Layout::of(shape).from_channels_last(&Tensor::from_slice(
                values,
                dimensions,
                &Device::Cpu,
            )?)
        });
        let output = self.kernel.compute(&tensors.collect::<Result<Vec<_>>>()?)?;
        to_values(&output, &self.output)
    }
}
