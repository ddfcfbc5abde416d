//! [`Array`]: a constant of the graph while it is imported: weights, indices, shapes, conditions.

use ndarray::{ArcArray, ArrayD, Axis, IxDyn, Slice};

use super::error::Reason;

/// Most values that one constant may hold: 1 GiB of weights.
pub const MOST_VALUES: usize = 1 << 28;

/// A constant tensor. Values are shared, so that a clone costs nothing. Integers of every width are
/// `i64`, floats of every width `f32`.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    Float(ArcArray<f32, IxDyn>),
    Integer(ArcArray<i64, IxDyn>),
    Truth(ArcArray<bool, IxDyn>),
}

/// Applies a closure-like expression to whichever values an array holds, and wraps the result again.
macro_rules! each {
    ($array:expr, $values:ident => $result:expr) => {
        match $array {
            Array::Float($values) => Array::Float($result),
            Array::Integer($values) => Array::Integer($result),
            Array::Truth($values) => Array::Truth($result),
        }
    };
}

impl Array {
    pub fn floats(dimensions: &[usize], values: Vec<f32>) -> Result<Self, Reason> {
        shaped(dimensions, values).map(Self::Float)
    }

    pub fn integers(dimensions: &[usize], values: Vec<i64>) -> Result<Self, Reason> {
        shaped(dimensions, values).map(Self::Integer)
    }

    pub fn truths(dimensions: &[usize], values: Vec<bool>) -> Result<Self, Reason> {
        shaped(dimensions, values).map(Self::Truth)
    }

    /// A list of integers.
    pub fn list(values: Vec<i64>) -> Self {
        Self::Integer(ndarray::Array1::from_vec(values).into_dyn().into_shared())
    }

    pub fn dimensions(&self) -> &[usize] {
        match self {
            Self::Float(values) => values.shape(),
            Self::Integer(values) => values.shape(),
            Self::Truth(values) => values.shape(),
        }
    }

    pub fn len(&self) -> usize {
        self.dimensions().iter().product()
    }

    /// Values row after row as floats, whatever they are.
    pub fn to_floats(&self) -> Vec<f32> {
        match self {
            Self::Float(values) => values.iter().copied().collect(),
            Self::Integer(values) => values.iter().map(|&value| value as f32).collect(),
            Self::Truth(values) => values.iter().map(|&value| f32::from(value)).collect(),
        }
    }

    /// Values row after row as integers.
    ///
    /// # Errors
    /// Where they are floats.
    pub fn to_integers(&self) -> Result<Vec<i64>, Reason> {
        match self {
            Self::Integer(values) => Ok(values.iter().copied().collect()),
            Self::Truth(values) => Ok(values.iter().map(|&value| i64::from(value)).collect()),
            Self::Float(_) => Err("takes whole numbers, but reads floats".into()),
        }
    }

    /// The only value.
    pub fn to_float(&self) -> Result<f32, Reason> {
        match self.to_floats().as_slice() {
            [value] => Ok(*value),
            values => Err(format!("takes one number, but reads {}", values.len())),
        }
    }

    pub fn to_truths(&self) -> Vec<bool> {
        match self {
            Self::Truth(values) => values.iter().copied().collect(),
            Self::Integer(values) => values.iter().map(|&value| value != 0).collect(),
            Self::Float(values) => values.iter().map(|&value| value != 0.0).collect(),
        }
    }

    pub fn reshape(&self, dimensions: &[usize]) -> Result<Self, Reason> {
        let wrong = |_| {
            format!(
                "gives {:?} values the shape {dimensions:?}",
                self.dimensions()
            )
        };
        Ok(each!(self, values => {
            let values = values.as_standard_layout().into_owned();
            values.into_shape_with_order(dimensions).map_err(wrong)?.into_shared()
        }))
    }

