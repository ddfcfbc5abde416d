//! The parity certificate: every layer and the output held against what the framework that trained the network
//! computes on the same input. The nouns are [`Reference`], a dump that `tools/dump_reference.py` wrote, and [`Parity`].

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::dataset::{DatasetError, NumpyArray, read_arrays};
use crate::engine::{Batch, Engine, EngineError, FeatureMaps, Interest, Watch};
use crate::model::{Layer, LayerId, NamedTensor, Network};

/// The array of the network's input.
const INPUT: &str = "input";
/// The array of its output.
const OUTPUT: &str = "output";
/// What stands before the name of a layer in the name of its array.
const LAYER: &str = "layer/";
/// An array whose presence says that channels come before positions, as in PyTorch and ONNX.
const CHANNELS_FIRST: &str = "channels_first";

/// What a framework computed.
#[derive(Debug)]
pub struct Reference {
    name: String,
    sha256: String,
    arrays: BTreeMap<String, NumpyArray>,
}

/// How near the layers come to the reference.
#[derive(Clone, Debug, Serialize)]
pub struct Parity {
    /// The reference's file.
    pub reference: String,
    pub sha256: String,
    pub samples: usize,
    /// Layers that both have, in the network's order.
    pub layers: Vec<LayerParity>,
    /// Layers that compute something and that the reference has not, or in another shape.
    pub not_compared: Vec<String>,
    /// Samples for which the highest output is another one.
    pub flips: usize,
}

/// How near one layer comes.
#[derive(Clone, Debug, Serialize)]
pub struct LayerParity {
    pub layer: LayerId,
    pub name: String,
    /// The largest difference of two values, divided by the largest absolute value of the reference.
    pub error: f64,
}

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub enum ParityError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{path}: {problem}; write it with tools/dump_reference.py from the same model")]
    BadReference { path: String, problem: String },
}

impl Reference {
    /// Reads a dump.
    ///
    /// # Errors
    /// If it is no NPZ archive, or has no input.
    pub fn read(path: &Path) -> Result<Self, ParityError> {
        let (arrays, sha256) = read_arrays(path)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let reference = Self {
            name,
            sha256,
            arrays,
        };
        if !reference.arrays.contains_key(INPUT) {
            return Err(reference.bad("has no array \"input\"".to_owned()));
        }
        Ok(reference)
    }

    fn bad(&self, problem: String) -> ParityError {
        ParityError::BadReference {
            path: self.name.clone(),
            problem,
        }
    }

    /// Values of an array with the channels last, if it is `samples` of a shape.
    fn values(&self, name: &str, samples: usize, dimensions: &[usize]) -> Option<Vec<f32>> {
        let array = self.arrays.get(name)?;
        let elements: usize = dimensions.iter().product();
        if array.shape.first() != Some(&samples) || array.values.len() != samples * elements {
            return None;
        }
        let channels = dimensions.last().copied().unwrap_or(1).max(1);
        let positions = elements / channels;
        if !self.arrays.contains_key(CHANNELS_FIRST) || positions <= 1 || array.shape.len() < 3 {
            return Some(array.values.clone());
        }
        let mut values = Vec::with_capacity(array.values.len());
        for sample in array.values.chunks_exact(elements.max(1)) {
            for position in 0..positions {
                values.extend((0..channels).map(|channel| sample[channel * positions + position]));
            }
        }
        Some(values)
    }

    /// Values of the network's input.
    fn input(&self, network: &Network, samples: usize) -> Option<Vec<f32>> {
        let (layer, shape) = (network.layer(0), network.input_shape());
        let array = self.arrays.get(INPUT)?;
        let fits = |tensor: &&NamedTensor| {
            let extents = tensor.order.iter().map(|part| match part {
                None => samples,
                Some(axis) => shape.dimensions().get(*axis).copied().unwrap_or(0),
            });
            tensor.name == layer.name && extents.eq(array.shape.iter().copied())
        };
        match network.tensors.iter().find(fits) {
            Some(tensor) => tensor.in_layer_order(&array.values, samples, shape),
            None => self.values(INPUT, samples, shape.dimensions()),
        }
    }

