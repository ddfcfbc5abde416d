//! Operators that only change axes. Most of them make no layer: they change how a tensor lies in one.

use super::super::array::Array;
use super::super::error::Reason;
use super::super::fold::shaping::{order, shape_of};
use super::super::importer::Value;
use super::super::node::{axes, axis, resolve_shape};
use super::super::tensor::{self, Numbers};
use super::super::view::{Atom, Parts, View, in_words};
use super::call::{Call, Outputs, one};
use crate::model::operators::{Identity, Kept, Selection};

pub fn identity(call: &mut Call<'_, '_>) -> Outputs {
    one(call.view(0)?)
}

pub fn dropout(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let rate = call.number("ratio", 1)?.unwrap_or(0.5);
    if call
        .constant(2)?
        .is_some_and(|training| training.to_truths() == [true])
    {
        return Err(
            "drops values at random (training_mode); export the model for inference".into(),
        );
    }
    call.pointwise(&view, Identity::Dropout { rate })
}

/// Numbers of layers are floats, so only a cast to floats leaves them alone.
pub fn cast(call: &mut Call<'_, '_>) -> Outputs {
    let to = call.node.integer("to").unwrap_or(1);
    match i32::try_from(to).ok().and_then(tensor::numbers) {
        Some(Numbers::Float) => one(call.view(0)?),
        _ => Err("casts values that depend on the image to whole numbers or truth values".into()),
    }
}

pub fn cast_like(call: &mut Call<'_, '_>) -> Outputs {
    match call.inputs.get(1) {
        Some(Some(Value::Constant(Array::Integer(_) | Array::Truth(_)))) => {
            Err("casts values that depend on the image to whole numbers or truth values".into())
        }
        _ => one(call.view(0)?),
    }
}

/// Shapes are known while the model is read, but for the number of samples.
pub fn shape(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let extents = call.extents(&view);
    Ok(vec![Value::Constant(shape_of(&call.node, &extents)?)])
}

pub fn size(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let mut extents = call.extents(&view).into_iter();
    let size = extents.try_fold(1i64, |product, extent| product.checked_mul(extent));
    let size = size.ok_or("counts more values than can be counted")?;
    Ok(vec![Value::Constant(Array::integers(&[], vec![size])?)])
}

pub fn transpose(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    one(view.transposed(&order(&call.node, view.axes.len())?))
}

pub fn reshape(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let target = call.list("shape", 1)?.ok_or("has no shape")?;
    let resolved = resolve_shape(&call.extents(&view), &target, call.node.flag("allowzero"))
        .map_err(|_| misfit(call, &view, &target))?;
    one(call.importer.reshape(&view, &resolved, call.node.layer)?)
}

fn misfit(call: &Call<'_, '_>, view: &View, target: &[i64]) -> Reason {
    format!(
        "gives a tensor of {} the shape {}, which does not fit",
        in_words(&call.extents(view)),
        in_words(target)
    )
}

pub fn flatten(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let rank = view.axes.len();
    let at = call.node.integer("axis").unwrap_or(1);
    let at = if at == rank as i64 {
        rank
    } else {
        axis(at, rank)?
    };
    // Merged axes are only a view: no number has to be resolved.
    let merged = |axes: &[Parts]| -> Parts { axes.iter().flatten().copied().collect() };
    one(View {
        axes: vec![merged(&view.axes[..at]), merged(&view.axes[at..])],
        label: Some(call.name().into()),
        ..view
    })
}

pub fn squeeze(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let extents = call.extents(&view);
    let dropped = match call.list("axes", 1)? {
        Some(list) => axes(&list, extents.len())?,
        None => (0..extents.len())
            .filter(|&axis| extents[axis] == 1)
            .collect(),
    };
    if let Some(axis) = dropped.iter().find(|&&axis| extents[axis] != 1) {
        return Err(format!(
            "drops axis {axis} of {}, which is not 1",
            in_words(&extents)
        ));
    }
    let mut kept = Vec::new();
    let mut batch = None;
    for (axis, parts) in view.axes.iter().enumerate() {
        if !dropped.contains(&axis) {
            kept.push(parts.clone());
        } else if parts.contains(&Atom::Batch) {
            batch = Some(kept.len());
        }
    }
    // A model for one image at a time may drop its axis; the batch goes with the axis behind.
    if let Some(at) = batch {
        let at = at.min(kept.len().saturating_sub(1));
        match kept.get_mut(at) {
            Some(parts) => parts.insert(0, Atom::Batch),
            None => kept.push(vec![Atom::Batch]),
        }
    }
    one(View { axes: kept, ..view })
}

