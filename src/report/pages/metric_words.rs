//! Metrics in words: what each is called, how its number is written, its formula and whose definition it is.
//! The one list that the page on quality and the method page are made from.

use serde::Serialize;

use super::class_table::score;
use crate::analysis::Metric;
use crate::format;

/// How a metric is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Share,
    Score,
    Measure,
}

/// What is said of a metric.
pub struct MetricWords {
    key: &'static str,
    pub name: &'static str,
    form: Form,
    pub formula: &'static str,
    source: &'static str,
}

/// A metric as the method page shows it.
#[derive(Debug, Serialize)]
pub struct Formula {
    pub name: &'static str,
    pub key: &'static str,
    pub formula: &'static str,
    pub source: &'static str,
}

const fn words(
    key: &'static str,
    name: &'static str,
    form: Form,
    formula: &'static str,
    source: &'static str,
) -> MetricWords {
    MetricWords {
        key,
        name,
        form,
        formula,
        source,
    }
}

/// Every metric, in the order of the method page.
const ALL: [MetricWords; 21] = [
    words(
        "accuracy",
        "Accuracy",
        Form::Share,
        "Right answers divided by all.",
        "scikit-learn accuracy_score; interval: Wilson.",
    ),
    words(
        "top3",
        "Top 3",
        Form::Share,
        "Samples whose truth is among the 3 highest logits, divided by all; undefined with 3 classes or fewer. Among equal logits the lower class number comes first, as it does for the prediction.",
        "scikit-learn top_k_accuracy_score, which orders equals the other way; interval: Wilson.",
    ),
    words(
        "top5",
        "Top 5",
        Form::Share,
        "The same among the 5 highest.",
        "scikit-learn top_k_accuracy_score; interval: Wilson.",
    ),
    words(
        "balanced_accuracy",
        "Balanced accuracy",
        Form::Share,
        "Mean recall of the classes that have samples.",
        "scikit-learn balanced_accuracy_score.",
    ),
    words(
        "precision_macro",
        "Precision, macro",
        Form::Share,
        "Mean precision of the classes that are answered.",
        "scikit-learn precision_score over these classes.",
    ),
    words(
        "f1_macro",
        "F1, macro",
        Form::Score,
        "Mean F1 of the classes that occur as truth or as answer.",
        "scikit-learn f1_score, average=\"macro\".",
    ),
    words(
        "f1_weighted",
        "F1, weighted",
        Form::Score,
        "Mean F1, each class weighted by its number of samples.",
        "scikit-learn f1_score, average=\"weighted\".",
    ),
    words(
        "kappa",
        "Cohen's κ",
        Form::Score,
        "(accuracy − a) / (1 − a), where a is the accuracy that answers of the same frequencies would have by chance. Undefined where a = 1.",
        "scikit-learn cohen_kappa_score.",
    ),
    words(
        "mcc",
        "Matthews correlation",
        Form::Score,
        "(c·n − Σ tₖpₖ) / √((n² − Σ pₖ²)(n² − Σ tₖ²)) with n samples, c right answers, tₖ samples and pₖ answers of class k; 0 where it is 0/0.",
        "scikit-learn matthews_corrcoef.",
    ),
    words(
        "log_loss",
        "Log-loss",
        Form::Measure,
        "Mean cross-entropy of the truth in nats, from the logits; a sample's is at most −log 2⁻⁵², about 36.04, which is where scikit-learn clips.",
        "scikit-learn log_loss in double precision.",
    ),
    words(
        "brier",
        "Brier score",
        Form::Measure,
        "Mean over the samples of Σₖ (pₖ − yₖ)², the sum over the classes: from 0 to 2. With two classes it is halved, from 0 to 1.",
        "scikit-learn 1.9 brier_score_loss, scale_by_half=\"auto\".",
    ),
    words(
        "auroc_macro",
        "AUROC, macro",
        Form::Score,
        "Area under the ROC curve of each class against all others, equal probabilities counting half; mean over the classes that have samples on both sides.",
        "scikit-learn roc_auc_score, multi_class=\"ovr\", average=\"macro\".",
    ),
    words(
        "ap_macro",
        "Average precision, macro",
        Form::Score,
        "Σ (Rᵢ − Rᵢ₋₁)·Pᵢ over the thresholds of each class; mean over the classes that have samples.",
        "scikit-learn average_precision_score, average=\"macro\".",
    ),
    words(
        "ece10",
        "ECE, 10 bins",
        Form::Share,
        "Σ (n_b / n) · |share right − mean confidence| over 10 bins (low, high] of confidence. Its interval is that of the resampled value, which is never below 0 and tends upwards.",
        "Guo et al. 2017, On calibration of modern neural networks.",
    ),
    words(
        "ece15",
        "ECE, 15 bins",
        Form::Share,
        "The same over 15 bins.",
        "Guo et al. 2017.",
    ),
    words(
        "ece_mass15",
        "ECE, 15 equal-mass bins",
        Form::Share,
        "The same over 15 bins of equally many answers, the first bins one more where the number does not divide; equals stand in the order of the samples.",
        "Nguyen and O'Connor 2015, Posterior calibration.",
    ),
    words(
        "mce10",
        "MCE, 10 bins",
        Form::Share,
        "The largest gap of a bin that holds an answer, however few it holds.",
        "Naeini et al. 2015, Obtaining well calibrated probabilities.",
    ),
    words(
        "mce15",
        "MCE, 15 bins",
        Form::Share,
        "The same over 15 bins.",
        "Naeini et al. 2015.",
    ),
    words(
        "classwise_ece15",
        "Classwise ECE",
        Form::Share,
        "ECE in 15 bins of the probability of each class, right where the sample is of the class; mean over the classes.",
        "Kull et al. 2019, Beyond temperature scaling.",
    ),
    words(
        "aurc",
        "AURC",
        Form::Measure,
        "Area under the risk-coverage curve: mean over i of the share of mistakes among the i most confident answers.",
        "Geifman, Uziel, El-Yaniv 2019, Bias-reduced uncertainty estimation.",
    ),
    words(
        "temperature",
        "Temperature",
        Form::Measure,
        "The number T between 0.01 and 100 for which the logits divided by T have the lowest log-loss. What it would mend is told with cross-fitted temperatures: sample i uses one fitted without the samples that have the same remainder of i by 5.",
        "Guo et al. 2017.",
    ),
];

