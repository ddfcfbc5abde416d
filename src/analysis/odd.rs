//! Odd images: dark, bright, blurred, without colour, plain, of an unusual shape or size, or unlike all others to the network.
//! The noun is [`OddKind`]. Thresholds are those of cleanvision 0.3, except where a kind says otherwise.

use serde::Serialize;

use super::features::clusters::FeatureClusters;
use super::features::distance::median;
use super::findings::Outcome;
use crate::appearance::Appearance;
use crate::stats::{Proportion, quantile};

const DARK: f64 = 0.32;
const BRIGHT: f64 = 0.95;
const BLURRED: f64 = 0.29;
/// In bits of grey tones; cleanvision takes the entropy of all three channels together.
const PLAIN: f64 = 3.0;
const LONG: f64 = 0.35;
/// Interquartile ranges beyond the quartiles.
const FAR: f64 = 3.0;

/// One way of being odd, and the images that are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OddKind {
    /// In data files.
    pub key: &'static str,
    /// Ends "these images are …".
    pub words: &'static str,
    /// Which number, and from where on it is odd; without a full stop.
    pub threshold: String,
    /// The oddest first.
    pub images: Vec<OddImage>,
    /// Share of wrong answers among them; `None` without images.
    pub wrong: Option<Proportion>,
    /// Whether being odd this way may be a fault of the image: one without colour is only different.
    pub is_fault: bool,
    /// More than half of all images are like this, so that it is the rule and nothing odd; they are not listed.
    pub is_rule: bool,
}

impl super::Findings {
    /// Number of images that are odd in some way.
    pub fn odd_images(&self) -> usize {
        let images = self.odd.iter().flat_map(|kind| &kind.images);
        let indices: std::collections::BTreeSet<usize> = images.map(|image| image.index).collect();
        indices.len()
    }
}

/// An image and the number that makes it odd.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OddImage {
    pub index: usize,
    pub value: f64,
}

/// What a kind of oddness is found by.
struct Rule<'a> {
    key: &'static str,
    words: &'static str,
    threshold: String,
    is_fault: bool,
    value: Box<dyn Fn(usize) -> f64 + 'a>,
    /// Whether a value is odd.
    is_odd: Box<dyn Fn(f64) -> bool + 'a>,
    /// The oddest have the highest values.
    highest_first: bool,
}

/// Every kind, whether or not there is an image of it.
pub(super) fn odd(
    outcomes: &[Outcome],
    appearances: &[Appearance],
    clusters: &FeatureClusters,
) -> Vec<OddKind> {
    if appearances.len() != outcomes.len() {
        return Vec::new();
    }
    let mut rules = of_images(appearances);
    rules.extend(outliers(clusters));
    rules.into_iter().map(|rule| kind(outcomes, rule)).collect()
}

fn kind(outcomes: &[Outcome], rule: Rule<'_>) -> OddKind {
    let values = (0..outcomes.len()).map(|index| OddImage {
        index,
        value: (rule.value)(index),
    });
    let mut images: Vec<OddImage> = values.filter(|image| (rule.is_odd)(image.value)).collect();
    let is_rule = 2 * images.len() > outcomes.len();
    if is_rule {
        images.clear();
    }
    images.sort_by(|a, b| {
        let order = if rule.highest_first {
            b.value.total_cmp(&a.value)
        } else {
            a.value.total_cmp(&b.value)
        };
        order.then(a.index.cmp(&b.index))
    });
    let wrong = images
        .iter()
        .filter(|image| !outcomes[image.index].is_right())
        .count();
    OddKind {
        key: rule.key,
        words: rule.words,
        threshold: rule.threshold,
        wrong: Proportion::new(wrong as u64, images.len() as u64),
        images,
        is_fault: rule.is_fault,
        is_rule,
    }
}

fn of_images(appearances: &[Appearance]) -> Vec<Rule<'_>> {
    let rule =
        |key, words, threshold: String, value: fn(&Appearance) -> f64, is_odd: fn(f64) -> bool| {
            Rule {
                key,
                words,
                threshold,
                is_fault: true,
                value: Box::new(move |index| value(&appearances[index])),
                is_odd: Box::new(is_odd),
                highest_first: false,
            }
        };
    let (low, high) = usual_sizes(appearances);
    let middle = (low + high) / 2.0;
    vec![
        rule(
            "dark",
            "dark",
            format!("99\u{202f}% of their pixels have a brightness below {DARK}"),
            |looks| f64::from(looks.brightness_99),
            |value| value < DARK,
        ),
        Rule {
            highest_first: true,
            ..rule(
                "bright",
                "bright",
                format!("95\u{202f}% of their pixels have a brightness above {BRIGHT}"),
                |looks| f64::from(looks.brightness_5),
                |value| value > BRIGHT,
            )
        },
        rule(
            "blurred",
            "blurred",
            format!(
                "cleanvision's score, from their edges at 64 pixels and the spread of their grey tones, lies below {BLURRED}"
            ),
            Appearance::blur_score,
            |value| value < BLURRED,
        ),
        rule(
            "low_information",
            "plain",
            format!("the entropy of their grey tones lies below {PLAIN} bits"),
            |looks| f64::from(looks.entropy),
            |value| value < PLAIN,
        ),
        rule(
            "odd_aspect",
            "very long",
            format!("their shorter side is less than {LONG} of the longer"),
            Appearance::aspect,
            |value| value < LONG,
        ),
        Rule {
            highest_first: true,
            value: Box::new(move |index| (appearances[index].size() - middle).abs()),
            is_odd: Box::new(move |distance| distance > (high - low) / 2.0),
            ..rule(
                "odd_size",
                "of an unusual size",
                format!(
                    "the root of their number of pixels lies {FAR} interquartile ranges outside the quartiles of all"
                ),
                Appearance::size,
                |_| false,
            )
        },
        Rule {
            is_fault: false,
            ..rule(
                "grey",
                "without colour",
                "their three channels are the same at every pixel".into(),
                |looks| f64::from(u8::from(!looks.is_grey)),
                |value| value == 0.0,
            )
        },
    ]
}

