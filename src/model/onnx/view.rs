//! [`View`]: how a tensor of the ONNX graph lies in the output of a layer.
//!
//! ONNX counts axes in an order of its own (images are batch × channels × height × width) and lets the
//! batch stand anywhere, even merged with other axes (attention: tokens × (batch · heads) × channels).
//! A layer's output has the batch in front, unseen, and then a sample's axes, channels last. A view
//! says for each ONNX axis which axes of the layer it is made of, outermost first. So transposing,
//! merging and adding axes only changes views, and values are moved by layers where an operator needs
//! them in another order.

use crate::model::{LayerId, Shape};

/// The number that stands for the number of samples in shape arithmetic: a prime below 2²⁴, exact as
/// a float too. An extent is a multiple of it exactly if the batch is part of it; nothing else comes
/// near, and the arithmetic of shapes (products, quotients, −1 for the rest) needs no other rules.
pub const BATCH: i64 = 16_777_213;

/// Stands for the number of a sample among indices, so that `768 · SAMPLE + 5` is value 5 of the sample's
/// own 768: PyTorch's `as_strided` counts through a batch in this way.
pub const SAMPLE: i64 = 1 << 40;

/// Whether a number is an index that counts through the batch.
pub fn counts_samples(value: i64) -> bool {
    (SAMPLE / 2..SAMPLE << 20).contains(&value)
}

/// A part of an ONNX axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atom {
    Batch,
    /// An axis of one sample's output of the layer.
    Axis(usize),
}

/// An ONNX axis: its parts, outermost first. None for extent 1.
pub type Parts = Vec<Atom>;

/// An ONNX tensor in the output of a layer. Every axis of the layer with an extent above 1 appears
/// exactly once, and so does the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub layer: LayerId,
    pub axes: Vec<Parts>,
    /// The name of the node that last changed the axes only, for the layer that may have to follow.
    pub label: Option<String>,
}

impl View {
    /// Whether the batch is part of an axis.
    pub fn holds_batch(&self, axis: usize) -> bool {
        self.axes[axis].contains(&Atom::Batch)
    }

    /// The ONNX shape, with `batch` for the number of samples.
    pub fn extents(&self, shape: &Shape, batch: i64) -> Vec<i64> {
        self.axes
            .iter()
            .map(|parts| product(parts, shape, batch))
            .collect()
    }

    /// The same tensor with its axes in another order.
    pub fn transposed(&self, order: &[usize]) -> Self {
        Self {
            axes: order.iter().map(|&axis| self.axes[axis].clone()).collect(),
            ..self.clone()
        }
    }

    /// The axis of the layer that an ONNX axis is, where it is exactly one, or one beside such of extent 1.
    pub fn single(&self, axis: usize, shape: &Shape) -> Option<usize> {
        let mut real = self.axes[axis].iter().filter_map(|atom| match atom {
            Atom::Axis(axis) if shape.dimensions()[*axis] != 1 => Some(Some(*axis)),
            Atom::Axis(_) => None,
            Atom::Batch => Some(None),
        });
        match (real.next(), real.next()) {
            (Some(only), None) => only,
            (None, None) => self.axes[axis].iter().find_map(|atom| match atom {
                Atom::Axis(axis) => Some(*axis),
                Atom::Batch => None,
            }),
            _ => None,
        }
    }
}

/// Extent of an axis made of these parts; saturates.
pub fn product(parts: &[Atom], shape: &Shape, batch: i64) -> i64 {
    parts.iter().fold(1i64, |product, &atom| {
        product.saturating_mul(extent(atom, shape, batch))
    })
}

/// Extent of one part.
pub fn extent(atom: Atom, shape: &Shape, batch: i64) -> i64 {
    match atom {
        Atom::Batch => batch,
        Atom::Axis(axis) => shape.dimensions()[axis] as i64,
    }
}

/// What has to happen for a tensor to get another shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Regrouping {
    /// Nothing but a new view.
    Axes(Vec<Parts>),
    /// Axes of the layer must be split first: for each axis its extents.
    Split(Vec<Vec<usize>>),
    /// These axes of the layer must become one first.
    Merge(Vec<usize>),
}

