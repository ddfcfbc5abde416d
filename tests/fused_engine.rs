//! The fused engine against the reference engine: every layer of every test network, and made networks
//! that are deep, wide and large enough for all ways through the plan.

mod common;

use std::path::{Path, PathBuf};

use common::engines::{chain, close, deep, images, large, numbers, run, window};
use common::every_layer::EveryLayer;
use layerscope::engine::fused::{FusedEngine, InstructionSet, Options};
use layerscope::engine::reference::ReferenceEngine;
use layerscope::engine::{Interest, Logits, Unwatched, Watch};
use layerscope::model::operators::*;
use layerscope::model::{LayerId, Network, Padding, Shape, load};
use layerscope::stats::{LayerSummary, Merge};

/// Largest difference, relative to the largest value of the layer.
const TOLERANCE: f32 = 1e-5;

/// Keeps the summary of every layer; every third sample counts in histograms.
#[derive(Default)]
struct Summaries(Vec<(LayerId, LayerSummary)>);

impl Watch for Summaries {
    fn interest(&self, _layer: LayerId) -> Interest {
        Interest::Summary
    }

    fn counts_in_histograms(&self, sample: usize) -> bool {
        sample % 3 == 1
    }

    fn summary(&mut self, layer: LayerId, summary: LayerSummary) {
        self.0.push((layer, summary));
    }
}

fn options() -> impl Iterator<Item = Options> {
    InstructionSet::available().flat_map(|instruction_set| {
        [false, true].map(|winograd| Options {
            winograd,
            instruction_set,
        })
    })
}

/// All layers, logits and statistics against the reference engine.
fn compare(network: &Network, values: &[f32], what: &str) {
    let reference = ReferenceEngine::new(network).unwrap();
    let (mut expected, mut summaries) = (EveryLayer::default(), Summaries::default());
    let logits = run(&reference, network, values, &mut expected);
    run(&reference, network, values, &mut summaries);
    for options in options() {
        let engine = FusedEngine::new(network, options).unwrap();
        let mut found = EveryLayer::default();
        let own_logits = run(&engine, network, values, &mut found);
        for (layer, expected) in &expected.outputs {
            let name = &network.layer(*layer).name;
            close(&found.outputs[layer], expected, TOLERANCE)
                .unwrap_or_else(|error| panic!("{what}, {options:?}, layer {name}: {error}"));
        }
        close(&own_logits.values, &logits.values, TOLERANCE)
            .unwrap_or_else(|error| panic!("{what}, {options:?}, logits: {error}"));
        let mut own = Summaries::default();
        assert_eq!(
            bits(&run(&engine, network, values, &mut own)),
            bits(&own_logits),
            "{what}: what is watched changes the result"
        );
        assert_eq!(own.0.len(), summaries.0.len(), "{what}");
        for ((layer, found), (other, expected)) in own.0.iter().zip(&summaries.0) {
            assert_eq!(layer, other, "{what}: the order of the layers");
            let place = format!(
                "{what}, {options:?}, summary of {}",
                network.layer(*layer).name
            );
            compare_summaries(found, expected, &place);
        }
    }
}

fn bits(logits: &Logits) -> Vec<u32> {
    logits.values.iter().map(|value| value.to_bits()).collect()
}

fn compare_summaries(found: &LayerSummary, expected: &LayerSummary, place: &str) {
    close(&found.peaks, &expected.peaks, TOLERANCE)
        .unwrap_or_else(|error| panic!("{place}, peaks: {error}"));
    close(&found.means, &expected.means, TOLERANCE)
        .unwrap_or_else(|error| panic!("{place}, means: {error}"));
    let largest = expected.moments.iter().fold(1e-3, |largest: f32, moments| {
        largest.max(moments.max.abs()).max(moments.min.abs())
    });
    for (channel, (found, expected)) in found.moments.iter().zip(&expected.moments).enumerate() {
        let place = format!("{place}, channel {channel}: {found:?} instead of {expected:?}");
        assert_eq!(
            (found.count, found.nans),
            (expected.count, expected.nans),
            "{place}"
        );
        // Moments of infinities are infinite or NaN, whichever came first.
        let near = |a: f64, b: f64| {
            a == b
                || !(a.is_finite() || b.is_finite())
                || (a - b).abs() <= f64::from(2.0 * TOLERANCE * largest)
        };
        assert!(
            near(found.mean, expected.mean)
                && near(found.standard_deviation(), expected.standard_deviation()),
            "{place}"
        );
        assert!(
            near(found.min.into(), expected.min.into())
                && near(found.max.into(), expected.max.into()),
            "{place}"
        );
    }
    assert_eq!(found.moments.len(), expected.moments.len());
    for (found, expected) in found.histograms.iter().zip(&expected.histograms) {
        assert_eq!(
            found.total(),
            expected.total(),
            "{place}: values in histograms"
        );
        // Rounding may carry a value over an edge.
        let moved: u64 = found
            .counts()
            .iter()
            .zip(expected.counts())
            .map(|(&a, &b)| a.abs_diff(b))
            .sum();
        assert!(
            moved <= 4 + found.total() / 50,
            "{place}: {moved} values in other bins"
        );
    }
}

#[test]
fn every_layer_of_every_test_network_agrees_with_the_reference() {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "h5") {
            continue;
        }
        // What the importer does not know yet cannot be compared.
        let Ok(network) = load(&path) else { continue };
        for samples in [1, 5] {
            let values = images(&network, 7 + samples as u64, samples);
            compare(&network, &values, &path.display().to_string());
        }
        compared += 1;
    }
    assert!(compared >= 40, "only {compared} networks");
}

