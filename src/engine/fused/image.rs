//! [`Padded`]: images with rows and columns of zeros around them, so that kernels need no edges.

use super::operation::{Job, Operation};

/// Where an image lies in its padded copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padded {
    /// Height, width, channels without padding.
    pub image: (usize, usize, usize),
    pub top: usize,
    pub left: usize,
    pub bottom: usize,
    pub right: usize,
}

impl Padded {
    /// No padding at all.
    pub fn none(image: (usize, usize, usize)) -> Self {
        Self {
            image,
            top: 0,
            left: 0,
            bottom: 0,
            right: 0,
        }
    }

    pub fn is_none(&self) -> bool {
        *self == Self::none(self.image)
    }

    /// Height, width, channels with padding.
    pub fn padded(&self) -> (usize, usize, usize) {
        let (height, width, channels) = self.image;
        (
            self.top + height + self.bottom,
            self.left + width + self.right,
            channels,
        )
    }

    /// Values of a padded image.
    pub fn len(&self) -> usize {
        let (height, width, channels) = self.padded();
        height * width * channels
    }

    /// Copies one image and fills up with zeros.
    pub fn pad(&self, image: &[f32], padded: &mut [f32]) {
        let (height, width, channels) = self.image;
        let line = width * channels;
        let (_, columns, _) = self.padded();
        let (above, rest) = padded[..self.len()].split_at_mut(self.top * columns * channels);
        above.fill(0.0);
        let (inside, below) = rest.split_at_mut(height * columns * channels);
        below.fill(0.0);
        let rows = inside
            .chunks_exact_mut((columns * channels).max(1))
            .zip(image.chunks_exact(line.max(1)));
        for (to, from) in rows {
            let (left, rest) = to.split_at_mut(self.left * channels);
            left.fill(0.0);
            rest[..line].copy_from_slice(from);
            rest[line..].fill(0.0);
        }
    }
}

/// Zeros around an image as a layer of its own.
pub struct ZeroPadding(pub Padded);

impl Operation for ZeroPadding {
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let (height, width, channels) = self.0.image;
        let images = job.inputs[0].chunks_exact(height * width * channels);
        for (image, output) in images.zip(job.output.chunks_exact_mut(self.0.len())) {
            self.0.pad(image, output);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_stand_around_the_image() {
        let padded = Padded {
            image: (1, 2, 1),
            top: 1,
            left: 2,
            bottom: 0,
            right: 1,
        };
        let mut values = [9.0; 10];
        padded.pad(&[1.0, 2.0], &mut values);
        assert_eq!(values, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0]);
        assert!(Padded::none((1, 2, 3)).is_none() && !padded.is_none());
    }
}
