//! `errors/matrix.js`: the counts of all confusions, for those who point at the picture of the matrix.

use super::packed::{Packed, characters};
use super::put;
use crate::report::pages::MOST_CLASSES;
use crate::report::{Book, ReportError};
use crate::site::Site;

/// Truth and prediction as in the rows of samples, and the count in three characters; how many are recognised of each
/// class, of how many; and the classes in the order of their clusters.
pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let findings = book.findings;
    let classes = findings.classes.len();
    if classes <= MOST_CLASSES {
        return Ok(());
    }
    let width = characters(classes);
    let mut cells = Packed::default();
    for confusion in &findings.confusions {
        cells.number(confusion.truth, width);
        cells.number(confusion.prediction, width);
        cells.number(confusion.samples.len(), 3);
    }
    let diagonal: Vec<(u64, u64)> = (0..classes)
        .map(|class| {
            let right = findings.confusion.count(class, class);
            (right, findings.confusion.support(class))
        })
        .collect();
    let order = &findings.clusters.order;
    put(site, "errors/matrix", &(cells.into_text(), diagonal, order))
}
