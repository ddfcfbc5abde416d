//! [`ModelConfig`]: the JSON that Keras keeps beside the weights, as types.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::ModelError;

/// The major version that wrote a file; some functions changed between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MajorVersion(pub u32);

impl MajorVersion {
    /// Of `2.2.4-tf`. Files that do not say are older than those that do.
    pub fn of(version: &str) -> Self {
        Self(
            version
                .split('.')
                .next()
                .and_then(|major| major.parse().ok())
                .unwrap_or(2),
        )
    }

    pub fn is_keras_3(self) -> bool {
        self.0 >= 3
    }
}

/// A network as Keras describes it.
pub(super) struct ModelConfig {
    pub name: Option<String>,
    pub layers: Vec<LayerConfig>,
    pub wiring: Wiring,
}

/// How the layers are connected.
pub(super) enum Wiring {
    /// One after the other. Some versions keep the input's shape beside the layers.
    Sequential { input_shape: Option<Value> },
    /// As each layer's `inbound_nodes` say.
    Functional { inputs: Value, outputs: Value },
}

/// One layer as Keras describes it.
#[derive(Debug, Deserialize)]
pub(super) struct LayerConfig {
    pub class_name: String,
    /// Of the class in Python, in files of Keras 3.
    pub module: Option<String>,
    pub config: Value,
    /// Functional models repeat the layer's name here.
    pub name: Option<String>,
    #[serde(default)]
    pub inbound_nodes: Vec<Value>,
}

impl LayerConfig {
    /// The layer's name; empty where there is none, which no network takes.
    pub fn layer_name(&self) -> &str {
        self.config
            .get("name")
            .and_then(Value::as_str)
            .or(self.name.as_deref())
            .unwrap_or_default()
    }

    /// Whether it is a function of `keras.ops`, as in `x + 3`, and no layer.
    pub fn is_operation(&self) -> bool {
        self.module.as_deref().is_some_and(|module| {
            module.starts_with("keras.src.ops") || module.starts_with("keras.ops")
        })
    }

    /// The model that it is, where it is one.
    pub fn model(&self, path: &Path) -> Option<Result<ModelConfig, ModelError>> {
        matches!(
            self.class_name.as_str(),
            "Functional" | "Model" | "Sequential"
        )
        .then(|| {
            ModelConfig::of(
                Outer {
                    class_name: self.class_name.clone(),
                    config: self.config.clone(),
                },
                path,
            )
        })
    }
}

#[derive(Deserialize)]
struct Outer {
    class_name: String,
    config: Value,
}

#[derive(Deserialize)]
struct Inner {
    name: Option<String>,
    layers: Vec<LayerConfig>,
    #[serde(default)]
    input_layers: Value,
    #[serde(default)]
    output_layers: Value,
    build_input_shape: Option<Value>,
}

impl ModelConfig {
    /// # Errors
    /// If it is not that of a Sequential or Functional model.
    pub fn parse(value: Value, path: &Path) -> Result<Self, ModelError> {
        let outer: Outer = part(value, path)?;
        Self::of(outer, path)
    }

    fn of(outer: Outer, path: &Path) -> Result<Self, ModelError> {
        let sequential = match outer.class_name.as_str() {
            "Sequential" => true,
            "Functional" | "Model" => false,
            other => {
                return Err(refuse(
                    path,
                    format!(
                        "the model is a {other}; expected a Sequential or Functional model, not a class of one's own"
                    ),
                ));
            }
        };
        // Keras before 2.2.3 kept the layers of a Sequential model as a bare list.
        if outer.config.is_array() {
            let wiring = Wiring::Sequential { input_shape: None };
            return Ok(Self {
                name: None,
                layers: part(outer.config, path)?,
                wiring,
            });
        }
        let inner: Inner = part(outer.config, path)?;
        let wiring = if sequential {
            Wiring::Sequential {
                input_shape: inner.build_input_shape,
            }
        } else {
            Wiring::Functional {
                inputs: inner.input_layers,
                outputs: inner.output_layers,
            }
        };
        Ok(Self {
            name: inner.name,
            layers: inner.layers,
            wiring,
        })
    }
}

fn part<T: DeserializeOwned>(value: Value, path: &Path) -> Result<T, ModelError> {
    serde_json::from_value(value).map_err(|error| refuse(path, error.to_string()))
}

fn refuse(path: &Path, reason: String) -> ModelError {
    ModelError::Configuration {
        path: path.into(),
        reason,
    }
}

/// A whole number for both axes, or one for each.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a whole number or a list of two where the layer has an extent"
)]
pub(super) enum Pair {
    Both(usize),
    /// Along the steps of a layer over steps.
    Single([usize; 1]),
    Each(usize, usize),
}

impl Pair {
    pub const ONE: Self = Self::Both(1);

    pub fn one() -> Self {
        Self::ONE
    }

    /// `(vertical, horizontal)`
    pub fn get(self) -> (usize, usize) {
        match self {
            Self::Both(extent) | Self::Single([extent]) => (extent, extent),
            Self::Each(vertical, horizontal) => (vertical, horizontal),
        }
    }

    /// Of a layer over steps, which are an image of one row.
    pub fn in_a_row(self) -> (usize, usize) {
        (1, self.get().1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<ModelConfig, ModelError> {
        ModelConfig::parse(serde_json::from_str(json).unwrap(), Path::new("model.h5"))
    }

    #[test]
    fn old_and_new_sequential_layouts_are_read() {
        let layers = r#"[{"class_name": "Flatten", "config": {"name": "flatten"}}]"#;
        let old = parse(&format!(
            r#"{{"class_name": "Sequential", "config": {layers}}}"#
        ))
        .unwrap();
        let new = parse(&format!(
            r#"{{"class_name": "Sequential", "config": {{"name": "net", "layers": {layers}}}}}"#
        ))
        .unwrap();
        assert_eq!((old.name, new.name.as_deref()), (None, Some("net")));
        assert_eq!(old.layers[0].layer_name(), "flatten");
        assert_eq!(new.layers[0].class_name, "Flatten");
    }

    #[test]
    fn a_class_of_ones_own_is_named() {
        let error = parse(r#"{"class_name": "MyModel", "config": {}}"#)
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("the model is a MyModel"),
            "{error}"
        );
    }

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(MajorVersion::of("2.2.4-tf"), MajorVersion(2));
        assert!(MajorVersion::of("3.15.1").is_keras_3());
        assert!(!MajorVersion::of("").is_keras_3());
    }
}
