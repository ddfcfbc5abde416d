//! Parts of constants, and constants put together.

use super::super::array::{Array, checked_elements};
use super::super::error::Reason;
use super::super::node::{Node, axis};
use super::{Inputs, first, input, list};

pub fn concat(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let arrays = (0..inputs.len())
        .map(|place| input(inputs, place))
        .collect::<Result<Vec<_>, _>>()?;
    let rank = first(inputs)?.dimensions().len();
    Array::concatenate(&arrays, axis(node.integer("axis").unwrap_or(0), rank)?)
}

/// Indices as places from 0, negative ones counted from the end.
pub fn places(indices: &Array, extent: usize) -> Result<Vec<usize>, Reason> {
    let place = |index: i64| {
        let counted = if index < 0 {
            index.checked_add(extent as i64)
        } else {
            Some(index)
        };
        counted
            .and_then(|index| usize::try_from(index).ok())
            .filter(|&index| index < extent)
            .ok_or_else(|| format!("reads entry {index} of {extent}"))
    };
    indices.to_integers()?.into_iter().map(place).collect()
}

pub fn gather(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let (array, indices) = (first(inputs)?, input(inputs, 1)?);
    let along = axis(node.integer("axis").unwrap_or(0), array.dimensions().len())?;
    let selected = array.select(along, &places(indices, array.dimensions()[along])?)?;
    let mut extents = array.dimensions().to_vec();
    extents.splice(along..=along, indices.dimensions().iter().copied());
    selected.reshape(&extents)
}

pub fn gather_nd(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let (array, indices) = (first(inputs)?, input(inputs, 1)?);
    if node.integer("batch_dims").unwrap_or(0) != 0 {
        return Err("has batch_dims, which is not supported for constants".into());
    }
    let (&depth, outer) = indices
        .dimensions()
        .split_last()
        .ok_or("reads no indices")?;
    if depth == 0 || depth > array.dimensions().len() {
        return Err(format!(
            "reads entries of {depth} indices of {:?}",
            array.dimensions()
        ));
    }
    let (head, tail) = array.dimensions().split_at(depth);
    let flat = array.reshape(&[head.iter().product(), tail.iter().product()])?;
    let selected = flat.select(0, &positions(&indices.to_integers()?, head)?)?;
    selected.reshape(&[outer, tail].concat())
}

/// Tuples of indices into axes of these extents as places in one axis.
fn positions(indices: &[i64], extents: &[usize]) -> Result<Vec<usize>, Reason> {
    indices
        .chunks(extents.len())
        .map(|tuple| {
            let mut place = 0;
            for (&index, &extent) in tuple.iter().zip(extents) {
                let one = places(&Array::list(vec![index]), extent)?;
                place = place * extent + one[0];
            }
            Ok(place)
        })
        .collect()
}

/// A copy in which some entries are replaced.
pub fn scatter_nd(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let (array, indices, updates) = (first(inputs)?, input(inputs, 1)?, input(inputs, 2)?);
    if node
        .text("reduction")
        .is_some_and(|reduction| reduction != "none")
    {
        return Err("combines entries while it replaces them, which is not supported".into());
    }
    let depth = *indices.dimensions().last().ok_or("reads no indices")?;
    if depth == 0 || depth > array.dimensions().len() {
        return Err(format!(
            "replaces entries of {depth} indices of {:?}",
            array.dimensions()
        ));
    }
    let (head, tail) = array.dimensions().split_at(depth);
    let places = positions(&indices.to_integers()?, head)?;
    let width: usize = tail.iter().product();
    if updates.len() != places.len() * width {
        return Err(format!(
            "replaces {} values by {}",
            places.len() * width,
            updates.len()
        ));
    }
    match (array, updates) {
        (Array::Float(_), Array::Float(_)) => Array::floats(
            array.dimensions(),
            replaced(array.to_floats(), &places, &updates.to_floats(), width),
        ),
        _ => Array::integers(
            array.dimensions(),
            replaced(
                array.to_integers()?,
                &places,
                &updates.to_integers()?,
                width,
            ),
        ),
    }
}

fn replaced<T: Copy>(mut values: Vec<T>, places: &[usize], updates: &[T], width: usize) -> Vec<T> {
    for (&place, update) in places.iter().zip(updates.chunks(width.max(1))) {
        values[place * width..][..width].copy_from_slice(update);
    }
    values
}

/// A cut along one axis: `length` entries from `start` on, `step` apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub axis: usize,
    pub start: usize,
    pub length: usize,
    pub step: i64,
}

impl Cut {
    /// The entries that are kept, in order.
    pub fn places(&self) -> Vec<usize> {
        (0..self.length as i64)
            .map(|at| (self.start as i64 + at * self.step) as usize)
            .collect()
    }
}

