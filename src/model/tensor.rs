//! [`NamedTensor`]: a tensor of the file that a network was read from, where importers call and order values otherwise
//! than the file does.

use super::{LayerId, Shape};

/// Which layer computes a tensor, and how the tensor's values lie in the layer's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTensor {
    /// In the file.
    pub name: String,
    pub layer: LayerId,
    /// What the tensor counts through, the slowest first: an axis of one sample's output, or the samples (`None`). Each
    /// axis with an extent above 1 is there once, and so are the samples.
    pub order: Vec<Option<usize>>,
}

impl NamedTensor {
    /// The tensor's values in the order of the layer, whose output has this shape: sample after sample, channels last.
    /// `None` where they are not as many as the layer has for so many samples.
    pub fn in_layer_order(
        &self,
        values: &[f32],
        samples: usize,
        shape: &Shape,
    ) -> Option<Vec<f32>> {
        // Of each part how far it counts, and how many values lie from one to the next.
        let parts: Vec<(usize, usize)> = self
            .order
            .iter()
            .map(|part| match part {
                None => Some((samples, shape.elements())),
                Some(axis) => {
                    let (extent, within) = shape.dimensions().get(*axis..)?.split_first()?;
                    Some((*extent, within.iter().product()))
                }
            })
            .collect::<Option<_>>()?;
        let counted = parts
            .iter()
            .try_fold(1usize, |counted, (extent, _)| counted.checked_mul(*extent));
        if counted != Some(values.len()) || values.len() != samples.checked_mul(shape.elements())? {
            return None;
        }
        let mut ordered = vec![0.0; values.len()];
        let mut counters = vec![0; parts.len()];
        let mut place = 0;
        for value in values {
            *ordered.get_mut(place)? = *value;
            for (counter, &(extent, stride)) in counters.iter_mut().zip(&parts).rev() {
                *counter += 1;
                place += stride;
                if *counter < extent {
                    break;
                }
                place -= extent * stride;
                *counter = 0;
            }
        }
        Some(ordered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value that says where it stands.
    fn value(sample: usize, row: usize, column: usize, channel: usize) -> f32 {
        (sample * 1000 + row * 100 + column * 10 + channel) as f32
    }

    #[test]
    fn channels_and_samples_may_stand_anywhere() {
        let shape = Shape::image(2, 3, 4);
        let mut expected = Vec::new();
        for (sample, row, column) in every([2, 2, 3]) {
            expected.extend((0..4).map(|channel| value(sample, row, column, channel)));
        }
        let tensor = |order: [Option<usize>; 4]| NamedTensor {
            name: "tensor".into(),
            layer: 0,
            order: order.into(),
        };
        let mut first = Vec::new();
        for (sample, channel, row) in every([2, 4, 2]) {
            first.extend((0..3).map(|column| value(sample, row, column, channel)));
        }
        let channels_first = tensor([None, Some(2), Some(0), Some(1)]);
        let found = channels_first.in_layer_order(&first, 2, &shape);
        assert_eq!(found.as_deref(), Some(expected.as_slice()));
        let mut within = Vec::new();
        for (column, sample, channel) in every([3, 2, 4]) {
            within.extend((0..2).map(|row| value(sample, row, column, channel)));
        }
        let samples_within = tensor([Some(1), None, Some(2), Some(0)]);
        let found = samples_within.in_layer_order(&within, 2, &shape);
        assert_eq!(found, Some(expected));
        assert_eq!(channels_first.in_layer_order(&first, 1, &shape), None);
        assert_eq!(channels_first.in_layer_order(&first[1..], 2, &shape), None);
    }

    fn every(extents: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..extents[0]).flat_map(move |one| {
            (0..extents[1]).flat_map(move |two| (0..extents[2]).map(move |three| (one, two, three)))
        })
    }
}
