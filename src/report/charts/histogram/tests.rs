use super::*;
use crate::stats::LogHistogram;
use proptest::prelude::*;

const WORDS: Words<'_> = Words {
    id: "chart",
    title: "Activations",
    description: "How often each size occurs.",
    axis: "activation",
};

fn bins(values: &[f32]) -> Vec<Bin> {
    let mut counted = LogHistogram::default();
    values.iter().for_each(|&value| counted.add(value));
    counted
        .occupied()
        .into_iter()
        .map(|(lower, upper, count)| Bin {
            lower,
            upper,
            count,
        })
        .collect()
}

#[test]
fn a_small_histogram_looks_like_this() {
    insta::assert_snapshot!(
        histogram(&bins(&[0.0, 0.0, 0.0, 0.0, 0.6, 0.6, 1.2, -0.3]), &WORDS).expect("a chart")
    );
}

#[test]
fn a_bar_at_zero_that_dwarfs_the_others_is_cut_and_said_so() {
    let mut values = vec![0.0; 97];
    values.extend([0.5, 1.0, 2.0]);
    let svg = histogram(&bins(&values), &WORDS).expect("a chart");
    assert!(
        svg.contains("The bar at zero holds 97.0 % and is cut off at the top."),
        "{svg}"
    );
    assert!(
        svg.contains("97.0 % at 0 (±0.0002), cut off</text>"),
        "{svg}"
    );
    // Values around zero only: nothing to compare with, nothing to cut.
    let svg = histogram(&bins(&[0.0; 9]), &WORDS).expect("a chart");
    assert!(
        svg.contains("holds 100.0 %.") && !svg.contains("cut"),
        "{svg}"
    );
}

#[test]
fn the_fullest_histogram_stays_small() {
    let values: Vec<f32> = (-4000i32..4000)
        .map(|step| 10f32.powf(step as f32 / 1000.0) * step.signum() as f32)
        .collect();
    let both: Vec<f32> = values.iter().flat_map(|value| [*value, -value]).collect();
    let bins = bins(&both);
    assert!(bins.len() > 90);
    let svg = histogram(&bins, &WORDS).expect("a chart");
    assert!(svg.len() < 6 << 10, "{} bytes", svg.len());
}

#[test]
fn nothing_to_count_is_said() {
    for svg in [histogram(&[], &WORDS), linear_histogram(&[], &WORDS)] {
        let svg = svg.expect("a chart");
        assert!(
            svg.contains("No values") && svg.contains("There are no values."),
            "{svg}"
        );
    }
}

#[test]
fn what_a_chart_says_is_escaped() {
    let words = Words {
        id: "a b\"",
        title: "<b>&",
        description: "\"x\"",
        axis: "<i>",
    };
    let svg = histogram(&bins(&[1.0]), &words).expect("a chart");
    assert!(
        svg.contains("id=\"a-b--title\">&lt;b&gt;&amp;</title>")
            && svg.contains("&lt;i&gt;</text>"),
        "{svg}"
    );
}

#[test]
fn equal_values_are_one_bar() {
    let svg = linear_histogram(
        &[Bin {
            lower: 0.5,
            upper: 0.5,
            count: 64,
        }],
        &WORDS,
    )
    .expect("a chart");
    assert_eq!(svg.matches("class=\"bar\"").count(), 1, "{svg}");
    assert!(svg.contains(">0.50</text>"), "{svg}");
}

fn edge() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -10f64..10.0,
        Just(0.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::MAX)
    ]
}

proptest! {
    #[test]
    fn any_bins_can_be_drawn(edges in prop::collection::vec((edge(), edge(), any::<u64>()), 0..20)) {
        let bins: Vec<Bin> = edges.into_iter().map(|(lower, upper, count)| Bin { lower, upper, count }).collect();
        for svg in [histogram(&bins, &WORDS), linear_histogram(&bins, &WORDS)] {
            let svg = svg.expect("a chart");
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
        }
    }

    #[test]
    fn any_values_can_be_drawn(values in prop::collection::vec(any::<f32>(), 0..60)) {
        let svg = histogram(&bins(&values), &WORDS).expect("a chart");
        prop_assert!(!svg.contains("NaN") && svg.len() < 6 << 10);
    }
}
