//! Quality: the metrics of the field over all samples, each as scikit-learn defines it and with its interval,
//! and the ROC and precision-recall curves of each class. Undefined is `None`, never 0.

mod bootstrap;
mod counts;
mod ranking;

use rayon::prelude::*;

use super::calibration::bins::of_confidence;
use super::findings::{Findings, Outcome};
use super::trust::{ClassCurves, Metric, Quality};
use crate::stats::{ConfusionMatrix, Proportion};
use bootstrap::Resampled;
use counts::{Counts, mean};
use ranking::Ranking;

/// The name of every metric of a report, those of calibration among them.
pub const METRICS: [&str; 21] = [
    "accuracy",
    "top3",
    "top5",
    "balanced_accuracy",
    "precision_macro",
    "f1_macro",
    "f1_weighted",
    "kappa",
    "mcc",
    "log_loss",
    "brier",
    "auroc_macro",
    "ap_macro",
    "ece10",
    "ece15",
    "ece_mass15",
    "mce10",
    "mce15",
    "classwise_ece15",
    "aurc",
    "temperature",
];

/// What the order of sums may change in a metric.
const ROUNDING: f64 = 1e-12;
/// scikit-learn clips probabilities here before it takes their logarithm: the smallest step of `f64` at 1.
const EPSILON: f64 = f64::EPSILON;

/// Metrics, curves and intervals of these outcomes.
pub(super) fn quality(matrix: &ConfusionMatrix, outcomes: &[Outcome]) -> Quality {
    let classes = matrix.classes();
    let rankings: Vec<Ranking> = (0..classes)
        .into_par_iter()
        .map(|class| Ranking::new(outcomes, class))
        .collect();
    let per_class: Vec<ClassCurves> = rankings
        .par_iter()
        .enumerate()
        .map(|(class, ranking)| {
            let (auroc, average_precision) = ranking.areas(|_| 1.0);
            ClassCurves {
                auroc,
                average_precision,
                points: ranking.curve(outcomes, class),
            }
        })
        .collect();
    let counts = Counts::of(matrix);
    let resampled = bootstrap::resample(outcomes, classes, &rankings);
    let mut metrics = of_counts(&counts, &resampled);
    metrics.push(metric(
        "log_loss",
        log_loss(outcomes),
        resampled.interval("log_loss"),
    ));
    metrics.push(metric(
        "brier",
        brier(outcomes, classes),
        resampled.interval("brier"),
    ));
    let auroc = mean(per_class.iter().filter_map(|class| class.auroc));
    metrics.push(metric(
        "auroc_macro",
        auroc,
        resampled.interval("auroc_macro"),
    ));
    let precision = mean(per_class.iter().filter_map(|class| class.average_precision));
    metrics.push(metric(
        "ap_macro",
        precision,
        resampled.interval("ap_macro"),
    ));
    for bins in [10, 15] {
        let key = if bins == 10 { "ece10" } else { "ece15" };
        let error = of_confidence(outcomes, bins).expected_error();
        metrics.push(metric(key, error, resampled.interval(key)));
    }
    Quality {
        metrics,
        per_class,
        replicates: resampled.replicates(),
        ranked_replicates: resampled.ranked_replicates(),
    }
}

fn metric(key: &'static str, value: Option<f64>, interval: Option<[f64; 2]>) -> Metric {
    // Draws of a set leave classes with few samples out. Where that moves a metric so far that nearly all draws lie on one side of
    // its value, they do not tell how sure it is; nor does an interval of what is undefined.
    let holds = |[low, high]: &[f64; 2]| {
        value.is_some_and(|value| *low <= value + ROUNDING && value <= *high + ROUNDING)
    };
    Metric {
        key,
        value,
        interval: interval.filter(holds),
    }
}

fn of_counts(counts: &Counts, resampled: &Resampled) -> Vec<Metric> {
    bootstrap::OF_COUNTS
        .iter()
        .map(|&(key, of)| metric(key, of(counts), resampled.interval(key)))
        .collect()
}

/// Shares have an interval in closed form and stand before the others.
pub(super) fn share(key: &'static str, share: Option<Proportion>) -> Metric {
    Metric {
        key,
        value: share.map(|share| share.share),
        interval: share.map(|share| [share.low, share.high]),
    }
}

/// Accuracy and top-k as metrics, before all others.
pub(super) fn with_shares(findings: &mut Findings) {
    let top = |k: usize| {
        findings
            .top
            .iter()
            .find(|top| top.k == k)
            .map(|top| top.share)
    };
    let shares = [
        share("accuracy", Some(findings.accuracy)),
        share("top3", top(3)),
        share("top5", top(5)),
    ];
    findings.quality.metrics.splice(0..0, shares);
}

/// A sample's cross-entropy, clipped as scikit-learn clips.
pub(super) fn clipped_loss(outcome: &Outcome) -> f64 {
    outcome.loss.clamp(0.0, -EPSILON.ln())
}

fn log_loss(outcomes: &[Outcome]) -> Option<f64> {
    mean(outcomes.iter().map(clipped_loss))
}

/// `Σₖ (pₖ − yₖ)²` of one sample.
pub(super) fn squared_error(outcome: &Outcome) -> f64 {
    let errors = outcome.probabilities.iter().enumerate();
    errors
        .map(|(class, &p)| (f64::from(p) - f64::from(u8::from(class == outcome.truth))).powi(2))
        .sum()
}

/// scikit-learn's `scale_by_half="auto"`: the sum over classes, halved where there are two.
pub(super) fn brier_scale(classes: usize) -> f64 {
    if classes < 3 { 0.5 } else { 1.0 }
}

fn brier(outcomes: &[Outcome], classes: usize) -> Option<f64> {
    mean(outcomes.iter().map(squared_error)).map(|mean| mean * brier_scale(classes))
}
