//! Activations that are not fused into a kernel: a pass over values that are still in cache.
//! Formulas as at [`Activation`] and, to the digit, as in the reference back end.

use super::simd::{InstructionSet, Kernel, Simd};
use super::tile::Epilogue;
use crate::model::Activation;
use crate::model::operators::Uncommon;

/// Klambauer et al. 2017, *Self-normalizing neural networks*.
const SELU_SCALE: f32 = 1.050_701;
const SELU_ALPHA: f32 = 1.673_263_2;

/// How an activation is applied: at the end of a kernel, and in a pass of its own.
pub fn split(activation: Activation) -> (Epilogue, Option<Activation>) {
    match activation {
        Activation::Linear => (Epilogue::Linear, None),
        Activation::Relu => (Epilogue::Relu, None),
        Activation::BoundedRelu {
            maximum: Some(limit),
            slope: 0.0,
            threshold: 0.0,
        } if limit >= 0.0 => (Epilogue::Clipped { limit }, None),
        Activation::LeakyRelu { slope } if (0.0..=1.0).contains(&slope) => {
            (Epilogue::Leaky { slope }, None)
        }
        other => (Epilogue::Linear, Some(other)),
    }
}

/// Applies an activation to values of this many channels.
pub fn apply(set: InstructionSet, activation: Activation, values: &mut [f32], channels: usize) {
    set.run(Apply {
        activation,
        values,
        channels,
    });
}

struct Apply<'a> {
    activation: Activation,
    values: &'a mut [f32],
    channels: usize,
}

impl Kernel for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        // The compiler turns the loops of simple activations into vectors of the instruction set.
        compute(self.activation, self.values, self.channels);
    }
}

#[inline(always)]
fn compute(activation: Activation, values: &mut [f32], channels: usize) {
    use Activation as A;
    match activation {
        A::Linear => {}
        A::Relu => map(values, relu),
        A::BoundedRelu {
            maximum: Some(maximum),
            slope: 0.0,
            threshold: 0.0,
        } => map(values, |x| {
            let x = relu(x);
            if x > maximum { maximum } else { x }
        }),
        A::BoundedRelu {
            maximum,
            slope,
            threshold,
        } => {
            let maximum = maximum.unwrap_or(f32::INFINITY);
            map(values, |x| match x {
                x if x >= maximum => maximum,
                x if x >= threshold => x,
                x => slope * (x - threshold),
            });
        }
        A::LeakyRelu { slope } => map(values, |x| if x < 0.0 { slope * x } else { x }),
        A::Sigmoid => map(values, sigmoid),
        A::HardSigmoidKeras2 => map(values, |x| (0.2 * x + 0.5).clamp(0.0, 1.0)),
        A::HardSigmoidKeras3 => map(values, hard_sigmoid),
        A::Tanh => map(values, f32::tanh),
        A::Elu { alpha } => map(values, |x| elu(x, alpha)),
        A::Selu => map(values, |x| SELU_SCALE * elu(x, SELU_ALPHA)),
        A::Softplus => map(values, softplus),
        A::Softsign => map(values, |x| x / (1.0 + x.abs())),
        A::Silu => map(values, |x| x / (1.0 + (-x).exp())),
        A::HardSilu => map(values, |x| x * hard_sigmoid(x)),
        A::Gelu { tanh: true } => map(values, gelu_tanh),
        A::Gelu { tanh: false } => map(values, |x| {
            0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
        }),
        A::Exponential => map(values, f32::exp),
        A::Mish => map(values, |x| x * softplus(x).tanh()),
        A::Softmax => values.chunks_exact_mut(channels.max(1)).for_each(softmax),
        A::LogSoftmax => values
            .chunks_exact_mut(channels.max(1))
            .for_each(log_softmax),
        A::Uncommon(function) => uncommon(function, values),
    }
}

