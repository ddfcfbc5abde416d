//! [`ZeroPadding`]: rows and columns of zeros around an image.

use super::{Misfit, Rule, Shape, only_image};

/// Zeros to add on each side, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZeroPadding {
    pub top: usize,
    pub bottom: usize,
    pub left: usize,
    pub right: usize,
}

impl Rule for ZeroPadding {
    fn kind(&self) -> &'static str {
        "Zero padding"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let Self {
            top,
            bottom,
            left,
            right,
        } = *self;
        if top == bottom && left == right && top == left {
            format!("Zero padding, {top} on each side")
        } else {
            format!("Zero padding, {top} above, {bottom} below, {left} left, {right} right")
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, channels) = only_image(inputs)?;
        let padded = |extent: usize, before: usize, after: usize| {
            extent.checked_add(before)?.checked_add(after)
        };
        match (
            padded(height, self.top, self.bottom),
            padded(width, self.left, self.right),
        ) {
            (Some(height), Some(width)) => Ok(Shape::image(height, width, channels)),
            _ => Err("pads by more pixels than can be counted".into()),
        }
    }

    fn is_identity(&self) -> bool {
        *self
            == Self {
                top: 0,
                bottom: 0,
                left: 0,
                right: 0,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_grows_by_its_own() {
        let padding = ZeroPadding {
            top: 0,
            bottom: 1,
            left: 2,
            right: 3,
        };
        let input = Shape::image(4, 4, 2);
        let output = padding.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(5, 9, 2));
        assert_eq!(
            padding.describe(&[&input], &output),
            "Zero padding, 0 above, 1 below, 2 left, 3 right"
        );
        assert!(
            ZeroPadding {
                top: usize::MAX,
                ..padding
            }
            .output_shape(&[&input])
            .is_err()
        );
    }
}
