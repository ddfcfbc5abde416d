//! [`Pooling`] and [`GlobalPooling`]: the maximum or the mean of a window, or of the whole image.

use super::{Misfit, Rule, Shape, Window, only_image, size_in_words, slide, window_in_words};

/// What a pooling keeps of the values it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolingKind {
    /// The largest; padding counts as −∞.
    Max,
    /// The mean; padding is left out of the count (TensorFlow's rule).
    Average,
    /// The mean; padding counts as zeros (PyTorch's rule, `count_include_pad`).
    AverageWithPadding,
}

/// How [`window_in_words`] ends where there is none.
const NO_PADDING: &str = ", no padding";

/// Pooling over a sliding window, channel for channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooling {
    pub kind: PoolingKind,
    pub window: Window,
}

impl Rule for Pooling {
    fn kind(&self) -> &'static str {
        match self.kind {
            PoolingKind::Max => "Max pooling",
            PoolingKind::Average | PoolingKind::AverageWithPadding => "Average pooling",
        }
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let words = window_in_words(&self.window);
        // A pooling without padding is the rule; only the exception is worth a word.
        let padded = !words.ends_with(NO_PADDING);
        let words = words.trim_end_matches(NO_PADDING);
        let counted = if padded && self.kind == PoolingKind::AverageWithPadding {
            " counted as zeros"
        } else {
            ""
        };
        format!(
            "{} {}, {words}{counted}",
            Rule::kind(self),
            size_in_words(self.window.size)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, channels) = only_image(inputs)?;
        slide(&self.window, (height, width), channels)
    }

    fn window(&self) -> Option<Window> {
        Some(self.window)
    }
}

/// Pooling over all positions of an image, channel for channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalPooling {
    pub kind: PoolingKind,
    /// Whether the output stays an image of 1×1 pixels.
    pub keep_dimensions: bool,
}

impl Rule for GlobalPooling {
    fn kind(&self) -> &'static str {
        match self.kind {
            PoolingKind::Max => "Global max pooling",
            PoolingKind::Average | PoolingKind::AverageWithPadding => "Global average pooling",
        }
    }

    fn describe(&self, inputs: &[&Shape], _output: &Shape) -> String {
        let size = inputs.first().and_then(|input| input.as_image());
        match size {
            Some((height, width, _)) => {
                format!("{} over {height}×{width} positions", Rule::kind(self))
            }
            None => Rule::kind(self).into(),
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (_, _, channels) = only_image(inputs)?;
        Ok(if self.keep_dimensions {
            Shape::image(1, 1, channels)
        } else {
            Shape::vector(channels)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Padding;
    use super::*;

    #[test]
    fn a_window_shrinks_an_image() {
        let window = Window {
            size: (2, 2),
            stride: (2, 2),
            dilation: (1, 1),
            padding: Padding::Valid,
        };
        let pooling = Pooling {
            kind: PoolingKind::Max,
            window,
        };
        let input = Shape::image(15, 15, 64);
        let output = pooling.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(7, 7, 64));
        assert_eq!(
            pooling.describe(&[&input], &output),
            "Max pooling 2×2, stride 2"
        );
        let same = Pooling {
            kind: PoolingKind::Average,
            window: Window {
                padding: Padding::Same,
                ..window
            },
        };
        assert_eq!(same.output_shape(&[&input]), Ok(Shape::image(8, 8, 64)));
        assert_eq!(
            same.describe(&[&input], &output),
            "Average pooling 2×2, stride 2, same padding"
        );
    }

    #[test]
    fn padding_that_counts_is_said() {
        let window = Window {
            size: (3, 3),
            stride: (2, 2),
            dilation: (1, 1),
            padding: Padding::even((1, 1)),
        };
        let input = Shape::image(6, 6, 2);
        let words = |kind| Pooling { kind, window }.describe(&[&input], &input);
        assert_eq!(
            words(PoolingKind::AverageWithPadding),
            "Average pooling 3×3, stride 2, padding 1 counted as zeros"
        );
        assert_eq!(
            words(PoolingKind::Max),
            "Max pooling 3×3, stride 2, padding 1"
        );
    }

    #[test]
    fn global_pooling_leaves_the_channels() {
        let input = Shape::image(7, 5, 3);
        let pooling = GlobalPooling {
            kind: PoolingKind::Average,
            keep_dimensions: false,
        };
        assert_eq!(pooling.output_shape(&[&input]), Ok(Shape::vector(3)));
        assert_eq!(
            pooling.describe(&[&input], &Shape::vector(3)),
            "Global average pooling over 7×5 positions"
        );
        let kept = GlobalPooling {
            keep_dimensions: true,
            ..pooling
        };
        assert_eq!(kept.output_shape(&[&input]), Ok(Shape::image(1, 1, 3)));
    }
}
