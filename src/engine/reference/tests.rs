//! The engine's own behaviour; that its numbers are Keras' is tested in `tests/oracles_engine.rs`.

use super::*;
use crate::engine::{FeatureMaps, Unwatched};
use crate::model::operators::{ActivationLayer, Dense, Identity, Input, Reshape};
use crate::model::{LayerDraft, Source, Weight};
use crate::stats::LayerSummary;

fn network(operators: Vec<(Operator, Vec<Weight>)>) -> Network {
    let drafts: Vec<LayerDraft> = operators
        .into_iter()
        .enumerate()
        .map(|(id, (operator, weights))| LayerDraft {
            name: format!("layer {id}"),
            operator,
            inputs: id.checked_sub(1).into_iter().collect(),
            weights,
        })
        .collect();
    let output = drafts.len() - 1;
    Network::new("test".into(), Source::default(), drafts, output).unwrap()
}

/// Two classes from an image of 1×1×2, by the kernel `[[1, 2], [3, 4]]`.
fn classifier(activation: Activation, tail: Vec<Operator>) -> Network {
    let kernel = Weight {
        name: "kernel".into(),
        shape: vec![2, 2],
        values: vec![1.0, 2.0, 3.0, 4.0].into(),
        trainable: true,
    };
    let mut operators = vec![
        (
            Operator::from(Input {
                shape: Shape::image(1, 1, 2),
            }),
            vec![],
        ),
        (Reshape::Flatten.into(), vec![]),
        (
            Dense {
                units: 2,
                bias: false,
                activation,
            }
            .into(),
            vec![kernel],
        ),
    ];
    operators.extend(tail.into_iter().map(|operator| (operator, vec![])));
    network(operators)
}

fn run(
    network: &Network,
    values: &[f32],
    watch: &mut dyn Watch,
) -> std::result::Result<Logits, EngineError> {
    let engine = ReferenceEngine::new(network)?;
    engine.run(
        Batch {
            values,
            samples: values.len() / 2,
            shape: network.input_shape(),
        },
        watch,
    )
}

#[test]
fn logits_are_the_values_before_the_final_softmax() {
    let softmax = || {
        Operator::from(ActivationLayer {
            activation: Activation::Softmax,
        })
    };
    let dropout = || Operator::from(Identity::Dropout { rate: 0.5 });
    for network in [
        classifier(Activation::Softmax, vec![]),
        classifier(Activation::Linear, vec![softmax()]),
        classifier(Activation::Softmax, vec![dropout()]),
        classifier(Activation::Linear, vec![]),
    ] {
        let logits = run(&network, &[1.0, 1.0, 0.0, 2.0], &mut Unwatched).unwrap();
        assert_eq!(
            logits,
            Logits {
                values: vec![4.0, 6.0, 6.0, 8.0],
                classes: 2
            }
        );
    }
    let sigmoid = run(
        &classifier(Activation::Sigmoid, vec![]),
        &[0.0, 0.0],
        &mut Unwatched,
    )
    .unwrap();
    // Several sigmoids are probabilities, of which the logarithms are logits.
    assert_eq!(sigmoid.values, [0.5f32.ln(); 2]);
}

/// Taps odd layers and takes the summary of even ones.
#[derive(Default)]
struct Notes {
    taps: Vec<(LayerId, Vec<f32>)>,
    summaries: Vec<(LayerId, LayerSummary)>,
}

impl Watch for Notes {
    fn interest(&self, layer: LayerId) -> Interest {
        if layer % 2 == 1 {
            Interest::Tap
        } else {
            Interest::Summary
        }
    }

    fn summary(&mut self, layer: LayerId, summary: LayerSummary) {
        self.summaries.push((layer, summary));
    }

    fn tap(&mut self, layer: LayerId, maps: FeatureMaps<'_>) {
        self.taps.push((layer, maps.sample(0).to_vec()));
    }
}

#[test]
fn every_layer_is_shown_once_in_order_and_after_its_activation() {
    let mut notes = Notes::default();
    let network = classifier(Activation::Softmax, vec![Identity::Nothing.into()]);
    run(&network, &[0.0, 0.0], &mut notes).unwrap();
    assert_eq!(notes.taps, [(1, vec![0.0, 0.0]), (3, vec![0.5, 0.5])]);
    let summaries: Vec<_> = notes
        .summaries
        .iter()
        .map(|(layer, summary)| (*layer, summary.peaks.clone()))
        .collect();
    assert_eq!(summaries, [(0, vec![0.0, 0.0]), (2, vec![0.5, 0.5])]);
}

#[test]
fn a_batch_of_another_shape_is_refused() {
    let network = classifier(Activation::Softmax, vec![]);
    let engine = ReferenceEngine::new(&network).unwrap();
    let shape = Shape::image(2, 1, 1);
    let wrong = engine
        .run(
            Batch {
                values: &[0.0, 0.0],
                samples: 1,
                shape: &shape,
            },
            &mut Unwatched,
        )
        .unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the network reads images of 1×1×2, but the batch holds 2 values for 1 images of 2×1×1"
    );
    assert!(
        engine
            .run(
                Batch {
                    values: &[],
                    samples: 0,
                    shape: network.input_shape()
                },
                &mut Unwatched
            )
            .is_err()
    );
}

#[test]
fn outputs_are_released_after_their_last_reader() {
    let network = classifier(Activation::Softmax, vec![]);
    let engine = ReferenceEngine::new(&network).unwrap();
    let releases: Vec<_> = engine
        .steps
        .iter()
        .map(|step| step.releases.clone())
        .collect();
    assert_eq!(releases, [vec![], vec![0], vec![1, 2]]);
}
