//! Several tensors brought into the same order of axes, as operators that combine them need it.

use super::array::Array;
use super::error::Reason;
use super::importer::{Importer, Value, across_samples};
use super::view::{Atom, Parts, View, extent};
use crate::model::{LayerId, Shape};

/// How tensors are matched.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    /// An axis along which each has an extent of its own (concatenation).
    pub free: Option<usize>,
    /// Last axes that each has for itself and that stay last, in order (matrix products).
    pub tail: usize,
}

/// An operand in the common order: an axis for each slot, of extent 1 where it is repeated.
#[derive(Clone, Debug)]
pub enum Operand {
    Layer(LayerId),
    Constant(Array),
}

/// Tensors in a common order of axes.
pub struct Aligned {
    pub operands: Vec<Operand>,
    /// The matched axes of the result, without the tail: parts of the common layer.
    pub axes: Vec<Parts>,
    /// Number of axes of the common layer, without the tail.
    pub rank: usize,
    /// Where the free axis lies in the common layer.
    pub free: Option<usize>,
}

/// A part of an ONNX axis that several tensors share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Factor {
    Batch,
    Extent(usize),
}

/// An axis of the common layer: the ONNX axis, and the factor of it.
type Slot = (usize, usize);

impl Importer {
    /// Matches tensors axis by axis from the last, as numpy does.
    ///
    /// # Errors
    /// Where extents differ, or an axis of the batch meets another.
    pub fn align(&mut self, values: &[Value], rules: Rules, name: &str) -> Result<Aligned, Reason> {
        let mut values = values.to_vec();
        let rank = values
            .iter()
            .map(|value| matched(value, rules))
            .max()
            .unwrap_or(0);
        let mut factors = Vec::with_capacity(rank);
        for axis in 0..rank {
            factors.push(self.factors_of(&mut values, (axis, rank), rules, name)?);
        }
        let slots = self.slots(&values, &factors, rank, rules);
        let mut operands = Vec::with_capacity(values.len());
        for value in &values {
            operands.push(match value {
                Value::Layer(view) => {
                    let groups = self.groups_for(view, &factors, &slots, rank, rules);
                    Operand::Layer(self.arrange(view, &groups, name)?)
                }
                Value::Constant(array) => {
                    Operand::Constant(constant(array, &factors, &slots, rank, rules)?)
                }
            });
        }
        let place = |slot: Slot| slots.iter().position(|&other| other == slot);
        let axes = (factors.iter().enumerate())
            .map(|(axis, factors)| {
                let part = |(at, factor): (usize, &Factor)| match factor {
                    Factor::Batch => Some(Atom::Batch),
                    Factor::Extent(_) => place((axis, at)).map(Atom::Axis),
                };
                factors.iter().enumerate().filter_map(part).collect()
            })
            .collect();
        let free = rules.free.and_then(|axis| {
            let at = factors[axis]
                .iter()
                .position(|factor| *factor != Factor::Batch)?;
            place((axis, at))
        });
        Ok(Aligned {
            operands,
            axes,
            rank: slots.len(),
            free,
        })
    }

    /// What an axis is made of in all tensors, after tensors that cut it otherwise have been merged.
    fn factors_of(
        &mut self,
        values: &mut [Value],
        (axis, rank): (usize, usize),
        rules: Rules,
        name: &str,
    ) -> Result<Vec<Factor>, Reason> {
        let mut common = self.common(values, (axis, rank), rules);
        let splits = |factors: &Vec<Factor>| significant(factors).count() > 1;
        let free = rules.free == Some(axis);
        let alike = values
            .iter()
            .all(|value| match self.own(value, (axis, rank), rules) {
                Some(own) if free => !splits(&own),
                Some(own) => {
                    significant(&own).next().is_none() || significant(&own).eq(significant(&common))
                }
                None => true,
            });
        if !alike {
            for value in values.iter_mut() {
                let place = (axis + matched(value, rules)).checked_sub(rank);
                if let (Value::Layer(view), Some(place)) = (&*value, place)
                    && view.axes[place].len() > 1
                {
                    *value = Value::Layer(self.merged(view, place, name)?);
                }
            }
            common = self.common(values, (axis, rank), rules);
        }
        if free {
            if common.contains(&Factor::Batch) {
                return Err(across_samples());
            }
            return Ok(vec![Factor::Extent(0)]);
        }
        for value in values.iter() {
            self.check(value, &common, (axis, rank), rules)?;
        }
        Ok(common)
    }

