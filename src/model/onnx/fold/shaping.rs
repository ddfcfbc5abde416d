//! Constants made from nothing, and other axes for those that are there.

use super::super::array::{Array, checked_elements};
use super::super::error::Reason;
use super::super::external::ExternalFiles;
use super::super::node::{Node, axes, axis, resolve_shape};
use super::super::tensor::{self, Numbers};
use super::super::view::{BATCH, SAMPLE, counts_samples};
use super::{Inputs, first, input, list};

pub fn constant(node: &Node<'_>, files: &ExternalFiles) -> Result<Array, Reason> {
    let attribute = node.proto.attribute.first().ok_or("holds no value")?;
    match attribute.name.as_str() {
        "value" => {
            let value = attribute.t.as_ref().ok_or("holds no tensor")?;
            tensor::read(value, files).map_err(|error| format!("holds a bad value: {error}"))
        }
        "value_float" => Array::floats(&[], vec![attribute.f]),
        "value_floats" => Array::floats(&[attribute.floats.len()], attribute.floats.clone()),
        "value_int" => Array::integers(&[], vec![attribute.i]),
        "value_ints" => Ok(Array::list(attribute.ints.clone())),
        other => Err(format!("holds a {other}, which is not supported")),
    }
}

/// The extents of a constant that a model repeats for every sample: once is enough.
pub fn without_batch(extents: &[i64]) -> Result<Vec<usize>, Reason> {
    let one = |&extent: &i64| {
        let extent = if extent != 0 && extent % BATCH == 0 {
            extent / BATCH
        } else {
            extent
        };
        usize::try_from(extent).map_err(|_| format!("makes a constant of {extents:?}"))
    };
    let extents = extents.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    checked_elements(&extents)?;
    Ok(extents)
}

pub fn constant_of_shape(
    node: &Node<'_>,
    inputs: &Inputs<'_>,
    files: &ExternalFiles,
) -> Result<Array, Reason> {
    let extents = without_batch(&first(inputs)?.to_integers()?)?;
    let value = match node
        .attribute("value")
        .and_then(|attribute| attribute.t.as_ref())
    {
        Some(value) => tensor::read(value, files).map_err(|error| error.to_string())?,
        None => Array::floats(&[1], vec![0.0])?,
    };
    value.reshape(&vec![1; extents.len()])?.broadcast(&extents)
}

pub fn range(inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let one = |place| match input(inputs, place)?.to_integers()?.as_slice() {
        [value] => Ok(*value),
        _ => Err(Reason::from("counts from, to or by more than one number")),
    };
    let (start, limit, step) = (one(0)?, one(1)?, one(2)?);
    let span = limit.checked_sub(start).ok_or("counts too far")?;
    if step == 0 {
        return Err("counts by steps of 0".into());
    }
    let count = (span / step + i64::from(span % step != 0)).max(0);
    if (start, limit, step) == (0, BATCH, 1) {
        // One index a sample; the axis of the batch is there once, as in all constants.
        return Ok(Array::list(vec![SAMPLE]));
    }
    if count != 0 && count % BATCH == 0 {
        return Err("counts through the samples of a batch".into());
    }
    let count = checked_elements(&[count as usize])?;
    Ok(Array::list(
        (0..count as i64).map(|at| start + at * step).collect(),
    ))
}

/// The shape of a tensor with these extents, cut as the node says.
pub fn shape_of(node: &Node<'_>, extents: &[i64]) -> Result<Array, Reason> {
    let rank = extents.len() as i64;
    let place = |value: i64| {
        (if value < 0 {
            value.saturating_add(rank)
        } else {
            value
        })
        .clamp(0, rank) as usize
    };
    let start = place(node.integer("start").unwrap_or(0));
    let end = place(node.integer("end").unwrap_or(rank));
    Ok(Array::list(
        extents.get(start..end).unwrap_or_default().to_vec(),
    ))
}

