//! From a tensor message to an [`Array`]: every number format that weights come in, lengths checked.

use prost::bytes::Bytes;

use super::array::{Array, checked_elements};
use super::error::{OnnxError, Reason};
use super::external::ExternalFiles;
use super::proto::Tensor;

/// `TensorProto.DataType`.
mod kind {
    pub const FLOAT: i32 = 1;
    pub const UINT8: i32 = 2;
    pub const INT8: i32 = 3;
    pub const UINT16: i32 = 4;
    pub const INT16: i32 = 5;
    pub const INT32: i32 = 6;
    pub const INT64: i32 = 7;
    pub const BOOL: i32 = 9;
    pub const FLOAT16: i32 = 10;
    pub const DOUBLE: i32 = 11;
    pub const UINT32: i32 = 12;
    pub const UINT64: i32 = 13;
    pub const BFLOAT16: i32 = 16;
}

/// What an [`Array`] keeps of a number format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    Float,
    Integer,
    Truth,
}

/// Which numbers a `DataType` holds; `None` for those that no network for images has.
pub fn numbers(data_type: i32) -> Option<Numbers> {
    match data_type {
        kind::FLOAT | kind::FLOAT16 | kind::DOUBLE | kind::BFLOAT16 => Some(Numbers::Float),
        kind::BOOL => Some(Numbers::Truth),
        kind::UINT8..=kind::INT64 | kind::UINT32 | kind::UINT64 => Some(Numbers::Integer),
        _ => None,
    }
}

/// Bytes of one value in `raw_data`.
fn width(data_type: i32) -> usize {
    match data_type {
        kind::UINT8 | kind::INT8 | kind::BOOL => 1,
        kind::UINT16 | kind::INT16 | kind::FLOAT16 | kind::BFLOAT16 => 2,
        kind::INT64 | kind::UINT64 | kind::DOUBLE => 8,
        _ => 4,
    }
}

/// Reads a tensor, from the model or from the file that it names.
///
/// # Errors
/// [`OnnxError::Tensor`] names it and says what is wrong with it.
pub fn read(tensor: &Tensor, files: &ExternalFiles) -> Result<Array, OnnxError> {
    values(tensor, files).map_err(|reason| OnnxError::Tensor {
        tensor: tensor.name.clone(),
        reason,
    })
}

fn values(tensor: &Tensor, files: &ExternalFiles) -> Result<Array, Reason> {
    let dimensions = tensor
        .dims
        .iter()
        .map(|&extent| usize::try_from(extent))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| format!("it has the shape {:?}", tensor.dims))?;
    let count = checked_elements(&dimensions)?;
    let numbers = numbers(tensor.data_type).ok_or_else(|| {
        format!(
            "its values are of the data type {}, not floats, whole numbers or truth values",
            tensor.data_type
        )
    })?;
    let bytes = count * width(tensor.data_type);
    let raw = if tensor.data_location == 1 {
        Some(files.read(&tensor.external_data, bytes)?)
    } else if tensor.raw_data.is_empty() {
        None
    } else {
        Some(tensor.raw_data.clone())
    };
    if let Some(raw) = &raw
        && raw.len() != bytes
    {
        return Err(format!(
            "{count} values need {bytes} bytes, but it holds {}",
            raw.len()
        ));
    }
    match numbers {
        Numbers::Float => Array::floats(&dimensions, floats(tensor, raw)?),
        Numbers::Integer => Array::integers(&dimensions, integers(tensor, raw)?),
        Numbers::Truth => {
            let values = integers(tensor, raw)?;
            Array::truths(
                &dimensions,
                values.iter().map(|&value| value != 0).collect(),
            )
        }
    }
    .map_err(|reason| format!("it {reason}"))
}

fn floats(tensor: &Tensor, raw: Option<Bytes>) -> Result<Vec<f32>, Reason> {
    let half = |bits: u16| half::f16::from_bits(bits).to_f32();
    let brain = |bits: u16| half::bf16::from_bits(bits).to_f32();
    Ok(match (tensor.data_type, raw) {
        (kind::FLOAT, Some(raw)) => each(&raw, f32::from_le_bytes),
        (kind::FLOAT, None) => tensor.float_data.clone(),
        (kind::DOUBLE, Some(raw)) => each(&raw, |bytes| f64::from_le_bytes(bytes) as f32),
        (kind::DOUBLE, None) => tensor
            .double_data
            .iter()
            .map(|&value| value as f32)
            .collect(),
        (kind::FLOAT16, Some(raw)) => each(&raw, |bytes| half(u16::from_le_bytes(bytes))),
        (kind::BFLOAT16, Some(raw)) => each(&raw, |bytes| brain(u16::from_le_bytes(bytes))),
        (data_type, None) => {
            let from_bits = |&bits: &i32| {
                let bits = u16::try_from(bits)
                    .map_err(|_| format!("{bits} in its int32_data is no number of 16 bits"))?;
                Ok(if data_type == kind::FLOAT16 {
                    half(bits)
                } else {
                    brain(bits)
                })
            };
            tensor
                .int32_data
                .iter()
                .map(from_bits)
                .collect::<Result<_, Reason>>()?
        }
        (data_type, Some(_)) => return Err(format!("its data type {data_type} is no float")),
    })
}

