//! Arithmetic and comparisons of constants, whole numbers exactly.

use ndarray::{ArcArray, IxDyn, Zip};

use super::super::array::Array;
use super::super::error::Reason;
use super::super::node::{Node, axes};
use super::shaping::{broadcast_shape, refuse_samples};
use super::{Inputs, first, input, list};

/// Operators of two inputs (`Min` and `Max` of several).
pub fn binary(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let mut result = first(inputs)?.clone();
    for place in 1..inputs.len() {
        result = pair(node, &result, input(inputs, place)?)?;
    }
    Ok(result)
}

fn pair(node: &Node<'_>, one: &Array, other: &Array) -> Result<Array, Reason> {
    match (one, other) {
        (Array::Integer(one), Array::Integer(other)) => {
            let operation = integer_operation(node)?;
            let counted = zip(one, other, operation)?;
            if counted.iter().any(Option::is_none) {
                return Err("computes a whole number that cannot be had".into());
            }
            Ok(Array::Integer(
                counted.mapv(Option::unwrap_or_default).into_shared(),
            ))
        }
        (Array::Truth(_), _) | (_, Array::Truth(_)) => Err("computes with truth values".into()),
        _ => {
            let (one, other) = (as_floats(one)?, as_floats(other)?);
            zip(&one, &other, float_operation(node)?)
                .map(|values| Array::Float(values.into_shared()))
        }
    }
}

fn as_floats(array: &Array) -> Result<ArcArray<f32, IxDyn>, Reason> {
    match Array::floats(array.dimensions(), array.to_floats())? {
        Array::Float(values) => Ok(values),
        _ => Err("computes with truth values".into()),
    }
}

/// What two whole numbers make; `None` where they overflow or divide by zero.
type IntegerOperation = fn(i64, i64) -> Option<i64>;

fn integer_operation(node: &Node<'_>) -> Result<IntegerOperation, Reason> {
    Ok(match node.operator() {
        "Add" => i64::checked_add,
        "Sub" => i64::checked_sub,
        "Mul" => i64::checked_mul,
        "Div" => i64::checked_div,
        "Mod" if node.flag("fmod") => i64::checked_rem,
        // The sign of the divisor, as in Python.
        "Mod" => |one, other| {
            let rest = one.checked_rem(other)?;
            Some(if rest != 0 && (rest < 0) != (other < 0) {
                rest + other
            } else {
                rest
            })
        },
        "Pow" => |one, other| one.checked_pow(u32::try_from(other).ok()?),
        "Min" => |one, other| Some(one.min(other)),
        "Max" => |one, other| Some(one.max(other)),
        other => return Err(format!("computes {other} of whole numbers")),
    })
}

fn float_operation(node: &Node<'_>) -> Result<fn(f32, f32) -> f32, Reason> {
    Ok(match node.operator() {
        "Add" => |one, other| one + other,
        "Sub" => |one, other| one - other,
        "Mul" => |one, other| one * other,
        "Div" => |one, other| one / other,
        "Mod" => |one, other| one % other,
        "Pow" => f32::powf,
        "Min" => f32::min,
        "Max" => f32::max,
        other => return Err(format!("computes {other} of floats")),
    })
}

/// Combines two arrays value by value.
fn zip<T: Clone, U: Clone>(
    one: &ArcArray<T, IxDyn>,
    other: &ArcArray<T, IxDyn>,
    operation: impl Fn(T, T) -> U,
) -> Result<ndarray::ArrayD<U>, Reason> {
    let dimensions = broadcast_shape(one.shape(), other.shape())?;
    let misfit = || "combines arrays of different shapes".to_string();
    let one = one.broadcast(dimensions.as_slice()).ok_or_else(misfit)?;
    let other = other.broadcast(dimensions.as_slice()).ok_or_else(misfit)?;
    Ok(Zip::from(one)
        .and(other)
        .map_collect(|one, other| operation(one.clone(), other.clone())))
}