pub fn unsqueeze(call: &mut Call<'_, '_>) -> Outputs {
    let mut view = call.view(0)?;
    let added = call.list("axes", 1)?.ok_or("names no axes")?;
    for axis in axes(&added, view.axes.len().saturating_add(added.len()))? {
        view.axes.insert(axis.min(view.axes.len()), Parts::new());
    }
    one(view)
}

/// Repeats a tensor along axes of extent 1.
pub fn expand(call: &mut Call<'_, '_>) -> Outputs {
    let mut view = call.view(0)?;
    let target = call.needed(1)?.to_integers()?;
    while view.axes.len() < target.len() {
        view.axes.insert(0, Parts::new());
    }
    let extents = call.extents(&view);
    let skipped = extents.len() - target.len();
    for (at, &wanted) in target.iter().enumerate() {
        let axis = at + skipped;
        if wanted == 1 || wanted == extents[axis] {
            continue;
        }
        let count = usize::try_from(wanted).ok().filter(|_| extents[axis] == 1);
        let count = count.ok_or_else(|| misfit(call, &view, &target))?;
        view = repeated(call, &view, axis, count)?;
    }
    one(view)
}

fn repeated(
    call: &mut Call<'_, '_>,
    view: &View,
    axis: usize,
    count: usize,
) -> Result<View, Reason> {
    let order = super::super::importer::layer_order(view);
    let (layer, found) = call.importer.in_order(view, &order, call.node.layer)?;
    let place = order
        .iter()
        .position(|&other| other == axis)
        .filter(|_| !view.holds_batch(axis))
        .ok_or("repeats the samples of a batch")?;
    if count > 1 << 28 {
        return Err(format!("repeats its values {count} times"));
    }
    let selection = Selection {
        axis: place,
        kept: Kept::Places(vec![0; count]),
    };
    let layer = call.push(selection, vec![layer], vec![])?;
    Ok(View { layer, ..found })
}

/// Channels become pixels: three changes of axes.
pub fn depth_to_space(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let block = block(call)?;
    let [batch, channels, height, width] = image_extents(call, &view)?;
    let depth = channels / (block * block);
    if depth * block * block != channels {
        return Err(format!(
            "makes blocks of {block}×{block} pixels of {channels} channels"
        ));
    }
    let columns_rows = call.node.text("mode") == Some("CRD");
    let (split, order) = if columns_rows {
        (
            [batch, depth, block, block, height, width],
            [0, 1, 4, 2, 5, 3],
        )
    } else {
        (
            [batch, block, block, depth, height, width],
            [0, 3, 4, 1, 5, 2],
        )
    };
    let name = call.node.layer;
    let split = call
        .importer
        .reshape(&view, &split, name)?
        .transposed(&order);
    one(call
        .importer
        .reshape(&split, &[batch, depth, height * block, width * block], name)?)
}

/// Pixels become channels.
pub fn space_to_depth(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let block = block(call)?;
    let [batch, channels, height, width] = image_extents(call, &view)?;
    if height % block != 0 || width % block != 0 {
        return Err(format!(
            "cuts {height}×{width} pixels into blocks of {block}×{block}"
        ));
    }
    let channels_outermost = call.node.text("mode") == Some("CRD");
    let split = [batch, channels, height / block, block, width / block, block];
    let name = call.node.layer;
    let split = call
        .importer
        .reshape(&view, &split, name)?
        .transposed(if channels_outermost {
            &[0, 1, 3, 5, 2, 4]
        } else {
            &[0, 3, 5, 1, 2, 4]
        });
    let target = [
        batch,
        channels * block * block,
        height / block,
        width / block,
    ];
    one(call.importer.reshape(&split, &target, name)?)
}

fn block(call: &Call<'_, '_>) -> Result<i64, Reason> {
    let block = call.node.integer("blocksize").unwrap_or(0);
    if (1..=1024).contains(&block) {
        Ok(block)
    } else {
        Err(format!("has the blocksize {block}"))
    }
}

fn image_extents(call: &Call<'_, '_>, view: &View) -> Result<[i64; 4], Reason> {
    let extents = call.extents(view);
    <[i64; 4]>::try_from(extents.as_slice())
        .map_err(|_| format!("takes images, but reads {}", in_words(&extents)))
}
