//! [`Weight`]: one tensor of a trained layer.

use std::sync::Arc;

/// A named tensor of a layer, in the order in which the framework stores it:
/// kernels of convolutions are `[kernel height, kernel width, input channels, output channels]` (HWIO),
/// kernels of dense layers `[input units, output units]`, everything else one value a channel.
#[derive(Clone, Debug)]
pub struct Weight {
    /// The framework's name without layer and `:0`: `kernel`, `bias`, `gamma`, `moving_mean`, …
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Arc<[f32]>,
    /// Whether training changes it: false for the moving statistics of a batch normalisation.
    pub trainable: bool,
}

impl Weight {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// What an operator needs: the weight's name, the shape it must have, whether training changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightSpec {
    pub name: &'static str,
    pub shape: Vec<usize>,
    pub trainable: bool,
}

impl WeightSpec {
    /// A weight that training changes.
    pub fn trained(name: &'static str, shape: Vec<usize>) -> Self {
        Self {
            name,
            shape,
            trainable: true,
        }
    }
}