    /// The parts of an axis in the tensor that says most about it.
    fn common(&self, values: &[Value], at: (usize, usize), rules: Rules) -> Vec<Factor> {
        let mut best: Vec<Factor> = Vec::new();
        for value in values {
            let Some(own) = self.own(value, at, rules) else {
                continue;
            };
            let key = |factors: &Vec<Factor>| {
                (
                    factors.contains(&Factor::Batch),
                    significant(factors).count(),
                    factors.len(),
                )
            };
            if key(&own) > key(&best) {
                best = own;
            }
        }
        if significant(&best).next().is_none() {
            let extents = values.iter().filter_map(|value| match value {
                Value::Constant(array) => constant_extent(array, at, rules),
                Value::Layer(_) => None,
            });
            if let Some(extent) = extents.max().filter(|&extent| extent != 1) {
                best = vec![Factor::Extent(extent)];
            }
        }
        best
    }

    /// The parts of an axis in a layer's tensor.
    fn own(
        &self,
        value: &Value,
        (axis, rank): (usize, usize),
        rules: Rules,
    ) -> Option<Vec<Factor>> {
        let Value::Layer(view) = value else {
            return None;
        };
        let place = (axis + matched(value, rules)).checked_sub(rank)?;
        Some(factors(&view.axes[place], self.shape(view.layer)))
    }

    fn check(
        &self,
        value: &Value,
        common: &[Factor],
        at: (usize, usize),
        rules: Rules,
    ) -> Result<(), Reason> {
        let product: usize = common.iter().map(Factor::own_extent).product();
        match value {
            Value::Layer(_) => {
                let own = self.own(value, at, rules).unwrap_or_default();
                if significant(&own).next().is_none() || significant(&own).eq(significant(common)) {
                    return Ok(());
                }
                let batch = |factors: &[Factor]| factors.contains(&Factor::Batch);
                if batch(&own) != batch(common) {
                    return Err(across_samples());
                }
                Err(format!(
                    "combines {} values along an axis with {product}",
                    own.iter().map(Factor::own_extent).product::<usize>()
                ))
            }
            Value::Constant(array) => match constant_extent(array, at, rules) {
                None | Some(1) => Ok(()),
                Some(extent) if extent == product => Ok(()),
                Some(_) if product == 1 && common.contains(&Factor::Batch) => Err(across_samples()),
                Some(extent) => Err(format!(
                    "combines a constant of {extent} values along an axis with {product}"
                )),
            },
        }
    }

