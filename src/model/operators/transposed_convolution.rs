//! [`TransposedConvolution`]: learnt kernels that every input position spreads over the output.

use super::{
    Activation, Misfit, Padding, Rule, Shape, WeightSpec, ending_in_words, input_channels,
    only_image, product, size_in_words, step_in_words,
};

/// The gradient of a convolution with regard to its input, as a layer (Zeiler et al. 2010).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransposedConvolution {
    /// Output channels.
    pub filters: usize,
    pub size: (usize, usize),
    /// Output positions from one input position to the next.
    pub stride: (usize, usize),
    /// [`Padding::Valid`] keeps all that the kernels reach, [`Padding::Same`] `stride` positions for each
    /// of the input.
    pub padding: Padding,
    pub bias: bool,
    pub activation: Activation,
}

/// Where the output lies in what the kernels reach, along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Positions cut off before.
    pub before: usize,
    /// Positions of the output; zeros stand where no kernel reaches.
    pub output: usize,
}

impl TransposedConvolution {
    /// For height and width of the input; `None` where it cannot be.
    pub fn spans(&self, height: usize, width: usize) -> Option<(Span, Span)> {
        let along = |input: usize, size: usize, stride: usize| {
            if stride == 0 || size == 0 {
                return None;
            }
            let spread = input.checked_mul(stride)?;
            let beyond = size.saturating_sub(stride);
            Some(match self.padding {
                Padding::Same => Span {
                    before: beyond / 2,
                    output: spread,
                },
                _ => Span {
                    before: 0,
                    output: spread.checked_add(beyond)?,
                },
            })
        };
        along(height, self.size.0, self.stride.0).zip(along(width, self.size.1, self.stride.1))
    }
}

impl Rule for TransposedConvolution {
    fn kind(&self) -> &'static str {
        "Transposed convolution"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let padding = match self.padding {
            Padding::Same => "same padding",
            _ => "no padding",
        };
        format!(
            "Transposed convolution {}, {} → {} channels, stride {}, {padding}{}",
            size_in_words(self.size),
            input_channels(inputs),
            output.channels(),
            step_in_words(self.stride),
            ending_in_words(self.bias, self.activation)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, _) = only_image(inputs)?;
        let (vertical, horizontal) = self.spans(height, width).ok_or_else(|| {
            format!(
                "spreads kernels of {} over an output that cannot be",
                size_in_words(self.size)
            )
        })?;
        Ok(Shape::image(
            vertical.output,
            horizontal.output,
            self.filters,
        ))
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let (height, width) = self.size;
        let kernel = vec![height, width, self.filters, input_channels(inputs)];
        let mut weights = vec![WeightSpec::trained("kernel", kernel)];
        if self.bias {
            weights.push(WeightSpec::trained("bias", vec![self.filters]));
        }
        weights
    }

    fn multiply_adds(&self, inputs: &[&Shape], _output: &Shape) -> u64 {
        let read = inputs.first().map_or(0, |input| input.elements());
        product(&[read, self.size.0, self.size.1, self.filters])
    }

    fn activation(&self) -> Activation {
        self.activation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_grows_by_the_stride() {
        let convolution = TransposedConvolution {
            filters: 4,
            size: (3, 2),
            stride: (2, 3),
            padding: Padding::Valid,
            bias: true,
            activation: Activation::Relu,
        };
        let input = Shape::image(5, 4, 2);
        let output = convolution.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(11, 12, 4));
        assert_eq!(
            convolution.describe(&[&input], &output),
            "Transposed convolution 3×2, 2 → 4 channels, stride 2×3, no padding, ReLU"
        );
        let same = TransposedConvolution {
            padding: Padding::Same,
            ..convolution
        };
        assert_eq!(same.output_shape(&[&input]), Ok(Shape::image(10, 12, 4)));
    }
}
