//! [`Node`]: one node of the graph with its attributes as an importer asks for them.

use super::error::Reason;
use super::proto;

/// A node, the version of the operators it was written for, and the name its layer gets.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub proto: &'a proto::Node,
    pub opset: i64,
    /// See [`super::names`].
    pub layer: &'a str,
}

impl<'a> Node<'a> {
    /// The operator: `Conv`.
    pub fn operator(&self) -> &'a str {
        &self.proto.op_type
    }

    pub fn attribute(&self, name: &str) -> Option<&'a proto::Attribute> {
        self.proto
            .attribute
            .iter()
            .find(|attribute| attribute.name == name)
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        Some(self.attribute(name)?.i)
    }

    /// A switch, off where it is not there.
    pub fn flag(&self, name: &str) -> bool {
        self.integer(name).is_some_and(|value| value != 0)
    }

    pub fn float(&self, name: &str) -> Option<f32> {
        Some(self.attribute(name)?.f)
    }

    pub fn integers(&self, name: &str) -> Option<&'a [i64]> {
        Some(&self.attribute(name)?.ints)
    }

    pub fn floats(&self, name: &str) -> Option<&'a [f32]> {
        self.attribute(name)
            .map(|attribute| attribute.floats.as_slice())
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        std::str::from_utf8(&self.attribute(name)?.s).ok()
    }
}

/// An axis as ONNX counts it, negative from the end, as one from 0.
pub fn axis(axis: i64, rank: usize) -> Result<usize, Reason> {
    let counted = if axis < 0 {
        axis.checked_add(rank as i64)
    } else {
        Some(axis)
    };
    counted
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < rank)
        .ok_or_else(|| format!("works along axis {axis} of a tensor with {rank} axes"))
}

/// Several axes, in order, each once.
pub fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, Reason> {
    let mut found = axes
        .iter()
        .map(|&along| axis(along, rank))
        .collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    let count = found.len();
    found.dedup();
    if found.len() == count {
        Ok(found)
    } else {
        Err(format!("names an axis twice: {axes:?}"))
    }
}

/// The extents of a reshape to `target`, where 0 copies an extent and −1 stands for the rest.
pub fn resolve_shape(
    extents: &[i64],
    target: &[i64],
    zero_is_zero: bool,
) -> Result<Vec<i64>, Reason> {
    let misfit = || format!("gives {extents:?} the shape {target:?}");
    let mut resolved = Vec::with_capacity(target.len());
    for (axis, &extent) in target.iter().enumerate() {
        resolved.push(if extent == 0 && !zero_is_zero {
            *extents.get(axis).ok_or_else(misfit)?
        } else {
            extent
        });
    }
    let product = |values: &[i64]| {
        let mut values = values.iter().filter(|&&extent| extent != -1);
        values.try_fold(1i64, |product, &extent| product.checked_mul(extent))
    };
    let held = product(extents).ok_or_else(misfit)?;
    let known = product(&resolved).ok_or_else(misfit)?;
    let open: Vec<usize> = (0..resolved.len())
        .filter(|&axis| resolved[axis] == -1)
        .collect();
    match open.as_slice() {
        [] => {}
        [axis] if known > 0 && held % known == 0 => resolved[*axis] = held / known,
        _ => return Err(misfit()),
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_count_from_both_ends() {
        assert_eq!(axis(-1, 4), Ok(3));
        assert_eq!(axes(&[-1, 0], 4), Ok(vec![0, 3]));
        assert!(axis(4, 4).is_err() && axis(i64::MIN, 4).is_err());
        assert!(axes(&[-1, 3], 4).is_err());
    }

    #[test]
    fn a_shape_copies_and_completes() {
        assert_eq!(resolve_shape(&[2, 3, 4], &[0, -1], false), Ok(vec![2, 12]));
        assert!(resolve_shape(&[2, 3], &[-1, -1], false).is_err());
        assert!(resolve_shape(&[2, 3], &[4, -1], false).is_err());
        assert!(resolve_shape(&[2], &[0, 0], false).is_err());
        assert_eq!(resolve_shape(&[0, 2], &[0, 5], true), Ok(vec![0, 5]));
    }
}
