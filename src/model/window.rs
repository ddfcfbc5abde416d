//! [`Window`]: how one output position of a layer sees its input; [`Padding`] around it.

/// Padding of a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// None: the window stays inside.
    Valid,
    /// As much as makes the output `ceil(input / stride)`, the odd pixel at the bottom right
    /// (TensorFlow's rule; PyTorch pads evenly).
    Same,
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
        let vertical = extent(
            height,
            self.size.0,
            self.stride.0,
            self.dilation.0,
            self.padding,
        )?;
        let horizontal = extent(
            width,
            self.size.1,
            self.stride.1,
            self.dilation.1,
            self.padding,
        )?;
        Some((vertical, horizontal))
    }
}

fn extent(
    input: usize,
    size: usize,
    stride: usize,
    dilation: usize,
    padding: Padding,
) -> Option<Extent> {
    if size == 0 || stride == 0 || dilation == 0 || input == 0 {
        return None;
    }
    let reach = (size - 1).checked_mul(dilation)?.checked_add(1)?;
    match padding {
        Padding::Valid => {
            let room = input.checked_sub(reach)?;
            Some(Extent {
                output: room / stride + 1,
                before: 0,
                after: 0,
            })
        }
        Padding::Same => {
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
    fn a_window_larger_than_its_input_does_not_fit() {
        assert_eq!(window(Padding::Valid, 1).extents(2, 9), None);
    }
}
