//! The insides of the demo model against scikit-learn, numpy, scipy, WeightWatcher, torch and Keras, which
//! `tools/expected_inside.py` asked about Keras' activations.

mod common;

use std::sync::OnceLock;

use common::repository;
use layerscope::analysis::{
    Ablation, ClassMeans, Findings, Followed, Follower, TraceDraft, analyse,
};
use layerscope::config::Settings;
use layerscope::dataset::{Dataset, Survey};
use layerscope::engine::reference::ReferenceEngine;
use layerscope::engine::{
    Engine, EngineError,
    fused::{FusedEngine, Options},
};
use layerscope::model::{self, Network};
use layerscope::pipeline::{
    AblationCounts, AblationPlan, Job, Partial, PipelineError, SampleMaps, Silent, Stages, ablate,
    first_pass, replacements, second_pass,
};
use layerscope::review::ReviewFile;
use serde_json::Value;

/// Keras and this program compute activations in f32 and differ in their last bits.
const SINGLE: f64 = 1e-6;
/// What is made of the weights alone.
const ARITHMETIC: f64 = 1e-9;

struct Demo {
    network: Network,
    dataset: Box<dyn Dataset>,
    settings: Settings,
    engine: FusedEngine,
    partial: Partial,
    findings: Findings,
}

impl Demo {
    fn job(&self) -> Job<'_> {
        Job {
            network: &self.network,
            engine: &self.engine,
            dataset: self.dataset.as_ref(),
            preprocess: &self.settings.preprocess.steps,
            chunk: 64,
        }
    }
}

/// The demo model on all images, with what its mistakes show on their way.
fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| {
        let settings = Settings::load(&repository("config/config.toml"), &[]).expect("settings");
        let network = model::load(&settings.model.path).expect("the model");
        let engine = FusedEngine::new(&network, Options::default()).expect("an engine");
        let dataset = settings.data.open(Survey::Whole, &[]).expect("the data");
        let job = Job {
            network: &network,
            engine: &engine,
            dataset: dataset.as_ref(),
            preprocess: &settings.preprocess.steps,
            chunk: 64,
        };
        let partial = first_pass(&job, &Silent).expect("a pass");
        let mut findings = analyse(
            &network,
            dataset.classes(),
            &partial,
            None,
            &ReviewFile::default(),
        )
        .expect("findings");
        let means = ClassMeans::of(&network, &partial);
        let followed = follow(&job, &findings, means.as_ref());
        findings.add_followed(followed);
        Demo {
            network,
            dataset,
            settings,
            engine,
            partial,
            findings,
        }
    })
}

fn follow(job: &Job<'_>, findings: &Findings, means: Option<&ClassMeans>) -> Followed {
    let follower = Follower::new(job.network, means, &findings.outcomes);
    let stages = Stages {
        begin: |index| follower.begin(index),
        layer: |draft: &mut TraceDraft, layer, maps: SampleMaps<'_>| {
            follower.layer(draft, layer, maps);
        },
        finish: |_, draft| -> Result<TraceDraft, PipelineError> { Ok(draft) },
    };
    let wanted = follower.wanted();
    let drafts = second_pass(job, &findings.mistakes, &wanted, stages, &Silent);
    follower.finish(drafts.expect("a second pass"))
}

fn expected(section: &str) -> Value {
    static ALL: OnceLock<Value> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let path = repository("tests/oracles/inside_expected.json");
        serde_json::from_slice(&std::fs::read(path).expect("the file")).expect("JSON")
    });
    all[section].clone()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn near(found: f64, wanted: &Value, tolerance: f64, what: &str) {
    let wanted = wanted.as_f64().expect(what);
    let off = (found - wanted).abs() / wanted.abs().max(1.0);
    assert!(off <= tolerance, "{what}: {found} for {wanted}");
}

#[test]
fn nearest_class_means_are_those_of_scikit_learn() {
    let (demo, expected) = (demo(), expected("demo"));
    let separability = demo.findings.inside.separability.as_ref().expect("a curve");
    assert_eq!(separability.step, 1);
    let mistakes: Vec<usize> =
        serde_json::from_value(expected["mistakes"].clone()).expect("indices");
    for wanted in list(&expected["layers"]) {
        let name = wanted["layer"].as_str().expect("a name");
        let id = demo.network.find(name).expect(name);
        let layer = separability
            .layers
            .iter()
            .find(|layer| layer.layer == id)
            .expect(name);
        // A sample as far from two means up to the last bits may fall either way.
        let right = wanted["right"].as_u64().expect("a count");
        assert!(
            layer.accuracy.count.abs_diff(right) <= 1,
            "{name}: {} for {right}",
            layer.accuracy.count
        );
        let found: Vec<usize> = mistakes
            .iter()
            .map(|sample| {
                let trace = &demo.findings.inside.traces[sample].layers;
                trace
                    .iter()
                    .find(|(layer, _)| *layer == id)
                    .expect(name)
                    .1
                    .class
            })
            .collect();
        let nearest: Vec<usize> =
            serde_json::from_value(wanted["nearest"].clone()).expect("classes");
        let refitted: Vec<usize> =
            serde_json::from_value(wanted["refitted"].clone()).expect("classes");
        assert_eq!(found, nearest, "{name}");
        assert_eq!(found[..refitted.len()], refitted, "{name}");
    }
}

