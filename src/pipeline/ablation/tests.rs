//! Silencing in both ways, and the parts of a network that it runs, against the whole network.

use std::path::PathBuf;

use super::plan::{Way, masked};
use super::{AblationPlan, PlannedLayer, ablate};
use crate::dataset::{Dataset, DatasetError, Pixels, Preprocess, Provenance, Scale};
use crate::engine::fused::{FusedEngine, Options};
use crate::engine::{Batch, Engine, EngineError, FeatureMaps, Interest, Logits, Unwatched, Watch};
use crate::model::{self, LayerId, Network, Section};
use crate::pipeline::{Job, Silent};
use crate::stats::SplitMix64;

const IMAGES: usize = 24;

/// Images of noise, all of a size.
struct Noise {
    side: usize,
    classes: Vec<String>,
    provenance: Provenance,
}

impl Dataset for Noise {
    fn len(&self) -> usize {
        IMAGES
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> usize {
        index % self.classes.len()
    }

    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError> {
        let mut random = SplitMix64::new(9, index as u64);
        (pixels.width, pixels.height) = (self.side, self.side);
        pixels.rgb = (0..self.side * self.side * 3)
            .map(|_| (random.unit() * 255.0) as u8)
            .collect();
        Ok(())
    }

    fn image_size(&self) -> Option<(usize, usize)> {
        Some((self.side, self.side))
    }

    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

fn load(path: &str) -> Network {
    model::load(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

fn fused(network: &Network) -> Result<Box<dyn Engine>, EngineError> {
    Ok(Box::new(FusedEngine::new(network, Options::default())?))
}

#[test]
fn running_again_behind_a_replaced_channel_answers_as_taking_it_from_the_sums_does() {
    let network = load("data/models/cifar10_cnn.h5");
    let plan = AblationPlan::new(&network);
    assert!(plan.layers.iter().all(|planned| planned.way != Way::Masked));
    let again: Vec<PlannedLayer> = plan
        .layers
        .iter()
        .map(|planned| masked(&network, planned.layer, planned.channels).expect("a way"))
        .collect();
    let again = AblationPlan::of(&network, again);
    let engine = fused(&network).unwrap();
    let dataset = Noise {
        side: 32,
        classes: (0..10).map(|class| class.to_string()).collect(),
        provenance: Provenance::default(),
    };
    let job = Job {
        network: &network,
        engine: engine.as_ref(),
        dataset: &dataset,
        preprocess: &Preprocess::new(Scale::default(), vec![0.0], vec![1.0]).expect("settings"),
        chunk: 8,
    };
    // Some channels of each layer, by zeros and by a number far above any that they have.
    let replacements: Vec<_> = plan
        .layers
        .iter()
        .map(|planned| {
            let values =
                (0..planned.channels).map(|channel| (channel % 9 == 1).then_some([0.0, 1_000.0]));
            values.collect()
        })
        .collect();
    let indices: Vec<usize> = (0..IMAGES).collect();
    let run = |plan| ablate(&job, &fused, plan, &replacements, &indices, &Silent).unwrap();
    let (a, b) = (run(&plan), run(&again));
    assert_eq!((&a.right, &a.support), (&b.right, &b.support));
    let (mut compared, mut changed) = (0, 0);
    for (a, b) in a.layers.iter().zip(&b.layers) {
        for (a, b) in a.channels.iter().zip(&b.channels) {
            assert_eq!(a.is_some(), b.is_some());
            for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
                assert_eq!(a, b);
                compared += 1;
                changed += a.changed;
            }
        }
    }
    assert!(compared > 30 && changed > 30, "{compared} {changed}");
}

/// What one layer makes of a batch, channels last.
struct Tap {
    layer: LayerId,
    values: Vec<f32>,
}

impl Watch for Tap {
    fn interest(&self, layer: LayerId) -> Interest {
        if layer == self.layer {
            Interest::Tap
        } else {
            Interest::Nothing
        }
    }

    fn tap(&mut self, _: LayerId, maps: FeatureMaps<'_>) {
        let shape = maps.shape();
        for sample in 0..maps.samples() {
            let start = self.values.len();
            self.values.resize(start + shape.elements(), 0.0);
            for channel in 0..shape.channels() {
                let places = self.values[start..].iter_mut().skip(channel);
                for (place, value) in places
                    .step_by(shape.channels())
                    .zip(maps.channel(sample, channel))
                {
                    *place = value;
                }
            }
        }
    }
}

fn logits(network: &Network, values: &[f32], watch: &mut dyn Watch) -> Logits {
    let shape = network.input_shape();
    let batch = Batch {
        values,
        samples: values.len() / shape.elements(),
        shape,
    };
    fused(network).unwrap().run(batch, watch).unwrap()
}

#[test]
fn a_section_computes_what_the_whole_network_does_behind_its_cut() {
    for path in [
        "data/models/cifar10_cnn.h5",
        "tests/oracles/branches_keras3.h5",
        "tests/oracles/combinations_keras3.h5",
        "tests/oracles/batch_norm_keras3.h5",
    ] {
        let network = load(path);
        let mut random = SplitMix64::new(5, 6);
        let values: Vec<f32> = (0..3 * network.input_shape().elements())
            .map(|_| random.unit() as f32)
            .collect();
        let (mut cut, mut around) = (0, 0);
        for layer in 0..network.output() {
            let mut tap = Tap {
                layer,
                values: Vec::new(),
            };
            let whole = logits(&network, &values, &mut tap);
            let Some(section) = Section::between(&network, layer, network.output()) else {
                around += 1;
                continue;
            };
            // Layers that hand values on unchanged are not shown.
            if tap.values.is_empty() {
                continue;
            }
            let behind = section.build(&network).expect("a network");
            let found = logits(&behind, &tap.values, &mut Unwatched);
            for (found, wanted) in found.values.iter().zip(&whole.values) {
                let near = 1e-4 * wanted.abs().max(1.0);
                assert!(
                    (found - wanted).abs() <= near,
                    "{path} {layer}: {found} {wanted}"
                );
            }
            cut += 1;
        }
        assert!(cut > 0, "{path}");
        assert_eq!(
            around > 0,
            path.contains("branches") || path.contains("combinations"),
            "{path}: {around}"
        );
    }
}

#[test]
fn a_silenced_channel_has_its_number_everywhere_and_the_others_have_theirs() {
    let network = load("data/models/cifar10_cnn.h5");
    let layer = (1..network.output())
        .find(|&id| network.layer(id).inputs == [0])
        .expect("a first layer");
    let channels = network.layer(layer).shape.channels();
    let mut section = Section::between(&network, 0, layer).expect("a section");
    assert!(section.computes(layer) && !section.computes(0));
    section.silence(layer, channels, 3, 0.75);
    let changed = section.build(&network).expect("a network");
    let mut random = SplitMix64::new(7, 8);
    let values: Vec<f32> = (0..network.input_shape().elements())
        .map(|_| random.unit() as f32)
        .collect();
    let of = |network: &Network, layer| {
        let mut tap = Tap {
            layer,
            values: Vec::new(),
        };
        let engine = crate::engine::reference::ReferenceEngine::new(network).unwrap();
        let batch = Batch {
            values: &values,
            samples: 1,
            shape: network.input_shape(),
        };
        engine.run(batch, &mut tap).unwrap();
        tap.values
    };
    let (before, after) = (of(&network, layer), of(&changed, changed.output()));
    assert_eq!(before.len(), after.len());
    for (place, (before, after)) in before.iter().zip(&after).enumerate() {
        let wanted = if place % channels == 3 { 0.75 } else { *before };
        assert!((after - wanted).abs() < 1e-5, "{place}: {after} {wanted}");
    }
}
