//! What a server shows in the place of a page that is not there, such as a sample that the last report still showed.

use serde::Serialize;

use super::frame::Frame;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "404.html";

#[derive(Serialize)]
struct NotFoundView {
    frame: Frame,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::NotFound;
    let description = "There is no such page in this report.";
    let view = NotFoundView {
        frame: Frame::new(book, &place, "No such page", description),
    };
    Ok(site.page(&place, TEMPLATE, &view)?)
}
