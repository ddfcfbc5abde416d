//! Activations in candle's operations; formulas as at [`Activation`].

use candle_core::{Result, Tensor};

use crate::model::Activation;
use crate::model::operators::Uncommon;

/// Klambauer et al. 2017, *Self-normalizing neural networks*.
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// Applies an activation; `channels` is the axis of the channels.
pub(super) fn apply(activation: Activation, x: &Tensor, channels: usize) -> Result<Tensor> {
    match activation {
        Activation::Linear => Ok(x.clone()),
        Activation::Relu => above(x),
        Activation::BoundedRelu {
            maximum,
            slope,
            threshold,
        } => bounded_relu(x, maximum, slope, threshold),
        Activation::LeakyRelu { slope } => above(x)? + below(x)?.affine(f64::from(slope), 0.0)?,
        Activation::Sigmoid => candle_nn::ops::sigmoid(x),
        Activation::HardSigmoidKeras2 => clamp(&x.affine(0.2, 0.5)?, 0.0, 1.0),
        Activation::HardSigmoidKeras3 => hard_sigmoid(x),
        Activation::Tanh => x.tanh(),
        Activation::Elu { alpha } => x.elu(f64::from(alpha)),
        Activation::Selu => x.elu(SELU_ALPHA)?.affine(SELU_SCALE, 0.0),
        Activation::Softplus => softplus(x),
        Activation::Softsign => x / x.abs()?.affine(1.0, 1.0)?,
        Activation::Silu => x.silu(),
        Activation::HardSilu => x * hard_sigmoid(x)?,
        Activation::Gelu { tanh: true } => x.gelu(),
        Activation::Gelu { tanh: false } => x.gelu_erf(),
        Activation::Exponential => x.exp(),
        Activation::Mish => x * softplus(x)?.tanh()?,
        Activation::Softmax => candle_nn::ops::softmax(x, channels),
        Activation::LogSoftmax => candle_nn::ops::log_softmax(x, channels),
        Activation::Uncommon(function) => uncommon(function, x),
    }
}

fn uncommon(function: Uncommon, x: &Tensor) -> Result<Tensor> {
    match function {
        Uncommon::HardTanh => clamp(x, -1.0, 1.0),
        Uncommon::LogSigmoid => softplus(&x.neg()?)?.neg(),
        Uncommon::HardShrink => x.abs()?.gt(0.5f32)?.where_cond(x, &x.zeros_like()?),
        Uncommon::SoftShrink => x - clamp(x, -0.5, 0.5)?,
        Uncommon::TanhShrink => x - x.tanh()?,
        Uncommon::SquarePlus => (x + x.sqr()?.affine(1.0, 4.0)?.sqrt()?)?.affine(0.5, 0.0),
        Uncommon::SparsePlus => {
            let between = clamp(x, -1.0, 1.0)?.affine(0.5, 0.5)?.sqr()?;
            between + above(&x.affine(1.0, -1.0)?)?
        }
        Uncommon::SparseSigmoid => clamp(x, -1.0, 1.0)?.affine(0.5, 0.5),
    }
}

/// max(x, 0). Not candle's `relu`, which turns NaN into 0 and so hides that a network broke.
pub(super) fn above(x: &Tensor) -> Result<Tensor> {
    keep_nan(x, x.maximum(0f32)?)
}

/// min(x, 0)
pub(super) fn below(x: &Tensor) -> Result<Tensor> {
    keep_nan(x, x.minimum(0f32)?)
}

pub(super) fn clamp(x: &Tensor, minimum: f32, maximum: f32) -> Result<Tensor> {
    keep_nan(x, x.clamp(minimum, maximum)?)
}

/// What came of `x` value by value, NaN where `x` is. On a GPU candle takes the larger of NaN and a number to be the number.
fn keep_nan(x: &Tensor, bounded: Tensor) -> Result<Tensor> {
    if x.device().is_cuda() {
        return x.eq(x)?.where_cond(&bounded, x);
    }
    Ok(bounded)
}

/// min(max(x + 3, 0), 6) / 6
fn hard_sigmoid(x: &Tensor) -> Result<Tensor> {
    clamp(&x.affine(1.0, 3.0)?, 0.0, 6.0)?.affine(1.0 / 6.0, 0.0)
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), which does not overflow.
fn softplus(x: &Tensor) -> Result<Tensor> {
    above(x)? + x.abs()?.neg()?.exp()?.affine(1.0, 1.0)?.log()?
}

fn bounded_relu(x: &Tensor, maximum: Option<f32>, slope: f32, threshold: f32) -> Result<Tensor> {
    let line = x.affine(f64::from(slope), f64::from(-slope * threshold))?;
    let mut output = x.ge(threshold)?.where_cond(x, &line)?;
    if let Some(maximum) = maximum {
        let ceiling = x.ones_like()?.affine(f64::from(maximum), 0.0)?;
        output = x.ge(maximum)?.where_cond(&ceiling, &output)?;
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn values(activation: Activation, x: &[f32]) -> Vec<f32> {
        let x = Tensor::new(x, &Device::Cpu).unwrap();
        apply(activation, &x, 0).unwrap().to_vec1().unwrap()
    }

    #[test]
    fn a_relu_has_maximum_slope_and_threshold() {
        let relu = Activation::relu(Some(6.0), 0.5, 1.0);
        assert_eq!(
            values(relu, &[-1.0, 0.0, 1.0, 3.0, 6.0, 9.0]),
            [-1.0, -0.5, 1.0, 3.0, 6.0, 6.0]
        );
    }

    #[test]
    fn nan_passes_a_relu() {
        for activation in [
            Activation::Relu,
            Activation::LeakyRelu { slope: 0.1 },
            Activation::relu(Some(6.0), 0.0, 0.0),
        ] {
            assert!(
                values(activation, &[f32::NAN, 1.0])[0].is_nan(),
                "{activation:?}"
            );
        }
    }

    #[test]
    fn softplus_and_softmax_survive_large_values() {
        assert_eq!(values(Activation::Softplus, &[200.0, -200.0]), [200.0, 0.0]);
        assert_eq!(values(Activation::Softmax, &[1000.0, 0.0]), [1.0, 0.0]);
    }
}