pub fn compare(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let (one, other) = (first(inputs)?, input(inputs, 1)?);
    refuse_samples(one)?;
    refuse_samples(other)?;
    let operator = node.operator();
    let by = |order: Option<std::cmp::Ordering>| match operator {
        "Equal" => order.is_some_and(std::cmp::Ordering::is_eq),
        "Less" => order.is_some_and(std::cmp::Ordering::is_lt),
        "LessOrEqual" => order.is_some_and(std::cmp::Ordering::is_le),
        "Greater" => order.is_some_and(std::cmp::Ordering::is_gt),
        _ => order.is_some_and(std::cmp::Ordering::is_ge),
    };
    let values = match (one, other) {
        (Array::Integer(one), Array::Integer(other)) => {
            zip(one, other, |one, other| by(one.partial_cmp(&other)))?
        }
        (Array::Truth(one), Array::Truth(other)) => zip(one, other, |one, other| match operator {
            "And" => one && other,
            "Or" => one || other,
            _ => by(one.partial_cmp(&other)),
        })?,
        _ => zip(&as_floats(one)?, &as_floats(other)?, |one, other| {
            by(one.partial_cmp(&other))
        })?,
    };
    Ok(Array::Truth(values.into_shared()))
}

pub fn not(array: &Array) -> Result<Array, Reason> {
    let values = array.to_truths().into_iter().map(|value| !value).collect();
    Array::truths(array.dimensions(), values)
}

/// `Where`: one value or the other.
pub fn choose(inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let (condition, one, other) = (first(inputs)?, input(inputs, 1)?, input(inputs, 2)?);
    let shape = broadcast_shape(condition.dimensions(), one.dimensions())?;
    let shape = broadcast_shape(&shape, other.dimensions())?;
    let condition = condition.broadcast(&shape)?.to_truths();
    let (one, other) = (one.broadcast(&shape)?, other.broadcast(&shape)?);
    match (&one, &other) {
        (Array::Float(_), _) | (_, Array::Float(_)) => Array::floats(
            &shape,
            pick(&condition, &one.to_floats(), &other.to_floats()),
        ),
        _ => Array::integers(
            &shape,
            pick(&condition, &one.to_integers()?, &other.to_integers()?),
        ),
    }
}

fn pick<T: Copy>(condition: &[bool], one: &[T], other: &[T]) -> Vec<T> {
    let choices = condition.iter().zip(one.iter().zip(other));
    choices
        .map(|(&first, (&one, &other))| if first { one } else { other })
        .collect()
}

pub fn clip(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let bound = |name: &str, place: usize| match inputs.get(place).copied().flatten() {
        Some(bound) => bound.to_float().map(Some),
        None => Ok(node.float(name)),
    };
    let minimum = bound("min", 1)?.unwrap_or(f32::NEG_INFINITY);
    let maximum = bound("max", 2)?.unwrap_or(f32::INFINITY);
    match array {
        Array::Integer(values) => {
            let (minimum, maximum) = (minimum as i64, maximum as i64);
            Ok(Array::Integer(
                values
                    .mapv(|value| value.max(minimum).min(maximum))
                    .into_shared(),
            ))
        }
        _ => {
            let values = as_floats(array)?;
            Ok(Array::Float(
                values
                    .mapv(|value| value.max(minimum).min(maximum))
                    .into_shared(),
            ))
        }
    }
}

/// Computes an array from one.
type ArrayFunction = fn(&Array) -> Result<Array, Reason>;

/// Functions of one value.
pub fn function(operator: &str) -> Option<ArrayFunction> {
    Some(match operator {
        "Neg" => |array| {
            map(array, Some(|value: i64| value.checked_neg()), |value| {
                -value
            })
        },
        "Abs" => |array| map(array, Some(|value: i64| value.checked_abs()), f32::abs),
        "Sign" => |array| {
            map(array, Some(|value: i64| Some(value.signum())), |value| {
                if value == 0.0 { 0.0 } else { value.signum() }
            })
        },
        "Relu" => |array| {
            map(array, Some(|value: i64| Some(value.max(0))), |value| {
                value.max(0.0)
            })
        },
        "Sqrt" => |array| map(array, NONE, f32::sqrt),
        "Exp" => |array| map(array, NONE, f32::exp),
        "Log" => |array| map(array, NONE, f32::ln),
        "Floor" => |array| map(array, NONE, f32::floor),
        "Ceil" => |array| map(array, NONE, f32::ceil),
        "Round" => |array| map(array, NONE, f32::round_ties_even),
        "Reciprocal" => |array| map(array, NONE, f32::recip),
        "Tanh" => |array| map(array, NONE, f32::tanh),
        "Sigmoid" => |array| map(array, NONE, |value| 1.0 / (1.0 + (-value).exp())),
        _ => return None,
    })
}