#[test]
fn the_last_layer_found_is_counted_as_the_traces_have_it() {
    let findings = &demo().findings;
    let separability = findings.inside.separability.as_ref().expect("a curve");
    let lost = |layer| {
        let traces = findings.inside.traces.iter();
        traces
            .filter(|(sample, trace)| trace.last_at(findings.outcomes[**sample].truth) == layer)
            .count() as u64
    };
    for layer in &separability.layers {
        assert_eq!(layer.last_found, lost(Some(layer.layer)));
    }
    assert_eq!(separability.never, lost(None));
    assert_eq!(separability.mistakes, findings.mistakes.len() as u64);
}

#[test]
fn channels_are_as_numpy_has_them() {
    let (demo, expected) = (demo(), expected("demo"));
    for wanted in list(&expected["layers"]) {
        let name = wanted["layer"].as_str().expect("a name");
        let id = demo.network.find(name).expect(name);
        let channels = &demo.findings.inside.channels[id];
        for (number, channel) in channels.iter().enumerate() {
            let what = format!("{name} {number}");
            match channel.selectivity {
                Some(found) => {
                    near(found, &wanted["selectivity"][number], SINGLE, &what);
                    assert_eq!(
                        channel.selective_for,
                        wanted["selective_for"][number]
                            .as_u64()
                            .map(|class| class as usize)
                    );
                }
                None => assert!(wanted["selectivity"][number].is_null(), "{what}"),
            }
            match channel.sparseness {
                Some(found) => near(found, &wanted["sparseness"][number], 1e-5, &what),
                None => assert!(wanted["sparseness"][number].is_null(), "{what}"),
            }
        }
        if name.starts_with("conv") || name == "dense_0" {
            let twins = demo
                .findings
                .inside
                .twins
                .iter()
                .filter(|twin| twin.layer == id);
            let found: Vec<f64> = twins.map(|twin| twin.correlation).collect();
            assert_eq!(
                found.len() as u64,
                wanted["twins"].as_u64().expect("a count"),
                "{name}"
            );
            if let Some(&first) = found.first() {
                near(first, &wanted["largest_correlation"], 1e-5, name);
            }
        }
    }
}

#[test]
fn a_difference_of_logits_splits_into_units_as_in_keras() {
    let (demo, expected) = (demo(), expected("demo"));
    for wanted in list(&expected["decision"]) {
        let sample = wanted["sample"].as_u64().expect("an index") as usize;
        let decision = demo.findings.inside.traces[&sample]
            .decision
            .as_ref()
            .expect("a decision");
        let what = format!("sample {sample}");
        near(decision.total, &wanted["total"], 1e-5, &what);
        near(decision.bias, &wanted["bias"], SINGLE, &what);
        for (unit, (number, part)) in decision
            .units
            .iter()
            .zip(list(&wanted["units"]).iter().zip(list(&wanted["parts"])))
        {
            assert_eq!(Some(unit.unit as u64), number.as_u64(), "{what}");
            near(unit.part, part, 1e-5, &what);
        }
        // The parts add up to the logits that the engine computed.
        let logits = &demo.partial.logits[sample * 10..][..10];
        let difference = f64::from(logits[decision.class]) - f64::from(logits[decision.against]);
        let sum: f64 = decision.units.iter().map(|unit| unit.part).sum::<f64>()
            + decision.others
            + decision.bias;
        assert!(
            (sum - difference).abs() < 2e-5,
            "{what}: {sum} {difference}"
        );
        assert!((sum - decision.total).abs() < ARITHMETIC, "{what}");
    }
    for wanted in list(&expected["confusions"]) {
        let key = |key: &str| wanted[key].as_u64().expect(key) as usize;
        let decision = &demo.findings.inside.decisions[&(key("truth"), key("prediction"))];
        near(decision.total, &wanted["total"], 1e-5, "a confusion");
        assert_eq!(decision.units[0].unit, key("unit"));
        near(
            decision.units[0].part,
            &wanted["largest"],
            1e-5,
            "a confusion",
        );
    }
}

