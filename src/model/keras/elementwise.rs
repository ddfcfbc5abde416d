//! Keras layers that act value by value, and those that act only while training.

use serde::Deserialize;

use super::layers::LayerEntry;
use crate::model::operators::{BatchNormalization, Identity, Rescaling};
use crate::model::{ModelError, Operator};

#[derive(Deserialize)]
struct BatchNormalizationConfig {
    #[serde(default)]
    axis: Axis,
    #[serde(default = "default_epsilon")]
    epsilon: f32,
    #[serde(default = "yes")]
    center: bool,
    #[serde(default = "yes")]
    scale: bool,
}

fn default_epsilon() -> f32 {
    1e-3
}

fn yes() -> bool {
    true
}

/// One axis, or a list with one, as Keras 2 writes it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected one axis")]
enum Axis {
    One(i64),
    List([i64; 1]),
}

impl Default for Axis {
    fn default() -> Self {
        Self::One(-1)
    }
}

#[derive(Deserialize)]
struct RescalingConfig {
    scale: Values,
    #[serde(default)]
    offset: Values,
}

/// One value, a list, or a numpy array as Keras 3 serialises it.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected scale and offset to be numbers or lists of numbers"
)]
pub(super) enum Values {
    One(f32),
    List(Vec<f32>),
    Array { config: ArrayConfig },
}

#[derive(Deserialize)]
pub(super) struct ArrayConfig {
    value: Vec<f32>,
}

impl Default for Values {
    fn default() -> Self {
        Self::One(0.0)
    }
}

impl Values {
    pub fn into_vec(self) -> Vec<f32> {
        match self {
            Self::One(value) => vec![value],
            Self::List(values) => values,
            Self::Array { config } => config.value,
        }
    }
}

#[derive(Deserialize)]
struct RateConfig {
    rate: f32,
}

#[derive(Deserialize)]
struct NoiseConfig {
    stddev: f32,
}

pub(super) fn batch_normalization(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: BatchNormalizationConfig = entry.read()?;
    let axis = match config.axis {
        Axis::One(axis) | Axis::List([axis]) => axis,
    };
    let BatchNormalizationConfig {
        epsilon,
        center,
        scale,
        ..
    } = config;
    Ok(BatchNormalization {
        epsilon,
        scale,
        center,
        axis,
    }
    .into())
}

pub(super) fn rescaling(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: RescalingConfig = entry.read()?;
    Ok(Rescaling {
        scale: config.scale.into_vec(),
        offset: config.offset.into_vec(),
    }
    .into())
}

fn rate(entry: &LayerEntry<'_>) -> Result<f32, ModelError> {
    entry.read::<RateConfig>().map(|config| config.rate)
}

pub(super) fn dropout(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(Identity::Dropout { rate: rate(entry)? }.into())
}

pub(super) fn spatial_dropout(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(Identity::SpatialDropout { rate: rate(entry)? }.into())
}

pub(super) fn alpha_dropout(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(Identity::AlphaDropout { rate: rate(entry)? }.into())
}

pub(super) fn gaussian_dropout(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(Identity::GaussianDropout { rate: rate(entry)? }.into())
}

pub(super) fn gaussian_noise(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: NoiseConfig = entry.read()?;
    Ok(Identity::GaussianNoise {
        standard_deviation: config.stddev,
    }
    .into())
}

pub(super) fn activity_regularization(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(Identity::ActivityRegularization.into())
}

pub(super) fn augmentation(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(Identity::Augmentation {
        name: entry.class.into(),
    }
    .into())
}

pub(super) fn nothing(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(Identity::Nothing.into())
}

#[cfg(test)]
mod tests {
    use super::super::layers::tests::build;
    use super::*;
    use serde_json::json;

    #[test]
    fn an_axis_may_be_a_list_of_one() {
        let expected = BatchNormalization {
            epsilon: 1e-5,
            scale: true,
            center: false,
            axis: 3,
        };
        let config = json!({"axis": [3], "epsilon": 1e-5, "center": false});
        assert_eq!(build("BatchNormalization", config, 2), Ok(expected.into()));
    }

    #[test]
    fn factors_may_be_numbers_lists_or_arrays() {
        let expected = Rescaling {
            scale: vec![1.0, 2.0],
            offset: vec![0.5],
        };
        assert_eq!(
            build("Rescaling", json!({"scale": [1, 2], "offset": 0.5}), 2),
            Ok(expected.clone().into())
        );
        let array =
            json!({"class_name": "__numpy__", "config": {"value": [1.0, 2.0], "dtype": "float32"}});
        assert_eq!(
            build("Rescaling", json!({"scale": array, "offset": 0.5}), 3),
            Ok(expected.into())
        );
        assert!(
            build("Rescaling", json!({"scale": "big"}), 3)
                .unwrap_err()
                .contains("lists of numbers")
        );
    }

    #[test]
    fn layers_for_training_are_described_as_such() {
        let Ok(operator) = build("RandomFlip", json!({"mode": "horizontal"}), 3) else {
            panic!("supported")
        };
        assert!(operator.rule().is_identity());
        assert_eq!(
            build("SpatialDropout2D", json!({"rate": 0.1}), 3),
            Ok(Identity::SpatialDropout { rate: 0.1 }.into())
        );
        assert!(
            build("Dropout", json!({}), 3)
                .unwrap_err()
                .contains("`rate`")
        );
    }
}
