//! [`DepthwiseConvolution`]: kernels that see one channel each.

use super::{
    Activation, Misfit, Rule, Shape, WeightSpec, Window, ending_in_words, input_channels,
    only_image, product, size_in_words, slide, window_in_words,
};

/// A convolution in which every input channel has its own kernels, `multiplier` of them.
/// Output channel `c · multiplier + m` is the `m`-th kernel of input channel `c`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthwiseConvolution {
    /// Output channels for each input channel.
    pub multiplier: usize,
    pub window: Window,
    pub bias: bool,
    pub activation: Activation,
}

impl DepthwiseConvolution {
    fn channels(&self, inputs: &[&Shape]) -> usize {
        input_channels(inputs).saturating_mul(self.multiplier)
    }
}

impl Rule for DepthwiseConvolution {
    fn kind(&self) -> &'static str {
        "Depthwise convolution"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        format!(
            "Depthwise convolution {}, {} → {} channels, {}{}",
            size_in_words(self.window.size),
            input_channels(inputs),
            output.channels(),
            window_in_words(&self.window),
            ending_in_words(self.bias, self.activation)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, _) = only_image(inputs)?;
        slide(&self.window, (height, width), self.channels(inputs))
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let (height, width) = self.window.size;
        let kernel = vec![height, width, input_channels(inputs), self.multiplier];
        let mut weights = vec![WeightSpec::trained("depthwise_kernel", kernel)];
        if self.bias {
            weights.push(WeightSpec::trained("bias", vec![self.channels(inputs)]));
        }
        weights
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        product(&[output.elements(), self.window.size.0, self.window.size.1])
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
    fn every_input_channel_gives_as_many_as_the_multiplier_says() {
        let convolution = DepthwiseConvolution {
            multiplier: 2,
            window: Window {
                size: (3, 5),
                stride: (2, 2),
                dilation: (1, 1),
                padding: Padding::Same,
            },
            bias: true,
            activation: Activation::Linear,
        };
        let input = Shape::image(9, 9, 4);
        let output = convolution.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(5, 5, 8));
        assert_eq!(
            convolution.describe(&[&input], &output),
            "Depthwise convolution 3×5, 4 → 8 channels, stride 2, same padding"
        );
        assert_eq!(
            convolution.multiply_adds(&[&input], &output),
            5 * 5 * 8 * 15
        );
        let shapes: Vec<_> = convolution
            .weights(&[&input])
            .into_iter()
            .map(|spec| spec.shape)
            .collect();
        assert_eq!(shapes, [vec![3, 5, 4, 2], vec![8]]);
    }
}