/// Finds the axes of `target` extents in the parts of a tensor, row after row.
///
/// # Errors
/// Where the values are not as many, or the batch would be torn apart.
pub fn regroup(
    view: &View,
    shape: &Shape,
    target: &[i64],
    batch: i64,
) -> Result<Regrouping, String> {
    let parts: Vec<Atom> = view
        .axes
        .iter()
        .flatten()
        .copied()
        .filter(|&atom| atom == Atom::Batch || extent(atom, shape, batch) != 1)
        .collect();
    let total = |extents: Vec<i64>| {
        (extents.iter()).try_fold(1i64, |product, &extent| product.checked_mul(extent))
    };
    let held = total(
        parts
            .iter()
            .map(|&atom| extent(atom, shape, batch))
            .collect(),
    );
    let wanted = total(target.to_vec());
    let (Some(held), Some(wanted)) = (held, wanted) else {
        return Err("holds more values than can be counted".into());
    };
    if held == wanted && batch != 1 {
        return take(&parts, shape, target, batch);
    }
    // A model exported for one image at a time says 1 where the batch is, or nothing.
    if held == wanted.saturating_mul(batch) {
        let rest: Vec<Atom> = parts
            .iter()
            .copied()
            .filter(|&atom| atom != Atom::Batch)
            .collect();
        let found = take(&rest, shape, target, batch)?;
        return Ok(match found {
            Regrouping::Axes(axes) => Regrouping::Axes(with_batch(axes, &parts, shape, batch)),
            other => other,
        });
    }
    Err(format!(
        "gives a tensor of {} the shape {}, which holds another number of values",
        in_words(&view.extents(shape, batch)),
        in_words(target)
    ))
}

/// Walks along the parts and the target at once.
fn take(parts: &[Atom], shape: &Shape, target: &[i64], batch: i64) -> Result<Regrouping, String> {
    let mut axes = Vec::with_capacity(target.len());
    let mut next = 0;
    for &wanted in target {
        let mut rest = wanted;
        let mut taken = Parts::new();
        while rest != 1 {
            let Some(&atom) = parts.get(next) else {
                return Err("needs more values than there are".into());
            };
            let held = extent(atom, shape, batch);
            if rest % held == 0 {
                rest /= held;
                taken.push(atom);
                next += 1;
                continue;
            }
            let Atom::Axis(axis) = atom else {
                return Err("takes apart the axis of the batch, so that samples would mix".into());
            };
            if held % rest == 0 {
                let mut split: Vec<Vec<usize>> =
                    shape.dimensions().iter().map(|&e| vec![e]).collect();
                split[axis] = vec![rest as usize, (held / rest) as usize];
                return Ok(Regrouping::Split(split));
            }
            return merge(parts, next, shape);
        }
        axes.push(taken);
    }
    if next < parts.len() {
        return Err("holds more values than it hands on".into());
    }
    Ok(Regrouping::Axes(axes))
}

/// Makes one axis of a part and the one that follows, which the target cuts otherwise.
fn merge(parts: &[Atom], at: usize, shape: &Shape) -> Result<Regrouping, String> {
    match (parts.get(at), parts.get(at + 1)) {
        (Some(Atom::Axis(one)), Some(Atom::Axis(two))) if shape.dimensions().len() > 1 => {
            Ok(Regrouping::Merge(vec![*one, *two]))
        }
        _ => Err("takes apart the axis of the batch, so that samples would mix".into()),
    }
}

/// Puts the batch back where it stood among the values: as an axis of extent 1 that begins there, at
/// the start of another, or else inside one.
fn with_batch(mut axes: Vec<Parts>, parts: &[Atom], shape: &Shape, batch: i64) -> Vec<Parts> {
    let before: i64 = parts
        .iter()
        .take_while(|&&atom| atom != Atom::Batch)
        .map(|&atom| extent(atom, shape, batch))
        .product();
    // Places of the batch, `(axis, part)`, and how much each suits.
    let mut best: Option<(u8, usize, usize)> = None;
    let mut passed = 1;
    for (axis, group) in axes.iter().enumerate() {
        for at in 0..=group.len() {
            // The last axis holds the channels, so the batch rather ends the axis before.
            let suits = match (group.is_empty(), at) {
                (true, _) => 3,
                (false, 0) if axis + 1 < axes.len() => 2,
                (false, 0) => 0,
                _ => 1,
            };
            if passed == before && best.is_none_or(|(other, ..)| suits > other) {
                best = Some((suits, axis, at));
            }
            if let Some(&atom) = group.get(at) {
                passed *= extent(atom, shape, batch);
            }
        }
    }
    match best {
        Some((_, axis, at)) => axes[axis].insert(at, Atom::Batch),
        None => axes.insert(0, vec![Atom::Batch]),
    }
    axes
}

