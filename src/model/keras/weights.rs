//! The tensors of a layer: by the names that an `.h5` file lists, never by the alphabet; by their numbers in an
//! archive of Keras 3.

use std::collections::HashSet;

use super::archive::{Archive, StoredTensor, TensorError};
use super::place::Place;
use crate::model::operators::ParametricRelu;
use crate::model::{ModelError, Operator, Weight};

/// The group that holds all weights of a whole model in an `.h5` file.
const GROUP: &str = "model_weights";

/// A file's tensors.
pub(super) struct WeightIndex {
    archive: Archive,
    layout: Layout,
}

/// How tensors are found.
enum Layout {
    /// In a group of the layer's name, or of the model's that it is inside of, by the names in `weight_names`.
    Named {
        /// Layers and models with weights.
        layers: HashSet<String>,
    },
    /// In groups of the class and number of each layer, numbered in the order in which the layer made them.
    Numbered,
}

impl WeightIndex {
    /// # Errors
    /// If the file has no list of layers.
    pub fn named(archive: Archive) -> Result<Self, ModelError> {
        let layers = archive.names(GROUP, "layer_names")?.ok_or_else(|| ModelError::Configuration {
            path: archive.path().into(),
            reason: format!("the group {GROUP} has no attribute layer_names, so its weights cannot be told apart"),
        })?;
        Ok(Self {
            archive,
            layout: Layout::Named {
                layers: layers.into_iter().collect(),
            },
        })
    }

    pub fn numbered(archive: Archive) -> Self {
        Self {
            archive,
            layout: Layout::Numbered,
        }
    }

    /// The tensors of a layer under the operators' names for them; none for a layer without weights.
    pub fn of(
        &self,
        layer: &str,
        place: &Place,
        operator: &Operator,
    ) -> Result<Vec<Weight>, ModelError> {
        let names: Vec<&str> = operator
            .rule()
            .weights(&[])
            .into_iter()
            .map(|spec| spec.name)
            .collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        match &self.layout {
            Layout::Named { layers } => self.by_name(layer, place, operator, layers),
            Layout::Numbered => self.by_number(layer, place, operator, &names),
        }
    }

    fn by_name(
        &self,
        layer: &str,
        place: &Place,
        operator: &Operator,
        layers: &HashSet<String>,
    ) -> Result<Vec<Weight>, ModelError> {
        let Some(outermost) = place.names.first().filter(|name| layers.contains(*name)) else {
            return Ok(Vec::new());
        };
        let group = format!("{GROUP}/{outermost}");
        let stored = self
            .archive
            .names(&group, "weight_names")?
            .unwrap_or_default();
        let mine = belonging(&stored, &place.names);
        mine.into_iter()
            .filter(|name| !is_state(name))
            .map(|name| {
                let place = format!("{group}/{name}");
                self.weight(layer, &place, &weight_name(name, operator), operator)
            })
            .collect()
    }

    fn by_number(
        &self,
        layer: &str,
        place: &Place,
        operator: &Operator,
        names: &[&str],
    ) -> Result<Vec<Weight>, ModelError> {
        let numbered = |number: usize| match operator {
            // Each of its dense layers has a group of its own: kernel, bias.
            Operator::MultiHeadAttention(_) => {
                let (part, tensor) = names[number].rsplit_once('_').unwrap_or_default();
                let part = part.strip_prefix("attention_").unwrap_or(part);
                format!("{part}_dense/vars/{}", usize::from(tensor == "bias"))
            }
            _ => format!("vars/{number}"),
        };
        names
            .iter()
            .enumerate()
            .map(|(number, name)| {
                let place = format!("{}/{}", place.group, numbered(number));
                self.weight(layer, &place, name, operator)
            })
            .collect()
    }

