//! Keras' activations: by name, as a function object, or as a layer.

use serde::Deserialize;
use serde_json::Value;

use super::config::MajorVersion;
use super::layers::LayerEntry;
use crate::model::operators::{Activation, ActivationLayer, ParametricRelu, Uncommon};
use crate::model::{ModelError, Operator};

#[derive(Deserialize)]
struct ReluConfig {
    max_value: Option<f32>,
    negative_slope: Option<f32>,
    threshold: Option<f32>,
}

#[derive(Deserialize)]
struct LeakyReluConfig {
    /// Keras 3 calls it the slope, Keras 2 alpha.
    #[serde(alias = "alpha")]
    negative_slope: Option<f32>,
}

#[derive(Deserialize)]
struct EluConfig {
    alpha: Option<f32>,
}

/// A layer that does nothing but activate.
pub(super) fn layer(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let activation = of_class(entry, entry.class, entry.config)?;
    Ok(ActivationLayer { activation }.into())
}

/// A layer whose slopes are learnt; how many, its weights tell.
pub(super) fn parametric(_entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    Ok(ParametricRelu { slopes: Vec::new() }.into())
}

/// The activation that a layer's option names: nothing, a name, or an object with a class.
pub(super) fn activation(entry: &LayerEntry<'_>, value: &Value) -> Result<Activation, ModelError> {
    match value {
        Value::Null => Ok(Activation::Linear),
        Value::String(name) => of_name(entry, name),
        Value::Object(object) => match (object.get("class_name"), object.get("config")) {
            (_, Some(Value::String(name))) => of_name(entry, name),
            (Some(Value::String(class)), Some(config)) => of_class(entry, class, config),
            _ => Err(unknown(entry, &value.to_string())),
        },
        other => Err(unknown(entry, &other.to_string())),
    }
}

fn of_class(entry: &LayerEntry<'_>, class: &str, config: &Value) -> Result<Activation, ModelError> {
    match class {
        "Activation" => activation(entry, config.get("activation").unwrap_or(&Value::Null)),
        "ReLU" => {
            let config: ReluConfig = entry.parse(config)?;
            let slope = config.negative_slope.unwrap_or(0.0);
            Ok(Activation::relu(
                config.max_value,
                slope,
                config.threshold.unwrap_or(0.0),
            ))
        }
        "LeakyReLU" => {
            let config: LeakyReluConfig = entry.parse(config)?;
            Ok(Activation::LeakyRelu {
                slope: config.negative_slope.unwrap_or(0.3),
            })
        }
        "ELU" => {
            let config: EluConfig = entry.parse(config)?;
            Ok(Activation::Elu {
                alpha: config.alpha.unwrap_or(1.0),
            })
        }
        "Softmax" => softmax(entry, config),
        other => Err(unknown(entry, other)),
    }
}

fn softmax(entry: &LayerEntry<'_>, config: &Value) -> Result<Activation, ModelError> {
    let last = Value::from(-1);
    match config.get("axis") {
        None | Some(Value::Null) => Ok(Activation::Softmax),
        Some(axis) if *axis == last || *axis == Value::Array(vec![last]) => Ok(Activation::Softmax),
        Some(axis) => Err(entry.refuse(format!(
            "its softmax is over axis {axis}, expected -1 (the channels)"
        ))),
    }
}

fn of_name(entry: &LayerEntry<'_>, name: &str) -> Result<Activation, ModelError> {
    named(name, entry.version).ok_or_else(|| unknown(entry, &format!("\"{name}\"")))
}

/// Keras' functions, with the defaults they have when only named.
fn named(name: &str, version: MajorVersion) -> Option<Activation> {
    Some(match name {
        "linear" => Activation::Linear,
        "relu" => Activation::Relu,
        "relu6" => Activation::relu(Some(6.0), 0.0, 0.0),
        "leaky_relu" => Activation::LeakyRelu { slope: 0.2 },
        "sigmoid" => Activation::Sigmoid,
        "hard_sigmoid" if version.is_keras_3() => Activation::HardSigmoidKeras3,
        "hard_sigmoid" => Activation::HardSigmoidKeras2,
        "tanh" => Activation::Tanh,
        "elu" | "celu" => Activation::Elu { alpha: 1.0 },
        "selu" => Activation::Selu,
        "softplus" => Activation::Softplus,
        "softsign" => Activation::Softsign,
        "silu" | "swish" => Activation::Silu,
        "hard_silu" | "hard_swish" => Activation::HardSilu,
        "gelu" => Activation::Gelu { tanh: false },
        "exponential" => Activation::Exponential,
        "log_softmax" => Activation::LogSoftmax,
        "mish" => Activation::Mish,
        "softmax" => Activation::Softmax,
        other => return uncommon(other).map(Activation::Uncommon),
    })
}

fn uncommon(name: &str) -> Option<Uncommon> {
    Some(match name {
        "hard_tanh" => Uncommon::HardTanh,
        "log_sigmoid" => Uncommon::LogSigmoid,
        "hard_shrink" => Uncommon::HardShrink,
        "soft_shrink" => Uncommon::SoftShrink,
        "tanh_shrink" => Uncommon::TanhShrink,
        "squareplus" => Uncommon::SquarePlus,
        "sparse_plus" => Uncommon::SparsePlus,
        "sparse_sigmoid" => Uncommon::SparseSigmoid,
        _ => return None,
    })
}

fn unknown(entry: &LayerEntry<'_>, what: &str) -> ModelError {
    entry.refuse(format!("its activation {what} is not known; expected one by Keras' own names, such as \"relu\" or \"softmax\""))
}

#[cfg(test)]
mod tests {
    use super::super::layers::tests::build;
    use super::*;
    use serde_json::json;

    fn activation_of(class: &str, config: Value, version: u32) -> Activation {
        match build(class, config, version) {
            Ok(Operator::ActivationLayer(layer)) => layer.activation,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_spellings_are_understood() {
        let keras_3 = json!({"activation": {"module": "builtins", "class_name": "function", "config": "silu"}});
        assert_eq!(activation_of("Activation", keras_3, 3), Activation::Silu);
        let nested = json!({"activation": {"class_name": "ReLU", "config": {"max_value": 6.0}}});
        assert_eq!(activation_of("Activation", nested, 2).label(), "ReLU6");
        assert_eq!(
            activation_of("LeakyReLU", json!({"alpha": 0.1}), 2),
            Activation::LeakyRelu { slope: 0.1 }
        );
        assert_eq!(
            activation_of("LeakyReLU", json!({"negative_slope": 0.1}), 3),
            Activation::LeakyRelu { slope: 0.1 }
        );
        assert_eq!(
            activation_of("LeakyReLU", json!({}), 3),
            Activation::LeakyRelu { slope: 0.3 }
        );
    }

    #[test]
    fn hard_sigmoid_changed_with_keras_3() {
        let config = json!({"activation": "hard_sigmoid"});
        assert_eq!(
            activation_of("Activation", config.clone(), 2),
            Activation::HardSigmoidKeras2
        );
        assert_eq!(
            activation_of("Activation", config, 3),
            Activation::HardSigmoidKeras3
        );
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(
            build("Softmax", json!({"axis": 1}), 3)
                .unwrap_err()
                .contains("axis 1")
        );
        let custom = json!({"activation": {"class_name": "Custom", "config": {}}});
        assert!(
            build("Activation", custom, 3)
                .unwrap_err()
                .contains("Custom")
        );
    }
}
