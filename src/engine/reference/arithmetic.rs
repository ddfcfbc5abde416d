//! Values combined with fixed numbers, and functions of single values.

use candle_core::{Device, Result, Tensor};

use super::activation::{above, below, clamp};
use super::convolution::{tensor, weight};
use super::layout::Layout;
use super::{Kernel, only};
use crate::model::operators::{self, ArithmeticKind, Constant};
use crate::model::{Layer, Shape};

pub(super) struct Arithmetic {
    operator: operators::Arithmetic,
    /// The numbers with an axis for the batch in front, channels last.
    constant: Tensor,
    input: Layout,
    output: Layout,
}

impl Arithmetic {
    pub fn new(
        operator: &operators::Arithmetic,
        layer: &Layer,
        input: &Shape,
        device: &Device,
    ) -> Result<Self> {
        let constant = match &operator.constant {
            Constant::Number(number) => Tensor::new(*number, device)?,
            Constant::Weight(_) => tensor(weight(layer, "constant")?, device)?.unsqueeze(0)?,
        };
        Ok(Self {
            operator: operator.clone(),
            constant,
            input: Layout::of(input),
            output: Layout::of(&layer.shape),
        })
    }
}

impl Kernel for Arithmetic {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = self.input.to_channels_last(only(inputs)?)?;
        let (first, second) = if self.operator.constant_first {
            (&self.constant, &x)
        } else {
            (&x, &self.constant)
        };
        let output = match self.operator.kind {
            ArithmeticKind::Add => first.broadcast_add(second)?,
            ArithmeticKind::Subtract => first.broadcast_sub(second)?,
            ArithmeticKind::Multiply => first.broadcast_mul(second)?,
            ArithmeticKind::Divide => first.broadcast_div(second)?,
            ArithmeticKind::Maximum => first.broadcast_maximum(second)?,
            ArithmeticKind::Minimum => first.broadcast_minimum(second)?,
            ArithmeticKind::Power => power(first, second)?,
        };
        self.output.from_channels_last(&output)
    }
}

/// Value by value; candle's own power goes through logarithms, which negative numbers do not have.
fn power(base: &Tensor, exponent: &Tensor) -> Result<Tensor> {
    let shape = base
        .shape()
        .broadcast_shape_binary_op(exponent.shape(), "power")?;
    let values = |tensor: &Tensor| tensor.broadcast_as(&shape)?.flatten_all()?.to_vec1::<f32>();
    let (base_values, exponents) = (values(base)?, values(exponent)?);
    let powers = base_values
        .iter()
        .zip(exponents)
        .map(|(base, exponent)| base.powf(exponent));
    Tensor::from_vec(powers.collect(), &shape, base.device())
}

pub(super) struct Function {
    function: operators::Function,
    layout: Layout,
}

impl Function {
    pub fn new(function: &operators::Function, shape: &Shape) -> Self {
        Self {
            function: *function,
            layout: Layout::of(shape),
        }
    }
}

impl Kernel for Function {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        use operators::Function as F;
        let x = only(inputs)?;
        match self.function {
            F::Absolute => x.abs(),
            F::Negative => x.neg(),
            F::Reciprocal => x.recip(),
            F::SquareRoot => x.sqrt(),
            F::Logarithm => x.log(),
            F::ErrorFunction => x.erf(),
            F::Sine => x.sin(),
            F::Cosine => x.cos(),
            F::Floor => x.floor(),
            F::Ceiling => x.ceil(),
            F::Clip { minimum, maximum } => clamp(x, minimum, maximum),
            F::HardSigmoid { slope, offset } => {
                clamp(&x.affine(slope.into(), offset.into())?, 0.0, 1.0)
            }
            F::Celu { alpha } => {
                let curve = x
                    .affine(1.0 / f64::from(alpha), 0.0)?
                    .exp()?
                    .affine(alpha.into(), -f64::from(alpha))?;
                above(x)? + below(&curve)?
            }
            F::ThresholdedRelu { threshold } => x.gt(threshold)?.where_cond(x, &x.zeros_like()?),
            F::Above { number } => x.gt(number)?.to_dtype(x.dtype()),
            F::LogSoftmax => candle_nn::ops::log_softmax(x, self.layout.channel_axis(x)),
        }
    }
}

pub(super) struct ParametricRelu {
    /// In memory order, with an axis for the batch in front.
    slopes: Tensor,
}

impl ParametricRelu {
    pub fn new(layer: &Layer, device: &Device) -> Result<Self> {
        let slopes = tensor(weight(layer, "alpha")?, device)?.unsqueeze(0)?;
        Ok(Self {
            slopes: Layout::of(&layer.shape).from_channels_last(&slopes)?,
        })
    }
}

impl Kernel for ParametricRelu {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = only(inputs)?;
        above(x)? + below(x)?.broadcast_mul(&self.slopes)?
    }
}
