//! [`Convolution`]: learnt kernels slid over an image.

use super::{
    Activation, Misfit, Rule, Shape, WeightSpec, Window, ending_in_words, input_channels,
    only_image, product, size_in_words, slide, window_in_words,
};

/// A two-dimensional convolution (cross-correlation, as everywhere in the field).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convolution {
    /// Output channels.
    pub filters: usize,
    pub window: Window,
    /// Input and output channels are split into this many groups that do not see each other.
    pub groups: usize,
    pub bias: bool,
    pub activation: Activation,
}

impl Convolution {
    /// Input channels that one kernel sees. 0 where groups are misconfigured.
    fn channels_per_group(&self, inputs: &[&Shape]) -> usize {
        input_channels(inputs).checked_div(self.groups).unwrap_or(0)
    }
}

impl Rule for Convolution {
    fn kind(&self) -> &'static str {
        "Convolution"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let groups = if self.groups == 1 {
            String::new()
        } else {
            format!(" in {} groups", self.groups)
        };
        format!(
            "Convolution {}, {} → {} channels{groups}, {}{}",
            size_in_words(self.window.size),
            input_channels(inputs),
            output.channels(),
            window_in_words(&self.window),
            ending_in_words(self.bias, self.activation)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, channels) = only_image(inputs)?;
        if self.groups == 0
            || !channels.is_multiple_of(self.groups)
            || !self.filters.is_multiple_of(self.groups)
        {
            return Err(format!(
                "has {} groups, which do not divide its {channels} input and {} output channels evenly",
                self.groups, self.filters
            ));
        }
        slide(&self.window, (height, width), self.filters)
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let (height, width) = self.window.size;
        let kernel = vec![height, width, self.channels_per_group(inputs), self.filters];
        let mut weights = vec![WeightSpec::trained("kernel", kernel)];
        if self.bias {
            weights.push(WeightSpec::trained("bias", vec![self.filters]));
        }
        weights
    }

    fn multiply_adds(&self, inputs: &[&Shape], output: &Shape) -> u64 {
        let (height, width) = self.window.size;
        product(&[
            output.elements(),
            height,
            width,
            self.channels_per_group(inputs),
        ])
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

    const CONVOLUTION: Convolution = Convolution {
        filters: 32,
        window: Window {
            size: (3, 3),
            stride: (1, 1),
            dilation: (1, 1),
            padding: Padding::Valid,
        },
        groups: 1,
        bias: true,
        activation: Activation::Relu,
    };

    #[test]
    fn it_says_what_was_configured() {
        let input = Shape::image(32, 32, 3);
        let output = CONVOLUTION.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(30, 30, 32));
        assert_eq!(
            CONVOLUTION.describe(&[&input], &output),
            "Convolution 3×3, 3 → 32 channels, stride 1, no padding, ReLU"
        );
        assert_eq!(
            CONVOLUTION.multiply_adds(&[&input], &output),
            30 * 30 * 32 * 27
        );
    }

    #[test]
    fn groups_shrink_the_kernel_and_must_divide_the_channels() {
        let input = Shape::image(8, 8, 6);
        let grouped = Convolution {
            groups: 2,
            bias: false,
            ..CONVOLUTION
        };
        assert_eq!(
            grouped.weights(&[&input]),
            [WeightSpec {
                name: "kernel",
                shape: vec![3, 3, 3, 32],
                trainable: true
            }]
        );
        let output = grouped.output_shape(&[&input]).unwrap();
        assert_eq!(
            grouped.describe(&[&input], &output),
            "Convolution 3×3, 6 → 32 channels in 2 groups, stride 1, no padding, no bias, ReLU"
        );
        for groups in [0, 4] {
            let error = Convolution {
                groups,
                ..CONVOLUTION
            }
            .output_shape(&[&input])
            .unwrap_err();
            assert!(error.contains("groups"), "{error}");
        }
    }

    #[test]
    fn a_kernel_larger_than_its_input_is_named() {
        let error = CONVOLUTION
            .output_shape(&[&Shape::image(2, 2, 3)])
            .unwrap_err();
        assert_eq!(
            error,
            "slides a window of 3×3 over 2×2 pixels, where it does not fit"
        );
        let error = CONVOLUTION.output_shape(&[&Shape::vector(7)]).unwrap_err();
        assert_eq!(error, "takes height × width × channels, but reads 7");
    }
}
