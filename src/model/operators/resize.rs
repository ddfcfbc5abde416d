//! [`Resize`]: an image scaled to another size.

use super::{Misfit, Rule, Shape, only_image, product, size_in_words};

/// The size of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// So many times the input's height and width.
    Times(usize, usize),
    /// This height and width.
    To(usize, usize),
}

/// How the values between the pixels are found. Pixel `i` of the output lies at `(i + ½) · scale − ½` of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The pixel that holds the place.
    Nearest,
    /// Between the nearest two along both axes, those at the border repeated; not antialiased.
    Bilinear,
}

/// An image with more or fewer pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    pub scale: Scale,
    pub interpolation: Interpolation,
}

impl Rule for Resize {
    fn kind(&self) -> &'static str {
        match self.scale {
            Scale::Times(..) => "Upsampling",
            Scale::To(..) => "Resizing",
        }
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let how = match self.interpolation {
            Interpolation::Nearest => "nearest",
            Interpolation::Bilinear => "bilinear",
        };
        match self.scale {
            Scale::Times(down, right) => {
                format!("Upsampling {} times, {how}", size_in_words((down, right)))
            }
            Scale::To(height, width) => {
                format!("Resizing to {}, {how}", size_in_words((height, width)))
            }
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, channels) = only_image(inputs)?;
        let size = match self.scale {
            Scale::To(height, width) => Some((height, width)),
            Scale::Times(down, right) => height.checked_mul(down).zip(width.checked_mul(right)),
        };
        let (height, width) = size.ok_or("has an output too large to be counted")?;
        Ok(Shape::image(height, width, channels))
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        match self.interpolation {
            Interpolation::Nearest => 0,
            Interpolation::Bilinear => product(&[output.elements(), 4]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_multiplied_or_set() {
        let input = Shape::image(5, 6, 2);
        let resize = |scale| Resize {
            scale,
            interpolation: Interpolation::Nearest,
        };
        let twice = resize(Scale::Times(2, 1));
        assert_eq!(twice.output_shape(&[&input]), Ok(Shape::image(10, 6, 2)));
        assert_eq!(twice.describe(&[], &input), "Upsampling 2×1 times, nearest");
        let set = resize(Scale::To(3, 9));
        assert_eq!(set.output_shape(&[&input]), Ok(Shape::image(3, 9, 2)));
        assert!(
            resize(Scale::Times(usize::MAX, 2))
                .output_shape(&[&input])
                .is_err()
        );
    }
}
