//! [`Activation`]: a function applied to every value of a layer; [`ActivationLayer`] is a layer that
//! does nothing else.

use super::{Misfit, Rule, Shape, Uncommon, only_input};

/// An activation function, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// x
    Linear,
    /// max(x, 0)
    Relu,
    /// `maximum` where x ≥ `maximum`; x where x ≥ `threshold`; `slope` · (x − `threshold`) below.
    /// Keras' ReLU layer; ReLU6 has the maximum 6.
    BoundedRelu {
        maximum: Option<f32>,
        slope: f32,
        threshold: f32,
    },
    /// x where x ≥ 0; `slope` · x below.
    LeakyRelu {
        slope: f32,
    },
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
    /// 0.2 x + 0.5, clipped to [0, 1]: Keras 1 and 2.
    HardSigmoidKeras2,
    /// min(max(x + 3, 0), 6) / 6: Keras 3, PyTorch.
    HardSigmoidKeras3,
    Tanh,
    /// x where x > 0; `alpha` · (eˣ − 1) below.
    Elu {
        alpha: f32,
    },
    /// 1.0507 · ELU with α = 1.6733 (Klambauer et al. 2017).
    Selu,
    /// ln(1 + eˣ)
    Softplus,
    /// x / (1 + |x|)
    Softsign,
    /// x · sigmoid(x), also called swish.
    Silu,
    /// x · min(max(x + 3, 0), 6) / 6, also called hard swish.
    HardSilu,
    /// x · Φ(x), or its approximation with tanh.
    Gelu {
        tanh: bool,
    },
    /// eˣ
    Exponential,
    /// x · tanh(softplus(x))
    Mish,
    /// eˣ divided by its sum over the channels of a position.
    Softmax,
    /// The logarithm of that.
    LogSoftmax,
    Uncommon(Uncommon),
}

impl Activation {
    /// A ReLU with options, as the simplest variant that computes the same.
    pub fn relu(maximum: Option<f32>, slope: f32, threshold: f32) -> Self {
        match (maximum, threshold == 0.0, slope == 0.0) {
            (None, true, true) => Self::Relu,
            (None, true, false) => Self::LeakyRelu { slope },
            _ => Self::BoundedRelu {
                maximum,
                slope,
                threshold,
            },
        }
    }

    /// The function's name as a reader of the field knows it, with its parameters: `ReLU`,
    /// `leaky ReLU (slope 0.1)`, `softmax`.
    pub fn label(&self) -> String {
        match self {
            Self::Linear => "linear".into(),
            Self::Relu => "ReLU".into(),
            Self::BoundedRelu {
                maximum,
                slope,
                threshold,
            } => bounded_relu_label(*maximum, *slope, *threshold),
            Self::LeakyRelu { slope } => format!("leaky ReLU (slope {slope})"),
            Self::Sigmoid => "sigmoid".into(),
            Self::HardSigmoidKeras2 => "hard sigmoid (0.2 x + 0.5)".into(),
            Self::HardSigmoidKeras3 => "hard sigmoid (x / 6 + 0.5)".into(),
            Self::Tanh => "tanh".into(),
            Self::Elu { alpha: 1.0 } => "ELU".into(),
            Self::Elu { alpha } => format!("ELU (α {alpha})"),
            Self::Selu => "SELU".into(),
            Self::Softplus => "softplus".into(),
            Self::Softsign => "softsign".into(),
            Self::Silu => "SiLU".into(),
            Self::HardSilu => "hard SiLU".into(),
            Self::Gelu { tanh: false } => "GELU".into(),
            Self::Gelu { tanh: true } => "GELU (tanh approximation)".into(),
            Self::Exponential => "exponential".into(),
            Self::Mish => "Mish".into(),
            Self::Softmax => "softmax".into(),
            Self::LogSoftmax => "log-softmax".into(),
            Self::Uncommon(function) => function.label().into(),
        }
    }

    /// The smallest and largest value it can return, where there is a bound.
    pub fn range(&self) -> (Option<f32>, Option<f32>) {
        match *self {
            Self::Relu | Self::Softplus | Self::Exponential => (Some(0.0), None),
            Self::BoundedRelu {
                maximum,
                slope: 0.0,
                threshold,
            } if threshold >= 0.0 => (Some(0.0), maximum),
            Self::BoundedRelu { maximum, .. } => (None, maximum),
            Self::Sigmoid | Self::HardSigmoidKeras2 | Self::HardSigmoidKeras3 | Self::Softmax => {
                (Some(0.0), Some(1.0))
            }
            Self::Tanh | Self::Softsign => (Some(-1.0), Some(1.0)),
            Self::Elu { alpha } if alpha >= 0.0 => (Some(-alpha), None),
            Self::Uncommon(function) => function.range(),
            _ => (None, None),
        }
    }
}

fn bounded_relu_label(maximum: Option<f32>, slope: f32, threshold: f32) -> String {
    if (maximum, slope, threshold) == (Some(6.0), 0.0, 0.0) {
        return "ReLU6".into();
    }
    let mut options = Vec::new();
    if let Some(maximum) = maximum {
        options.push(format!("at most {maximum}"));
    }
    if slope != 0.0 {
        options.push(format!("slope {slope}"));
    }
    if threshold != 0.0 {
        options.push(format!("threshold {threshold}"));
    }
    format!("ReLU ({})", options.join(", "))
}

/// A layer that applies an activation and nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivationLayer {
    pub activation: Activation,
}

impl Rule for ActivationLayer {
    fn kind(&self) -> &'static str {
        "Activation"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        format!("Activation {}", self.activation.label())
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        only_input(inputs).cloned()
    }

    fn is_identity(&self) -> bool {
        self.activation == Activation::Linear
    }

    fn activation(&self) -> Activation {
        self.activation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relu_with_options_becomes_the_simplest_that_computes_the_same() {
        assert_eq!(Activation::relu(None, 0.0, 0.0), Activation::Relu);
        assert_eq!(
            Activation::relu(None, 0.1, 0.0),
            Activation::LeakyRelu { slope: 0.1 }
        );
        assert_eq!(Activation::relu(Some(6.0), 0.0, 0.0).label(), "ReLU6");
        assert_eq!(
            Activation::relu(Some(2.0), 0.5, 1.0).label(),
            "ReLU (at most 2, slope 0.5, threshold 1)"
        );
    }

    #[test]
    fn an_activation_keeps_the_shape_and_says_its_name() {
        let shape = Shape::image(2, 3, 4);
        let layer = ActivationLayer {
            activation: Activation::Softmax,
        };
        assert_eq!(layer.output_shape(&[&shape]), Ok(shape.clone()));
        assert_eq!(layer.describe(&[&shape], &shape), "Activation softmax");
        assert!(!layer.is_identity());
        assert!(
            ActivationLayer {
                activation: Activation::Linear
            }
            .is_identity()
        );
        assert!(
            layer
                .output_shape(&[&shape, &shape])
                .unwrap_err()
                .contains("reads 2 layers")
        );
    }
}
