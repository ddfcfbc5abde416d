//! Operators: what a layer does, as data. One file each; a new one is a file here, a line in
//! [`operators!`] below, a line in the importer's table and one in the engine's.

mod activation;
mod batch_normalization;
mod convolution;
mod dense;
mod depthwise_convolution;
mod identity;
mod input;
mod pooling;
mod rescaling;
mod reshape;
mod separable_convolution;
mod zero_padding;

pub use activation::{Activation, ActivationLayer};
pub use batch_normalization::BatchNormalization;
pub use convolution::Convolution;
pub use dense::Dense;
pub use depthwise_convolution::DepthwiseConvolution;
pub use identity::Identity;
pub use input::Input;
pub use pooling::{GlobalPooling, Pooling, PoolingKind};
pub use rescaling::Rescaling;
pub use reshape::Reshape;
pub use separable_convolution::SeparableConvolution;
pub use zero_padding::ZeroPadding;

use super::window::Window;
use super::{Shape, WeightSpec};

/// Why an operator cannot take its inputs, as the end of a sentence: `reads 2 layers, but takes 1`.
pub type Misfit = String;

/// What every operator can say about itself. Nothing here computes values.
pub trait Rule {
    /// The field's name of the kind, as tables show it: `Convolution`, `Max pooling`, `Dense`.
    fn kind(&self) -> &'static str;

    /// One sentence part with everything that was configured, made from the numbers and never from
    /// habit: `Convolution 3×3, 3 → 32 channels, stride 1, no padding, ReLU`.
    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String;

    /// Shape of the output for inputs of these shapes.
    ///
    /// # Errors
    /// The reason why the inputs do not fit.
    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit>;

    /// The weights it needs for inputs of these shapes.
    fn weights(&self, _inputs: &[&Shape]) -> Vec<WeightSpec> {
        Vec::new()
    }

    /// Multiplications with additions for one sample; 0 for operators that only move or compare values.
    fn multiply_adds(&self, _inputs: &[&Shape], _output: &Shape) -> u64 {
        0
    }

    /// How an output position sees its input, for receptive fields. `None`: position for position.
    fn window(&self) -> Option<Window> {
        None
    }

    /// True where the output has the input's values (flatten, dropout outside of training).
    fn is_identity(&self) -> bool {
        false
    }

    /// The activation applied to its values at the end, [`Activation::Linear`] for none.
    fn activation(&self) -> Activation {
        Activation::Linear
    }
}

/// Declares [`Operator`] with one variant a type, and the way to its [`Rule`].
macro_rules! operators {
    ($($name:ident),+ $(,)?) => {
        /// What a layer does.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Operator { $($name($name)),+ }

        impl Operator {
            /// What it can say about itself.
            pub fn rule(&self) -> &dyn Rule {
                match self { $(Self::$name(operator) => operator),+ }
            }
        }

        $(impl From<$name> for Operator {
            fn from(operator: $name) -> Self { Self::$name(operator) }
        })+
    };
}

operators! {
    Input,
    Convolution,
    DepthwiseConvolution,
    SeparableConvolution,
    Pooling,
    GlobalPooling,
    BatchNormalization,
    ActivationLayer,
    ZeroPadding,
    Rescaling,
    Reshape,
    Identity,
    Dense,
}
