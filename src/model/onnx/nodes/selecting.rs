//! Parts of tensors, tensors side by side, and borders around them.

use super::super::align::Rules;
use super::super::array::Array;
use super::super::error::Reason;
use super::super::fold::indexing::{Cut, cuts, lengths, places};
use super::super::importer::{Value, across_samples, on};
use super::super::node::axis;
use super::super::view::{Atom, BATCH, SAMPLE, View, product};
use super::call::{Call, Outputs, one};
use super::linear::operands;
use crate::model::operators::{Concatenation, Kept, Pad, PadKind, Selection};

pub fn slice(call: &mut Call<'_, '_>) -> Outputs {
    let mut view = call.view(0)?;
    let extents = call.extents(&view);
    for cut in cuts(&call.node, &call.constants(), &extents)? {
        view = cut_view(call, &view, &cut, extents[cut.axis])?;
    }
    one(view)
}

fn cut_view(call: &mut Call<'_, '_>, view: &View, cut: &Cut, extent: i64) -> Result<View, Reason> {
    if cut.start == 0 && cut.step == 1 && cut.length as i64 == extent {
        return Ok(view.clone());
    }
    if view.holds_batch(cut.axis) {
        return Err(across_samples());
    }
    let kept = match usize::try_from(cut.step) {
        Ok(step) => Kept::Range {
            start: cut.start,
            length: cut.length,
            step,
        },
        Err(_) => Kept::Places(cut.places()),
    };
    select(call, view, cut.axis, kept)
}

/// Keeps some entries of an ONNX axis.
fn select(call: &mut Call<'_, '_>, view: &View, along: usize, kept: Kept) -> Result<View, Reason> {
    if view.holds_batch(along) {
        return Err(across_samples());
    }
    let name = call.node.layer;
    let (view, axis) = match view.single(along, call.importer.shape(view.layer)) {
        Some(axis) => (view.clone(), axis),
        None => {
            let order = super::super::importer::layer_order(view);
            let (_, found) = call.importer.in_order(view, &order, name)?;
            let axis = found.single(along, call.importer.shape(found.layer));
            (found, axis.ok_or("selects along an axis that is none")?)
        }
    };
    let layer = call.push(Selection { axis, kept }, vec![view.layer], vec![])?;
    Ok(on(layer, &view))
}

pub fn split(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let extents = call.extents(&view);
    let along = axis(call.node.integer("axis").unwrap_or(0), extents.len())?;
    let mut start = 0;
    let mut parts = Vec::new();
    for length in lengths(&call.node, &call.constants(), extents[along])? {
        let cut = Cut {
            axis: along,
            start,
            length: length as usize,
            step: 1,
        };
        parts.push(Value::Layer(cut_view(call, &view, &cut, extents[along])?));
        start += length as usize;
    }
    Ok(parts)
}

pub fn gather(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let indices = call.needed(1)?;
    let extents = call.extents(&view);
    let along = axis(call.node.integer("axis").unwrap_or(0), extents.len())?;
    if view.holds_batch(along) {
        return per_sample(call, &view, along, &indices);
    }
    let places = places(&indices, extents[along] as usize)?;
    let mut found = match run(&places) {
        Some((0, length)) if length as i64 == extents[along] => view,
        Some((start, length)) => select(
            call,
            &view,
            along,
            Kept::Range {
                start,
                length,
                step: 1,
            },
        )?,
        None => select(call, &view, along, Kept::Places(places))?,
    };
    match *indices.dimensions() {
        [] => {
            found.axes.remove(along);
            one(found)
        }
        [_] => one(found),
        ref shape => {
            let mut target = call.extents(&found);
            target.splice(along..=along, shape.iter().map(|&extent| extent as i64));
            one(call.importer.reshape(&found, &target, call.node.layer)?)
        }
    }
}

/// Indices that count through the batch, in an axis of which it is the outermost part: each sample's own.
fn per_sample(call: &mut Call<'_, '_>, view: &View, along: usize, indices: &Array) -> Outputs {
    let (Some((Atom::Batch, own)), Some((1, inner))) = (
        view.axes[along].split_first(),
        indices.dimensions().split_first(),
    ) else {
        return Err(across_samples());
    };
    let width = product(own, call.importer.shape(view.layer), 1);
    let sample = match call.importer.batch {
        BATCH => SAMPLE,
        1 => 0,
        _ => return Err(across_samples()),
    };
    let place = |index: i64| {
        let place = index.checked_sub(width.checked_mul(sample)?)?;
        usize::try_from(place).ok().filter(|_| place < width)
    };
    let places = indices.to_integers()?.into_iter().map(place);
    let places: Vec<usize> = places.collect::<Option<_>>().ok_or_else(across_samples)?;
    let mut found = view.clone();
    found.axes[along] = own.to_vec();
    found.axes.insert(along, vec![Atom::Batch]);
    match run(&places) {
        Some((0, length)) if length as i64 == width => {}
        Some((start, length)) => {
            let kept = Kept::Range {
                start,
                length,
                step: 1,
            };
            found = select(call, &found, along + 1, kept)?;
        }
        None => found = select(call, &found, along + 1, Kept::Places(places))?,
    }
    let mut target = call.extents(&found);
    target.splice(
        along + 1..=along + 1,
        inner.iter().map(|&extent| extent as i64),
    );
    one(call.importer.reshape(&found, &target, call.node.layer)?)
}

