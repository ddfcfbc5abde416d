//! [`FeatureMaps`]: a borrowed, strided view of one layer's output on one batch.

use crate::model::Shape;

/// Positions that [`FeatureMaps::by_channel`] turns at a time: a line of the cache.
const TOGETHER: usize = 16;

/// The output of a layer for every sample of a batch, in whichever order the back end keeps it.
/// Value `(sample, position, channel)` lies at
/// `sample · sample_stride + position · position_stride + channel · channel_stride`;
/// positions run row by row over an image and there is one for a vector.
#[derive(Clone, Copy, Debug)]
pub struct FeatureMaps<'a> {
    values: &'a [f32],
    samples: usize,
    shape: &'a Shape,
    position_stride: usize,
    channel_stride: usize,
}

impl<'a> FeatureMaps<'a> {
    /// Values in the order sample, position, channel (NHWC).
    ///
    /// # Panics
    /// If `values` does not hold exactly `samples` times the shape's elements.
    pub fn channels_last(values: &'a [f32], samples: usize, shape: &'a Shape) -> Self {
        assert_eq!(
            values.len(),
            samples * shape.elements(),
            "a batch of {samples} × {shape}"
        );
        Self {
            values,
            samples,
            shape,
            position_stride: shape.channels(),
            channel_stride: 1,
        }
    }

    /// Values in the order sample, channel, position (NCHW).
    ///
    /// # Panics
    /// If `values` does not hold exactly `samples` times the shape's elements.
    pub fn channels_first(values: &'a [f32], samples: usize, shape: &'a Shape) -> Self {
        assert_eq!(
            values.len(),
            samples * shape.elements(),
            "a batch of {samples} × {shape}"
        );
        Self {
            values,
            samples,
            shape,
            position_stride: 1,
            channel_stride: shape.positions(),
        }
    }

    pub fn samples(&self) -> usize {
        self.samples
    }

    pub fn shape(&self) -> &'a Shape {
        self.shape
    }

    /// The values of one channel of one sample, position after position.
    pub fn channel(
        &self,
        sample: usize,
        channel: usize,
    ) -> impl ExactSizeIterator<Item = f32> + 'a {
        let start = sample * self.shape.elements() + channel * self.channel_stride;
        let (values, stride) = (self.values, self.position_stride);
        (0..self.shape.positions()).map(move |position| values[start + position * stride])
    }

    /// The values of one channel of one sample where they lie side by side, `None` where they do not.
    pub fn channel_slice(&self, sample: usize, channel: usize) -> Option<&'a [f32]> {
        let positions = self.shape.positions();
        let start = sample * self.shape.elements() + channel * self.channel_stride;
        (self.position_stride == 1 || positions == 1)
            .then(|| &self.values[start..start + positions])
    }

    /// The values of one sample in memory order; [`Self::is_channels_last`] tells which that is.
    pub fn sample(&self, sample: usize) -> &'a [f32] {
        let elements = self.shape.elements();
        &self.values[sample * elements..(sample + 1) * elements]
    }

    /// The values of one sample channel after channel, where they lie or copied into the buffer.
    pub fn by_channel<'b>(&self, sample: usize, buffer: &'b mut Vec<f32>) -> &'b [f32]
    where
        'a: 'b,
    {
        let values = self.sample(sample);
        let (positions, channels) = (self.shape.positions(), self.shape.channels());
        if self.position_stride == 1 || positions == 1 {
            return values;
        }
        buffer.clear();
        buffer.resize(values.len(), 0.0);
        // A few positions at a time, so that both sides stay in the nearest cache.
        for start in (0..positions).step_by(TOGETHER) {
            let few = TOGETHER.min(positions - start);
            let from = &values[start * channels..][..few * channels];
            for channel in 0..channels {
                let to = &mut buffer[channel * positions + start..][..few];
                let lane = from[channel..].iter().step_by(channels);
                to.iter_mut().zip(lane).for_each(|(to, &from)| *to = from);
            }
        }
        buffer
    }

    /// True where the channels of a position lie side by side.
    pub fn is_channels_last(&self) -> bool {
        self.channel_stride == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_give_the_same_channels() {
        let shape = Shape::image(1, 3, 2);
        let last = [0.0, 10.0, 1.0, 11.0, 2.0, 12.0];
        let first = [0.0, 1.0, 2.0, 10.0, 11.0, 12.0];
        let last = FeatureMaps::channels_last(&last, 1, &shape);
        let first = FeatureMaps::channels_first(&first, 1, &shape);
        for channel in 0..2 {
            let expected: Vec<f32> = first.channel(0, channel).collect();
            assert_eq!(last.channel(0, channel).collect::<Vec<_>>(), expected);
            assert_eq!(first.channel_slice(0, channel), Some(expected.as_slice()));
            assert_eq!(last.channel_slice(0, channel), None);
        }
        let mut buffer = Vec::new();
        let expected = [0.0, 1.0, 2.0, 10.0, 11.0, 12.0];
        assert_eq!(last.by_channel(0, &mut buffer), expected);
        assert_eq!(first.by_channel(0, &mut buffer), expected);
    }

    #[test]
    fn many_positions_are_turned_in_parts() {
        let shape = Shape::image(5, 7, 3);
        let values: Vec<f32> = (0..2 * 105).map(|value| value as f32).collect();
        let maps = FeatureMaps::channels_last(&values, 2, &shape);
        let expected: Vec<f32> = (0..3)
            .flat_map(|channel| maps.channel(1, channel))
            .collect();
        assert_eq!(maps.by_channel(1, &mut Vec::new()), expected);
    }
}
