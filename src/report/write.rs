//! [`write`]: a book in, a site's files out.

use rayon::prelude::*;

use super::pages::Writer;
use super::{Book, ReportError, data, pages, scripts};
use crate::site::Site;

fn tiles(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    book.tiles.write(book.dataset, site)
}

/// Writes every page, picture and data file of the report into the site. Pages are independent of
/// each other and are written in parallel on the current rayon pool.
///
/// # Errors
/// The first [`ReportError`] in the order of the registers.
pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    pages::ALL
        .par_iter()
        .chain(data::ALL)
        .chain(scripts::ALL)
        .chain(&[tiles as Writer])
        .map(|write| write(book, site))
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<(), ReportError>>()?;
    // It knows what the pages say.
    scripts::search::write(book, site)
}
