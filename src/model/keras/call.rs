//! [`Call`]: one use of a layer in a functional model: what it is called with.

use serde_json::Value;

use super::layers::LayerEntry;
use crate::model::ModelError;

/// A tensor of a functional model: an output of one use of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reference {
    pub layer: String,
    /// Which use of the layer, from 0.
    pub call: usize,
    /// Which of its outputs, from 0.
    pub output: usize,
}

/// What a layer is called with, in its order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Argument {
    Tensor(Reference),
    /// As in `x + 3`.
    Number(f32),
}

/// One use of a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Call {
    pub arguments: Vec<Argument>,
}

/// Arguments by name that hold tensors or numbers, in the order in which layers take them.
const NAMED: [&str; 9] = ["query", "inputs", "x", "x1", "value", "y", "x2", "key", "b"];

impl Call {
    /// The tensors among the arguments.
    pub fn tensors(&self) -> impl Iterator<Item = &Reference> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Tensor(reference) => Some(reference),
            Argument::Number(_) => None,
        })
    }

    /// Reads one entry of `inbound_nodes`.
    ///
    /// # Errors
    /// Names the layer, where the entry is of neither version's form or holds an option that is not off.
    pub fn parse(entry: &LayerEntry<'_>, call: &Value) -> Result<Self, ModelError> {
        let mut arguments = Vec::new();
        match call {
            // Keras 2: a list of [name, node, tensor, options], or one of them.
            Value::Array(references) => {
                let single = matches!(references.first(), Some(Value::String(_)));
                let list = if single {
                    std::slice::from_ref(call)
                } else {
                    references
                };
                for reference in list {
                    let [history @ .., options] =
                        reference.as_array().map_or(&[][..], Vec::as_slice)
                    else {
                        return Err(unreadable(entry));
                    };
                    let tensor = history_of(history).ok_or_else(|| unreadable(entry))?;
                    arguments.push(Argument::Tensor(tensor));
                    by_name(entry, options, &mut arguments)?;
                }
            }
            // Keras 3: the arguments of the call, tensors among them, alone or in lists.
            Value::Object(call) => {
                let positional = call.get("args").ok_or_else(|| unreadable(entry))?;
                in_order(entry, positional, &mut arguments)?;
                by_name(
                    entry,
                    call.get("kwargs").unwrap_or(&Value::Null),
                    &mut arguments,
                )?;
            }
            _ => return Err(unreadable(entry)),
        }
        Ok(Self { arguments })
    }
}

fn unreadable(entry: &LayerEntry<'_>) -> ModelError {
    entry.refuse("what it reads cannot be understood")
}

/// Tensors and numbers, in lists of any depth.
fn in_order(
    entry: &LayerEntry<'_>,
    value: &Value,
    arguments: &mut Vec<Argument>,
) -> Result<(), ModelError> {
    match value {
        Value::Null => Ok(()),
        Value::Array(list) => list
            .iter()
            .try_for_each(|value| in_order(entry, value, arguments)),
        value => {
            arguments.push(argument(value).ok_or_else(|| unreadable(entry))?);
            Ok(())
        }
    }
}

/// Arguments by name; all that are not tensors or numbers must be off, for they change what is computed.
fn by_name(
    entry: &LayerEntry<'_>,
    options: &Value,
    arguments: &mut Vec<Argument>,
) -> Result<(), ModelError> {
    let Some(options) = options.as_object() else {
        return Ok(());
    };
    for name in NAMED {
        if let Some(argument) = options.get(name).and_then(argument) {
            arguments.push(argument);
        }
    }
    let changes = options.iter().find(|(name, value)| {
        let off = value.is_null() || **value == Value::Bool(false);
        let taken = NAMED.contains(&name.as_str()) && argument(value).is_some();
        !off && !taken && *name != "name"
    });
    match changes {
        Some((name, value)) => Err(entry.refuse(format!(
            "it is called with {name} = {value}, which is not supported"
        ))),
        None => Ok(()),
    }
}

fn argument(value: &Value) -> Option<Argument> {
    match value {
        Value::Number(number) => Some(Argument::Number(number.as_f64()? as f32)),
        Value::Array(history) => history_of(history).map(Argument::Tensor),
        tensor => {
            history_of(tensor.pointer("/config/keras_history")?.as_array()?).map(Argument::Tensor)
        }
    }
}

/// The tensor in `[name, node, tensor]`.
fn history_of(history: &[Value]) -> Option<Reference> {
    let [Value::String(layer), call, output] = history else {
        return None;
    };
    Some(Reference {
        layer: layer.clone(),
        call: usize::try_from(call.as_u64()?).ok()?,
        output: usize::try_from(output.as_u64()?).ok()?,
    })
}