/// Start and length of places that follow each other.
fn run(places: &[usize]) -> Option<(usize, usize)> {
    let start = *places.first()?;
    let follows = places
        .iter()
        .enumerate()
        .all(|(at, &place)| place == start + at);
    follows.then_some((start, places.len()))
}

pub fn concat(call: &mut Call<'_, '_>) -> Outputs {
    let values: Vec<Value> = call.inputs.iter().flatten().cloned().collect();
    let rank = match values.first() {
        Some(Value::Layer(view)) => view.axes.len(),
        Some(Value::Constant(array)) => array.dimensions().len(),
        None => return Err("puts nothing side by side".into()),
    };
    let free = axis(call.node.integer("axis").unwrap_or(1), rank)?;
    if let [Value::Layer(view)] = values.as_slice() {
        return one(view.clone());
    }
    let holds_batch = |value: &Value| matches!(value, Value::Layer(view) if view.axes.get(free).is_some_and(|parts| parts.contains(&Atom::Batch)));
    if values.iter().any(holds_batch) {
        return Err(across_samples());
    }
    let rules = Rules {
        free: Some(free),
        tail: 0,
    };
    let aligned = call.importer.align(&values, rules, call.node.layer)?;
    let inputs = operands(call, &aligned.operands)?;
    let place = aligned
        .free
        .ok_or("puts tensors side by side along no axis")?;
    let layer = call.push(
        Concatenation {
            axis: place as i64 + 1,
        },
        inputs,
        vec![],
    )?;
    one(View {
        layer,
        axes: aligned.axes,
        label: None,
    })
}

pub fn pad(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let rank = view.axes.len();
    let pads = call.list("pads", 1)?.ok_or("has no pads")?;
    let along = match call.constant(3)? {
        Some(list) => list
            .to_integers()?
            .into_iter()
            .map(|at| axis(at, rank))
            .collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * along.len() {
        return Err(format!("pads {} axes by {pads:?}", along.len()));
    }
    let value = call.number("value", 2)?.unwrap_or(0.0);
    let kind = match call.node.text("mode").unwrap_or("constant") {
        "constant" => PadKind::Constant(value),
        "edge" => PadKind::Edge,
        "reflect" => PadKind::Reflect,
        "wrap" => PadKind::Wrap,
        other => return Err(format!("pads by the rule {other}, which is not known")),
    };
    let mut view = view;
    let mut borders = vec![(0, 0); rank];
    for (at, &axis) in along.iter().enumerate() {
        let (before, after) = (pads[at], pads[at + along.len()]);
        view = cropped(call, &view, axis, (before, after))?;
        borders[axis] = (before.max(0) as usize, after.max(0) as usize);
    }
    if borders.iter().all(|&border| border == (0, 0)) {
        return one(view);
    }
    let grown = |axis: usize| borders[axis] != (0, 0);
    if (0..rank).any(|axis| grown(axis) && view.holds_batch(axis)) {
        return Err(across_samples());
    }
    let order = super::super::importer::layer_order(&view);
    let (layer, view) = call.importer.in_order(&view, &order, call.node.layer)?;
    let margins = order.iter().map(|&axis| borders[axis]).collect();
    let layer = call.push(Pad { kind, margins }, vec![layer], vec![])?;
    one(on(layer, &view))
}

/// Negative borders take entries away.
fn cropped(
    call: &mut Call<'_, '_>,
    view: &View,
    axis: usize,
    (before, after): (i64, i64),
) -> Result<View, Reason> {
    let extent = call.extents(view)[axis];
    let (before, after) = (
        before.min(0).unsigned_abs() as usize,
        after.min(0).unsigned_abs() as usize,
    );
    if before == 0 && after == 0 {
        return Ok(view.clone());
    }
    let length = (extent as usize)
        .checked_sub(before)
        .and_then(|rest| rest.checked_sub(after))
        .ok_or("takes away more entries than there are")?;
    let cut = Cut {
        axis,
        start: before,
        length,
        step: 1,
    };
    cut_view(call, view, &cut, extent)
}
