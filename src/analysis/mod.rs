//! The analysis: what the numbers of a [`Partial`](crate::pipeline::Partial) mean. The noun is
//! [`Findings`]: plain serialisable data with numbers, indices and words, no tensor and no HTML.
//! A new analysis is a file here and a line in [`analyse`].

mod adjusted;
mod analyse;
mod audit;
mod calibration;
mod classes;
mod clusters;
mod confusions;
mod duplicates;
mod features;
mod findings;
mod inside;
mod layers;
mod likeness;
mod map;
mod odd;
#[cfg(test)]
mod oracle_tests;
mod outcomes;
mod parity;
mod quality;
mod slices;
mod statements;
mod suspects;
mod trust;
mod weights;

pub use adjusted::AdjustedAccuracy;
pub use analyse::analyse;
pub use audit::{Audit, Relabelling, Tried, audit, in_a_report};
pub use clusters::{ClassClusters, ClusterMerge};
pub use duplicates::{DuplicateGroup, DuplicateKind, Duplicates, FEATURE_SHARE, HASH_BITS};
pub use features::{Approximation, Neighbour, Neighbours, Principal, neighbours, principal};
pub use findings::{
    Bin, ChannelFindings, ClassFindings, Confusion, Evidence, FeatureSpace, Findings,
    LayerFindings, Level, Outcome, Phrase, Preference, Statement, Subject, Summary, TopAccuracy,
    Unit, WeightFindings,
};
pub use inside::{
    AblatedChannel, Ablation, Cause, ChannelHealth, ClassMeans, Decision, Effect, Followed,
    Follower, Inside, LayerSeparability, Nearest, NoAblation, PowerLaw, Quantisation, SOFTMAX_BARS,
    Saving, Separability, SoftmaxHistogram, Spectrum, SpectrumValues, TWIN, Trace, TraceDraft,
    Twin, UnitShare, ablation_samples,
};
pub use map::{Layout, SampleMap, sample_map};
pub use odd::{OddImage, OddKind};
pub use parity::{LayerParity, Parity, ParityError, Reference, parity};
pub use quality::METRICS;
pub use slices::{ALPHA, Property, Slice, Slices};
pub use statements::ON_OVERVIEW;
pub use trust::{
    Calibration, ClassCurves, ConfidenceBar, Coverage, CoveragePoint, CurvePoint, Metric, Quality,
    ReliabilityBin, Suspect, Suspects, Temperature,
};
