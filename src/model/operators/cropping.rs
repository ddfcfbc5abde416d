//! [`Cropping`]: a part of an image.

use super::{Margins, Misfit, Rule, Shape, only_image};

/// What is kept of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cropping {
    /// All but so many pixels on each side.
    Margins(Margins),
    /// So many rows and columns around the middle.
    Centre { height: usize, width: usize },
}

impl Cropping {
    /// Pixels to cut off each side of an image of this size; `None` where it has too few.
    pub fn margins(&self, height: usize, width: usize) -> Option<Margins> {
        match *self {
            Self::Margins(margins) => {
                let fits = |extent: usize, before: usize, after: usize| {
                    before.checked_add(after).is_some_and(|cut| cut < extent)
                };
                let vertical = fits(height, margins.top, margins.bottom);
                (vertical && fits(width, margins.left, margins.right)).then_some(margins)
            }
            Self::Centre {
                height: rows,
                width: columns,
            } => {
                let (down, right) = (height.checked_sub(rows)?, width.checked_sub(columns)?);
                (rows > 0 && columns > 0).then_some(Margins {
                    top: down / 2,
                    bottom: down - down / 2,
                    left: right / 2,
                    right: right - right / 2,
                })
            }
        }
    }
}

impl Rule for Cropping {
    fn kind(&self) -> &'static str {
        "Cropping"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        match self {
            Self::Margins(Margins {
                top,
                bottom,
                left,
                right,
            }) => format!("Cropping, {top} above, {bottom} below, {left} left, {right} right"),
            Self::Centre { height, width } => {
                format!("Cropping to {height}×{width} around the middle")
            }
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, channels) = only_image(inputs)?;
        let Margins {
            top,
            bottom,
            left,
            right,
        } = self
            .margins(height, width)
            .ok_or_else(|| format!("crops {height}×{width} pixels, which are too few"))?;
        Ok(Shape::image(
            height - top - bottom,
            width - left - right,
            channels,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_must_be_there() {
        let input = Shape::image(5, 6, 2);
        let centre = Cropping::Centre {
            height: 2,
            width: 3,
        };
        assert_eq!(centre.output_shape(&[&input]), Ok(Shape::image(2, 3, 2)));
        let margins = centre.margins(5, 6).unwrap();
        assert_eq!((margins.top, margins.bottom, margins.left), (1, 2, 1));
        let cut = |top, bottom| {
            Cropping::Margins(Margins {
                top,
                bottom,
                ..Margins::NONE
            })
            .output_shape(&[&input])
        };
        assert_eq!(cut(1, 3), Ok(Shape::image(1, 6, 2)));
        assert!(cut(2, 3).is_err() && cut(usize::MAX, 3).is_err());
    }
}
