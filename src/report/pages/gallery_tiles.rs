//! Samples as they lie on the sheets of the gallery, for pages that show samples from there.

use super::parts::Picture;
use super::words;
use crate::report::Book;
use crate::report::pictures::Crop;
use crate::site::Place;

/// A sample as shown on another page; `None` for one that there is not.
pub fn picture(book: &Book<'_>, from: &Place, index: usize) -> Option<Picture> {
    let crop = book.tiles.all.find(index)?;
    let src = book.urls.link(from, &Place::File(crop.src));
    let crop = Crop { src, ..crop };
    Some(Picture::new(&crop, words::seen(book.findings, index)))
}

/// The gallery's sheets for a script: tiles follow each other on them in the order of the samples.
pub struct Sheets {
    /// The first sample of each sheet, and the sheet's address.
    pub starts: Vec<(usize, String)>,
    /// Tiles side by side, and width by height of each.
    pub columns: usize,
    pub ratio: f64,
}

/// The sheets as seen from a page. Every start is found from where the samples lie, not from how many a sheet holds.
pub fn sheets(book: &Book<'_>, from: &Place) -> Sheets {
    let mut found = Sheets {
        starts: Vec::new(),
        columns: 1,
        ratio: 1.0,
    };
    let mut last = String::new();
    for index in 0..book.findings.outcomes.len() {
        let Some(crop) = book.tiles.all.find(index) else {
            continue;
        };
        if crop.src != last {
            let src = book.urls.link(from, &Place::File(crop.src.clone()));
            found.starts.push((index, src));
            found.columns = crop.scale.round() as usize;
            found.ratio = crop.ratio;
            last = crop.src;
        }
    }
    found
}
