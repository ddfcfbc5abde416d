//! Pages: one file a kind of page, each a struct of strings and numbers and the way to make it from
//! a [`Book`]. A new page is a file here and a line in [`ALL`].

mod ablation_table;
mod activations;
mod adjusted;
mod audit;
mod calibration;
mod calibration_charts;
mod channel;
mod channel_health;
mod channel_inputs;
mod class_table;
mod classes;
mod confusion;
mod dead;
mod distribution;
mod duplicates;
mod errors;
mod findings;
mod frame;
mod gallery;
mod gallery_tiles;
mod graph_layout;
mod inside;
mod kernel_numbers;
mod kernels;
mod layer;
mod layers;
mod map;
mod matrix;
mod matrix_picture;
mod method;
mod metric_words;
mod neighbours;
mod network_graph;
mod not_found;
mod odd;
mod overview;
mod parity;
mod parts;
mod quality;
mod review;
mod sample;
mod selection;
mod slices;
mod spectra;
mod statement;
mod suspects;
#[cfg(test)]
mod tests;
mod traces;
mod weights;
mod words;

pub(super) use matrix::MOST_CLASSES;
pub(super) use sample::{by_probability, with_bars};
pub(super) use traces::IMAGES as IMAGES_OF_UNIT;

use super::{Book, ReportError};
use crate::site::Site;

/// Writes all pages of one kind with the pictures that belong to them.
pub type Writer = fn(&Book<'_>, &Site) -> Result<(), ReportError>;

/// Every kind of page.
pub const ALL: &[Writer] = &[
    activations::write,
    overview::write,
    findings::write,
    errors::write,
    confusion::write,
    classes::write,
    gallery::write,
    sample::write,
    layers::write,
    layer::write,
    weights::write,
    inside::write,
    quality::write,
    calibration::write,
    suspects::write,
    review::write,
    slices::write,
    duplicates::write,
    odd::write,
    map::write,
    method::write,
    not_found::write,
];
