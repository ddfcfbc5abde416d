//! The reference engine on an NVIDIA GPU against itself on the processor: every layer of every test network. Only with
//! `--features cuda`, and on a machine that has such a GPU:
//!
//!     cargo test --release --features cuda --test cuda_engine

#![cfg(feature = "cuda")]

mod common;

use std::path::PathBuf;

use common::engines::{close, deep, images, large, run};
use common::every_layer::EveryLayer;
use common::repository;
use layerscope::engine::reference::ReferenceEngine;
use layerscope::engine::{Interest, Watch};
use layerscope::model::{LayerId, Network, load};
use layerscope::stats::LayerSummary;

/// Largest difference, relative to the largest value of the layer.
const TOLERANCE: f32 = 1e-4;

/// The number of values and the means of every layer.
#[derive(Default)]
struct Summaries(Vec<(LayerId, LayerSummary)>);

impl Watch for Summaries {
    fn interest(&self, _layer: LayerId) -> Interest {
        Interest::Summary
    }

    fn summary(&mut self, layer: LayerId, summary: LayerSummary) {
        self.0.push((layer, summary));
    }
}

/// Where the GPU differs from the processor, or fails.
fn differences(network: &Network, seed: u64, samples: usize) -> Vec<String> {
    let values = images(network, seed, samples);
    let processor = ReferenceEngine::new(network).unwrap();
    let gpu = ReferenceEngine::on_cuda(network).unwrap();
    let (mut expected, mut found) = (EveryLayer::default(), EveryLayer::default());
    let logits = run(&processor, network, &values, &mut expected);
    let own_logits = run(&gpu, network, &values, &mut found);
    let mut differences: Vec<String> = expected
        .outputs
        .iter()
        .filter_map(|(layer, expected)| {
            let error = close(&found.outputs[layer], expected, TOLERANCE).err()?;
            Some(format!("layer {}: {error}", network.layer(*layer).name))
        })
        .collect();
    if let Err(error) = close(&own_logits.values, &logits.values, TOLERANCE) {
        differences.push(format!("logits: {error}"));
    }
    let (mut expected, mut found) = (Summaries::default(), Summaries::default());
    run(&processor, network, &values, &mut expected);
    run(&gpu, network, &values, &mut found);
    for ((layer, expected), (_, found)) in expected.0.iter().zip(&found.0) {
        if let Err(error) = close(&found.means, &expected.means, TOLERANCE) {
            differences.push(format!("means of {}: {error}", network.layer(*layer).name));
        }
    }
    differences
}

fn networks() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = ["tests/oracles", "tests/oracles/onnx"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(repository(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| ["h5", "keras", "onnx"].iter().any(|&it| extension == it))
        })
        .collect();
    paths.sort();
    paths
}

#[test]
fn every_layer_of_every_test_network_agrees_with_the_processor() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for path in networks() {
        let network = load(&path).unwrap();
        for samples in [1, 5] {
            let outcome =
                std::panic::catch_unwind(|| differences(&network, samples as u64, samples));
            let place = path.file_name().unwrap().to_string_lossy();
            match outcome {
                Ok(differences) => failures.extend(
                    differences
                        .into_iter()
                        .map(|difference| format!("{place}, {samples} images, {difference}")),
                ),
                Err(_) => failures.push(format!("{place}, {samples} images: failed, see above")),
            }
        }
        compared += 1;
    }
    println!("{compared} networks");
    assert!(compared >= 80, "only {compared} networks");
    assert!(
        failures.is_empty(),
        "{} differences:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn made_networks_agree_for_any_number_of_images() {
    for (network, samples) in [(deep(34, 27), 1), (deep(34, 27), 130), (large(), 3)] {
        assert_eq!(differences(&network, 3, samples), Vec::<String>::new());
    }
}
