//! [`Findings`]: what the analysis concluded. Pages and `data/report.json` are views of it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::adjusted::AdjustedAccuracy;
use super::audit::Audit;
use super::clusters::ClassClusters;
use super::duplicates::Duplicates;
use super::inside::Inside;
use super::map::SampleMap;
use super::odd::OddKind;
use super::parity::Parity;
use super::slices::Slices;
use super::trust::{Calibration, Quality, Suspects};
use crate::appearance::Appearance;
use crate::dataset::ImageDigest;
use crate::model::LayerId;
use crate::review::Review;
use crate::stats::{ConfusionMatrix, Moments, Proportion, Ranked};

/// Everything that is known of the network and its test set once all samples have passed.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// Class names in the order of the network's outputs.
    pub classes: Vec<String>,
    /// One a sample, by index.
    pub outcomes: Vec<Outcome>,
    /// Each image by its content, by index.
    pub digests: Vec<ImageDigest>,
    /// What readers said of the samples.
    pub review: Review,
    /// Share of the samples whose prediction is the truth.
    pub accuracy: Proportion,
    /// Histograms of activations count one sample in this many, from the first on.
    pub histogram_step: usize,
    /// For k = 1, 3, 5, as far as there are more classes than k.
    pub top: Vec<TopAccuracy>,
    pub confusion: ConfusionMatrix,
    /// Every confusion that occurs: the most frequent first, among equals by truth and prediction.
    pub confusions: Vec<Confusion>,
    /// One a class, by number.
    pub per_class: Vec<ClassFindings>,
    /// Indices of all samples whose prediction is not the truth, ascending.
    pub mistakes: Vec<usize>,
    /// One a layer of the network, by [`LayerId`], the input among them.
    pub layers: Vec<LayerFindings>,
    /// One a weight tensor, in the network's order.
    pub weights: Vec<WeightFindings>,
    pub quality: Quality,
    pub calibration: Calibration,
    pub suspects: Suspects,
    /// Classes by what they are taken for.
    pub clusters: ClassClusters,
    /// Whether another preprocessing or order of classes would do better; `None` where it was not tried.
    pub audit: Option<Audit>,
    /// How near the layers come to what another framework computes; `None` without a reference.
    pub parity: Option<Parity>,
    /// What is known of the network's insides.
    pub inside: Inside,
    /// The accuracy without what is in doubt.
    pub adjusted: Vec<AdjustedAccuracy>,
    /// What each image looks like, by index.
    pub appearances: Vec<Appearance>,
    pub features: FeatureSpace,
    pub map: SampleMap,
    /// Where the network is weak.
    pub slices: Slices,
    pub duplicates: Duplicates,
    /// Every kind of odd image, whether there is one or not.
    pub odd: Vec<OddKind>,
    /// What stands out, in words, the most telling first.
    pub statements: Vec<Statement>,
}

impl Findings {
    /// Samples with a page of their own: every mistake, and those that were selected.
    pub fn shown(&self, selected: &[usize]) -> BTreeSet<usize> {
        self.mistakes.iter().chain(selected).copied().collect()
    }

    /// The same with the audit of the preprocessing, and what it has to say among the statements.
    #[must_use]
    pub fn with_audit(mut self, audit: Audit) -> Self {
        if let Some(statement) = audit.statement() {
            let after = |other: &Statement| {
                (other.level, -other.strength) <= (statement.level, -statement.strength)
            };
            let place = self
                .statements
                .iter()
                .take_while(|other| after(other))
                .count();
            self.statements.insert(place, statement);
        }
        self.audit = Some(audit);
        self
    }
}

/// What the penultimate features are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FeatureSpace {
    /// The layer whose values they are; `None` where there is no layer with a kernel.
    pub layer: Option<LayerId>,
    /// Values of that layer, spatially averaged.
    pub units: usize,
    /// Numbers kept of a sample: the values, or fewer random sums of them.
    pub width: usize,
    pub is_projected: bool,
}

/// What the network answered to one sample.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    pub truth: usize,
    /// The class with the highest logit, the lowest number among equals.
    pub prediction: usize,
    /// One a class, in [0, 1], summing to 1: softmax of the logits.
    pub probabilities: Vec<f32>,
    /// The highest probability.
    pub confidence: f32,
    /// Highest logit less the second highest; 0 with one class.
    pub margin: f32,
    /// Cross-entropy of the truth in nats, from the logits.
    pub loss: f64,
}

impl Outcome {
    pub fn is_right(&self) -> bool {
        self.truth == self.prediction
    }
}

/// Share of samples whose truth is among the `k` highest logits.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TopAccuracy {
    pub k: usize,
    pub share: Proportion,
}

/// Samples of one class that were taken for another.
#[derive(Clone, Debug, Serialize)]
pub struct Confusion {
    pub truth: usize,
    pub prediction: usize,
    /// The most confident mistake first, among equals by index.
    pub samples: Vec<usize>,
    /// The same, each followed by the one that the network sees most like it; `None` where that is not known.
    pub alike: Option<Vec<usize>>,
    /// Share of the samples of the truth.
    pub share: Proportion,
}

/// How one class fares.
#[derive(Clone, Debug, Serialize)]
pub struct ClassFindings {
    pub name: String,
    /// Number of samples with this label.
    pub support: u64,
    /// Number of samples taken for this class.
    pub predicted: u64,
    /// Undefined for a class without samples.
    pub recall: Option<Proportion>,
    /// Undefined for a class never predicted.
    pub precision: Option<Proportion>,
    /// Harmonic mean of both: 2·TP / (support + predicted); undefined where that is 0/0.
    pub f1: Option<f64>,
    /// Right answers, the most confident first: what the class looks like to the network.
    pub typical: Vec<usize>,
    /// Samples of the class, the highest loss first.
    pub worst: Vec<usize>,
}

