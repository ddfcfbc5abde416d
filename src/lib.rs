//! layerscope: a trained image classifier and its test set in, a browsable static site out.
//!
//! The modules stand in the order in which the data passes them; each knows only those before it:
//!
//! ```text
//! config ─► dataset ─┐
//!                    ├─► pipeline (chunks × engine × probes) ─► Partial ─► analysis ─► report ─► site
//! config ─► model  ──┘
//! ```
//!
//! `docs/architecture.md` tells the same with the reasons.

pub mod analysis;
pub mod appearance;
pub mod cli;
pub mod config;
pub mod dataset;
pub mod engine;
pub mod format;
pub mod model;
pub mod pipeline;
pub mod report;
pub mod review;
pub mod serve;
pub mod site;
pub mod stats;