fn usual_sizes(appearances: &[Appearance]) -> (f64, f64) {
    usual(appearances.iter().map(Appearance::size).collect())
}

/// The quartiles, each moved out by three times the range between them.
fn usual(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let of = |share| quantile(&values, share).unwrap_or(0.0);
    let (low, high) = (of(0.25), of(0.75));
    (low - FAR * (high - low), high + FAR * (high - low))
}

/// Samples far from the centre of their cluster of features, in medians of that cluster's distances.
fn outliers(clusters: &FeatureClusters) -> Option<Rule<'_>> {
    if clusters.count == 0 {
        return None;
    }
    let medians: Vec<f64> = (0..clusters.count)
        .map(|cluster| {
            let own = clusters
                .of
                .iter()
                .zip(&clusters.distances)
                .filter(|(of, _)| **of == cluster);
            f64::from(median(own.map(|(_, &distance)| distance)).unwrap_or(0.0))
        })
        .collect();
    let ratio = move |index: usize| match medians[clusters.of[index]] {
        median if median > 0.0 => f64::from(clusters.distances[index]) / median,
        // More than half of the cluster lies at its centre: nothing to compare with.
        _ => 0.0,
    };
    let (_, high) = usual((0..clusters.of.len()).map(&ratio).collect());
    Some(Rule {
        key: "outlier",
        words: "unlike all others to the network",
        threshold: format!(
            "their features lie more than {high:.2} times as far from the centre of their cluster as half of its samples, {FAR} interquartile ranges above the upper quartile of all"
        ),
        is_fault: false,
        value: Box::new(ratio),
        is_odd: Box::new(move |value| value > high),
        highest_first: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::oracle_tests::outcome;

    fn outcomes(number: usize) -> Vec<Outcome> {
        (0..number).map(|_| outcome(0, &[0.75, 0.25])).collect()
    }

    /// An image with nothing odd about it.
    fn plain() -> Appearance {
        Appearance {
            width: 32,
            height: 32,
            brightness_5: 0.2,
            brightness_99: 0.9,
            entropy: 7.0,
            edges: 80.0,
            ..Appearance::default()
        }
    }

    fn found(appearances: &[Appearance]) -> Vec<(&'static str, Vec<usize>)> {
        let kinds = odd(
            &outcomes(appearances.len()),
            appearances,
            &FeatureClusters::default(),
        );
        let listed = kinds.into_iter().filter(|kind| !kind.images.is_empty());
        listed
            .map(|kind| {
                (
                    kind.key,
                    kind.images.iter().map(|image| image.index).collect(),
                )
            })
            .collect()
    }

    #[test]
    fn an_image_is_odd_by_what_is_odd_about_it() {
        let usual = || vec![plain(); 10];
        let with = |change: fn(&mut Appearance)| {
            let mut appearances = usual();
            change(&mut appearances[4]);
            found(&appearances)
        };
        assert_eq!(found(&usual()), []);
        assert_eq!(
            with(|looks| looks.brightness_99 = 0.31),
            [("dark", vec![4])]
        );
        assert_eq!(
            with(|looks| looks.brightness_5 = 0.96),
            [("bright", vec![4])]
        );
        assert_eq!(with(|looks| looks.edges = 30.0), [("blurred", vec![4])]);
        assert_eq!(
            with(|looks| looks.entropy = 2.9),
            [("low_information", vec![4])]
        );
        assert_eq!(with(|looks| looks.is_grey = true), [("grey", vec![4])]);
        assert_eq!(
            with(|looks| (looks.width, looks.height) = (64, 16)),
            [("odd_aspect", vec![4])]
        );
        assert_eq!(
            with(|looks| (looks.width, looks.height) = (64, 64)),
            [("odd_size", vec![4])]
        );
    }

    #[test]
    fn what_most_images_are_is_not_odd() {
        let mut appearances = vec![
            Appearance {
                is_grey: true,
                ..plain()
            };
            10
        ];
        assert_eq!(found(&appearances), []);
        let kinds = odd(&outcomes(10), &appearances, &FeatureClusters::default());
        assert!(kinds.iter().any(|kind| kind.key == "grey" && kind.is_rule));
        appearances[..7].fill(plain());
        assert_eq!(found(&appearances), [("grey", vec![7, 8, 9])]);
    }

    #[test]
    fn a_sample_far_from_its_cluster_is_an_outlier() {
        let mut clusters = FeatureClusters {
            count: 2,
            of: (0..40).map(|sample| sample % 2).collect(),
            distances: (0..40)
                .map(|sample| 1.0 + (sample % 5) as f32 / 10.0)
                .collect(),
        };
        let outliers = |clusters: &FeatureClusters| -> Vec<usize> {
            let kinds = odd(&outcomes(40), &[plain(); 40], clusters);
            let kind = kinds
                .into_iter()
                .find(|kind| kind.key == "outlier")
                .unwrap();
            kind.images.iter().map(|image| image.index).collect()
        };
        assert_eq!(outliers(&clusters), Vec::<usize>::new());
        clusters.distances[7] = 9.0;
        assert_eq!(outliers(&clusters), [7]);
    }

    #[test]
    fn without_images_nothing_is_odd() {
        assert!(odd(&outcomes(3), &[], &FeatureClusters::default()).is_empty());
    }
}
