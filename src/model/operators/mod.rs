//! Operators: what a layer does, as data. One file each; a new one is a file here, a line in
//! `operators!` below, a line in the importer's table and one in the engine's.

mod activation;
mod arithmetic;
mod attention;
mod batch_normalization;
mod combination;
mod comparison;
mod concatenation;
mod convolution;
mod cropping;
mod dense;
mod depthwise_convolution;
mod embedding;
mod function;
mod identity;
mod input;
mod layer_normalization;
mod local_response_normalization;
mod matrix_product;
mod normalization;
mod pad;
mod parameter;
mod parametric_relu;
mod pooling;
mod reduction;
mod rescaling;
mod reshape;
mod resize;
mod selection;
mod separable_convolution;
mod transpose;
mod transposed_convolution;
mod uncommon;
mod zero_padding;

pub use activation::{Activation, ActivationLayer};
pub use arithmetic::{Arithmetic, ArithmeticKind, Constant};
pub use attention::MultiHeadAttention;
pub use batch_normalization::BatchNormalization;
pub use combination::{Combination, CombinationKind};
pub use comparison::{Choice, Comparison, ComparisonKind};
pub use concatenation::Concatenation;
pub use convolution::Convolution;
pub use cropping::Cropping;
pub use dense::Dense;
pub use depthwise_convolution::DepthwiseConvolution;
pub use embedding::Embedding;
pub use function::Function;
pub use identity::Identity;
pub use input::Input;
pub use layer_normalization::{GroupNormalization, LayerNormalization};
pub use local_response_normalization::LocalResponseNormalization;
pub use matrix_product::MatrixProduct;
pub use normalization::{ChannelScale, Normalization, UnitNormalization};
pub use pad::{Pad, PadKind};
pub use parameter::Parameter;
pub use parametric_relu::ParametricRelu;
pub use pooling::{GlobalPooling, Pooling, PoolingKind};
pub use reduction::{Reduction, ReductionKind};
pub use rescaling::Rescaling;
pub use reshape::Reshape;
pub use resize::{Coordinates, Cubic, Interpolation, Resize, Rounding, Scale, Taps};
pub use selection::{Kept, Selection};
pub use separable_convolution::SeparableConvolution;
pub use transpose::Transpose;
pub use transposed_convolution::{Span, TransposedConvolution};
pub use uncommon::Uncommon;
pub use zero_padding::ZeroPadding;

use super::window::{Margins, Padding, Window};
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

/// The one shape that an operator with a single input reads.
fn only_input<'a>(inputs: &[&'a Shape]) -> Result<&'a Shape, Misfit> {
    match inputs {
        [input] => Ok(input),
        _ => Err(format!("reads {} layers, but takes 1", inputs.len())),
    }
}

/// `(height, width, channels)` of the only input, which must be an image.
fn only_image(inputs: &[&Shape]) -> Result<(usize, usize, usize), Misfit> {
    let input = only_input(inputs)?;
    input
        .as_image()
        .ok_or_else(|| format!("takes height × width × channels, but reads {input}"))
}

/// Channels of the first input, for descriptions and weights: 0 where there is none.
fn input_channels(inputs: &[&Shape]) -> usize {
    inputs.first().map_or(0, |input| input.channels())
}

/// `3×3`, vertical extent first.
fn size_in_words((vertical, horizontal): (usize, usize)) -> String {
    format!("{vertical}×{horizontal}")
}

/// `1`, or `2×1` where both axes differ.
fn step_in_words((vertical, horizontal): (usize, usize)) -> String {
    if vertical == horizontal {
        vertical.to_string()
    } else {
        size_in_words((vertical, horizontal))
    }
}

/// `stride 1, no padding`, with the dilation where there is one.
fn window_in_words(window: &Window) -> String {
    let mut words = format!("stride {}", step_in_words(window.stride));
    if window.dilation != (1, 1) {
        words += &format!(", dilation {}", step_in_words(window.dilation));
    }
    words + &padding_in_words(window.padding)
}

/// `, no padding`, `, padding 1`, `, padding 0 above, 1 below, 0 left, 1 right`.
fn padding_in_words(padding: Padding) -> String {
    match padding {
        Padding::Valid => ", no padding".into(),
        Padding::Same => ", same padding".into(),
        Padding::Explicit { margins, .. } => match margins {
            Margins::NONE => ", no padding".into(),
            Margins {
                top,
                bottom,
                left,
                right,
            } if top == bottom && left == right => {
                format!(", padding {}", step_in_words((top, left)))
            }
            Margins {
                top,
                bottom,
                left,
                right,
            } => {
                format!(", padding {top} above, {bottom} below, {left} left, {right} right")
            }
        },
    }
}

/// An axis as frameworks count it, the batch axis being 0 and −1 the last, as an axis of the sample.
fn sample_axis(axis: i64, shape: &Shape) -> Result<usize, Misfit> {
    let rank = shape.dimensions().len();
    let counted = if axis < 0 {
        axis.checked_add(rank as i64)
    } else {
        axis.checked_sub(1)
    };
    counted
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < rank)
        .ok_or_else(|| format!("works along axis {axis}, but reads {shape}, whose axes are 1 to {rank} behind the batch axis"))
}

/// What follows the numbers of a layer with weights: a missing bias, an activation.
fn ending_in_words(bias: bool, activation: Activation) -> String {
    let mut words = String::new();
    if !bias {
        words += ", no bias";
    }
    if activation != Activation::Linear {
        words += &format!(", {}", activation.label());
    }
    words
}

/// Shape of an image under a sliding window.
fn slide(
    window: &Window,
    (height, width): (usize, usize),
    channels: usize,
) -> Result<Shape, Misfit> {
    let (vertical, horizontal) = window.extents(height, width).ok_or_else(|| {
        format!(
            "slides a window of {}{} over {height}×{width} pixels, where it does not fit",
            size_in_words(window.size),
            if window.dilation == (1, 1) {
                String::new()
            } else {
                format!(" (dilation {})", step_in_words(window.dilation))
            }
        )
    })?;
    Ok(Shape::image(vertical.output, horizontal.output, channels))
}

/// Product of factors, for counts of operations; the largest number where it would overflow.
fn product(factors: &[usize]) -> u64 {
    factors.iter().fold(1, |product: u64, &factor| {
        product.saturating_mul(factor as u64)
    })
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
    Transpose,
    Identity,
    Dense,
    Combination,
    Comparison,
    Choice,
    Concatenation,
    Arithmetic,
    Function,
    MatrixProduct,
    Selection,
    Pad,
    Reduction,
    LocalResponseNormalization,
    Parameter,
    LayerNormalization,
    GroupNormalization,
    ParametricRelu,
    Normalization,
    UnitNormalization,
    ChannelScale,
    Embedding,
    Cropping,
    Resize,
    TransposedConvolution,
    MultiHeadAttention,
}
