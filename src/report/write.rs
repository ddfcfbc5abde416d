//! [`write`]: a book in, a site's files out.

use rayon::prelude::*;

use super::{Book, ReportError, data, pages};
use crate::site::Site;

/// Writes every page, picture and data file of the report into the site. Pages are independent of
/// each other and are written in parallel on the current rayon pool.
///
/// # Errors
/// The first [`ReportError`] in the order of the registers.
pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    pages::ALL
        .par_iter()
        .chain(data::ALL)
        .map(|write| write(book, site))
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}
