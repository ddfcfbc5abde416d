//! Cuts, tails and corrections against pandas, scipy and statsmodels; made by `tools/expected_data.py`.

use serde_json::Value;

use super::*;
use crate::analysis::oracle_tests::{data_expected, outcome};

fn cases(section: &str) -> Vec<Value> {
    serde_json::from_value(data_expected(section)).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn tails_are_those_of_scipy() {
    let factorials = Factorials::up_to(100_000);
    for case in cases("tails") {
        let number = |key: &str| case[key].as_u64().unwrap() as usize;
        let draw = Draw {
            all: number("all"),
            wrong: number("wrong"),
            drawn: number("drawn"),
            drawn_wrong: number("drawn_wrong"),
        };
        let (found, wanted) = (tail(&factorials, draw), case["p"].as_f64().unwrap());
        assert!(
            (found - wanted).abs() <= 1e-9 * wanted.max(1e-3),
            "{draw:?}: {found} for {wanted}"
        );
    }
}

#[test]
fn corrections_are_those_of_statsmodels() {
    for case in cases("holm") {
        let (found, wanted) = (holm(&numbers(&case["p"])), numbers(&case["adjusted"]));
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() <= 1e-12, "{case}: {found}");
        }
    }
    assert!(holm(&[]).is_empty());
}

#[test]
fn cuts_are_those_of_pandas() {
    for case in cases("cuts") {
        let parts = cut(&numbers(&case["values"]));
        let counts: Vec<f64> = parts.iter().map(|part| part.samples.len() as f64).collect();
        assert_eq!(counts, numbers(&case["counts"]), "{case}");
        let edges = numbers(&case["edges"]);
        for (part, edges) in parts.iter().zip(edges.windows(2)) {
            assert!(
                (part.low - edges[0]).abs() < 1e-9 && (part.high - edges[1]).abs() < 1e-9,
                "{part:?}"
            );
        }
    }
    assert!(cut(&[]).is_empty());
}

/// 500 samples of increasing brightness, of which some are misread.
fn found(is_wrong: impl Fn(usize) -> bool) -> Slices {
    let outcomes: Vec<Outcome> = (0..500)
        .map(|index| outcome(usize::from(is_wrong(index)), &[0.75, 0.25]))
        .collect();
    let appearances: Vec<Appearance> = (0..500u16)
        .map(|index| Appearance {
            width: 8,
            height: 8,
            brightness: f32::from(index) / 500.0,
            ..Appearance::default()
        })
        .collect();
    slices(&outcomes, &appearances, &FeatureClusters::default())
}

#[test]
fn a_slice_is_weak_where_mistakes_gather() {
    let gathered = found(|index| index < 100 && index % 2 == 0);
    let weak: Vec<_> = gathered.weak().collect();
    assert_eq!(weak.len(), 1);
    assert_eq!(
        (weak[0].property, weak[0].part, weak[0].wrong.count),
        (Property::Brightness, 0, 50)
    );
    assert!(
        weak[0]
            .name()
            .starts_with("the darkest images (brightness up to 0.")
    );
    assert_eq!(weak[0].mistakes.len(), SHOWN);
    // What does not vary is not cut.
    assert_eq!(gathered.all.len(), 5);
    assert_eq!(found(|index| index % 10 == 0).weak().count(), 0);
    assert_eq!(found(|_| false).weak().count(), 0);
    assert_eq!(found(|_| true).weak().count(), 0);
}

#[test]
fn clusters_are_slices_too() {
    let outcomes: Vec<Outcome> = (0..200)
        .map(|index| outcome(usize::from(index % 2 == 0), &[0.75, 0.25]))
        .collect();
    let clusters = FeatureClusters {
        count: 2,
        of: (0..200).map(|index| index % 2).collect(),
        distances: (0..200).map(|index| (200 - index) as f32).collect(),
    };
    let found = slices(&outcomes, &[], &clusters);
    let weak: Vec<_> = found.weak().collect();
    assert_eq!(
        (weak.len(), weak[0].part, weak[0].class, weak[0].class_share),
        (1, 0, 1, 1.0)
    );
    assert_eq!(weak[0].samples[..2], [198, 196]);
    assert_eq!(weak[0].name(), "the images of cluster 1");
}
