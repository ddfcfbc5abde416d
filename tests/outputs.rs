//! Models of Keras whose output has to be chosen (`model.output_layer`) or read as a probability, against Keras.
//!
//! `tests/oracles/outputs/<case>.h5` are the models, `<case>.npz` the input and every output under the name of its layer;
//! `tools/make_oracles.py` writes them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use layerscope::engine::reference::ReferenceEngine;
use layerscope::engine::{Batch, Engine, Unwatched};
use layerscope::model::{Network, OutputChoice, OutputValues, load, load_output};

const LAYOUTS: [&str; 2] = ["keras2", "keras3"];

fn model(case: &str, layout: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/oracles/outputs/{case}_{layout}.h5"))
}

fn values(model: &Path) -> HashMap<String, Vec<f32>> {
    let arrays = Tensor::read_npz(model.with_extension("npz")).expect("what Keras computes");
    let flat = |tensor: Tensor| tensor.flatten_all().and_then(|all| all.to_vec1());
    arrays
        .into_iter()
        .map(|(name, tensor)| (name, flat(tensor).expect("floats")))
        .collect()
}

fn chosen(path: &Path, layer: &str) -> Network {
    let choice = OutputChoice {
        layer: Some(layer.into()),
        values: OutputValues::Auto,
    };
    load_output(path, &choice).expect("a model")
}

/// Logits of each sample.
fn logits(network: &Network, input: &[f32]) -> Vec<Vec<f32>> {
    let shape = network.input_shape();
    let batch = Batch {
        values: input,
        samples: input.len() / shape.elements(),
        shape,
    };
    let engine = ReferenceEngine::new(network).expect("an engine");
    let logits = engine.run(batch, &mut Unwatched).expect("logits");
    logits.rows().map(<[f32]>::to_vec).collect()
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let powers: Vec<f32> = logits.iter().map(|logit| logit.exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-5,
            "{what}: {found} for {expected}"
        );
    }
}

#[test]
fn one_of_several_outputs_is_chosen_by_name() {
    for layout in LAYOUTS {
        let path = model("several", layout);
        let expected = values(&path);
        let refused = load(&path).expect_err("two outputs").to_string();
        assert!(refused.contains("species, colour"), "{refused}");

        let species = chosen(&path, "species");
        assert_eq!(species.classes(), 4);
        assert!(species.find("colour").is_none(), "{layout}");
        let rows = logits(&species, &expected["input"]);
        let found: Vec<f32> = rows.iter().flat_map(|row| softmax(row)).collect();
        assert_close(&found, &expected["species"], layout);

        let colour = chosen(&path, "colour");
        assert_eq!(colour.classes(), 3);
        let found = logits(&colour, &expected["input"]).concat();
        assert_close(&found, &expected["colour"], layout);
    }
}

#[test]
fn a_single_sigmoid_is_the_probability_of_the_second_class() {
    for layout in LAYOUTS {
        let path = model("sigmoid", layout);
        let expected = values(&path);
        let network = load(&path).expect("a model");
        assert_eq!(network.classes(), 2);
        let rows = logits(&network, &expected["input"]);
        let found: Vec<f32> = rows.iter().map(|row| softmax(row)[1]).collect();
        assert_close(&found, &expected["score"], layout);
    }
}