type OfInteger = fn(i64) -> Option<i64>;
const NONE: Option<OfInteger> = None;

fn map(array: &Array, integer: Option<OfInteger>, float: fn(f32) -> f32) -> Result<Array, Reason> {
    match (array, integer) {
        (Array::Integer(values), Some(function)) => {
            let values = values.iter().map(|&value| function(value));
            let values = values.collect::<Option<Vec<_>>>();
            let values = values.ok_or("computes a whole number that cannot be had")?;
            Array::integers(array.dimensions(), values)
        }
        (Array::Float(values), _) => Ok(Array::Float(values.mapv(float).into_shared())),
        _ => Err("computes with numbers of another type".into()),
    }
}

pub fn reduce(node: &Node<'_>, inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let array = first(inputs)?;
    let rank = array.dimensions().len();
    let along = match list(node, "axes", inputs, 1)? {
        Some(list) if !list.is_empty() => axes(&list, rank)?,
        _ if node.flag("noop_with_empty_axes") => return Ok(array.clone()),
        _ => (0..rank).collect(),
    };
    let keep = node.integer("keepdims").unwrap_or(1) != 0;
    // The axes to fold go last, so that each result is made of neighbours.
    let kept: Vec<usize> = (0..rank).filter(|axis| !along.contains(axis)).collect();
    let order: Vec<usize> = kept.iter().chain(&along).copied().collect();
    let width: usize = along.iter().map(|&axis| array.dimensions()[axis]).product();
    let extents: Vec<usize> = (0..rank)
        .filter_map(|axis| match (along.contains(&axis), keep) {
            (false, _) => Some(array.dimensions()[axis]),
            (true, keep) => keep.then_some(1),
        })
        .collect();
    let sorted = array.transpose(&order)?;
    if width == 0 {
        return Err("reduces nothing".into());
    }
    let operator = node.operator();
    if let Array::Integer(_) = array {
        let values = sorted.to_integers()?;
        let reduced = values
            .chunks(width)
            .map(|chunk| integer_reduction(operator, chunk));
        let reduced = reduced.collect::<Option<Vec<_>>>();
        return Array::integers(
            &extents,
            reduced.ok_or("computes a whole number that cannot be had")?,
        );
    }
    let values = sorted.to_floats();
    let reduced = values
        .chunks(width)
        .map(|chunk| float_reduction(operator, chunk));
    Array::floats(&extents, reduced.collect())
}

fn integer_reduction(operator: &str, values: &[i64]) -> Option<i64> {
    let mut values = values.iter().copied();
    match operator {
        "ReduceProd" => values.try_fold(1, i64::checked_mul),
        "ReduceSum" => values.try_fold(0, i64::checked_add),
        "ReduceMax" => values.max(),
        "ReduceMin" => values.min(),
        _ => None,
    }
}

fn float_reduction(operator: &str, values: &[f32]) -> f32 {
    let exact = values.iter().map(|&value| f64::from(value));
    match operator {
        "ReduceProd" => exact.product::<f64>() as f32,
        "ReduceSum" => exact.sum::<f64>() as f32,
        "ReduceMean" => (exact.sum::<f64>() / values.len() as f64) as f32,
        "ReduceMax" => values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        _ => values.iter().copied().fold(f32::INFINITY, f32::min),
    }
}

/// A product with a matrix as its second factor.
pub fn matrix_product(inputs: &Inputs<'_>) -> Result<Array, Reason> {
    let (one, other) = (as_floats(first(inputs)?)?, as_floats(input(inputs, 1)?)?);
    let misfit = || format!("multiplies {:?} and {:?}", one.shape(), other.shape());
    let (&[shared, columns], Some((&last, rest))) = (other.shape(), one.shape().split_last())
    else {
        return Err(misfit());
    };
    if shared != last {
        return Err(misfit());
    }
    let rows: usize = rest.iter().product();
    let left = one.to_shape((rows, shared)).map_err(|_| misfit())?;
    let right = other.to_shape((shared, columns)).map_err(|_| misfit())?;
    let product = left.dot(&right);
    let mut dimensions = rest.to_vec();
    dimensions.push(columns);
    Array::floats(&dimensions, product.iter().copied().collect())
}