    /// Values of a layer: of a tensor that the file of the network has of it, or under the layer's own name.
    fn layer(&self, network: &Network, layer: LayerId, samples: usize) -> Option<Vec<f32>> {
        let shape = &network.layer(layer).shape;
        let tensors = network.tensors.iter();
        let of_tensor = |tensor: &NamedTensor| {
            let array = self.arrays.get(&format!("{LAYER}{}", tensor.name))?;
            tensor.in_layer_order(&array.values, samples, shape)
        };
        tensors
            .filter(|tensor| tensor.layer == layer)
            .find_map(of_tensor)
            .or_else(|| {
                let name = format!("{LAYER}{}", network.layer(layer).name);
                self.values(&name, samples, shape.dimensions())
            })
    }
}

/// Runs the reference's input through the network and compares.
///
/// # Errors
/// If the input does not fit the network, or computing fails.
pub fn parity(
    network: &Network,
    engine: &dyn Engine,
    reference: &Reference,
) -> Result<Parity, ParityError> {
    let shape = network.input_shape();
    let samples = reference.arrays[INPUT].shape.first().copied().unwrap_or(0);
    let input = reference
        .input(network, samples)
        .filter(|_| samples > 0)
        .ok_or_else(|| {
            reference.bad(format!(
                "its input has the shape {:?}, but the network reads {shape}",
                reference.arrays[INPUT].shape
            ))
        })?;
    let mut compare = Compare {
        reference,
        network,
        samples,
        layers: Vec::new(),
        not_compared: Vec::new(),
    };
    let batch = Batch {
        values: &input,
        samples,
        shape,
    };
    let logits = engine.run(batch, &mut compare)?;
    let expected = reference.values(OUTPUT, samples, &[logits.classes]);
    let flips = expected.map_or(0, |expected| {
        let rows = expected.chunks_exact(logits.classes.max(1));
        logits
            .rows()
            .zip(rows)
            .filter(|(found, expected)| {
                crate::pipeline::arg_max(found) != crate::pipeline::arg_max(expected)
            })
            .count()
    });
    let (layers, not_compared) = (compare.layers, compare.not_compared);
    if layers.is_empty() {
        return Err(reference.bad("it has no array of a layer of this network".to_owned()));
    }
    Ok(Parity {
        reference: reference.name.clone(),
        sha256: reference.sha256.clone(),
        samples,
        layers,
        not_compared,
        flips,
    })
}

impl Parity {
    /// The layer that comes least near.
    pub fn worst(&self) -> Option<&LayerParity> {
        self.layers
            .iter()
            .max_by(|a, b| a.error.total_cmp(&b.error))
    }
}

struct Compare<'a> {
    reference: &'a Reference,
    network: &'a Network,
    samples: usize,
    layers: Vec<LayerParity>,
    not_compared: Vec<String>,
}

impl Watch for Compare<'_> {
    fn interest(&self, _layer: LayerId) -> Interest {
        Interest::Tap
    }

    fn tap(&mut self, layer: LayerId, maps: FeatureMaps<'_>) {
        let Layer {
            name,
            operator,
            inputs,
            ..
        } = self.network.layer(layer);
        let Some(expected) = self.reference.layer(self.network, layer, self.samples) else {
            // The input, and layers that hand values on, compute nothing that could differ.
            if !inputs.is_empty() && !operator.rule().is_identity() {
                self.not_compared.push(name.clone());
            }
            return;
        };
        let channels = maps.shape().channels();
        let elements = maps.shape().elements();
        let (mut largest, mut difference) = (0.0_f64, 0.0_f64);
        for (sample, expected) in expected.chunks_exact(elements.max(1)).enumerate() {
            for channel in 0..channels {
                let expected = expected.iter().skip(channel).step_by(channels);
                for (found, expected) in maps.channel(sample, channel).zip(expected) {
                    largest = largest.max(f64::from(expected.abs()));
                    let apart = f64::from((found - expected).abs());
                    // Whatever is not a number is as far off as can be, unless it is in both.
                    if apart.is_nan() {
                        if !(found.is_nan() && expected.is_nan()) && found != *expected {
                            difference = f64::INFINITY;
                        }
                    } else {
                        difference = difference.max(apart);
                    }
                }
            }
        }
        self.layers.push(LayerParity {
            layer,
            name: name.clone(),
            error: if difference == 0.0 {
                0.0
            } else {
                difference / largest.max(f64::MIN_POSITIVE)
            },
        });
    }
}
