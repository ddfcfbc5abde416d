//! Duplicates of made samples, and of the demo images' hashes against comparing all with all.

use proptest::prelude::*;

use super::*;
use crate::analysis::features::clusters::clusters;
use crate::analysis::features::principal::principal;
use crate::analysis::oracle_tests::outcome;
use crate::appearance::PerceptualHash;

/// A sample: label, content, hash, brightness, features.
type Sample = (usize, u64, u64, f32, [f32; 2]);

/// Far apart in every respect.
fn spread(samples: usize) -> Vec<Sample> {
    (0..samples)
        .map(|index| {
            let number = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let place = [(index % 40) as f32, (index / 40) as f32];
            (0, number, number, 0.5, place)
        })
        .collect()
}

fn found(samples: &[Sample]) -> Duplicates {
    let outcomes: Vec<Outcome> = samples
        .iter()
        .map(|&(truth, ..)| outcome(truth, &[0.75, 0.25]))
        .collect();
    let contents: Vec<u64> = samples.iter().map(|&(_, content, ..)| content).collect();
    let appearances: Vec<Appearance> = samples
        .iter()
        .map(|&(_, _, hash, brightness, _)| Appearance {
            hash: PerceptualHash(hash),
            brightness,
            entropy: 7.0,
            ..Appearance::default()
        })
        .collect();
    let features = Features {
        layer: Some(0),
        units: 2,
        width: 2,
        values: samples
            .iter()
            .flat_map(|&(.., features)| features)
            .collect(),
    };
    duplicates(&Evidence {
        outcomes: &outcomes,
        contents: &contents,
        appearances: &appearances,
        features: &features,
        principal: principal(&features).as_ref(),
        clusters: &clusters(&features, 4),
    })
}

fn kinds(found: &Duplicates) -> Vec<(DuplicateKind, Vec<usize>, bool)> {
    found
        .groups
        .iter()
        .map(|group| (group.kind, group.samples.clone(), group.conflict))
        .collect()
}

#[test]
fn each_kind_of_duplicate_is_found_and_conflicts_come_first() {
    let mut samples = spread(400);
    assert_eq!(found(&samples).groups, []);
    // Equal pixels, and so everything else.
    samples[20] = samples[10];
    // Three bits of the hash differ, and the label.
    samples[40].2 = samples[30].2 ^ 0b1011;
    samples[40].0 = 1;
    // The same features only.
    samples[60].4 = samples[50].4;
    // The same hash, but far brighter.
    samples[80].2 = samples[70].2;
    samples[80].3 = 0.9;
    let found = found(&samples);
    assert_eq!(
        kinds(&found),
        [
            (DuplicateKind::Alike, vec![30, 40], true),
            (DuplicateKind::Equal, vec![10, 20], false),
            (DuplicateKind::SameFeatures, vec![50, 60], false),
        ]
    );
    assert_eq!(found.groups[0].distance, 3.0);
    assert_eq!(found.surplus, [20, 40]);
    assert!(
        found
            .within
            .is_some_and(|within| within > 0.0 && within < 1.0)
    );
}

#[test]
fn five_bits_are_not_alike() {
    let mut samples = spread(400);
    samples[40].2 = samples[30].2 ^ 0b11111;
    assert_eq!(found(&samples).groups, []);
}

#[test]
fn where_all_features_are_the_same_none_are_duplicates() {
    let mut samples = spread(300);
    samples.iter_mut().for_each(|sample| sample.4 = [1.0, 1.0]);
    let found = found(&samples);
    assert_eq!((found.groups.len(), found.within), (0, None));
}

#[test]
fn of_nothing_there_is_no_duplicate() {
    assert_eq!(found(&[]), Duplicates::default());
}

proptest! {
    #[test]
    fn near_features_are_those_that_comparing_all_finds(points in prop::collection::vec([0i32..60, 0i32..60, 0i32..60], 2..60), within in 0.5f32..9.0) {
        let features = Features {
            layer: Some(0),
            units: 3,
            width: 3,
            values: points.iter().flatten().map(|&value| value as f32).collect(),
        };
        let Some(principal) = principal(&features) else { return Ok(()); };
        let found = close::close_pairs(&features, &principal.scores, within).expect("few candidates");
        let mut wanted = Vec::new();
        for a in 0..points.len() {
            for b in a + 1..points.len() {
                let squared: i32 = points[a].iter().zip(&points[b]).map(|(a, b)| (a - b).pow(2)).sum();
                if squared as f32 <= within * within {
                    wanted.push((a, b));
                }
            }
        }
        prop_assert_eq!(found.iter().map(|&(a, b, _)| (a, b)).collect::<Vec<_>>(), wanted);
    }
}