    fn weight(
        &self,
        layer: &str,
        place: &str,
        name: &str,
        operator: &Operator,
    ) -> Result<Weight, ModelError> {
        let tensor = self.archive.tensor(place).map_err(|error| match error {
            TensorError::Model(error) => error,
            TensorError::Missing => ModelError::MissingTensor {
                path: self.archive.path().into(),
                layer: layer.into(),
                tensor: name.into(),
                found: format!("nothing at {place}"),
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
            shape: shape(&tensor, operator),
            values: tensor.values.into(),
            trainable: true,
        })
    }
}

/// An operator with what only its weights tell: how many slopes a PReLU has, and a group normalisation channels.
pub(super) fn fitted(operator: Operator, weights: &[Weight]) -> Operator {
    match (operator, weights) {
        (Operator::ParametricRelu(_), [slopes]) => ParametricRelu {
            slopes: slopes.shape.clone(),
        }
        .into(),
        (Operator::GroupNormalization(mut normalization), [gamma, ..])
            if normalization.groups == usize::MAX =>
        {
            normalization.groups = gamma.len();
            normalization.into()
        }
        (operator, _) => operator,
    }
}

/// The kernel of a convolution over steps is one over an image of one row.
fn shape(tensor: &StoredTensor, operator: &Operator) -> Vec<usize> {
    let convolves = matches!(
        operator,
        Operator::Convolution(_)
            | Operator::DepthwiseConvolution(_)
            | Operator::SeparableConvolution(_)
            | Operator::TransposedConvolution(_)
    );
    let mut shape = tensor.shape.clone();
    if convolves && shape.len() == 3 {
        shape.insert(0, 1);
    }
    shape
}

/// The stored names of a layer's weights. A group of a model holds those of all layers inside: the layer's own
/// name stands somewhere in front of the last part, with those of the models around it as far as Keras
/// writes them.
fn belonging<'a>(stored: &'a [String], names: &[String]) -> Vec<&'a str> {
    let [around @ .., own] = names else {
        return Vec::new();
    };
    if around.is_empty() {
        return stored.iter().map(String::as_str).collect();
    }
    let score = |stored: &str| {
        let parts: Vec<&str> = stored.split('/').collect();
        let parts = &parts[..parts.len() - 1];
        parts.contains(&own.as_str()).then(|| {
            around
                .iter()
                .filter(|name| parts.contains(&name.as_str()))
                .count()
        })
    };
    let best = stored.iter().filter_map(|name| score(name)).max();
    stored
        .iter()
        .map(String::as_str)
        .filter(|name| best.is_some() && score(name) == best)
        .collect()
}

/// `kernel` of `sequential/conv_0/kernel:0`. Keras 3 calls a depthwise kernel just a kernel.
fn weight_name(stored: &str, operator: &Operator) -> String {
    let mut parts = stored.rsplit('/');
    let last = parts.next().unwrap_or(stored);
    let name = last.split_once(':').map_or(last, |(name, _)| name);
    match (operator, name) {
        (Operator::DepthwiseConvolution(_), "kernel") => "depthwise_kernel".into(),
        (Operator::MultiHeadAttention(_), _) => {
            format!("{}_{name}", parts.next().unwrap_or_default())
        }
        // Keras 3 gives the factors of a LayerScale no name of their own.
        (Operator::ChannelScale(_), name) if name.starts_with("variable") => "gamma".into(),
        _ => name.into(),
    }
}

/// What changes while training and computes nothing after: states of random generators, which some versions keep
/// among the weights of dropouts, and how many samples a normalisation has seen.
fn is_state(stored: &str) -> bool {
    let last = stored.rsplit('/').next().unwrap_or(stored);
    stored.contains("seed_generator") || last == "count" || last.starts_with("count:")
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
        assert!(is_state("dropout/seed_generator/seed_generator_state"));
        assert!(is_state("norm/count:0") && !is_state("count/kernel"));
    }

    #[test]
    fn layers_inside_of_models_are_told_apart() {
        let stored: Vec<String> = [
            "conv/kernel",
            "conv/bias",
            "left/dense/kernel",
            "right/dense/kernel",
        ]
        .map(String::from)
        .into();
        let names = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.into()).collect() };
        assert_eq!(
            belonging(&stored, &names(&["base", "conv"])),
            ["conv/kernel", "conv/bias"]
        );
        assert_eq!(
            belonging(&stored, &names(&["base", "right", "dense"])),
            ["right/dense/kernel"]
        );
        assert_eq!(belonging(&stored, &names(&["base", "gone"])).len(), 0);
        assert_eq!(belonging(&stored, &names(&["conv"])).len(), 4);
    }
}