    /// Axis `i` of the result is axis `order[i]`.
    pub fn transpose(&self, order: &[usize]) -> Result<Self, Reason> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..self.dimensions().len()) {
            return Err(format!(
                "orders the axes of {:?} as {order:?}",
                self.dimensions()
            ));
        }
        Ok(each!(self, values => values.clone().permuted_axes(order)))
    }

    /// The same values, repeated along axes of extent 1.
    pub fn broadcast(&self, dimensions: &[usize]) -> Result<Self, Reason> {
        checked_elements(dimensions)?;
        let wrong = || format!("repeats {:?} as {dimensions:?}", self.dimensions());
        Ok(
            each!(self, values => values.broadcast(dimensions).ok_or_else(wrong)?.to_owned().into_shared()),
        )
    }

    /// The entries of an axis at these places.
    pub fn select(&self, axis: usize, places: &[usize]) -> Result<Self, Reason> {
        let extent = *self
            .dimensions()
            .get(axis)
            .ok_or_else(|| format!("has no axis {axis}"))?;
        if let Some(place) = places.iter().find(|&&place| place >= extent) {
            return Err(format!("reads entry {place} of {extent}"));
        }
        let mut dimensions = self.dimensions().to_vec();
        dimensions[axis] = places.len();
        checked_elements(&dimensions)?;
        Ok(each!(self, values => values.select(Axis(axis), places).into_shared()))
    }

    /// `length` entries of an axis from `start` on.
    pub fn narrow(&self, axis: usize, start: usize, length: usize) -> Result<Self, Reason> {
        let end = start.checked_add(length).filter(|&end| {
            self.dimensions()
                .get(axis)
                .is_some_and(|&extent| end <= extent)
        });
        let end = end.ok_or_else(|| format!("reads {length} entries from {start} on"))?;
        let range = Slice::from(start..end);
        Ok(each!(self, values => values.slice_axis(Axis(axis), range).to_owned().into_shared()))
    }

    /// Arrays one after the other along an axis.
    pub fn concatenate(arrays: &[&Self], axis: usize) -> Result<Self, Reason> {
        let wrong = |_| "puts arrays of different shapes side by side".to_string();
        let mixed = || "puts arrays of different types side by side".to_string();
        let views = match arrays.first() {
            Some(Self::Float(_)) => {
                let views: Option<Vec<_>> = arrays
                    .iter()
                    .map(|array| match array {
                        Self::Float(values) => Some(values.view()),
                        _ => None,
                    })
                    .collect();
                let views = views.ok_or_else(mixed)?;
                return joined(&views, axis).map(Self::Float).map_err(wrong);
            }
            Some(_) => arrays
                .iter()
                .map(|array| array.to_integers())
                .collect::<Result<Vec<_>, _>>()?,
            None => return Err("reads nothing".into()),
        };
        let arrays = arrays
            .iter()
            .zip(views)
            .map(|(array, values)| shaped(array.dimensions(), values))
            .collect::<Result<Vec<_>, _>>()?;
        let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
        joined(&views, axis).map(Self::Integer).map_err(wrong)
    }
}

fn joined<T: Clone>(
    views: &[ndarray::ArrayViewD<'_, T>],
    axis: usize,
) -> Result<ArcArray<T, IxDyn>, ndarray::ShapeError> {
    if views.iter().any(|view| axis >= view.ndim()) {
        return Err(ndarray::ShapeError::from_kind(
            ndarray::ErrorKind::OutOfBounds,
        ));
    }
    ndarray::concatenate(Axis(axis), views).map(ArrayD::into_shared)
}

fn shaped<T: Clone>(dimensions: &[usize], values: Vec<T>) -> Result<ArcArray<T, IxDyn>, Reason> {
    let count = values.len();
    ArrayD::from_shape_vec(dimensions, values)
        .map(ArrayD::into_shared)
        .map_err(|_| format!("gives {count} values the shape {dimensions:?}"))
}

/// Number of values of a shape that a constant may have.
///
/// # Errors
/// Where it is larger than [`MOST_VALUES`].
pub fn checked_elements(dimensions: &[usize]) -> Result<usize, Reason> {
    dimensions
        .iter()
        .try_fold(1usize, |product, &extent| product.checked_mul(extent))
        .filter(|&elements| elements <= MOST_VALUES)
        .ok_or_else(|| {
            format!("makes a constant of {dimensions:?}, more than the {MOST_VALUES} values that are supported")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(dimensions: &[usize]) -> Array {
        let count = dimensions.iter().product::<usize>();
        Array::integers(dimensions, (0..count as i64).collect()).unwrap()
    }

    #[test]
    fn axes_move_and_values_follow() {
        let turned = counting(&[2, 3]).transpose(&[1, 0]).unwrap();
        assert_eq!(turned.dimensions(), [3, 2]);
        assert_eq!(turned.to_integers().unwrap(), [0, 3, 1, 4, 2, 5]);
        let flat = turned.reshape(&[6]).unwrap();
        assert_eq!(flat.to_integers().unwrap(), [0, 3, 1, 4, 2, 5]);
        assert!(counting(&[2, 3]).transpose(&[0, 0]).is_err());
        assert!(counting(&[2, 3]).reshape(&[4]).is_err());
    }

    #[test]
    fn places_that_are_not_there_are_refused() {
        let array = counting(&[2, 3]);
        assert_eq!(
            array.select(1, &[2, 0]).unwrap().to_integers().unwrap(),
            [2, 0, 5, 3]
        );
        assert!(array.select(1, &[3]).is_err());
        assert!(array.select(2, &[0]).is_err());
        assert!(array.narrow(0, 1, 2).is_err());
        assert!(array.narrow(0, usize::MAX, 2).is_err());
    }

    #[test]
    fn a_repetition_without_end_is_refused() {
        let one = counting(&[1, 1]);
        assert_eq!(one.broadcast(&[2, 2]).unwrap().len(), 4);
        assert!(one.broadcast(&[1 << 40, 1 << 40]).is_err());
        assert!(counting(&[2, 3]).broadcast(&[2, 4]).is_err());
    }
}
