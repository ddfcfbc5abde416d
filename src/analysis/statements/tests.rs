//! Every sentence goes with its cause: each rule is shown an input with it and one without.

use crate::analysis::{Findings, analyse, principal};
use crate::appearance::{Appearance, PerceptualHash};
use crate::dataset::{ImageDigest, Pixels};
use crate::model::operators::{Dense, Input};
use crate::model::{Activation, LayerDraft, Network, Shape, Source, Weight};
use crate::pipeline::{ChannelPartial, LayerPartial, Partial};
use crate::stats::{ConfusionMatrix, Moments};

/// A network of one dense layer on images of one pixel; nothing is computed with it.
fn network(classes: usize) -> Network {
    let input = LayerDraft {
        name: "image".into(),
        operator: Input {
            shape: Shape::vector(3),
        }
        .into(),
        inputs: vec![],
        weights: vec![],
    };
    let dense = Dense {
        units: classes,
        bias: false,
        activation: Activation::Softmax,
    };
    let kernel = Weight {
        name: "kernel".into(),
        shape: vec![3, classes],
        values: vec![0.5; 3 * classes].into(),
        trainable: true,
    };
    let dense = LayerDraft {
        name: "out".into(),
        operator: dense.into(),
        inputs: vec![0],
        weights: vec![kernel],
    };
    Network::new("test".into(), Source::default(), vec![input, dense], 1).unwrap()
}

/// An answer: truth, prediction, and how far the logit of the prediction stands above the others.
pub(super) type Answer = (usize, usize, f32);

pub(super) fn partial(classes: usize, answers: &[Answer]) -> Partial {
    let mut confusion = ConfusionMatrix::new(classes);
    let mut logits = Vec::new();
    for &(truth, prediction, margin) in answers {
        confusion.add(truth, prediction);
        logits.extend((0..classes).map(|class| if class == prediction { margin } else { 0.0 }));
    }
    Partial {
        classes,
        truths: answers.iter().map(|&(truth, ..)| truth as u32).collect(),
        logits,
        confusion,
        layers: vec![LayerPartial::default(), LayerPartial::default()],
        ..Partial::default()
    }
}

pub(super) fn findings(partial: &Partial) -> Findings {
    let names: Vec<String> = (0..partial.classes)
        .map(|class| format!("class {class}"))
        .collect();
    analyse(
        &network(partial.classes),
        &names,
        partial,
        principal(&partial.features).as_ref(),
        &crate::review::ReviewFile::default(),
    )
    .unwrap()
}

pub(super) fn keys(partial: &Partial) -> Vec<&'static str> {
    findings(partial)
        .statements
        .iter()
        .map(|statement| statement.key)
        .collect()
}

/// As many right answers of each of some classes, at 90 % confidence.
fn right(classes: usize, each: usize) -> Vec<Answer> {
    let margin = (9.0 * (classes - 1) as f32).ln();
    (0..classes * each)
        .map(|index| (index % classes, index % classes, margin))
        .collect()
}

#[track_caller]
fn goes_with_its_cause(key: &str, with: &Partial, without: &Partial) {
    let (with, without) = (keys(with), keys(without));
    assert!(with.contains(&key), "{key} is not among {with:?}");
    assert!(!without.contains(&key), "{key} is among {without:?}");
}

#[test]
fn perfection_ends_with_a_mistake() {
    let all_right = right(3, 20);
    let mut one_wrong = all_right.clone();
    one_wrong.push((0, 1, 2.0));
    goes_with_its_cause("perfect", &partial(3, &all_right), &partial(3, &one_wrong));
}

#[test]
fn chance_is_said_of_useless_networks_only() {
    let useless: Vec<Answer> = (0..300)
        .map(|index| (index % 3, index / 3 % 3, 1.0))
        .collect();
    let mut useful = right(3, 90);
    useful.extend((0..30).map(|index| (index % 3, (index + 1) % 3, 1.0)));
    goes_with_its_cause("chance", &partial(3, &useless), &partial(3, &useful));
}

#[test]
fn one_answer_to_everything_is_said_and_pairs_are_not() {
    let always: Vec<Answer> = (0..90).map(|index| (index % 3, 1, 1.0)).collect();
    let mut once_otherwise = always.clone();
    once_otherwise.push((0, 2, 1.0));
    goes_with_its_cause(
        "one_answer",
        &partial(3, &always),
        &partial(3, &once_otherwise),
    );
    goes_with_its_cause("pair", &partial(3, &once_otherwise), &partial(3, &always));
    // All right, for there is nothing else to say.
    let one_class: Vec<Answer> = (0..9).map(|_| (1, 1, 1.0)).collect();
    assert!(!keys(&partial(3, &one_class)).contains(&"one_answer"));
}

#[test]
fn suspects_are_not_said_of_a_network_that_contradicts_every_tenth_label() {
    let mut some = right(2, 40);
    some.extend([(0, 1, 9.0); 4]);
    let mut many = right(2, 40);
    many.extend([(0, 1, 9.0); 30]);
    goes_with_its_cause("suspect_labels", &partial(2, &some), &partial(2, &many));
}

#[test]
fn a_pair_is_said_where_mistakes_gather() {
    let mut gathered = right(3, 50);
    gathered.extend([(0, 1, 1.0); 6]);
    let mut spread = right(9, 20);
    spread.extend((0..72).map(|pair| {
        let (truth, step) = (pair / 8, 1 + pair % 8);
        (truth, (truth + step) % 9, 1.0)
    }));
    goes_with_its_cause("pair", &partial(3, &gathered), &partial(9, &spread));
    goes_with_its_cause(
        "one_sided",
        &partial(3, &[gathered.clone(), vec![(0, 1, 1.0); 9]].concat()),
        &partial(3, &[gathered, vec![(1, 0, 1.0); 6]].concat()),
    );
}

