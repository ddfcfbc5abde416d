//! Keras layers that normalise without statistics of a batch.

use serde::Deserialize;
use serde_json::Value;

use super::elementwise::Values;
use super::layers::LayerEntry;
use crate::model::operators::{
    ChannelScale, GroupNormalization, LayerNormalization, Normalization, Rescaling,
    UnitNormalization,
};
use crate::model::{ModelError, Operator};

/// Keras' smallest deviation.
const SMALLEST: f32 = 1e-7;

#[derive(Deserialize)]
struct NormalizationConfig {
    #[serde(default)]
    axis: Value,
    mean: Option<Values>,
    variance: Option<Values>,
    #[serde(default)]
    invert: bool,
}

#[derive(Deserialize)]
struct StatisticsConfig {
    #[serde(default)]
    axis: Value,
    #[serde(default = "epsilon")]
    epsilon: f32,
    #[serde(default = "yes")]
    center: bool,
    #[serde(default = "yes")]
    scale: bool,
    #[serde(default)]
    rms_scaling: bool,
    groups: Option<i64>,
}

fn epsilon() -> f32 {
    1e-3
}

fn yes() -> bool {
    true
}

/// Whether an option names one axis which can be the last: −1, or one behind the first of a sample.
/// A wrong one shows in the shapes of the weights.
fn is_last(axis: &Value) -> bool {
    let one = match axis {
        Value::Null => return true,
        Value::Array(axes) => match axes.as_slice() {
            [axis] => axis.as_i64(),
            _ => None,
        },
        axis => axis.as_i64(),
    };
    one.is_some_and(|axis| axis == -1 || axis >= 1)
}

fn check_axis(entry: &LayerEntry<'_>, axis: &Value) -> Result<(), ModelError> {
    if is_last(axis) {
        return Ok(());
    }
    Err(entry.refuse(format!(
        "it normalises along axis {axis}, expected -1 (the channels)"
    )))
}

pub(super) fn by_training_set(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: NormalizationConfig = entry.read()?;
    if config.invert {
        return Err(entry.refuse("it inverts its normalisation, which is not supported"));
    }
    let (Some(mean), Some(variance)) = (config.mean, config.variance) else {
        // No axis: one mean for all.
        let per_channel = match &config.axis {
            Value::Null => !entry
                .config
                .as_object()
                .is_some_and(|c| c.contains_key("axis")),
            Value::Array(axes) => !axes.is_empty(),
            _ => true,
        };
        check_axis(
            entry,
            if per_channel {
                &config.axis
            } else {
                &Value::Null
            },
        )?;
        return Ok(Normalization { per_channel }.into());
    };
    let deviations = variance.into_vec().into_iter();
    let scale: Vec<f32> = deviations
        .map(|variance| 1.0 / variance.sqrt().max(SMALLEST))
        .collect();
    let mean = mean.into_vec();
    let at = |values: &[f32], place: usize| values[place.min(values.len() - 1)];
    let offset = (0..mean.len().max(scale.len()))
        .map(|place| -at(&mean, place) * at(&scale, place))
        .collect();
    if mean.is_empty() || scale.is_empty() {
        return Err(entry.refuse("its mean or variance is empty"));
    }
    Ok(Rescaling { scale, offset }.into())
}

pub(super) fn over_channels(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: StatisticsConfig = entry.read()?;
    let axes = match &config.axis {
        Value::Null => Vec::new(),
        Value::Array(_) => entry.parse(&config.axis)?,
        axis => vec![entry.parse::<i64>(axis)?],
    };
    if axes.contains(&0) {
        return Err(entry.refuse("it normalises along the axis of the batch"));
    }
    if config.rms_scaling {
        return Err(entry.refuse("it uses rms_scaling, which is not supported"));
    }
    Ok(LayerNormalization {
        axes,
        epsilon: config.epsilon,
        scale: config.scale,
        center: config.center,
    }
    .into())
}

pub(super) fn over_groups(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: StatisticsConfig = entry.read()?;
    check_axis(entry, &config.axis)?;
    let groups = match config.groups.unwrap_or(32) {
        // One a channel; how many there are, its weights tell.
        -1 if config.scale || config.center => usize::MAX,
        groups => usize::try_from(groups)
            .map_err(|_| entry.refuse(format!("it has {groups} groups, expected 1 or more")))?,
    };
    Ok(GroupNormalization {
        groups,
        epsilon: config.epsilon,
        scale: config.scale,
        center: config.center,
    }
    .into())
}

pub(super) fn to_unit(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: StatisticsConfig = entry.read()?;
    check_axis(entry, &config.axis)?;
    Ok(UnitNormalization.into())
}

pub(super) fn by_factors(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(ChannelScale.into())
}
