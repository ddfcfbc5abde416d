//! [`BatchNormalization`]: shifts and scales each channel by statistics of the training set.

use super::{Misfit, Rule, Shape, WeightSpec, input_channels, only_input};

/// `gamma · (x − moving_mean) / √(moving_variance + epsilon) + beta`, channel for channel
/// (Ioffe and Szegedy 2015), with the statistics frozen as they are at inference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormalization {
    pub epsilon: f32,
    /// Whether there is a `gamma`; 1 otherwise.
    pub scale: bool,
    /// Whether there is a `beta`; 0 otherwise.
    pub center: bool,
    /// The normalised axis as frameworks count it, the batch axis being 0 and −1 the last.
    /// Only the last one, the channels, is taken.
    pub axis: i64,
}

impl Rule for BatchNormalization {
    fn kind(&self) -> &'static str {
        "Batch normalization"
    }

    fn describe(&self, inputs: &[&Shape], _output: &Shape) -> String {
        let mut words = format!(
            "Batch normalization of {} channels, epsilon {}",
            input_channels(inputs),
            self.epsilon
        );
        if !self.scale {
            words += ", no scale";
        }
        if !self.center {
            words += ", no shift";
        }
        words
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        let last = input.dimensions().len() as i64;
        if self.axis != -1 && self.axis != last {
            return Err(format!(
                "normalises axis {}, but only the last axis, {last} (the channels), is supported",
                self.axis
            ));
        }
        Ok(input.clone())
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let shape = vec![input_channels(inputs)];
        let mut weights = Vec::with_capacity(4);
        if self.scale {
            weights.push(WeightSpec::trained("gamma", shape.clone()));
        }
        if self.center {
            weights.push(WeightSpec::trained("beta", shape.clone()));
        }
        weights.push(WeightSpec {
            name: "moving_mean",
            shape: shape.clone(),
            trainable: false,
        });
        weights.push(WeightSpec {
            name: "moving_variance",
            shape,
            trainable: false,
        });
        weights
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        output.elements() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMALIZATION: BatchNormalization = BatchNormalization {
        epsilon: 1e-3,
        scale: false,
        center: true,
        axis: -1,
    };

    #[test]
    fn a_missing_scale_drops_its_tensor() {
        let shape = Shape::image(2, 2, 8);
        let names: Vec<_> = NORMALIZATION
            .weights(&[&shape])
            .into_iter()
            .map(|spec| (spec.name, spec.trainable))
            .collect();
        assert_eq!(
            names,
            [
                ("beta", true),
                ("moving_mean", false),
                ("moving_variance", false)
            ]
        );
        assert_eq!(
            NORMALIZATION.describe(&[&shape], &shape),
            "Batch normalization of 8 channels, epsilon 0.001, no scale"
        );
    }

    #[test]
    fn only_the_channel_axis_is_taken() {
        let shape = Shape::image(2, 2, 8);
        assert!(
            BatchNormalization {
                axis: 3,
                ..NORMALIZATION
            }
            .output_shape(&[&shape])
            .is_ok()
        );
        assert!(
            BatchNormalization {
                axis: 1,
                ..NORMALIZATION
            }
            .output_shape(&[&shape])
            .is_err()
        );
    }
}