/// `batch×3×224×224`, `(batch·64)×49×96`.
pub fn in_words(extents: &[i64]) -> String {
    if extents.is_empty() {
        return "scalar".into();
    }
    let words: Vec<String> = extents
        .iter()
        .map(|&extent| match (extent / BATCH, extent % BATCH) {
            (1, 0) => "batch".into(),
            (factor @ 2.., 0) => format!("(batch·{factor})"),
            _ => extent.to_string(),
        })
        .collect();
    words.join("×")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Atom::{Axis, Batch};

    fn view(axes: &[&[Atom]]) -> View {
        View {
            layer: 0,
            axes: axes.iter().map(|parts| parts.to_vec()).collect(),
            label: None,
        }
    }

    /// An image of 4×5×6 as batch × channels × height × width.
    fn image() -> (View, Shape) {
        (
            view(&[&[Batch], &[Axis(2)], &[Axis(0)], &[Axis(1)]]),
            Shape::image(4, 5, 6),
        )
    }

    #[test]
    fn flattening_an_image_moves_nothing() {
        let (image, shape) = image();
        assert_eq!(image.extents(&shape, BATCH), [BATCH, 6, 4, 5]);
        assert_eq!(
            regroup(&image, &shape, &[BATCH, 120], BATCH),
            Ok(Regrouping::Axes(vec![
                vec![Batch],
                vec![Axis(2), Axis(0), Axis(1)]
            ]))
        );
    }

    #[test]
    fn a_batch_of_one_is_found_where_it_stood() {
        let (image, shape) = image();
        assert_eq!(
            regroup(&image, &shape, &[1, 6, 20], BATCH),
            Ok(Regrouping::Axes(vec![
                vec![Batch],
                vec![Axis(2)],
                vec![Axis(0), Axis(1)]
            ]))
        );
        // Attention: tokens × batch × channels to tokens × (batch · heads) × channels of a head.
        let (tokens, shape) = (
            view(&[&[Axis(0)], &[Batch], &[Axis(1)]]),
            Shape::new([7, 12]),
        );
        assert_eq!(
            regroup(&tokens, &shape, &[7, 3, 4], BATCH),
            Ok(Regrouping::Split(vec![vec![7], vec![3, 4]]))
        );
        let (tokens, shape) = (
            view(&[&[Axis(0)], &[Batch], &[Axis(1), Axis(2)]]),
            Shape::new([7, 3, 4]),
        );
        for target in [[7, 3, 4], [7, 3 * BATCH, 4]] {
            assert_eq!(
                regroup(&tokens, &shape, &target, BATCH),
                Ok(Regrouping::Axes(vec![
                    vec![Axis(0)],
                    vec![Batch, Axis(1)],
                    vec![Axis(2)]
                ]))
            );
        }
    }

    #[test]
    fn an_axis_of_one_between_others_is_the_batch() {
        let merged = view(&[&[Axis(0), Batch], &[Axis(1)]]);
        let shape = Shape::new([7, 12]);
        assert_eq!(
            regroup(&merged, &shape, &[7, 1, 12], 1),
            Ok(Regrouping::Axes(vec![
                vec![Axis(0)],
                vec![Batch],
                vec![Axis(1)]
            ]))
        );
    }

    #[test]
    fn the_batch_keeps_out_of_the_channels() {
        let heads = view(&[&[Axis(1)], &[Batch], &[Axis(0)], &[Axis(2)]]);
        assert_eq!(
            regroup(&heads, &Shape::new([3, 7, 4]), &[7, 12], 1),
            Ok(Regrouping::Axes(vec![
                vec![Axis(1), Batch],
                vec![Axis(0), Axis(2)]
            ]))
        );
    }

    #[test]
    fn extents_that_cut_across_are_merged_first() {
        let (table, shape) = (
            view(&[&[Batch], &[Axis(0)], &[Axis(1)]]),
            Shape::new([4, 6]),
        );
        assert_eq!(
            regroup(&table, &shape, &[BATCH, 3, 8], BATCH),
            Ok(Regrouping::Merge(vec![0, 1]))
        );
    }

    #[test]
    fn the_batch_is_never_torn_apart() {
        let (image, shape) = image();
        for target in [
            vec![6, BATCH * 20],
            vec![BATCH, 7],
            vec![BATCH * BATCH],
            vec![i64::MAX, 9],
        ] {
            assert!(
                regroup(&image, &shape, &target, BATCH).is_err(),
                "{target:?}"
            );
        }
    }

    #[test]
    fn shapes_are_said_with_the_batch_by_name() {
        assert_eq!(in_words(&[BATCH, 3, 8]), "batch×3×8");
        assert_eq!(in_words(&[BATCH * 64, 49]), "(batch·64)×49");
        assert_eq!(in_words(&[]), "scalar");
    }
}