#[test]
fn deep_networks_agree_with_the_reference_for_any_number_of_images() {
    let network = deep(34, 27);
    for samples in [1, 2, 7, 67, 130] {
        compare(
            &network,
            &numbers(3, samples * network.input_shape().elements()),
            &format!("{samples} images"),
        );
    }
}

/// One engine serves batches of different sizes one after the other.
#[test]
fn memory_of_an_earlier_run_leaves_no_trace() {
    let network = deep(20, 20);
    let values = numbers(5, 70 * network.input_shape().elements());
    let few = &values[..3 * network.input_shape().elements()];
    for options in options() {
        let engine = FusedEngine::new(&network, options).unwrap();
        let fresh = run(&engine, &network, few, &mut Unwatched);
        run(&engine, &network, &values, &mut EveryLayer::default());
        assert_eq!(run(&engine, &network, few, &mut Unwatched), fresh);
    }
}

#[test]
fn results_are_the_same_for_any_number_of_threads() {
    for (network, samples) in [(large(), 3), (deep(32, 32), 64)] {
        let work: u64 = (0..network.layers().len())
            .map(|id| network.multiply_adds(id))
            .sum();
        let values = numbers(9, samples * network.input_shape().elements());
        if work > 25_000_000 {
            compare(
                &network,
                &values[..2 * network.input_shape().elements()],
                "large images",
            );
        }
        for options in options().take(2) {
            let engine = FusedEngine::new(&network, options).unwrap();
            let observe = || {
                let (mut outputs, mut summaries) = (EveryLayer::default(), Summaries::default());
                let logits = run(&engine, &network, &values, &mut outputs);
                run(&engine, &network, &values, &mut summaries);
                (logits, outputs.outputs, summaries.0)
            };
            let alone = observe();
            for threads in [1, 2, 3] {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                assert!(
                    pool.install(observe) == alone,
                    "{threads} threads, {options:?}"
                );
            }
        }
    }
}

/// Several threads may use one engine at the same time.
#[test]
fn engines_are_shared_by_threads() {
    let network = deep(16, 16);
    let engine = FusedEngine::new(&network, Options::default()).unwrap();
    let values = numbers(11, 8 * network.input_shape().elements());
    let expected = run(&engine, &network, &values, &mut Unwatched);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                (0..8).for_each(|_| {
                    assert_eq!(run(&engine, &network, &values, &mut Unwatched), expected)
                })
            });
        }
    });
}

#[test]
fn nan_and_infinities_show_where_they_are() {
    let operators = vec![
        Rescaling {
            scale: vec![2.0],
            offset: vec![0.0],
        }
        .into(),
        Pooling {
            kind: PoolingKind::Average,
            window: window(2, 2, Padding::Valid),
        }
        .into(),
        Reshape::Flatten.into(),
        Rescaling {
            scale: vec![1.0],
            offset: vec![1.0],
        }
        .into(),
    ];
    let network = chain(Shape::image(6, 6, 5), operators);
    let mut values = numbers(13, 9 * 180);
    values[180 + 7] = f32::NAN;
    values[360 + 11] = f32::INFINITY;
    values[540 + 12] = f32::NEG_INFINITY;
    compare(&network, &values, "broken images");
}

/// Sums are taken relative to a value near the mean, so that an offset costs no digits.
#[test]
fn an_offset_far_from_zero_keeps_the_spread() {
    let network = chain(
        Shape::image(30, 30, 20),
        vec![
            Rescaling {
                scale: vec![0.5],
                offset: vec![1000.0],
            }
            .into(),
        ],
    );
    let values = numbers(17, 20 * 30 * 30 * 20);
    let mut summaries = [Summaries::default(), Summaries::default()];
    run(
        &FusedEngine::new(&network, Options::default()).unwrap(),
        &network,
        &values,
        &mut summaries[0],
    );
    run(
        &ReferenceEngine::new(&network).unwrap(),
        &network,
        &values,
        &mut summaries[1],
    );
    for (found, expected) in summaries[0].0[1]
        .1
        .moments
        .iter()
        .zip(&summaries[1].0[1].1.moments)
    {
        let (found, expected) = (found.standard_deviation(), expected.standard_deviation());
        assert!(
            (found - expected).abs() < 1e-6 * expected,
            "{found} instead of {expected}"
        );
    }
}

/// Two halves of a batch give the statistics of the whole, up to rounding.
#[test]
fn summaries_merge() {
    let network = deep(16, 16);
    let engine = FusedEngine::new(&network, Options::default()).unwrap();
    let values = numbers(19, 24 * network.input_shape().elements());
    let (first, second) = values.split_at(values.len() / 2);
    let [mut whole, mut left, mut right] = [
        Summaries::default(),
        Summaries::default(),
        Summaries::default(),
    ];
    run(&engine, &network, &values, &mut whole);
    run(&engine, &network, first, &mut left);
    run(&engine, &network, second, &mut right);
    for (((_, whole), (_, left)), (_, right)) in whole.0.iter().zip(left.0).zip(right.0) {
        let mut merged = left.moments;
        merged.merge(right.moments);
        for (merged, whole) in merged.iter().zip(&whole.moments) {
            assert_eq!(
                (merged.count, merged.zeros, merged.min, merged.max),
                (whole.count, whole.zeros, whole.min, whole.max)
            );
            assert!(
                (merged.standard_deviation() - whole.standard_deviation()).abs()
                    <= 1e-6 * (1.0 + whole.standard_deviation())
            );
        }
    }
}
