//! [`Window`]: how one output position of a layer sees its input; [`Padding`] around it.

/// Padding of a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// None: the window stays inside.
    Valid,
    /// As much as makes the output `ceil(input / stride)`, the odd pixel at the bottom right
    /// (TensorFlow's rule; PyTorch pads evenly).
    Same,
    /// So many pixels on each side, as PyTorch and ONNX say it.
    Explicit {
        margins: Margins,
        /// Whether a last window counts that begins inside (the padding before the image included)
        /// and ends behind the padding: PyTorch's `ceil_mode`. What it sees there is no padding,
        /// and never counted in a mean.
        ceil: bool,
    },
}

impl Padding {
    /// The same padding on both sides of an axis, and no window that reaches beyond it.
    pub fn even((vertical, horizontal): (usize, usize)) -> Self {
        Self::Explicit {
            margins: Margins {
                top: vertical,
                bottom: vertical,
                left: horizontal,
                right: horizontal,
            },
            ceil: false,
        }
    }

    /// Padding before and after the input along both axes, where it does not depend on the input.
    fn sides(self) -> [Side; 2] {
        match self {
            Self::Valid => [Side::NONE; 2],
            Self::Same => [Side::Same; 2],
            Self::Explicit { margins, ceil } => {
                let side = |before, after| Side::Fixed {
                    before,
                    after,
                    ceil,
                };
                [
                    side(margins.top, margins.bottom),
                    side(margins.left, margins.right),
                ]
            }
        }
    }
}

/// Pixels on the four sides of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margins {
    pub top: usize,
    pub bottom: usize,
    pub left: usize,
    pub right: usize,
}

impl Margins {
    pub const NONE: Self = Self {
        top: 0,
        bottom: 0,
        left: 0,
        right: 0,
    };
}

/// Padding along one axis.
#[derive(Clone, Copy)]
enum Side {
    Same,
    Fixed {
        before: usize,
        after: usize,
        ceil: bool,
    },
}

impl Side {
    const NONE: Self = Self::Fixed {
        before: 0,
        after: 0,
        ceil: false,
    };
}

/// A sliding window over height and width, each pair `(vertical, horizontal)`, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub size: (usize, usize),
    pub stride: (usize, usize),
    pub dilation: (usize, usize),
    pub padding: Padding,
}

/// Where a window lies along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Number of output positions.
    pub output: usize,
    /// Padding before the first and after the last input pixel.
    pub before: usize,
    pub after: usize,
}

impl Window {
    /// Extents along height and width for an input of this size; `None` where the window does not fit.
    pub fn extents(&self, height: usize, width: usize) -> Option<(Extent, Extent)> {
        let [above, beside] = self.padding.sides();
        let vertical = extent(height, self.size.0, self.stride.0, self.dilation.0, above)?;
        let horizontal = extent(width, self.size.1, self.stride.1, self.dilation.1, beside)?;
        Some((vertical, horizontal))
    }
}

fn extent(
    input: usize,
    size: usize,
    stride: usize,
    dilation: usize,
    padding: Side,
) -> Option<Extent> {
    if size == 0 || stride == 0 || dilation == 0 || input == 0 {
        return None;
    }
    let reach = (size - 1).checked_mul(dilation)?.checked_add(1)?;
    match padding {
        Side::Fixed {
            before,
            after,
            ceil,
        } => {
            let padded = input.checked_add(before)?.checked_add(after)?;
            let room = padded.checked_sub(reach)?;
            let mut output = room / stride + 1;
            // The last window begins inside the image, or in the padding before it.
            let starts = output.checked_mul(stride)? < input.checked_add(before)?;
            let extra = if ceil && !room.is_multiple_of(stride) && starts {
                output += 1;
                stride - room % stride
            } else {
                0
            };
            Some(Extent {
                output,
                before,
                after: after.checked_add(extra)?,
            })
        }
        Side::Same => {
            let output = input.div_ceil(stride);
            let total =
                ((output - 1).checked_mul(stride)?.checked_add(reach)?).saturating_sub(input);
            Some(Extent {
                output,
                before: total / 2,
                after: total - total / 2,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(padding: Padding, stride: usize) -> Window {
        Window {
            size: (3, 3),
            stride: (stride, stride),
            dilation: (1, 1),
            padding,
        }
    }

    #[test]
    fn same_padding_puts_the_odd_pixel_last() {
        let (even, odd) = window(Padding::Same, 2).extents(8, 7).unwrap();
        assert_eq!(
            even,
            Extent {
                output: 4,
                before: 0,
                after: 1
            }
        );
        assert_eq!(
            odd,
            Extent {
                output: 4,
                before: 1,
                after: 1
            }
        );
    }

    #[test]
    fn explicit_padding_may_round_the_output_up() {
        let explicit = |before, after, ceil| {
            let margins = Margins {
                top: before,
                bottom: after,
                ..Margins::NONE
            };
            let window = window(Padding::Explicit { margins, ceil }, 2);
            let (vertical, _) = window.extents(6, 3).unwrap();
            (vertical.output, vertical.before, vertical.after)
        };
        assert_eq!(explicit(0, 0, false), (2, 0, 0));
        assert_eq!(explicit(0, 0, true), (3, 0, 1));
        assert_eq!(explicit(1, 1, false), (3, 1, 1));
        // A fourth window would begin at 6 of 1 + 6: in the last pixel of the image.
        assert_eq!(explicit(1, 1, true), (4, 1, 2));
        // With no padding before it would begin behind the image.
        assert_eq!(explicit(0, 2, true), (3, 0, 2));
    }

    #[test]
    fn a_window_larger_than_its_input_does_not_fit() {
        assert_eq!(window(Padding::Valid, 1).extents(2, 9), None);
    }
}
