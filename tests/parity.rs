//! The parity certificate of ONNX models: dumps that `tools/dump_reference.py` wrote of two models of `tests/oracles/onnx`,
//! one with channels first and one with channels last.

use std::path::{Path, PathBuf};

use layerscope::analysis::{Parity, ParityError, Reference, parity};
use layerscope::engine::reference::ReferenceEngine;
use layerscope::model::load;

fn oracles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles")
}

/// Holds a model against a dump.
fn held(model: &str, dump: &str) -> Result<Parity, ParityError> {
    let network = load(&oracles().join("onnx").join(model)).expect("a model");
    let engine = ReferenceEngine::new(&network).expect("an engine");
    parity(&network, &engine, &Reference::read(&oracles().join(dump))?)
}

#[test]
fn layers_are_found_under_the_names_of_their_tensors() {
    for (model, dump) in [
        ("branches_opset11.onnx", "branches_reference.npz"),
        ("keras_tf2onnx.onnx", "tf2onnx_reference.npz"),
    ] {
        let parity = held(model, dump).expect("a certificate");
        assert!(
            parity.not_compared.is_empty(),
            "{model}: {:?}",
            parity.not_compared
        );
        let worst = parity.worst().expect("layers");
        assert!(worst.error < 1e-5, "{model}: {worst:?}");
        assert_eq!((parity.samples, parity.flips), (2, 0));
    }
}

#[test]
fn a_dump_of_another_model_is_refused() {
    let refused = held("keras_tf2onnx.onnx", "branches_reference.npz");
    let refused = refused.expect_err("another model").to_string();
    assert!(refused.contains("no array of a layer"), "{refused}");
}