#[test]
fn spectra_are_those_of_numpy_weightwatcher_and_torch() {
    let (demo, expected) = (demo(), expected("spectra"));
    assert_eq!(demo.findings.inside.spectra.len(), list(&expected).len());
    for (found, wanted) in demo.findings.inside.spectra.iter().zip(list(&expected)) {
        let name = wanted["layer"].as_str().expect("a name");
        assert_eq!(found.layer_name, name);
        let values = found.values.as_ref().expect("a spectrum");
        for (found, wanted) in values.singular_values.iter().zip(list(&wanted["largest"])) {
            near(*found, wanted, ARITHMETIC, name);
        }
        near(
            values.singular_values.iter().sum(),
            &wanted["sum"],
            ARITHMETIC,
            name,
        );
        near(
            values.effective_rank,
            &wanted["effective_rank"],
            ARITHMETIC,
            name,
        );
        near(values.stable_rank, &wanted["stable_rank"], ARITHMETIC, name);
        assert_eq!(Some(values.rank as u64), wanted["rank"].as_u64(), "{name}");
        assert_eq!(
            Some(values.eigenvalues as u64),
            wanted["eigenvalues"].as_u64(),
            "{name}"
        );
        let law = values.power_law.expect("a power law");
        assert_eq!(Some(law.tail as u64), wanted["tail"].as_u64(), "{name}");
        for (found, key) in [
            (law.alpha, "alpha"),
            (law.sigma, "sigma"),
            (law.distance, "distance"),
            (law.lambda_min, "lambda_min"),
        ] {
            near(found, &wanted[key], SINGLE, &format!("{name} {key}"));
        }
        let errors = found.quantisation;
        let errors = [
            errors.error_8,
            errors.error_4,
            errors.channel_error_8,
            errors.channel_error_4,
        ];
        for (found, wanted) in errors.iter().zip(list(&wanted["errors"])) {
            near(*found, wanted, 1e-5, name);
        }
    }
}

#[test]
fn mean_probabilities_of_classes_are_those_of_keras() {
    let (demo, expected) = (demo(), expected("demo"));
    for (class, (found, wanted)) in demo
        .findings
        .inside
        .softmax
        .iter()
        .zip(list(&expected["softmax"]))
        .enumerate()
    {
        for (found, wanted) in found.mean.iter().zip(list(wanted)) {
            near(*found, wanted, SINGLE, &format!("class {class}"));
        }
        let counted: u64 = found.right.iter().chain(&found.wrong).sum();
        assert_eq!(counted, 1000);
    }
}

/// How a network's engine is made.
type MakeEngine = dyn Fn(&Network) -> Result<Box<dyn Engine>, EngineError> + Sync;

fn silenced(make: &MakeEngine, samples: usize) -> AblationCounts {
    let demo = demo();
    let plan = AblationPlan::new(&demo.network);
    let indices: Vec<usize> = (0..samples)
        .map(|sample| sample * 10_000 / samples)
        .collect();
    let values = replacements(&plan, &demo.partial);
    ablate(&demo.job(), make, &plan, &values, &indices, &Silent).expect("an ablation")
}

fn fused(network: &Network) -> Result<Box<dyn Engine>, EngineError> {
    Ok(Box::new(FusedEngine::new(network, Options::default())?))
}

#[test]
fn silenced_channels_answer_as_in_keras() {
    let expected = expected("ablation");
    let demo = demo();
    let counts = silenced(
        &fused,
        expected["samples"].as_u64().expect("a count") as usize,
    );
    for wanted in list(&expected["cases"]) {
        let name = wanted["layer"].as_str().expect("a name");
        let layer = counts
            .layers
            .iter()
            .find(|layer| demo.network.layer(layer.layer).name == name)
            .expect(name);
        let channel = wanted["channel"].as_u64().expect("a number") as usize;
        let mode = usize::from(wanted["mode"] == "mean");
        let found = match &layer.channels[channel] {
            Some(counts) => &counts[mode].right,
            // A dead channel is silent as it is.
            None => &counts.right,
        };
        let right: Vec<u64> = serde_json::from_value(wanted["right"].clone()).expect("counts");
        let off: u64 = found.iter().zip(&right).map(|(a, b)| a.abs_diff(*b)).sum();
        assert!(off <= 1, "{name} {channel}: {found:?} for {right:?}");
    }
    let ablation = Ablation::of(&counts);
    assert_eq!(ablation.samples, 200);
    assert!(!ablation.most_needed().is_empty());
}

#[test]
fn both_engines_find_the_same_channels() {
    let reference = |network: &Network| -> Result<Box<dyn Engine>, EngineError> {
        Ok(Box::new(ReferenceEngine::new(network)?))
    };
    let (a, b) = (silenced(&fused, 20), silenced(&reference, 20));
    let mut compared = 0;
    for (a, b) in a.layers.iter().zip(&b.layers) {
        for (a, b) in a.channels.iter().flatten().zip(b.channels.iter().flatten()) {
            for (a, b) in a.iter().zip(b) {
                assert!(a.changed.abs_diff(b.changed) <= 1);
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared}");
}
