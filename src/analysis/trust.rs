//! What the analyses of quality, calibration and labels concluded; parts of
//! [`Findings`](super::Findings).

use serde::{Serialize, Serializer};

use crate::stats::Proportion;

/// One number about the whole test set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Its name in `data/report.json` and in gates.
    pub key: &'static str,
    /// Undefined where it is 0/0.
    pub value: Option<f64>,
    /// At 95 %: Wilson's for shares of samples, else from the bootstrap; `None` where there is none.
    pub interval: Option<[f64; 2]>,
}

/// How good the answers are.
#[derive(Clone, Debug, Serialize)]
pub struct Quality {
    #[serde(serialize_with = "by_key")]
    pub metrics: Vec<Metric>,
    /// One a class, by number.
    pub per_class: Vec<ClassCurves>,
    /// Draws behind the bootstrap intervals, and behind those of metrics that rank samples; 0 where the test
    /// set is too large for any.
    pub replicates: usize,
    pub ranked_replicates: usize,
}

fn by_key<S: Serializer>(metrics: &[Metric], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(metrics.iter().map(|metric| (metric.key, metric.value)))
}

/// How well the probability of one class tells its samples from the others.
#[derive(Clone, Debug, Serialize)]
pub struct ClassCurves {
    /// Area under the ROC curve, one against the rest; undefined without samples on both sides.
    pub auroc: Option<f64>,
    /// Undefined without samples of the class.
    pub average_precision: Option<f64>,
    /// From the highest threshold to the lowest.
    pub points: Vec<CurvePoint>,
}

/// What is found where the probability is at least `threshold`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    pub threshold: f32,
    /// The true positive rate.
    pub recall: f64,
    pub false_positive_rate: f64,
    pub precision: f64,
}

/// Whether confidence can be believed.
#[derive(Clone, Debug, Serialize)]
pub struct Calibration {
    #[serde(serialize_with = "by_key")]
    pub metrics: Vec<Metric>,
    /// Expected calibration error in 10 bins.
    pub ece: Option<f64>,
    /// 99 % quantile of the same error for a perfectly calibrated network on as many samples.
    pub chance: Option<f64>,
    pub mean_confidence: Option<f64>,
    /// Ten bins `(low, high]`.
    pub bins: Vec<ReliabilityBin>,
    /// Twenty bars of confidence.
    pub histogram: Vec<ConfidenceBar>,
    pub coverage: Coverage,
    pub temperature: Option<Temperature>,
}

/// Answers of about the same confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReliabilityBin {
    pub low: f64,
    pub high: f64,
    pub count: u64,
    /// Their mean confidence; `None` for an empty bin.
    pub confidence: Option<f64>,
    pub right: Option<Proportion>,
}

impl ReliabilityBin {
    /// Mean confidence less the share of right answers: positive where it is too sure.
    pub fn gap(&self) -> Option<f64> {
        Some(self.confidence? - self.right?.share)
    }
}

/// Right and wrong answers of about the same confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ConfidenceBar {
    pub low: f64,
    pub high: f64,
    pub right: u64,
    pub wrong: u64,
}

/// Risk and coverage.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Mean risk over all coverages (AURC).
    pub area: Option<f64>,
    pub points: Vec<CoveragePoint>,
    /// For some shares of wrong answers the largest coverage that stays within them.
    pub at_risks: Vec<(f64, Option<CoveragePoint>)>,
}

/// The surest answers: which share of all, how many of them wrong, and how sure the last one was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CoveragePoint {
    pub coverage: f64,
    pub risk: f64,
    pub confidence: f32,
}

/// What dividing the logits by one number would mend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Temperature {
    /// Fitted on all samples.
    pub all: f64,
    /// With temperatures fitted on the other folds.
    pub ece10: f64,
    pub log_loss: f64,
    pub folds: usize,
}

/// Labels that may be wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Suspects {
    /// The lowest probability of the given label first.
    pub found: Vec<Suspect>,
    /// Mean probability of each class over the samples with its label; `None` without samples.
    pub thresholds: Vec<Option<f64>>,
    /// The calibrated confident joint: rows given label, columns what it may really be.
    pub joint: Vec<Vec<i64>>,
}

impl Suspects {
    /// The largest share of wrong labels found in a common test set: QuickDraw's, 10.12 % (Northcutt, Athalye, Mueller 2021, *Pervasive
    /// label errors in test sets*).
    pub const MOST: f64 = 0.1012;

    /// Whether the suspects say something about the labels. Where more of all `samples` are suspect than labels of any common test
    /// set are wrong, they say that the network contradicts what it was given.
    pub fn tell_of_labels(&self, samples: usize) -> bool {
        self.found.len() as f64 <= Self::MOST * samples as f64
    }
}

/// A sample whose label may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Suspect {
    pub index: usize,
    pub given: usize,
    pub suggested: usize,
    pub given_probability: f32,
    pub suggested_probability: f32,
}

impl super::Findings {
    /// Every metric, those of quality before those of calibration.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.quality.metrics.iter().chain(&self.calibration.metrics)
    }
}
