//! Normalisations.

use super::super::array::Array;
use super::super::error::Reason;
use super::super::importer::{on, weight};
use super::super::node::axis;
use super::super::view::Parts;
use super::call::{Call, Outputs, one};
use super::convolution::samples_first;
use super::reducing::last;
use crate::model::operators::{
    BatchNormalization, GroupNormalization, LayerNormalization, LocalResponseNormalization,
};
use crate::model::{LayerId, Weight};

/// Kept a layer of its own, so that it can be looked at.
pub fn batch_normalization(call: &mut Call<'_, '_>) -> Outputs {
    if call.node.flag("training_mode") {
        return Err("computes its statistics from the batch (training_mode); export the model for inference".into());
    }
    let view = call.view(0)?;
    let channel = usize::from(view.axes.len() > 1);
    let (layer, view) = last(call, &view, channel)?;
    let weights = [
        (1, "gamma"),
        (2, "beta"),
        (3, "moving_mean"),
        (4, "moving_variance"),
    ]
    .into_iter()
    .map(|(place, name)| Ok(vector(name, &call.needed(place)?)))
    .collect::<Result<Vec<_>, Reason>>()?;
    let operator = BatchNormalization {
        epsilon: call.node.float("epsilon").unwrap_or(1e-5),
        scale: true,
        center: true,
        axis: -1,
    };
    let layer = call.push(operator, vec![layer], weights)?;
    one(on(layer, &view))
}

fn vector(name: &str, array: &Array) -> Weight {
    weight(name, &[array.len()], array.to_floats())
}

pub fn local_response_normalization(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let (layer, view) = last(call, &view, 1.min(view.axes.len().saturating_sub(1)))?;
    let size = call.node.integer("size").unwrap_or(0);
    let operator = LocalResponseNormalization {
        size: usize::try_from(size).map_err(|_| format!("has the size {size}"))?,
        alpha: call.node.float("alpha").unwrap_or(1e-4),
        beta: call.node.float("beta").unwrap_or(0.75),
        bias: call.node.float("bias").unwrap_or(1.0),
    };
    let layer = call.push(operator, vec![layer], vec![])?;
    one(on(layer, &view))
}

/// Over one axis, or all from one on.
pub fn layer_normalization(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let extents = call.extents(&view);
    let from = axis(call.node.integer("axis").unwrap_or(-1), extents.len())?;
    let mut flat = view.clone();
    let merged: Parts = flat.axes.drain(from..).flatten().collect();
    flat.axes.push(merged);
    let (layer, flat) = last(call, &flat, from)?;
    let weights = scale_and_shift(call, layer)?;
    let operator = LayerNormalization {
        axes: Vec::new(),
        epsilon: call.node.float("epsilon").unwrap_or(1e-5),
        scale: true,
        center: weights.len() > 1,
    };
    let layer = call.push(operator, vec![layer], weights)?;
    let result = on(layer, &flat);
    if from + 1 == extents.len() {
        return one(result);
    }
    one(call.importer.reshape(&result, &extents, call.node.layer)?)
}

/// The second and third input, one value a channel of the layer.
fn scale_and_shift(call: &Call<'_, '_>, layer: LayerId) -> Result<Vec<Weight>, Reason> {
    let channels = call.importer.shape(layer).channels();
    let spread = |name: &str, array: &Array| -> Result<Weight, Reason> {
        let values = match array.to_floats() {
            values if values.len() == channels => values,
            // Before version 21 a group normalisation had one value a group.
            values if !values.is_empty() && channels.is_multiple_of(values.len()) => {
                let width = channels / values.len();
                values
                    .iter()
                    .flat_map(|&value| std::iter::repeat_n(value, width))
                    .collect()
            }
            values => {
                return Err(format!(
                    "scales {channels} channels by {} values",
                    values.len()
                ));
            }
        };
        Ok(weight(name, &[channels], values))
    };
    let mut weights = vec![spread("gamma", &call.needed(1)?)?];
    if let Some(beta) = call.constant(2)? {
        weights.push(spread("beta", &beta)?);
    }
    Ok(weights)
}

pub fn group_normalization(call: &mut Call<'_, '_>) -> Outputs {
    let groups = call.node.integer("num_groups").unwrap_or(0);
    let groups = usize::try_from(groups).map_err(|_| format!("has {groups} groups"))?;
    by_groups(call, |_| groups)
}

pub fn instance_normalization(call: &mut Call<'_, '_>) -> Outputs {
    by_groups(call, |channels| channels)
}

fn by_groups(call: &mut Call<'_, '_>, groups: impl Fn(usize) -> usize) -> Outputs {
    let view = call.view(0)?;
    if view.axes.len() < 2 {
        return Err("normalises a tensor without channels".into());
    }
    samples_first(call, &view)?;
    let (layer, view) = last(call, &view, 1)?;
    let weights = scale_and_shift(call, layer)?;
    let operator = GroupNormalization {
        groups: groups(call.importer.shape(layer).channels()),
        epsilon: call.node.float("epsilon").unwrap_or(1e-5),
        scale: true,
        center: weights.len() > 1,
    };
    let layer = call.push(operator, vec![layer], weights)?;
    one(on(layer, &view))
}