#[test]
fn sure_mistakes_are_those_it_was_sure_of() {
    let mut sure = right(3, 50);
    sure.push((0, 1, 9.0));
    let mut unsure = right(3, 50);
    unsure.push((0, 1, 1.0));
    goes_with_its_cause("sure_mistakes", &partial(3, &sure), &partial(3, &unsure));
}

#[test]
fn miscalibration_is_said_beyond_chance() {
    // 90 % sure: right on 60 % of the answers, and on 90 %.
    let answers = |right: usize| -> Vec<Answer> {
        let margin = 9.0f32.ln();
        (0..1000)
            .map(|index| (usize::from(index % 10 >= right), 0, margin))
            .collect()
    };
    goes_with_its_cause(
        "miscalibrated",
        &partial(2, &answers(6)),
        &partial(2, &answers(9)),
    );
}

#[test]
fn a_label_is_suspect_where_the_network_contradicts_it_surely() {
    let honest = right(2, 40);
    let mut contradicted = honest.clone();
    contradicted.push((0, 1, 9.0));
    goes_with_its_cause(
        "suspect_labels",
        &partial(2, &contradicted),
        &partial(2, &honest),
    );
}

#[test]
fn the_weakest_class_is_weak_beyond_doubt() {
    let mut weak = right(3, 100);
    weak.extend([(0, 1, 1.0); 60]);
    let mut doubtful = right(3, 100);
    doubtful.extend([(0, 1, 1.0); 3]);
    goes_with_its_cause("weakest_class", &partial(3, &weak), &partial(3, &doubtful));
}

/// With these values in the channels of the last layer.
fn with_channels(channels: &[&[f32]]) -> Partial {
    let mut partial = partial(2, &right(2, 10));
    partial.layers[1].channels = channels
        .iter()
        .map(|values| ChannelPartial {
            moments: Moments::of(values.iter().copied()),
            ..ChannelPartial::default()
        })
        .collect();
    partial
}

/// A hundred images of each class, all different, of increasing brightness, of which some are misread.
fn with_images(is_wrong: impl Fn(usize) -> bool) -> Partial {
    let answers: Vec<Answer> = (0..400)
        .map(|index| {
            let truth = index % 4;
            (
                truth,
                if is_wrong(index) {
                    (truth + 1) % 4
                } else {
                    truth
                },
                2.0,
            )
        })
        .collect();
    let mut partial = partial(4, &answers);
    for index in 0..400usize {
        partial.appearances.push(Appearance {
            width: 32,
            height: 32,
            brightness: index as f32 / 400.0,
            brightness_5: 0.2,
            brightness_99: 0.9,
            entropy: 7.0,
            edges: 80.0,
            hash: PerceptualHash((index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            ..Appearance::default()
        });
        partial.digests.push(digest(index));
    }
    partial
}

fn digest(index: usize) -> ImageDigest {
    ImageDigest::of(&Pixels {
        width: 1,
        height: 1,
        rgb: vec![(index / 256) as u8, (index % 256) as u8, 0],
    })
}

#[test]
fn a_weak_slice_is_said_where_mistakes_gather() {
    let gathered = with_images(|index| index < 80 && index % 2 == 0);
    goes_with_its_cause(
        "weak_slice",
        &gathered,
        &with_images(|index| index % 10 == 0),
    );
}

#[test]
fn duplicates_are_said_where_there_are_any() {
    let once = with_images(|index| index % 10 == 0);
    let mut twice = once.clone();
    twice.digests[8] = digest(4);
    goes_with_its_cause("duplicates", &twice, &once);
    let mut conflict = once.clone();
    conflict.digests[9] = digest(4);
    goes_with_its_cause("conflicting_duplicates", &conflict, &twice);
}

#[test]
fn odd_images_are_said_where_there_are_any() {
    let usual = with_images(|index| index % 10 == 0);
    let mut dark = usual.clone();
    dark.appearances[7].brightness_99 = 0.1;
    goes_with_its_cause("odd_images", &dark, &usual);
}

#[test]
fn values_that_are_not_numbers_come_before_all_else() {
    let (broken, whole) = (
        with_channels(&[&[1.0, f32::NAN], &[1.0]]),
        with_channels(&[&[1.0], &[1.0]]),
    );
    goes_with_its_cause("not_numbers", &broken, &whole);
    assert_eq!(keys(&broken)[0], "not_numbers");
}

#[test]
fn statements_come_by_level_and_then_by_strength() {
    let mut answers = right(3, 50);
    answers.extend([(0, 1, 9.0); 30]);
    let found = findings(&partial(3, &answers)).statements;
    assert!(found.len() > 3);
    for pair in found.windows(2) {
        assert!(
            pair[0].level < pair[1].level
                || (pair[0].level == pair[1].level && pair[0].strength >= pair[1].strength)
        );
    }
    for statement in &found {
        assert!(
            !statement.evidence.basis.is_empty() && !statement.evidence.basis.ends_with('.'),
            "{}",
            statement.key
        );
        assert!(
            statement
                .phrases
                .iter()
                .any(|phrase| phrase.subject.is_some()),
            "{} has no link",
            statement.key
        );
        if let Some([low, high]) = statement.evidence.interval {
            assert!(
                low <= statement.evidence.value && statement.evidence.value <= high,
                "{}",
                statement.key
            );
        }
    }
}
