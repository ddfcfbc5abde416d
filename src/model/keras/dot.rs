//! Keras' Dot: two tensors multiplied along one axis of each. It is a product of matrices, whose rows are all other
//! places of the first tensor and whose columns those of the second.

use serde::Deserialize;

use super::layers::LayerEntry;
use super::part::{Part, Read};
use crate::model::operators::{MatrixProduct, Reshape, Transpose, UnitNormalization};
use crate::model::{ModelError, Operator, Shape};

#[derive(Deserialize)]
struct DotConfig {
    axes: Axes,
    #[serde(default)]
    normalize: bool,
}

/// Counted from 0, the batch; negative from the end.
#[derive(Deserialize)]
#[serde(untagged)]
enum Axes {
    Both(i64),
    Each(i64, i64),
}

/// The layers that a Dot of tensors of these shapes becomes. The last has its name.
///
/// # Errors
/// If it is asked for something else than that product.
pub(super) fn parts(entry: &LayerEntry<'_>, given: &[Shape]) -> Result<Vec<Part>, ModelError> {
    let DotConfig { axes, normalize } = entry.read()?;
    let [first, second] = given else {
        return Err(entry.refuse(format!("it reads {} tensors, expected two", given.len())));
    };
    let (one, other) = match axes {
        Axes::Both(axis) => (axis, axis),
        Axes::Each(one, other) => (one, other),
    };
    let first = factor(entry, first, one)?;
    let second = factor(entry, second, other)?;
    let mut parts = Vec::new();
    let mut rows = matrix(&mut parts, 0, &first, [" (rows)", " (as rows)"]);
    let mut columns = matrix(&mut parts, 1, &second, [" (columns)", " (as columns)"]);
    if normalize {
        rows = to_unit(&mut parts, " (rows to length 1)", rows);
        columns = to_unit(&mut parts, " (columns to length 1)", columns);
    }
    let product = MatrixProduct {
        transpose_second: true,
    };
    parts.push(part(" (product)", product, vec![rows, columns]));
    // Vectors make one number.
    let mut extents = [first.others, second.others].concat();
    if extents.is_empty() {
        extents.push(1);
    }
    let target = extents.into_iter().map(Some).collect();
    parts.push(part("", Reshape::To(target), vec![Read::Before]));
    Ok(parts)
}

/// A tensor and the axis along which it is multiplied, of one sample.
struct Factor {
    axis: usize,
    summed: usize,
    /// The extents of its other axes.
    others: Vec<usize>,
}

fn factor(entry: &LayerEntry<'_>, shape: &Shape, axis: i64) -> Result<Factor, ModelError> {
    let mut others = shape.dimensions().to_vec();
    let rank = others.len() as i64 + 1;
    let counted = if axis < 0 {
        axis.saturating_add(rank)
    } else {
        axis
    };
    if !(1..rank).contains(&counted) {
        return Err(entry.refuse(format!(
            "it multiplies along axis {axis} of a tensor of {shape}, expected an axis of the sample, from 1 on"
        )));
    }
    let axis = counted as usize - 1;
    let summed = others.remove(axis);
    Ok(Factor {
        axis,
        summed,
        others,
    })
}

/// Brings one of the tensors into the form rows × what is summed, where it is not, and says what to read.
fn matrix(
    parts: &mut Vec<Part>,
    input: usize,
    factor: &Factor,
    suffixes: [&'static str; 2],
) -> Read {
    let rank = factor.others.len();
    let mut read = Read::Input(input);
    if factor.axis != rank {
        let mut order: Vec<usize> = (0..=rank).filter(|&axis| axis != factor.axis).collect();
        order.push(factor.axis);
        parts.push(part(suffixes[0], Transpose { order }, vec![read]));
        read = Read::Part(parts.len() - 1);
    }
    if rank != 1 {
        let rows = factor
            .others
            .iter()
            .fold(1usize, |rows, &extent| rows.saturating_mul(extent));
        let target = Reshape::To(vec![Some(rows), Some(factor.summed)]);
        parts.push(part(suffixes[1], target, vec![read]));
        read = Read::Part(parts.len() - 1);
    }
    read
}

/// Rows of length 1.
fn to_unit(parts: &mut Vec<Part>, suffix: &'static str, read: Read) -> Read {
    parts.push(part(suffix, UnitNormalization, vec![read]));
    Read::Part(parts.len() - 1)
}

fn part(suffix: &'static str, operator: impl Into<Operator>, reads: Vec<Read>) -> Part {
    Part {
        suffix,
        operator: operator.into(),
        reads,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::super::config::MajorVersion;
    use super::*;

    fn words(config: &Value, given: &[Shape]) -> Result<Vec<String>, String> {
        let entry = LayerEntry {
            path: Path::new("model.h5"),
            name: "dot",
            class: "Dot",
            version: MajorVersion(3),
            config,
            is_operation: false,
            arguments: &[],
        };
        let parts = parts(&entry, given).map_err(|error| error.to_string())?;
        let kind = |part: &Part| format!("{}{}", part.operator.rule().kind(), part.suffix);
        Ok(parts.iter().map(kind).collect())
    }

    #[test]
    fn only_what_is_needed_is_moved() {
        let (steps, vector) = (Shape::new([5, 4]), Shape::vector(4));
        assert_eq!(
            words(&json!({"axes": -1}), &[steps.clone(), steps.clone()]).unwrap(),
            ["Matrix product (product)", "Reshape"]
        );
        assert_eq!(
            words(&json!({"axes": [1, 1]}), &[Shape::new([4, 5]), vector]).unwrap(),
            [
                "Transpose (rows)",
                "Reshape (as columns)",
                "Matrix product (product)",
                "Reshape"
            ]
        );
    }

    #[test]
    fn what_is_no_product_is_refused() {
        let given = [Shape::vector(4), Shape::vector(4)];
        let refused = |config: Value| words(&config, &given).unwrap_err();
        assert!(refused(json!({"axes": 0})).contains("along axis 0"));
        assert!(refused(json!({"axes": [1, -3]})).contains("along axis -3"));
        assert!(words(&json!({"axes": 1}), &given[..1]).is_err());
    }
}
