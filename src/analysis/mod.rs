//! The analysis: what the numbers of a [`Partial`](crate::pipeline::Partial) mean. The noun is
//! [`Findings`]: plain serialisable data with numbers, indices and words, no tensor and no HTML.
//! A new analysis is a file here and a line in [`analyse`].

mod analyse;
mod classes;
mod confusions;
mod findings;
mod layers;
mod outcomes;
mod statements;
mod weights;

pub use analyse::analyse;
pub use findings::{
    Bin, ChannelFindings, ClassFindings, Confusion, Findings, LayerFindings, Outcome, Phrase,
    Preference, Statement, Subject, Summary, TopAccuracy, WeightFindings,
};
