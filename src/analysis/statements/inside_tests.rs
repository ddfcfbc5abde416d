//! Sentences about channels, layers and groups of classes: present with their cause, gone without it.

use super::statements;
use super::tests::{Answer, findings, partial};
use crate::analysis::inside::{
    AblatedChannel, Ablation, ChannelHealth, Effect, LayerSeparability, Separability, Twin,
};
use crate::analysis::{Findings, Unit};
use crate::pipeline::ChannelPartial;
use crate::stats::{Moments, Proportion};

const CLASSES: usize = 6;

fn base() -> Findings {
    let answers: Vec<Answer> = (0..240)
        .map(|index| {
            let truth = index % CLASSES;
            let wrong = usize::from((index / CLASSES).is_multiple_of(5));
            (truth, (truth + wrong) % CLASSES, 2.0)
        })
        .collect();
    let mut partial = partial(CLASSES, &answers);
    partial.layers[0].channels = vec![ChannelPartial::default(); 3];
    findings(&partial)
}

#[track_caller]
fn comes_and_goes(
    key: &str,
    base: &Findings,
    cause: impl Fn(&mut Findings),
    removed: impl Fn(&mut Findings),
) {
    let says = |findings: &Findings| {
        let found = statements(findings);
        found.iter().any(|statement| statement.key == key)
    };
    assert!(!says(base), "{key} is said of nothing");
    let mut with = base.clone();
    cause(&mut with);
    assert!(says(&with), "{key} is not said");
    removed(&mut with);
    assert!(!says(&with), "{key} is still said");
}

fn effect(change: f64, adjusted_p: f64) -> Effect {
    let (lost, gained) = if change < 0.0 { (40, 2) } else { (2, 40) };
    Effect {
        change,
        low: change - 0.05,
        high: change + 0.05,
        lost,
        gained,
        changed: 42,
        p: adjusted_p,
        adjusted_p,
        right: vec![10; CLASSES],
    }
}

/// One channel of layer 0, silenced both ways with the same effect.
fn silenced(change: f64, adjusted_p: f64) -> Ablation {
    Ablation {
        samples: 240,
        base: Proportion::new(192, 240),
        base_right: vec![32; CLASSES],
        support: vec![40; CLASSES],
        channels: vec![AblatedChannel {
            layer: 0,
            channel: 1,
            zero: effect(change, adjusted_p),
            mean: effect(change, adjusted_p),
        }],
        ..Ablation::default()
    }
}

#[test]
fn a_channel_is_needed_where_its_loss_costs_more_than_chance_explains() {
    comes_and_goes(
        "needed_channel",
        &base(),
        |findings| findings.inside.ablation = silenced(-0.16, 0.001),
        |findings| findings.inside.ablation = silenced(-0.16, 0.2),
    );
    comes_and_goes(
        "needed_channel",
        &base(),
        |findings| findings.inside.ablation = silenced(-0.16, 0.001),
        |findings| findings.inside.ablation = silenced(0.16, 0.001),
    );
}

#[test]
fn a_channel_is_in_the_way_where_its_loss_mends_more_than_chance_explains() {
    comes_and_goes(
        "harmful_channel",
        &base(),
        |findings| findings.inside.ablation = silenced(0.16, 0.001),
        |findings| findings.inside.ablation = silenced(0.16, 0.2),
    );
    comes_and_goes(
        "harmful_channel",
        &base(),
        |findings| findings.inside.ablation = silenced(0.16, 0.001),
        |findings| findings.inside.ablation = silenced(-0.16, 0.001),
    );
}

#[test]
fn what_silencing_changes_is_told_in_points() {
    let mut findings = base();
    findings.inside.ablation = silenced(-0.16, 0.001);
    let found = statements(&findings);
    let needed = found.iter().find(|one| one.key == "needed_channel");
    let evidence = &needed.expect("a sentence").evidence;
    assert_eq!((evidence.unit, evidence.value), (Unit::Points, -0.16));
    assert!(
        evidence
            .interval
            .is_some_and(|[low, high]| low < high && high < 0.0)
    );
}

fn separability(late: u64) -> Separability {
    let layer = |layer, last_found| LayerSeparability {
        layer,
        accuracy: Proportion::new(192, 240).expect("a share"),
        last_found,
    };
    Separability {
        step: 1,
        layers: vec![layer(0, late), layer(1, 0)],
        never: 48 - late,
        mistakes: 48,
    }
}

#[test]
fn mistakes_are_lost_late_where_they_lay_nearest_to_their_own_class_till_the_end() {
    let mut base = base();
    base.inside.separability = Some(separability(2));
    comes_and_goes(
        "lost_late",
        &base,
        |findings| findings.inside.separability = Some(separability(40)),
        |findings| findings.inside.separability = Some(separability(2)),
    );
}

#[test]
fn twins_are_said_where_there_are_any() {
    let twin = Twin {
        layer: 0,
        channels: (0, 2),
        correlation: 0.99,
        samples: 240,
        kernel_cosine: None,
    };
    comes_and_goes(
        "twins",
        &base(),
        |findings| findings.inside.twins = vec![twin],
        |findings| findings.inside.twins.clear(),
    );
}