/// What `Slice` keeps of a tensor with these extents.
pub fn cuts(node: &Node<'_>, inputs: &Inputs<'_>, extents: &[i64]) -> Result<Vec<Cut>, Reason> {
    let starts = list(node, "starts", inputs, 1)?.ok_or("has no starts")?;
    let ends = list(node, "ends", inputs, 2)?.ok_or("has no ends")?;
    let axes = list(node, "axes", inputs, 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = match inputs.get(4).copied().flatten() {
        Some(steps) => steps.to_integers()?,
        None => vec![1; starts.len()],
    };
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err("has not as many starts as ends, axes and steps".into());
    }
    (0..starts.len())
        .map(|at| {
            let along = axis(axes[at], extents.len())?;
            cut(along, (starts[at], ends[at], steps[at]), extents[along])
        })
        .collect()
}

/// As numpy cuts: places are counted from the end where negative, and clamped.
fn cut(axis: usize, (start, end, step): (i64, i64, i64), extent: i64) -> Result<Cut, Reason> {
    if step == 0 || step == i64::MIN {
        return Err(format!("slices by steps of {step}"));
    }
    let counted = |place: i64| {
        if place < 0 {
            place.saturating_add(extent)
        } else {
            place
        }
    };
    let (low, high) = if step > 0 {
        (0, extent)
    } else {
        (-1, extent - 1)
    };
    let (start, end) = (
        counted(start).clamp(low, high),
        counted(end).clamp(low, high),
    );
    let span = if step > 0 { end - start } else { start - end };
    let length = if span > 0 {
        (span - 1) / step.abs() + 1
    } else {
        0
    };
    Ok(Cut {
        axis,
        start: start.max(0) as usize,
        length: length as usize,
        step,
    })
}

pub fn slice(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let mut array = first(inputs)?.clone();
    let extents: Vec<i64> = array
        .dimensions()
        .iter()
        .map(|&extent| extent as i64)
        .collect();
    for cut in cuts(node, inputs, &extents)? {
        array = array.select(cut.axis, &cut.places())?;
    }
    Ok(array)
}

/// Where `Split` cuts an axis of this extent: the lengths of the parts.
pub fn lengths(node: &Node<'_>, inputs: &Inputs<'_>, extent: i64) -> Result<Vec<i64>, Reason> {
    let lengths = match list(node, "split", inputs, 1)? {
        Some(lengths) => lengths,
        None => {
            let count = node
                .integer("num_outputs")
                .unwrap_or(node.proto.output.len() as i64);
            if count <= 0 || count as usize != node.proto.output.len() {
                return Err(format!(
                    "splits into {count} parts, but has {} outputs",
                    node.proto.output.len()
                ));
            }
            let part = extent / count + i64::from(extent % count != 0);
            let mut lengths = vec![part; count as usize];
            if let Some(last) = lengths.last_mut() {
                *last = extent - part * (count - 1);
            }
            lengths
        }
    };
    let sum = lengths
        .iter()
        .try_fold(0i64, |sum, &length| sum.checked_add(length));
    if lengths.iter().any(|&length| length < 0) || sum != Some(extent) {
        return Err(format!("splits {extent} entries into {lengths:?}"));
    }
    Ok(lengths)
}

pub fn split(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Vec<Array>, Reason> {
    let array = first(inputs)?;
    let along = axis(node.integer("axis").unwrap_or(0), array.dimensions().len())?;
    let mut start = 0;
    lengths(node, inputs, array.dimensions()[along] as i64)?
        .into_iter()
        .map(|length| {
            let part = array.narrow(along, start, length as usize);
            start += length as usize;
            part
        })
        .collect()
}

pub fn tile(inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let mut array = first(inputs)?.clone();
    let repeats = input(inputs, 1)?.to_integers()?;
    if repeats.len() != array.dimensions().len() {
        return Err("has not as many repetitions as axes".into());
    }
    for (axis, repeat) in repeats.into_iter().enumerate() {
        let extent = array.dimensions()[axis];
        let repeat = usize::try_from(repeat).map_err(|_| format!("repeats {repeat} times"))?;
        let count = extent.checked_mul(repeat).ok_or("repeats too often")?;
        checked_elements(&[count])?;
        let places: Vec<usize> = (0..count).map(|at| at % extent.max(1)).collect();
        array = array.select(axis, &places)?;
    }
    Ok(array)
}

/// The indices of the values that are not 0, one row an axis.
pub fn non_zero(inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let extents = array.dimensions();
    let found: Vec<usize> = (array.to_truths().into_iter().enumerate())
        .filter_map(|(place, value)| value.then_some(place))
        .collect();
    let mut rows = Vec::with_capacity(found.len() * extents.len());
    for axis in 0..extents.len() {
        let stride: usize = extents[axis + 1..].iter().product();
        rows.extend(
            found
                .iter()
                .map(|place| (place / stride % extents[axis]) as i64),
        );
    }
    Array::integers(&[extents.len(), found.len()], rows)
}