/// Moments in the form in which pages show them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub count: u64,
    pub mean: f64,
    /// Of the population.
    pub std: f64,
    pub min: f32,
    pub max: f32,
    /// In [0, 1].
    pub zero_fraction: f64,
    /// Values that are NaN, kept out of all others.
    pub nans: u64,
}

impl From<Moments> for Summary {
    fn from(moments: Moments) -> Self {
        Self {
            count: moments.count,
            mean: moments.mean,
            std: moments.standard_deviation(),
            min: moments.min,
            max: moments.max,
            zero_fraction: moments.zero_fraction(),
            nans: moments.nans,
        }
    }
}

/// One bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    pub lower: f64,
    pub upper: f64,
    pub count: u64,
}

/// What is known of one layer.
#[derive(Clone, Debug, Serialize)]
pub struct LayerFindings {
    pub id: LayerId,
    pub name: String,
    /// `Convolution`, `Max pooling`, …
    pub kind: String,
    /// One sentence part with everything that was configured.
    pub description: String,
    /// Extent of one sample's output, channels last.
    pub output_shape: Vec<usize>,
    pub inputs: Vec<LayerId>,
    /// The layer this one gives its values on from unchanged (flatten, dropout outside of training).
    pub same_values_as: Option<LayerId>,
    pub parameters: usize,
    /// For one image.
    pub multiply_adds: u64,
    /// Height and width of the input pixels one output position sees; `None` once positions are gone.
    pub receptive_field: Option<(usize, usize)>,
    /// Over all channels, positions and samples.
    pub summary: Summary,
    /// In the bins of [`crate::stats::LogHistogram`], from the first to the last that holds a value.
    pub histogram: Vec<Bin>,
    pub channels: Vec<ChannelFindings>,
    /// Number of channels that are zero at all positions of all samples.
    pub dead: usize,
    /// Whether the layer has weights of its own and is not the output: dead channels of such layers
    /// are counted in the headline, for those of a pooling layer only repeat them.
    pub counts_dead: bool,
}

/// What is known of one channel (feature map, unit) of a layer.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelFindings {
    pub summary: Summary,
    pub histogram: Vec<Bin>,
    /// Zero at all positions of all samples.
    pub dead: bool,
    /// Samples with the strongest activation, the strongest first.
    pub exemplars: Vec<Ranked>,
    /// The class it responds to most; `None` for dead channels, negative means and too many classes.
    pub preference: Option<Preference>,
    /// Mean over the samples of each class and all positions, NaN for a class without samples; empty where there are
    /// too many classes.
    pub class_means: Vec<f64>,
}

/// The class with the highest mean response of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Preference {
    pub class: usize,
    /// Mean over its samples divided by the mean over all samples.
    pub ratio: f64,
}

/// What is known of one weight tensor.
#[derive(Clone, Debug, Serialize)]
pub struct WeightFindings {
    pub layer: LayerId,
    pub layer_name: String,
    /// `kernel`, `bias`, …
    pub name: String,
    pub shape: Vec<usize>,
    pub trainable: bool,
    pub summary: Summary,
    /// Sum of absolute values.
    pub l1_norm: f64,
    /// Euclidean norm.
    pub l2_norm: f64,
    /// Share of the values whose size is below 1 % of the largest one's.
    pub near_zero: f64,
    /// Equal bins from the smallest to the largest value.
    pub histogram: Vec<Bin>,
}

/// A sentence with a number behind it; `statements` tells how to add one.
#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    /// Names the rule that made it.
    pub key: &'static str,
    pub level: Level,
    /// How many times its number reaches the threshold that makes it worth saying: the order within a level.
    pub strength: f64,
    /// The number it is about, as shown beside it: `57`, `14 %`.
    pub figure: String,
    pub phrases: Vec<Phrase>,
    pub evidence: Evidence,
    /// Samples that show it.
    pub samples: Vec<usize>,
}

/// How much a statement weighs, the heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Makes other numbers doubtful.
    Alarm,
    /// About the answers: how good they are, where they fail, whether they can be believed.
    Chief,
    /// About what lies behind them.
    Side,
}

/// What a statement rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The number that the sentence is about.
    pub value: f64,
    /// Its 95 % interval; `None` for what was counted and is no estimate.
    pub interval: Option<[f64; 2]>,
    /// What both are counted in.
    pub unit: Unit,
    /// What the number is, and the test or threshold that made it worth saying, without a full stop.
    pub basis: String,
}

/// How the number behind a statement is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share of something, in [0, 1].
    Share,
    /// A difference of two shares, in [−1, 1].
    Points,
    /// A count, or a number without a unit.
    Number,
}

/// A piece of a sentence, which may point to what it speaks of.
#[derive(Clone, Debug, Serialize)]
pub struct Phrase {
    pub text: String,
    pub subject: Option<Subject>,
}

/// What a phrase speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Confusion { truth: usize, prediction: usize },
    Class(usize),
    Layer(LayerId),
    Sample(usize),
    Gallery,
    Errors,
    Quality,
    Weights,
    Inside,
    Calibration,
    Suspects,
    Slices,
    Duplicates,
    Odd,
}
