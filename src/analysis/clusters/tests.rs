use serde_json::Value;

use super::super::oracle_tests::inside_expected;
use super::*;

/// Arithmetic in f64, summed in another order.
const ARITHMETIC: f64 = 1e-9;

fn matrix(rows: &Value) -> ConfusionMatrix {
    let rows: Vec<Vec<u64>> = serde_json::from_value(rows.clone()).expect("rows of counts");
    let mut matrix = ConfusionMatrix::new(rows.len());
    for (truth, row) in rows.iter().enumerate() {
        for (prediction, &count) in row.iter().enumerate() {
            (0..count).for_each(|_| matrix.add(truth, prediction));
        }
    }
    matrix
}

/// Whether the classes of every cluster stand side by side.
fn keeps_clusters_together(found: &ClassClusters) -> bool {
    let classes = found.order.len();
    let mut members: Vec<Vec<usize>> = (0..classes).map(|class| vec![class]).collect();
    found.merges.iter().all(|merge| {
        let both = [members[merge.left].clone(), members[merge.right].clone()].concat();
        let places = both
            .iter()
            .filter_map(|class| found.order.iter().position(|at| at == class));
        let (low, high) = places.fold((classes, 0), |(low, high), place| {
            (low.min(place), high.max(place))
        });
        let together = high + 1 - low == both.len();
        members.push(both);
        together
    })
}

#[test]
fn tree_order_and_cut_are_those_of_scipy_and_networkx() {
    let expected = inside_expected("clusters");
    for (name, case) in expected.as_object().expect("cases") {
        let matrix = matrix(&case["matrix"]);
        let found = clusters(&matrix, &[]);
        for (step, wanted) in found
            .merges
            .iter()
            .zip(case["linkage"].as_array().expect("steps"))
        {
            let near = |found: f64, part: usize| {
                (found - wanted[part].as_f64().expect("a number")).abs() < ARITHMETIC
            };
            assert!(
                near(step.left as f64, 0)
                    && near(step.right as f64, 1)
                    && near(step.distance, 2)
                    && near(step.classes as f64, 3),
                "{name}: {step:?} for {wanted}"
            );
        }
        let distances = Distances::of(&matrix);
        let mut sorted = found.order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..matrix.classes()).collect::<Vec<_>>(), "{name}");
        assert!(keeps_clusters_together(&found), "{name}");
        let length: f64 = found
            .order
            .windows(2)
            .map(|pair| distances.between(pair[0], pair[1]))
            .sum();
        let wanted = case["length"].as_f64().expect("a length");
        assert!(length < wanted + ARITHMETIC, "{name}: {length} {wanted}");
        if case["is_best"] == true {
            assert!(length > wanted - ARITHMETIC, "{name}: {length} {wanted}");
        }
        let mut groups = found.groups.clone();
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort();
        let wanted: Vec<Vec<usize>> =
            serde_json::from_value(case["groups"].clone()).expect("groups");
        assert_eq!(groups, wanted, "{name}");
        let near = found.modularity.zip(case["modularity"].as_f64());
        assert_eq!(
            found.modularity.is_some(),
            case["modularity"].is_f64(),
            "{name}"
        );
        assert!(
            near.is_none_or(|(found, wanted)| (found - wanted).abs() < ARITHMETIC),
            "{name}"
        );
        assert_eq!(
            found.within.map_or(0, |within| within.count),
            case["within"].as_u64().expect("a count"),
            "{name}"
        );
    }
}

#[test]
fn without_mistakes_the_classes_keep_their_order() {
    for classes in [0, 1, 2, 5] {
        let mut matrix = ConfusionMatrix::new(classes);
        (0..classes).for_each(|class| matrix.add(class, class));
        let found = clusters(&matrix, &[]);
        assert_eq!(found.order, (0..classes).collect::<Vec<_>>());
        assert!(found.groups.is_empty() && found.merges.is_empty());
    }
}

#[test]
fn groups_made_from_noise_hold_no_more_than_chance_on_the_other_half() {
    // Every class taken for every other, pseudo-randomly: groups found on a half say nothing of the other.
    let mut numbers = crate::stats::SplitMix64::new(3, 0);
    let pairs: Vec<(usize, usize)> = (0..4000)
        .map(|_| (numbers.below(8), numbers.below(8)))
        .collect();
    let mut matrix = ConfusionMatrix::new(8);
    pairs
        .iter()
        .for_each(|&(truth, prediction)| matrix.add(truth, prediction));
    let found = clusters(&matrix, &pairs);
    if let (Some(within), Some(chance)) = (found.within_held_out, found.within_by_chance) {
        assert!(
            within.low <= chance && chance <= within.high,
            "{within:?} {chance}"
        );
    }
}

#[test]
fn groups_that_are_real_hold_on_the_other_half() {
    // Classes 0 to 2 are taken for each other, and so are 3 to 5.
    let pairs: Vec<(usize, usize)> = (0..600)
        .map(|sample| (sample % 6, sample % 6 / 3 * 3 + (sample / 6) % 3))
        .collect();
    let mut matrix = ConfusionMatrix::new(6);
    pairs
        .iter()
        .for_each(|&(truth, prediction)| matrix.add(truth, prediction));
    let found = clusters(&matrix, &pairs);
    assert_eq!(found.groups.len(), 2);
    assert_eq!(found.within_held_out.map(|within| within.share), Some(1.0));
    assert_eq!(found.within_by_chance, Some(0.4));
}
