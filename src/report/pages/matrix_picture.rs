//! [`MatrixPicture`]: the confusion matrix of many classes as a picture that a script lets one enter, and the numbers
//! behind it.

use serde::Serialize;

use super::matrix::MOST_CLASSES;
use super::words;
use crate::format;
use crate::report::pictures::{confusion_picture, confusion_scale};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const FILE: &str = "errors/matrix.png";
const CLUSTERED: &str = "errors/matrix-clustered.png";

#[derive(Debug, Serialize)]
pub struct MatrixPicture {
    pub src: String,
    /// The same in the order of the clusters.
    pub clustered: String,
    pub alt: String,
    pub classes: usize,
    pub most: String,
    /// Of the legend, in CSS.
    pub gradient: String,
    pub note: String,
}

impl MatrixPicture {
    /// `None` where a table shows it.
    ///
    /// # Errors
    /// If the picture cannot be written.
    pub fn write(book: &Book<'_>, site: &Site) -> Result<Option<Self>, ReportError> {
        let findings = book.findings;
        let classes = findings.classes.len();
        let Some(most) = findings.confusions.first() else {
            return Ok(None);
        };
        if classes <= MOST_CLASSES {
            return Ok(None);
        }
        let largest = most.samples.len() as u64;
        let own: Vec<usize> = (0..classes).collect();
        for (path, order) in [(FILE, &own), (CLUSTERED, &findings.clusters.order)] {
            let bytes = confusion_picture(path, &findings.confusion, order, largest)?;
            site.file(path, &bytes)?;
        }
        let link = |path: &str| book.urls.link(&Place::Errors, &Place::File(path.into()));
        let counted = words::counted(findings, most.truth, most.prediction);
        Ok(Some(Self {
            src: link(FILE),
            clustered: link(CLUSTERED),
            alt: format!("Confusion matrix of {classes} classes; the largest cell beside the diagonal is {counted}"),
            classes,
            most: format::count(largest),
            gradient: confusion_scale(largest).css_gradient(),
            note: "Rows are the truth, columns what it was taken for, both in the order of the classes. Each confusion \
                   is a point, the brighter the more images it has, on a logarithmic scale; the diagonal is grey, the lighter the \
                   larger the share recognised."
                .into(),
        }))
    }
}
