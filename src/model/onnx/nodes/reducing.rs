//! Numbers for whole axes: means, maxima, softmax.

use super::super::error::Reason;
use super::super::importer::{Value, across_samples, on};
use super::super::node::{axes, axis};
use super::super::view::{Atom, View};
use super::call::{Call, Outputs, one};
use crate::model::operators::{
    Activation, ActivationLayer, Function, GlobalPooling, PoolingKind, Reduction, ReductionKind,
};
use crate::model::{LayerId, Operator};

pub fn reduce(call: &mut Call<'_, '_>) -> Outputs {
    let kind = match call.node.operator() {
        "ReduceMean" => ReductionKind::Mean,
        "ReduceSum" => ReductionKind::Sum,
        "ReduceMax" => ReductionKind::Maximum,
        "ReduceMin" => ReductionKind::Minimum,
        "ReduceL1" => ReductionKind::AbsoluteSum,
        "ReduceL2" => ReductionKind::Norm,
        "ReduceSumSquare" => ReductionKind::SumOfSquares,
        other => return Err(format!("reduces by {other}")),
    };
    let view = call.view(0)?;
    let rank = view.axes.len();
    let along = match call.list("axes", 1)? {
        Some(list) if !list.is_empty() => axes(&list, rank)?,
        _ if call.node.flag("noop_with_empty_axes") => return one(view),
        _ => (0..rank).collect(),
    };
    if along.iter().any(|&axis| view.holds_batch(axis)) {
        return Err(across_samples());
    }
    let mut reduced: Vec<usize> = (along.iter().flat_map(|&axis| &view.axes[axis]))
        .filter_map(|atom| match atom {
            Atom::Axis(axis) => Some(*axis),
            Atom::Batch => None,
        })
        .collect();
    reduced.sort_unstable();
    let keep = call.node.integer("keepdims").unwrap_or(1) != 0;
    let pooling = match kind {
        ReductionKind::Mean => Some(PoolingKind::Average),
        ReductionKind::Maximum => Some(PoolingKind::Max),
        _ => None,
    };
    let image = call.importer.shape(view.layer).as_image().is_some();
    let layer = match pooling {
        Some(kind) if image && reduced == [0, 1] => call.push(
            GlobalPooling {
                kind,
                keep_dimensions: true,
            },
            vec![view.layer],
            vec![],
        )?,
        _ => call.push(
            Reduction {
                kind,
                axes: reduced,
            },
            vec![view.layer],
            vec![],
        )?,
    };
    let mut result = on(layer, &view);
    if !keep {
        let mut at = 0;
        result.axes.retain(|_| {
            at += 1;
            !along.contains(&(at - 1))
        });
    }
    one(result)
}

pub fn softmax(call: &mut Call<'_, '_>) -> Outputs {
    let activation = Activation::Softmax;
    over_classes(call, ActivationLayer { activation }.into())
}

pub fn log_softmax(call: &mut Call<'_, '_>) -> Outputs {
    over_classes(call, Function::LogSoftmax.into())
}

/// Before version 13 all axes from one on were one; since then it is one axis.
fn over_classes(call: &mut Call<'_, '_>, operator: Operator) -> Outputs {
    let view = call.view(0)?;
    let rank = view.axes.len();
    if call.node.opset >= 13 {
        let along = axis(call.node.integer("axis").unwrap_or(-1), rank)?;
        let (layer, view) = last(call, &view, along)?;
        let layer = call.push(operator, vec![layer], vec![])?;
        return one(on(layer, &view));
    }
    let from = axis(call.node.integer("axis").unwrap_or(1), rank)?;
    let merged: Vec<Atom> = view.axes[from..].iter().flatten().copied().collect();
    let mut flat = view.clone();
    flat.axes.truncate(from);
    flat.axes.push(merged);
    let extents = call.extents(&view);
    let (layer, flat) = last(call, &flat, from)?;
    let layer = call.push(operator, vec![layer], vec![])?;
    let result = on(layer, &flat);
    if from + 1 == rank {
        return one(result);
    }
    let name = call.node.layer;
    Ok(vec![Value::Layer(
        call.importer.reshape(&result, &extents, name)?,
    )])
}

/// The tensor with an axis of one sample as the layer's last.
pub fn last(call: &mut Call<'_, '_>, view: &View, along: usize) -> Result<(LayerId, View), Reason> {
    if view.holds_batch(along) {
        return Err(across_samples());
    }
    call.channels_last(view, along)
}
