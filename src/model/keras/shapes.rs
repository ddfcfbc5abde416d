//! Keras layers that say or change shapes: InputLayer, Flatten, Reshape, Permute, ZeroPadding2D.

use serde::Deserialize;
use serde_json::Value;

use super::config::Pair;
use super::layers::LayerEntry;
use crate::model::operators::{Input, Reshape, Transpose, ZeroPadding};
use crate::model::{ModelError, Operator, Shape};

#[derive(Deserialize)]
struct ReshapeConfig {
    target_shape: Vec<i64>,
}

#[derive(Deserialize)]
struct PermuteConfig {
    /// Axes of the input, counted from 1 behind the batch axis.
    dims: Vec<usize>,
}

#[derive(Deserialize)]
struct ZeroPaddingConfig {
    padding: Sides,
}

/// Zeros on every side, above and below with left and right, or each side by itself.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected padding as a number, two numbers, or two pairs of numbers"
)]
pub(super) enum Sides {
    Symmetric(Pair),
    Each((usize, usize), (usize, usize)),
}

impl Sides {
    /// `((top, bottom), (left, right))`
    pub fn get(self) -> ((usize, usize), (usize, usize)) {
        match self {
            Self::Symmetric(pair) => {
                let (vertical, horizontal) = pair.get();
                ((vertical, vertical), (horizontal, horizontal))
            }
            Self::Each(vertical, horizontal) => (vertical, horizontal),
        }
    }
}

/// The keys under which versions of Keras keep the shape of a batch.
const SHAPE_KEYS: [&str; 2] = ["batch_shape", "batch_input_shape"];

pub(super) fn input(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    match stated_input(entry.config) {
        Some(shape) => input_of_shape(entry, shape),
        None => Err(entry.refuse(
            "it says no input shape; give the model an Input(shape=(height, width, channels))",
        )),
    }
}

/// The input shape that a layer's configuration states.
pub(super) fn stated_input(config: &Value) -> Option<&Value> {
    SHAPE_KEYS
        .iter()
        .find_map(|key| config.get(key))
        .filter(|shape| !shape.is_null())
}

/// An input for batches of this shape, `[null, height, width, channels]`.
pub(super) fn input_of_shape(
    entry: &LayerEntry<'_>,
    shape: &Value,
) -> Result<Operator, ModelError> {
    let extents: Vec<Option<usize>> = entry.parse(shape)?;
    match extents.as_slice() {
        [_, Some(height), Some(width), Some(channels)] => {
            Ok(Input { shape: Shape::image(*height, *width, *channels) }.into())
        }
        [_, _, _, _] => Err(entry.refuse(format!(
            "its input shape {shape} leaves an extent open; a report needs images of one size, so build the model with a \
             fixed Input(shape=(height, width, channels)) and save it again"
        ))),
        _ => Err(entry.refuse(format!(
            "its input shape {shape} is not that of a batch of images, [null, height, width, channels]"
        ))),
    }
}

pub(super) fn flatten(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(Reshape::Flatten.into())
}

pub(super) fn reshape(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: ReshapeConfig = entry.read()?;
    let target = config
        .target_shape
        .iter()
        .map(|&extent| match extent {
            -1 => Ok(None),
            extent => usize::try_from(extent).map(Some).map_err(|_| {
                entry.refuse(format!(
                    "its target_shape has the extent {extent}, expected -1 or more"
                ))
            }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Reshape::To(target).into())
}

#[derive(Deserialize)]
struct RepeatConfig {
    n: usize,
}

pub(super) fn repeat(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let RepeatConfig { n } = entry.read()?;
    Ok(Reshape::Repeat(n).into())
}

pub(super) fn permute(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let PermuteConfig { dims } = entry.read()?;
    let order = dims
        .iter()
        .map(|axis| axis.checked_sub(1))
        .collect::<Option<Vec<_>>>();
    let order = order.ok_or_else(|| {
        entry.refuse("its dims name axis 0, the batch; expected the sample's axes, from 1 on")
    })?;
    Ok(Transpose { order }.into())
}

pub(super) fn zero_padding(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: ZeroPaddingConfig = entry.read()?;
    let ((top, bottom), (left, right)) = config.padding.get();
    Ok(ZeroPadding {
        top,
        bottom,
        left,
        right,
    }
    .into())
}

/// Zeros before and behind steps, which are an image of one row.
pub(super) fn zero_padding_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let (left, right) = ends(entry, "padding")?;
    Ok(ZeroPadding {
        top: 0,
        bottom: 0,
        left,
        right,
    }
    .into())
}

/// One number for both ends of steps, or one for each.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number, or two")]
enum Ends {
    Both(usize),
    Each(usize, usize),
    Alone([usize; 1]),
}

/// How many steps an option says for the beginning and for the end.
pub(super) fn ends(entry: &LayerEntry<'_>, option: &str) -> Result<(usize, usize), ModelError> {
    let value = entry.config.get(option).unwrap_or(&Value::Null);
    Ok(match entry.parse(value)? {
        Ends::Both(both) | Ends::Alone([both]) => (both, both),
        Ends::Each(before, after) => (before, after),
    })
}

#[cfg(test)]
mod tests {
    use super::super::layers::tests::build;
    use super::*;
    use serde_json::json;

    #[test]
    fn an_input_must_be_an_image_of_known_size() {
        let expected = Input {
            shape: Shape::image(32, 32, 3),
        };
        assert_eq!(
            build("InputLayer", json!({"batch_shape": [null, 32, 32, 3]}), 3),
            Ok(expected.clone().into())
        );
        assert_eq!(
            build(
                "InputLayer",
                json!({"batch_input_shape": [null, 32, 32, 3]}),
                2
            ),
            Ok(expected.into())
        );
        let open = build(
            "InputLayer",
            json!({"batch_shape": [null, null, null, 3]}),
            3,
        )
        .unwrap_err();
        assert!(
            open.contains("[null,null,null,3]") && open.contains("leaves an extent open"),
            "{open}"
        );
        assert!(
            build("InputLayer", json!({"batch_shape": [null, 784]}), 3)
                .unwrap_err()
                .contains("not that of a batch of images")
        );
        assert!(
            build("InputLayer", json!({}), 3)
                .unwrap_err()
                .contains("no input shape")
        );
        assert!(build("InputLayer", json!({"batch_shape": [null, -1, 2, 3]}), 3).is_err());
    }

    #[test]
    fn padding_has_three_spellings() {
        let padding = |top, bottom, left, right| {
            Ok(ZeroPadding {
                top,
                bottom,
                left,
                right,
            }
            .into())
        };
        assert_eq!(
            build("ZeroPadding2D", json!({"padding": 2}), 2),
            padding(2, 2, 2, 2)
        );
        assert_eq!(
            build("ZeroPadding2D", json!({"padding": [1, 2]}), 2),
            padding(1, 1, 2, 2)
        );
        assert_eq!(
            build("ZeroPadding2D", json!({"padding": [[0, 1], [2, 3]]}), 2),
            padding(0, 1, 2, 3)
        );
    }

    #[test]
    fn a_target_may_leave_one_extent_open() {
        assert_eq!(
            build("Reshape", json!({"target_shape": [-1, 4]}), 2),
            Ok(Reshape::To(vec![None, Some(4)]).into())
        );
        assert!(
            build("Reshape", json!({"target_shape": [-2, 4]}), 2)
                .unwrap_err()
                .contains("-2")
        );
    }
}
