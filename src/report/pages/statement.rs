//! [`StatementView`]: a sentence of the findings as it stands on a page, with pictures.

use serde::Serialize;

use super::parts::{Link, Pictures, Thumb};
use crate::analysis::Statement;
use crate::report::Book;
use crate::site::Place;

/// Pictures beside a sentence.
const THUMBS: usize = 6;

#[derive(Serialize)]
pub struct StatementView {
    pub figure: String,
    pub phrases: Vec<Link>,
    pub thumbs: Vec<Thumb>,
}

impl StatementView {
    pub fn new(
        book: &Book<'_>,
        place: &Place,
        pictures: &mut Pictures<'_>,
        statement: &Statement,
    ) -> Self {
        Self {
            figure: statement.figure.clone(),
            phrases: statement
                .phrases
                .iter()
                .map(|phrase| Link::phrase(book, place, phrase))
                .collect(),
            thumbs: pictures.thumbs(&statement.samples, THUMBS),
        }
    }
}