#[inline(always)]
fn uncommon(function: Uncommon, values: &mut [f32]) {
    match function {
        Uncommon::HardTanh => map(values, |x| x.clamp(-1.0, 1.0)),
        Uncommon::LogSigmoid => map(values, |x| -softplus(-x)),
        Uncommon::HardShrink => map(values, |x| if x.abs() <= 0.5 { 0.0 } else { x }),
        Uncommon::SoftShrink => map(values, |x| x - x.clamp(-0.5, 0.5)),
        Uncommon::TanhShrink => map(values, |x| x - x.tanh()),
        Uncommon::SquarePlus => map(values, |x| 0.5 * (x + (x * x + 4.0).sqrt())),
        Uncommon::SparsePlus => map(values, |x| {
            let half = 0.5 * x.clamp(-1.0, 1.0) + 0.5;
            half * half + relu(x - 1.0)
        }),
        Uncommon::SparseSigmoid => map(values, |x| 0.5 * x.clamp(-1.0, 1.0) + 0.5),
    }
}

#[inline(always)]
fn map(values: &mut [f32], f: impl Fn(f32) -> f32) {
    for value in values {
        *value = f(*value);
    }
}

/// max(x, 0), through which NaN passes.
#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[inline(always)]
fn hard_sigmoid(x: f32) -> f32 {
    (x + 3.0).clamp(0.0, 6.0) / 6.0
}

fn elu(x: f32, alpha: f32) -> f32 {
    if x > 0.0 { x } else { alpha * x.exp_m1() }
}

/// max(x, 0) + ln(1 + e^−|x|), which does not overflow.
fn softplus(x: f32) -> f32 {
    relu(x) + (-x.abs()).exp().ln_1p()
}

fn gelu_tanh(x: f32) -> f32 {
    let inner = (2.0 / std::f32::consts::PI).sqrt() * x * (1.0 + 0.044715 * x * x);
    0.5 * x * (1.0 + inner.tanh())
}

fn erf(x: f32) -> f32 {
    candle_core::cpu::erf::erf_f32(x)
}

/// The logarithm of the softmax, which does not overflow either.
fn log_softmax(values: &mut [f32]) {
    let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = values.iter().map(|value| (value - highest).exp()).sum();
    let logarithm = sum.ln();
    values
        .iter_mut()
        .for_each(|value| *value = *value - highest - logarithm);
}

/// eˣ divided by its sum, relative to the largest value so that nothing overflows.
fn softmax(values: &mut [f32]) {
    let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in values.iter_mut() {
        *value = (*value - largest).exp();
        sum += *value;
    }
    for value in values {
        *value /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(activation: Activation, values: &[f32]) -> Vec<f32> {
        let mut values = values.to_vec();
        let channels = values.len();
        apply(InstructionSet::detect(), activation, &mut values, channels);
        values
    }

    #[test]
    fn relus_are_fused_and_others_are_not() {
        assert_eq!(split(Activation::Relu), (Epilogue::Relu, None));
        assert_eq!(
            split(Activation::relu(Some(6.0), 0.0, 0.0)),
            (Epilogue::Clipped { limit: 6.0 }, None)
        );
        assert_eq!(
            split(Activation::LeakyRelu { slope: 0.1 }),
            (Epilogue::Leaky { slope: 0.1 }, None)
        );
        for other in [
            Activation::Softmax,
            Activation::LeakyRelu { slope: 2.0 },
            Activation::relu(None, 0.0, 1.0),
        ] {
            assert_eq!(split(other), (Epilogue::Linear, Some(other)));
        }
    }

    #[test]
    fn large_values_do_not_overflow_and_nan_passes() {
        assert_eq!(of(Activation::Softplus, &[200.0, -200.0]), [200.0, 0.0]);
        assert_eq!(of(Activation::Softmax, &[1000.0, 0.0]), [1.0, 0.0]);
        assert_eq!(of(Activation::Sigmoid, &[-200.0, 200.0]), [0.0, 1.0]);
        for activation in [
            Activation::Relu,
            Activation::relu(Some(6.0), 0.5, 1.0),
            Activation::HardSigmoidKeras2,
        ] {
            assert!(of(activation, &[f32::NAN])[0].is_nan(), "{activation:?}");
        }
    }
}
