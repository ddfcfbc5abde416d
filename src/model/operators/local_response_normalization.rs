//! [`LocalResponseNormalization`]: each value damped by those of neighbouring channels.

use super::{Misfit, Rule, Shape, only_input, product};

/// `x / (bias + alpha / size · Σ x²)^beta`, the sum over `size` channels around the value's own
/// (Krizhevsky, Sutskever and Hinton 2012, as ONNX and PyTorch scale it).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNormalization {
    /// Channels that are summed, the own one in the middle (before the middle where even).
    pub size: usize,
    pub alpha: f32,
    pub beta: f32,
    pub bias: f32,
}

impl Rule for LocalResponseNormalization {
    fn kind(&self) -> &'static str {
        "Local response normalization"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        format!(
            "Local response normalization over {} channels, α {}, β {}, bias {}",
            self.size, self.alpha, self.beta, self.bias
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        if self.size == 0 {
            return Err("normalises over no channels".into());
        }
        only_input(inputs).cloned()
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        product(&[output.elements(), self.size])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_needs_channels_to_look_at() {
        let shape = Shape::image(2, 2, 8);
        let normalization = LocalResponseNormalization {
            size: 5,
            alpha: 1e-4,
            beta: 0.75,
            bias: 1.0,
        };
        assert_eq!(normalization.output_shape(&[&shape]), Ok(shape.clone()));
        assert_eq!(
            normalization.describe(&[&shape], &shape),
            "Local response normalization over 5 channels, α 0.0001, β 0.75, bias 1"
        );
        assert!(
            LocalResponseNormalization {
                size: 0,
                ..normalization
            }
            .output_shape(&[&shape])
            .is_err()
        );
    }
}
