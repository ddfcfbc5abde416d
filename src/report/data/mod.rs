//! Data files: the numbers of the pages for machines, so that nobody scrapes HTML. One file each;
//! `docs/data.md` describes their columns and keys. A new one is a file here and a line in [`ALL`].

mod ablation;
mod appearance;
mod calibration;
mod channels;
mod confusion;
mod curves;
mod duplicates;
mod images;
mod json;
mod map;
mod metrics;
mod neighbours;
mod odd;
mod predictions;
mod separability;
mod slices;
mod softmax;
mod spectra;
mod suspects;
mod table;
mod twins;
mod verdicts;
mod weights;

use super::pages::Writer;

/// Every data file.
pub const ALL: &[Writer] = &[
    json::write,
    predictions::write,
    images::write,
    verdicts::write,
    channels::write,
    confusion::write,
    weights::write,
    curves::write,
    calibration::write,
    suspects::write,
    separability::write,
    ablation::write,
    twins::write,
    spectra::write,
    softmax::write,
    slices::write,
    duplicates::write,
    odd::write,
    appearance::write,
    map::write,
    neighbours::write,
];