/// What is said of the metric of this name.
pub fn of(key: &str) -> Option<&'static MetricWords> {
    ALL.iter().find(|words| words.key == key)
}

/// Formula and source of all metrics.
pub fn formulas() -> Vec<Formula> {
    ALL.iter()
        .map(|words| Formula {
            name: words.name,
            key: words.key,
            formula: words.formula,
            source: words.source,
        })
        .collect()
}

/// The value as it is read, a dash where it is undefined.
pub fn value(metric: &Metric) -> String {
    metric
        .value
        .map_or_else(|| "–".into(), |value| written(metric.key, value))
}

/// The interval as it is read; empty where there is none.
pub fn interval(metric: &Metric) -> String {
    metric.interval.map_or_else(String::new, |[low, high]| {
        format!(
            "{} – {}",
            written(metric.key, low),
            written(metric.key, high)
        )
    })
}

/// A number of this metric.
pub fn written(key: &str, value: f64) -> String {
    match of(key).map(|words| words.form) {
        Some(Form::Share) => format::percent(value),
        Some(Form::Score) => score(Some(value)),
        Some(Form::Measure) | None => format::decimal(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_its_words() {
        assert_eq!(ALL.map(|words| words.key), crate::analysis::METRICS);
    }

    #[test]
    fn what_is_undefined_is_a_dash() {
        let metric = Metric {
            key: "kappa",
            value: None,
            interval: None,
        };
        assert_eq!(
            (value(&metric).as_str(), interval(&metric).as_str()),
            ("–", "")
        );
    }
}
