//! [`ReportError`]: what can go wrong while pages are made.

use crate::dataset::DatasetError;
use crate::site::SiteError;

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error("the chart {chart} could not be drawn: {reason}")]
    Chart { chart: String, reason: String },
    #[error("the picture {path} could not be encoded: {reason}")]
    Picture { path: String, reason: String },
    #[error("{path} could not be written: {reason}")]
    Data { path: String, reason: String },
}
