//! [`Normalization`], [`UnitNormalization`], [`ChannelScale`]: values brought to a scale without statistics of a batch.

use super::{Misfit, Rule, Shape, WeightSpec, input_channels, only_input};

/// `(x − mean) / max(√variance, 10⁻⁷)` with the statistics of the training set, for each channel or for all: Keras'
/// Normalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Normalization {
    /// Whether each channel has statistics of its own.
    pub per_channel: bool,
}

impl Rule for Normalization {
    fn kind(&self) -> &'static str {
        "Normalization"
    }

    fn describe(&self, inputs: &[&Shape], _output: &Shape) -> String {
        if self.per_channel {
            format!(
                "Normalization of {} channels by the training set",
                input_channels(inputs)
            )
        } else {
            "Normalization by the training set".into()
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        only_input(inputs).cloned()
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let shape = if self.per_channel {
            vec![input_channels(inputs)]
        } else {
            vec![]
        };
        ["mean", "variance"]
            .map(|name| WeightSpec {
                name,
                shape: shape.clone(),
                trainable: false,
            })
            .into()
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        output.elements() as u64
    }
}

/// The channels of each position divided by their Euclidean norm: Keras' UnitNormalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitNormalization;

impl Rule for UnitNormalization {
    fn kind(&self) -> &'static str {
        "Unit normalization"
    }

    fn describe(&self, inputs: &[&Shape], _output: &Shape) -> String {
        format!(
            "Unit normalization of the {} channels of each position",
            input_channels(inputs)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        only_input(inputs).cloned()
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        2 * output.elements() as u64
    }
}

/// Each channel times a learnt factor (Touvron et al. 2021, LayerScale).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelScale;

impl Rule for ChannelScale {
    fn kind(&self) -> &'static str {
        "Channel scale"
    }

    fn describe(&self, inputs: &[&Shape], _output: &Shape) -> String {
        format!("Learnt factors for {} channels", input_channels(inputs))
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        only_input(inputs).cloned()
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        vec![WeightSpec::trained("gamma", vec![input_channels(inputs)])]
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        output.elements() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_the_training_set_are_not_trained() {
        let shape = Shape::image(2, 2, 3);
        let specs = |per_channel| Normalization { per_channel }.weights(&[&shape]);
        let shapes: Vec<_> = specs(true).into_iter().map(|spec| spec.shape).collect();
        assert_eq!(shapes, [vec![3], vec![3]]);
        assert!(
            specs(false)
                .iter()
                .all(|spec| spec.shape.is_empty() && !spec.trainable)
        );
        assert_eq!(
            ChannelScale.describe(&[&shape], &shape),
            "Learnt factors for 3 channels"
        );
    }
}
