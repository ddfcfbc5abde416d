//! [`Function`]: a function of every value that is no activation by itself: a step of a formula that a
//! model spells out.

use super::{Misfit, Rule, Shape, only_input};

/// The function, value by value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    Absolute,
    Negative,
    Reciprocal,
    SquareRoot,
    Logarithm,
    /// 2/√π ∫₀ˣ e^(−t²) dt
    ErrorFunction,
    Sine,
    Cosine,
    Floor,
    Ceiling,
    /// x within these bounds, the bound beyond them.
    Clip {
        minimum: f32,
        maximum: f32,
    },
    /// max(0, min(1, `slope` · x + `offset`)) with other numbers than the frameworks' own.
    HardSigmoid {
        slope: f32,
        offset: f32,
    },
    /// max(x, 0) + min(0, `alpha` · (e^(x/`alpha`) − 1)) (Barron 2017).
    Celu {
        alpha: f32,
    },
    /// x where x > `threshold`, 0 below.
    ThresholdedRelu {
        threshold: f32,
    },
    /// 1 where x > `number`, 0 elsewhere.
    Above {
        number: f32,
    },
    /// The logarithm of the softmax over the channels of a position.
    LogSoftmax,
}

impl Function {
    fn formula(&self) -> String {
        match self {
            Self::Absolute => "|x|".into(),
            Self::Negative => "−x".into(),
            Self::Reciprocal => "1 / x".into(),
            Self::SquareRoot => "√x".into(),
            Self::Logarithm => "ln x".into(),
            Self::ErrorFunction => "erf x".into(),
            Self::Sine => "sin x".into(),
            Self::Cosine => "cos x".into(),
            Self::Floor => "x rounded down".into(),
            Self::Ceiling => "x rounded up".into(),
            Self::Clip { minimum, maximum } => match (minimum.is_finite(), maximum.is_finite()) {
                (true, true) => format!("x within {minimum} and {maximum}"),
                (true, false) => format!("x, at least {minimum}"),
                (false, true) => format!("x, at most {maximum}"),
                (false, false) => "x".into(),
            },
            Self::HardSigmoid { slope, offset } => format!("hard sigmoid ({slope} x + {offset})"),
            Self::Celu { alpha } => format!("CELU (α {alpha})"),
            Self::ThresholdedRelu { threshold } => format!("x above {threshold}, else 0"),
            Self::Above { number } => format!("1 where x is above {number}"),
            Self::LogSoftmax => "logarithm of the softmax".into(),
        }
    }
}

impl Rule for Function {
    fn kind(&self) -> &'static str {
        match self {
            Self::Clip { .. } => "Clip",
            Self::HardSigmoid { .. } | Self::Celu { .. } | Self::ThresholdedRelu { .. } => {
                "Activation"
            }
            Self::LogSoftmax => "Log-softmax",
            _ => "Function",
        }
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        format!("{} {}", self.kind(), self.formula())
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        only_input(inputs).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_its_formula() {
        let shape = Shape::vector(2);
        let say = |function: Function| function.describe(&[&shape], &shape);
        assert_eq!(say(Function::ErrorFunction), "Function erf x");
        let clip = Function::Clip {
            minimum: 0.0,
            maximum: f32::INFINITY,
        };
        assert_eq!(say(clip), "Clip x, at least 0");
        assert_eq!(say(Function::Celu { alpha: 2.0 }), "Activation CELU (α 2)");
        assert!(clip.output_shape(&[&shape, &shape]).is_err());
    }
}
