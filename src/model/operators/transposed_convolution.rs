//! [`TransposedConvolution`]: learnt kernels that every input position spreads over the output.

use super::{
    Activation, Misfit, Padding, Rule, Shape, WeightSpec, ending_in_words, input_channels,
    only_image, padding_in_words, product, size_in_words, step_in_words,
};

/// The gradient of a convolution with regard to its input, as a layer (Zeiler et al. 2010).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransposedConvolution {
    /// Output channels.
    pub filters: usize,
    pub size: (usize, usize),
    /// Output positions from one input position to the next.
    pub stride: (usize, usize),
    /// Output positions from one tap of a kernel to the next.
    pub dilation: (usize, usize),
    /// Channels of the input in so many groups, each for as many of the output.
    pub groups: usize,
    /// [`Padding::Valid`] keeps all that the kernels reach, [`Padding::Same`] `stride` positions for each
    /// of the input, [`Padding::Explicit`] cuts so many positions off.
    pub padding: Padding,
    /// Positions behind the last that the kernels reach, where it is said: Keras leaves it open.
    pub output_padding: Option<(usize, usize)>,
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
        let (down, right) = self.output_padding.unzip();
        let (vertical, horizontal) = match self.padding {
            Padding::Explicit { margins, .. } => (
                Some((margins.top, margins.bottom)),
                Some((margins.left, margins.right)),
            ),
            _ => (None, None),
        };
        let along = |input, size, stride, dilation, cut, more| {
            self.span(input, (size, stride, dilation), cut, more)
        };
        let (size, stride, dilation) = (self.size, self.stride, self.dilation);
        along(height, size.0, stride.0, dilation.0, vertical, down).zip(along(
            width, size.1, stride.1, dilation.1, horizontal, right,
        ))
    }

    /// Along one axis; `cut` are the positions to cut off, where they are said.
    fn span(
        &self,
        input: usize,
        (size, stride, dilation): (usize, usize, usize),
        cut: Option<(usize, usize)>,
        more: Option<usize>,
    ) -> Option<Span> {
        if stride == 0 || size == 0 || dilation == 0 || input == 0 {
            return None;
        }
        let reach = (size - 1).checked_mul(dilation)?.checked_add(1)?;
        let starts = (input - 1).checked_mul(stride)?;
        let reached = starts.checked_add(reach)?;
        if let Some((before, after)) = cut {
            let output = reached.checked_add(more.unwrap_or(0))?;
            let output = output.checked_sub(before.checked_add(after)?)?;
            return (output > 0).then_some(Span { before, output });
        }
        // What is not said is as in Keras, whose gradient of a convolution fixes the rest.
        Some(match (self.padding, more) {
            (Padding::Same, more) => {
                let output = match more {
                    None => starts.checked_add(stride)?,
                    Some(more) => starts.checked_add(reach % 2)?.checked_add(more)?,
                };
                Span {
                    before: reached.saturating_sub(output) / 2,
                    output,
                }
            }
            (_, more) => Span {
                before: 0,
                output: reached.checked_add(more.unwrap_or(stride.saturating_sub(reach)))?,
            },
        })
    }
}

impl Rule for TransposedConvolution {
    fn kind(&self) -> &'static str {
        "Transposed convolution"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let mut how = String::new();
        if self.dilation != (1, 1) {
            how += &format!(", dilation {}", step_in_words(self.dilation));
        }
        if self.groups > 1 {
            how += &format!(", {} groups", self.groups);
        }
        how += &padding_in_words(self.padding);
        if let Some(more) = self.output_padding.filter(|more| *more != (0, 0)) {
            how += &format!(", output padding {}", step_in_words(more));
        }
        format!(
            "Transposed convolution {}, {} → {} channels, stride {}{how}{}",
            size_in_words(self.size),
            input_channels(inputs),
            output.channels(),
            step_in_words(self.stride),
            ending_in_words(self.bias, self.activation)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, channels) = only_image(inputs)?;
        let groups = self.groups;
        if groups == 0 || !channels.is_multiple_of(groups) || !self.filters.is_multiple_of(groups) {
            return Err(format!(
                "has {groups} groups, which do not divide its {channels} channels and {} kernels evenly",
                self.filters
            ));
        }
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
        let kernel = vec![
            height,
            width,
            self.filters / self.groups.max(1),
            input_channels(inputs),
        ];
        let mut weights = vec![WeightSpec::trained("kernel", kernel)];
        if self.bias {
            weights.push(WeightSpec::trained("bias", vec![self.filters]));
        }
        weights
    }

    fn multiply_adds(&self, inputs: &[&Shape], _output: &Shape) -> u64 {
        let read = inputs.first().map_or(0, |input| input.elements());
        product(&[
            read,
            self.size.0,
            self.size.1,
            self.filters / self.groups.max(1),
        ])
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
            dilation: (1, 1),
            groups: 1,
            output_padding: None,
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
        let padded = TransposedConvolution {
            output_padding: Some((1, 0)),
            ..same
        };
        assert_eq!(padded.output_shape(&[&input]), Ok(Shape::image(10, 9, 4)));
        let dilated = TransposedConvolution {
            dilation: (2, 1),
            stride: (1, 1),
            groups: 2,
            padding: Padding::even((1, 0)),
            ..convolution
        };
        let output = dilated.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(7, 5, 4));
        assert_eq!(dilated.weights(&[&input])[0].shape, [3, 2, 2, 2]);
        let too_much = TransposedConvolution {
            padding: Padding::even((9, 0)),
            ..convolution
        };
        assert!(too_much.output_shape(&[&input]).is_err());
    }
}