pub fn cast(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let numbers = match inputs.get(1).copied().flatten() {
        Some(Array::Float(_)) => Numbers::Float,
        Some(Array::Integer(_)) => Numbers::Integer,
        Some(Array::Truth(_)) => Numbers::Truth,
        None => {
            let to = node.integer("to").unwrap_or(0);
            i32::try_from(to)
                .ok()
                .and_then(tensor::numbers)
                .ok_or_else(|| format!("casts to the data type {to}, which is not supported"))?
        }
    };
    let dimensions = array.dimensions().to_vec();
    refuse_samples(array)?;
    match (numbers, array) {
        (Numbers::Float, _) => Array::floats(&dimensions, array.to_floats()),
        // Rust's conversion truncates towards 0, as ONNX does, and saturates.
        (Numbers::Integer, Array::Float(values)) => Array::integers(
            &dimensions,
            values.iter().map(|&value| value as i64).collect(),
        ),
        (Numbers::Integer, _) => Array::integers(&dimensions, array.to_integers()?),
        (Numbers::Truth, _) => Array::truths(&dimensions, array.to_truths()),
    }
}

pub fn reshape(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let target = list(node, "shape", inputs, 1)?.ok_or("has no shape")?;
    let extents: Vec<i64> = array
        .dimensions()
        .iter()
        .map(|&extent| extent as i64)
        .collect();
    let resolved = resolve_shape(&extents, &target, node.flag("allowzero"))?;
    array.reshape(&without_batch(&resolved)?)
}

pub fn flatten(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let rank = array.dimensions().len();
    let at = node.integer("axis").unwrap_or(1);
    let at = if at == rank as i64 {
        rank
    } else {
        axis(at, rank)?
    };
    let rows = array.dimensions()[..at].iter().product();
    let columns = array.dimensions()[at..].iter().product();
    array.reshape(&[rows, columns])
}

/// The order of a transpose of so many axes: backwards where none is given.
pub fn order(node: &Node<'_>, rank: usize) -> Result<Vec<usize>, Reason> {
    let Some(order) = node.integers("perm") else {
        return Ok((0..rank).rev().collect());
    };
    if order.len() != rank || axes(order, rank).is_err() {
        return Err(format!("orders {rank} axes as {order:?}"));
    }
    order.iter().map(|&at| axis(at, rank)).collect()
}

pub fn transpose(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    array.transpose(&order(node, array.dimensions().len())?)
}

pub fn squeeze(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let extents = array.dimensions();
    let dropped = match list(node, "axes", inputs, 1)? {
        Some(list) => axes(&list, extents.len())?,
        None => (0..extents.len())
            .filter(|&axis| extents[axis] == 1)
            .collect(),
    };
    let kept: Vec<usize> = (0..extents.len())
        .filter(|axis| !dropped.contains(axis))
        .map(|axis| extents[axis])
        .collect();
    array.reshape(&kept)
}

pub fn unsqueeze(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let added = list(node, "axes", inputs, 1)?.ok_or("names no axes")?;
    let rank = array.dimensions().len().saturating_add(added.len());
    let added = axes(&added, rank)?;
    let mut extents = array.dimensions().to_vec();
    for axis in added {
        extents.insert(axis.min(extents.len()), 1);
    }
    array.reshape(&extents)
}

pub fn expand(inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let target = without_batch(&input(inputs, 1)?.to_integers()?)?;
    let dimensions = broadcast_shape(array.dimensions(), &target)?;
    array.broadcast(&dimensions)
}

/// The shape that two arrays get when each is repeated along the other's axes.
pub fn broadcast_shape(one: &[usize], other: &[usize]) -> Result<Vec<usize>, Reason> {
    let rank = one.len().max(other.len());
    let extent =
        |of: &[usize], axis: usize| (axis + of.len()).checked_sub(rank).map_or(1, |at| of[at]);
    let dimensions = (0..rank)
        .map(|axis| match (extent(one, axis), extent(other, axis)) {
            (one, other) if one == other => Ok(one),
            (1, extent) | (extent, 1) => Ok(extent),
            _ => Err(format!(
                "combines {one:?} and {other:?}, which differ in an extent that is not 1"
            )),
        })
        .collect::<Result<Vec<_>, _>>()?;
    checked_elements(&dimensions)?;
    Ok(dimensions)
}

/// Indices that count through a batch are good for indexing and for nothing else.
pub fn refuse_samples(array: &Array) -> Result<(), Reason> {
    match array {
        Array::Integer(values) if values.iter().any(|&value| counts_samples(value)) => {
            Err("computes with the numbers of the samples in a batch".into())
        }
        _ => Ok(()),
    }
}