#[test]
fn groups_of_classes_are_said_where_they_hold_more_than_chance() {
    let held = |count| Proportion::new(count, 48);
    let grouped = |findings: &mut Findings, count| {
        findings.clusters.groups = vec![vec![0, 1, 2], vec![3, 4, 5]];
        findings.clusters.within_held_out = held(count);
        findings.clusters.within_by_chance = Some(0.4);
    };
    let mut base = base();
    grouped(&mut base, 20);
    comes_and_goes(
        "super_classes",
        &base,
        |findings| grouped(findings, 46),
        |findings| grouped(findings, 20),
    );
}

#[test]
fn channels_are_saturated_where_they_lie_at_their_bounds() {
    let health = |saturation| ChannelHealth {
        saturation,
        ..ChannelHealth::default()
    };
    let of = |found: [Option<f64>; 3]| vec![found.map(health).to_vec(), Vec::new()];
    let mut base = base();
    base.inside.channels = of([Some(0.1), Some(0.2), None]);
    comes_and_goes(
        "saturated_channels",
        &base,
        |findings| findings.inside.channels = of([Some(0.1), Some(0.95), None]),
        |findings| findings.inside.channels = of([Some(0.1), Some(0.85), None]),
    );
    // The output may be as sure as it likes.
    comes_and_goes(
        "saturated_channels",
        &base,
        |findings| findings.inside.channels = of([Some(0.95), None, None]),
        |findings| findings.inside.channels.reverse(),
    );
}

#[test]
fn channels_are_selective_where_they_serve_one_class() {
    let health = |(value, class)| ChannelHealth {
        selectivity: Some(value),
        selective_for: Some(class),
        ..ChannelHealth::default()
    };
    let of = |found: [(f64, usize); 3]| vec![found.map(health).to_vec(), Vec::new()];
    let mut base = base();
    base.layers[0].counts_dead = true;
    base.inside.channels = of([(0.1, 0), (0.2, 1), (0.3, 2)]);
    comes_and_goes(
        "selective_channels",
        &base,
        |findings| findings.inside.channels = of([(0.9, 3), (0.95, 3), (0.8, 5)]),
        |findings| findings.inside.channels = of([(0.7, 3), (0.75, 3), (0.79, 5)]),
    );
    base.inside.channels = of([(0.9, 3), (0.95, 3), (0.8, 5)]);
    let found = statements(&base);
    let found = found.iter().find(|one| one.key == "selective_channels");
    let phrases = &found.expect("a sentence").phrases;
    let words: String = phrases.iter().map(|phrase| phrase.text.as_str()).collect();
    assert!(
        words.ends_with("most of them class 3 (2), fewest class 0 (0)."),
        "{words}"
    );
    // What the output serves goes without saying.
    base.layers[0].counts_dead = false;
    assert!(
        statements(&base)
            .iter()
            .all(|one| one.key != "selective_channels")
    );
}

#[test]
fn channels_are_quiet_where_hardly_an_image_moves_them() {
    let health = |sparseness| ChannelHealth {
        sparseness,
        ..ChannelHealth::default()
    };
    let of = |found: [Option<f64>; 3]| vec![found.map(health).to_vec(), Vec::new()];
    let mut base = base();
    base.layers[0].counts_dead = true;
    base.inside.channels = of([Some(0.2), Some(0.9), None]);
    comes_and_goes(
        "quiet_channels",
        &base,
        |findings| findings.inside.channels = of([Some(0.2), Some(0.995), None]),
        |findings| findings.inside.channels = of([Some(0.2), Some(0.98), None]),
    );
}

/// With these means in the channels of layer 0, on as many images.
fn fired(images: usize, channels: &[f32]) -> Findings {
    let answers: Vec<Answer> = (0..images)
        .map(|index| (index % 2, index % 2, 2.0))
        .collect();
    let mut partial = partial(2, &answers);
    partial.layers[0].channels = channels
        .iter()
        .map(|&value| ChannelPartial {
            moments: Moments::of(std::iter::repeat_n(value, images)),
            ..ChannelPartial::default()
        })
        .collect();
    let mut findings = findings(&partial);
    // The layer of the test's network that has channels is its input, which has no weights.
    findings.layers[0].counts_dead = true;
    findings.statements = statements(&findings);
    findings
}

#[test]
fn dead_channels_are_said_until_they_fire() {
    let says = |findings: &Findings| {
        let found = findings
            .statements
            .iter()
            .find(|one| one.key == "dead_channels");
        found.map(|one| {
            let words = one.phrases.iter().map(|phrase| phrase.text.as_str());
            format!("{} {}", one.figure, words.collect::<String>())
        })
    };
    let words = says(&fired(40, &[0.0, 1.0])).expect("a sentence");
    assert!(
        words.starts_with("1 of 2 channels never fires on any of the 40 images: 1 in "),
        "{words}"
    );
    assert!(
        words.ends_with("It tells the network nothing about these images."),
        "{words}"
    );
    assert_eq!(says(&fired(40, &[0.5, 1.0])), None);
    // So few images prove nothing.
    assert_eq!(says(&fired(3, &[0.0, 1.0])), None);
}
