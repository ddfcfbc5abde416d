//! The inputs and outputs of a functional model: which tensors they are.

use std::path::Path;

use serde_json::Value;

use super::call::Reference;
use crate::model::ModelError;

/// The inputs or outputs of a model: `["name", 0, 0]`, alone, in a list, or under names.
pub(super) fn endpoints(value: &Value) -> Vec<Reference> {
    match value {
        Value::Array(list) => match list.as_slice() {
            [Value::String(_), ..] => endpoint(value).into_iter().collect(),
            endpoints => endpoints.iter().flat_map(endpoint).collect(),
        },
        Value::Object(named) => named.values().flat_map(endpoint).collect(),
        _ => Vec::new(),
    }
}

fn endpoint(value: &Value) -> Option<Reference> {
    let number = |at: usize| {
        let number = value.get(at).and_then(Value::as_u64).unwrap_or(0);
        usize::try_from(number).ok()
    };
    Some(Reference {
        layer: value.get(0)?.as_str()?.into(),
        call: number(1)?,
        output: number(2)?,
    })
}

/// # Errors
/// If a model has other than one input.
pub(super) fn only_input(value: &Value, path: &Path) -> Result<(), ModelError> {
    match endpoints(value).len() {
        1 => Ok(()),
        inputs => Err(ModelError::Configuration {
            path: path.into(),
            reason: format!(
                "the model has {inputs} inputs; networks with one image as their input are supported"
            ),
        }),
    }
}