    /// The order of the common layer: that of the largest tensor, the others' axes behind their neighbours.
    fn slots(
        &self,
        values: &[Value],
        factors: &[Vec<Factor>],
        rank: usize,
        rules: Rules,
    ) -> Vec<Slot> {
        let layers = values.iter().filter_map(|value| match value {
            Value::Layer(view) => Some((self.shape(view.layer).elements(), view)),
            Value::Constant(_) => None,
        });
        // The first of the largest.
        let largest = layers.fold(None, |best: Option<(usize, &View)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
        let all = || {
            factors.iter().enumerate().flat_map(|(axis, factors)| {
                let real = |&(_, factor): &(usize, &Factor)| *factor != Factor::Batch;
                factors
                    .iter()
                    .enumerate()
                    .filter(real)
                    .map(move |(at, _)| (axis, at))
            })
        };
        let Some((_, view)) = largest else {
            return all().collect();
        };
        let groups = self.groups_for(view, factors, &all().collect::<Vec<_>>(), rank, rules);
        let mut placed: Vec<(usize, Slot)> = Vec::new();
        let mut loose = Vec::new();
        for (slot, group) in all().zip(groups) {
            match group.first() {
                Some(Atom::Axis(axis)) => placed.push((*axis, slot)),
                _ => loose.push(slot),
            }
        }
        placed.sort_unstable();
        let mut slots: Vec<Slot> = placed.into_iter().map(|(_, slot)| slot).collect();
        for slot in loose {
            let before = slots
                .iter()
                .enumerate()
                .filter(|(_, other)| **other < slot)
                .max_by_key(|(_, other)| **other);
            let place = before.map_or(0, |(place, _)| place + 1);
            slots.insert(place, slot);
        }
        slots
    }

    /// For each slot the part of the view that it is, and the tail.
    fn groups_for(
        &self,
        view: &View,
        factors: &[Vec<Factor>],
        slots: &[Slot],
        rank: usize,
        rules: Rules,
    ) -> Vec<Parts> {
        let shape = self.shape(view.layer);
        let own_rank = view.axes.len() - rules.tail;
        let mut groups: Vec<Parts> = slots
            .iter()
            .map(|&(axis, at)| {
                let Some(place) = (axis + own_rank).checked_sub(rank) else {
                    return Parts::new();
                };
                let parts = view.axes[place]
                    .iter()
                    .copied()
                    .filter(|&atom| atom != Atom::Batch);
                if rules.free == Some(axis) {
                    return parts.collect();
                }
                let kinds = &factors[axis];
                if kinds[at] == Factor::Extent(1) {
                    // An extent of 1 says where it stands, no more.
                    let ones: Vec<Atom> = parts.collect();
                    return if ones.len() == 1 && extent(ones[0], shape, 0) == 1 {
                        ones
                    } else {
                        Parts::new()
                    };
                }
                let which = kinds[..at]
                    .iter()
                    .filter(|factor| matches!(factor, Factor::Extent(2..)))
                    .count();
                parts
                    .filter(|&atom| extent(atom, shape, 0) != 1)
                    .nth(which)
                    .into_iter()
                    .collect()
            })
            .collect();
        let tail = view.axes[own_rank..].iter();
        groups.extend(tail.cloned());
        groups
    }
}

impl Factor {
    fn own_extent(&self) -> usize {
        match self {
            Self::Batch => 1,
            Self::Extent(extent) => *extent,
        }
    }
}

/// Axes of a tensor that are matched with others.
fn matched(value: &Value, rules: Rules) -> usize {
    let rank = match value {
        Value::Constant(array) => array.dimensions().len(),
        Value::Layer(view) => view.axes.len(),
    };
    rank.saturating_sub(rules.tail)
}

fn factors(parts: &[Atom], shape: &Shape) -> Vec<Factor> {
    let factor = |&atom: &Atom| match atom {
        Atom::Batch => Factor::Batch,
        Atom::Axis(axis) => Factor::Extent(shape.dimensions()[axis]),
    };
    parts.iter().map(factor).collect()
}

fn significant(factors: &[Factor]) -> impl Iterator<Item = Factor> + '_ {
    factors
        .iter()
        .copied()
        .filter(|&factor| factor != Factor::Extent(1))
}

fn constant_extent(array: &Array, (axis, rank): (usize, usize), rules: Rules) -> Option<usize> {
    let own = array.dimensions().len().saturating_sub(rules.tail);
    let place = (axis + own).checked_sub(rank)?;
    array.dimensions().get(place).copied()
}

/// A constant with an axis a slot.
fn constant(
    array: &Array,
    factors: &[Vec<Factor>],
    slots: &[Slot],
    rank: usize,
    rules: Rules,
) -> Result<Array, Reason> {
    let mut in_order: Vec<Slot> = slots.to_vec();
    in_order.sort_unstable();
    let mut extents: Vec<usize> = in_order
        .iter()
        .map(
            |&(axis, at)| match constant_extent(array, (axis, rank), rules) {
                None | Some(1) => 1,
                Some(extent) if rules.free == Some(axis) => extent,
                Some(_) => factors[axis][at].own_extent(),
            },
        )
        .collect();
    let own = array.dimensions().len().saturating_sub(rules.tail);
    extents.extend(&array.dimensions()[own..]);
    let mut order: Vec<usize> = slots
        .iter()
        .map(|slot| in_order.iter().position(|other| other == slot).unwrap_or(0))
        .collect();
    order.extend(slots.len()..extents.len());
    array.reshape(&extents)?.transpose(&order)
}
