//! [`Book`]: everything the pages are made from, gathered once and read by all of them.

use std::collections::BTreeMap;

use crate::analysis::{Findings, Neighbours};
use crate::config::Settings;
use crate::dataset::Dataset;
use crate::model::Network;
use crate::report::pictures::{ActivationLayout, Drawing};
use crate::report::{Exemplars, Tiles};
use crate::site::Urls;

/// What a page may look at.
pub struct Book<'a> {
    pub settings: &'a Settings,
    pub network: &'a Network,
    pub dataset: &'a dyn Dataset,
    pub findings: &'a Findings,
    /// Of every sample with a page.
    pub neighbours: Neighbours,
    /// In words, for the method page: `candle 0.11 reference operations, CPU`.
    pub engine: String,
    pub urls: Urls,
    /// The images that many pages share.
    pub tiles: Tiles,
    /// Where each layer's maps lie on a sample's activation sheet; the same for all samples.
    pub layout: ActivationLayout,
    /// What was drawn for each shown sample in the second pass.
    pub drawings: BTreeMap<usize, Drawing>,
    /// What channels make of the samples that excite them most.
    pub exemplars: Exemplars,
}
