//! [`Shape`]: the extent of one sample's values at one place in a network.

use std::fmt;

use serde::Serialize;

/// Extent of one sample's values, without the batch axis, **channels last** as Keras counts them:
/// `[height, width, channels]` for an image, `[units]` for a vector, `[steps, channels]` in between.
/// Engines may keep another order in memory; a `Shape` never changes with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape of any rank. A scalar (`[]`) has one element and one channel.
    pub fn new(dimensions: impl Into<Vec<usize>>) -> Self {
        Self(dimensions.into())
    }

    pub fn image(height: usize, width: usize, channels: usize) -> Self {
        Self(vec![height, width, channels])
    }

    pub fn vector(units: usize) -> Self {
        Self(vec![units])
    }

    pub fn dimensions(&self) -> &[usize] {
        &self.0
    }

    /// Number of values of one sample.
    pub fn elements(&self) -> usize {
        self.0.iter().product()
    }

    /// The last axis: feature maps of an image, units of a vector.
    pub fn channels(&self) -> usize {
        self.0.last().copied().unwrap_or(1)
    }

    /// `(height, width, channels)` where the shape is that of an image.
    pub fn as_image(&self) -> Option<(usize, usize, usize)> {
        match *self.0.as_slice() {
            [height, width, channels] => Some((height, width, channels)),
            _ => None,
        }
    }

    /// Number of values in one channel of one sample: 1 for a vector.
    pub fn positions(&self) -> usize {
        self.0.iter().rev().skip(1).product()
    }
}

/// `30×30×32`, or `64` for a vector.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("scalar");
        }
        for (axis, extent) in self.0.iter().enumerate() {
            if axis > 0 {
                f.write_str("×")?;
            }
            write!(f, "{extent}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_splits_into_positions_and_channels() {
        let shape = Shape::image(30, 20, 32);
        assert_eq!(
            (shape.positions(), shape.channels(), shape.elements()),
            (600, 32, 19_200)
        );
        assert_eq!(shape.to_string(), "30×20×32");
    }

    #[test]
    fn a_vector_has_one_position_per_unit() {
        let shape = Shape::vector(64);
        assert_eq!((shape.positions(), shape.channels()), (1, 64));
        assert_eq!(shape.as_image(), None);
    }
}