fn integers(tensor: &Tensor, raw: Option<Bytes>) -> Result<Vec<i64>, Reason> {
    let large = |value: u64| {
        i64::try_from(value).map_err(|_| format!("it holds {value}, more than 2⁶³ − 1"))
    };
    Ok(match (tensor.data_type, raw) {
        (kind::INT64, Some(raw)) => each(&raw, i64::from_le_bytes),
        (kind::INT64, None) => tensor.int64_data.clone(),
        (kind::UINT64, Some(raw)) => each(&raw, u64::from_le_bytes)
            .into_iter()
            .map(large)
            .collect::<Result<_, _>>()?,
        (kind::UINT32 | kind::UINT64, None) => tensor
            .uint64_data
            .iter()
            .map(|&value| large(value))
            .collect::<Result<_, _>>()?,
        (kind::INT32, Some(raw)) => each(&raw, |bytes| i32::from_le_bytes(bytes).into()),
        (kind::UINT32, Some(raw)) => each(&raw, |bytes| u32::from_le_bytes(bytes).into()),
        (kind::INT16, Some(raw)) => each(&raw, |bytes| i16::from_le_bytes(bytes).into()),
        (kind::UINT16, Some(raw)) => each(&raw, |bytes| u16::from_le_bytes(bytes).into()),
        (kind::INT8, Some(raw)) => each(&raw, |bytes| i8::from_le_bytes(bytes).into()),
        (kind::UINT8 | kind::BOOL, Some(raw)) => each(&raw, |[byte]| byte.into()),
        (_, None) => tensor
            .int32_data
            .iter()
            .map(|&value| value.into())
            .collect(),
        (data_type, Some(_)) => {
            return Err(format!("its data type {data_type} is no whole number"));
        }
    })
}

/// The values of `N` bytes each.
fn each<const N: usize, T>(raw: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
    raw.as_chunks::<N>()
        .0
        .iter()
        .map(|bytes| value(*bytes))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(data_type: i32, dims: &[i64]) -> Tensor {
        Tensor {
            name: "weight".into(),
            data_type,
            dims: dims.into(),
            ..Tensor::default()
        }
    }

    fn message(tensor: &Tensor) -> String {
        read(tensor, &ExternalFiles::new("model.onnx".as_ref()))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn numbers_come_in_many_widths() {
        let files = ExternalFiles::new("model.onnx".as_ref());
        let raw = |data_type, bytes: &'static [u8]| Tensor {
            raw_data: Bytes::from_static(bytes),
            ..tensor(data_type, &[1])
        };
        for (tensor, expected) in [
            (raw(kind::FLOAT, &[0, 0, 0xc0, 0x3f]), 1.5),
            (raw(kind::FLOAT16, &[0x00, 0x3e]), 1.5),
            (raw(kind::BFLOAT16, &[0xc0, 0x3f]), 1.5),
            (raw(kind::DOUBLE, &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f]), 1.5),
            (raw(kind::INT8, &[0xff]), -1.0),
            (raw(kind::UINT8, &[0xff]), 255.0),
            (raw(kind::UINT16, &[0xff, 0xff]), 65535.0),
            (raw(kind::BOOL, &[1]), 1.0),
        ] {
            assert_eq!(read(&tensor, &files).unwrap().to_floats(), [expected]);
        }
        let half = Tensor {
            int32_data: vec![0x3e00],
            ..tensor(kind::FLOAT16, &[])
        };
        assert_eq!(read(&half, &files).unwrap().to_floats(), [1.5]);
    }

    #[test]
    fn lengths_are_checked_before_anything_is_allocated() {
        assert!(message(&tensor(1, &[i64::MAX, 2])).contains("more than the"));
        assert!(message(&tensor(1, &[-1])).contains("[-1]"));
        let short = Tensor {
            raw_data: Bytes::from_static(&[0; 6]),
            ..tensor(1, &[2])
        };
        insta::assert_snapshot!(message(&short), @"its tensor `weight` cannot be read: 2 values need 8 bytes, but it holds 6");
        insta::assert_snapshot!(message(&tensor(1, &[2])), @"its tensor `weight` cannot be read: it gives 0 values the shape [2]");
        insta::assert_snapshot!(message(&tensor(8, &[0])), @"its tensor `weight` cannot be read: its values are of the data type 8, not floats, whole numbers or truth values");
    }
}
