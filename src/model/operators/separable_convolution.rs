//! [`SeparableConvolution`]: a depthwise convolution and a 1×1 convolution as one layer.

use super::{
    Activation, Misfit, Rule, Shape, WeightSpec, Window, ending_in_words, input_channels,
    only_image, product, size_in_words, slide, window_in_words,
};

/// Kernels that see one channel each, then a 1×1 convolution that mixes the channels (Chollet 2017).
/// Bias and activation come after both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeparableConvolution {
    /// Output channels.
    pub filters: usize,
    /// Channels in between for each input channel.
    pub multiplier: usize,
    /// The depthwise part's window.
    pub window: Window,
    pub bias: bool,
    pub activation: Activation,
}

impl SeparableConvolution {
    /// Channels between the two parts.
    fn middle(&self, inputs: &[&Shape]) -> usize {
        input_channels(inputs).saturating_mul(self.multiplier)
    }
}

impl Rule for SeparableConvolution {
    fn kind(&self) -> &'static str {
        "Separable convolution"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let middle = if self.multiplier == 1 {
            String::new()
        } else {
            format!("{} → ", self.middle(inputs))
        };
        format!(
            "Separable convolution {}, {} → {middle}{} channels, {}{}",
            size_in_words(self.window.size),
            input_channels(inputs),
            output.channels(),
            window_in_words(&self.window),
            ending_in_words(self.bias, self.activation)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, _) = only_image(inputs)?;
        slide(&self.window, (height, width), self.filters)
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let (height, width) = self.window.size;
        let depthwise = vec![height, width, input_channels(inputs), self.multiplier];
        let pointwise = vec![1, 1, self.middle(inputs), self.filters];
        let mut weights = vec![
            WeightSpec::trained("depthwise_kernel", depthwise),
            WeightSpec::trained("pointwise_kernel", pointwise),
        ];
        if self.bias {
            weights.push(WeightSpec::trained("bias", vec![self.filters]));
        }
        weights
    }

    fn multiply_adds(&self, inputs: &[&Shape], output: &Shape) -> u64 {
        let (height, width) = self.window.size;
        let middle = self.middle(inputs);
        product(&[output.positions(), middle, height, width]).saturating_add(product(&[
            output.positions(),
            middle,
            self.filters,
        ]))
    }

    fn window(&self) -> Option<Window> {
        Some(self.window)
    }

    fn activation(&self) -> Activation {
        self.activation
    }
}

#[cfg(test)]
mod tests {
    use super::super::Padding;
    use super::*;

    #[test]
    fn both_parts_are_counted_and_described() {
        let convolution = SeparableConvolution {
            filters: 6,
            multiplier: 2,
            window: Window {
                size: (3, 3),
                stride: (1, 1),
                dilation: (2, 2),
                padding: Padding::Same,
            },
            bias: true,
            activation: Activation::Relu,
        };
        let input = Shape::image(8, 8, 3);
        let output = convolution.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(8, 8, 6));
        assert_eq!(
            convolution.describe(&[&input], &output),
            "Separable convolution 3×3, 3 → 6 → 6 channels, stride 1, dilation 2, same padding, ReLU"
        );
        assert_eq!(
            convolution.multiply_adds(&[&input], &output),
            64 * (6 * 9 + 6 * 6)
        );
        let shapes: Vec<_> = convolution
            .weights(&[&input])
            .into_iter()
            .map(|spec| spec.shape)
            .collect();
        assert_eq!(shapes, [vec![3, 3, 3, 2], vec![1, 1, 6, 6], vec![6]]);
    }
}
