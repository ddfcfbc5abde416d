//! The tensors of a layer, found by the names that the file lists, never by the alphabet.

use std::collections::HashSet;

use super::archive::{Archive, TensorError};
use crate::model::{ModelError, Operator, Weight};

/// The group that holds all weights of a whole model.
const GROUP: &str = "model_weights";

/// Which layers have weights in a file.
pub(super) struct WeightIndex<'a> {
    archive: &'a Archive,
    layers: HashSet<String>,
}

impl<'a> WeightIndex<'a> {
    /// # Errors
    /// If the file has no list of layers.
    pub fn read(archive: &'a Archive) -> Result<Self, ModelError> {
        let layers = archive.names(GROUP, "layer_names")?.ok_or_else(|| ModelError::Configuration {
            path: archive.path().into(),
            reason: format!("the group {GROUP} has no attribute layer_names, so its weights cannot be told apart"),
        })?;
        Ok(Self {
            archive,
            layers: layers.into_iter().collect(),
        })
    }

    /// The tensors of a layer under the operators' names for them; none for a layer without weights.
    pub fn of(&self, layer: &str, operator: &Operator) -> Result<Vec<Weight>, ModelError> {
        if !self.layers.contains(layer) {
            return Ok(Vec::new());
        }
        let group = format!("{GROUP}/{layer}");
        let stored = self
            .archive
            .names(&group, "weight_names")?
            .unwrap_or_default();
        stored
            .iter()
            .filter(|name| !is_training_state(name))
            .map(|name| {
                self.weight(
                    layer,
                    &format!("{group}/{name}"),
                    weight_name(name, operator),
                )
            })
            .collect()
    }

    fn weight(&self, layer: &str, place: &str, name: &str) -> Result<Weight, ModelError> {
        let tensor = self.archive.tensor(place).map_err(|error| match error {
            TensorError::Model(error) => error,
            TensorError::Missing => ModelError::MissingTensor {
                path: self.archive.path().into(),
                layer: layer.into(),
                tensor: name.into(),
                found: format!("its name, but nothing at {place}"),
            },
            TensorError::Unusable(reason) => ModelError::Tensor {
                path: self.archive.path().into(),
                layer: layer.into(),
                tensor: name.into(),
                reason,
            },
        })?;
        // Whether training changes it is the operator's business; the network's builder sets it.
        Ok(Weight {
            name: name.into(),
            shape: tensor.shape,
            values: tensor.values.into(),
            trainable: true,
        })
    }
}

/// `kernel` of `sequential/conv_0/kernel:0`. Keras 3 calls a depthwise kernel just a kernel.
fn weight_name<'a>(stored: &'a str, operator: &Operator) -> &'a str {
    let last = stored.rsplit('/').next().unwrap_or(stored);
    let name = last.split_once(':').map_or(last, |(name, _)| name);
    match (operator, name) {
        (Operator::DepthwiseConvolution(_), "kernel") => "depthwise_kernel",
        _ => name,
    }
}

/// States of random generators, which some versions keep among the weights of dropouts.
fn is_training_state(stored: &str) -> bool {
    stored.contains("seed_generator")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::operators::Reshape;

    #[test]
    fn a_weight_has_the_last_part_of_its_path() {
        let operator = Operator::from(Reshape::Flatten);
        for stored in [
            "conv_0/kernel:0",
            "sequential/conv_0/kernel",
            "kernel:0",
            "kernel",
        ] {
            assert_eq!(weight_name(stored, &operator), "kernel");
        }
        assert!(is_training_state(
            "dropout/seed_generator/seed_generator_state"
        ));
    }
}
