//! `data/appearance.csv`: one row a sample, what its image looks like.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "index",
        "width",
        "height",
        "brightness",
        "brightness_5",
        "brightness_99",
        "contrast",
        "saturation",
        "sharpness",
        "entropy",
        "blur_score",
        "grey",
        "phash",
    ];
    let rows = book
        .findings
        .appearances
        .iter()
        .enumerate()
        .map(|(index, looks)| {
            vec![
                index.to_string(),
                looks.width.to_string(),
                looks.height.to_string(),
                looks.brightness.to_string(),
                looks.brightness_5.to_string(),
                looks.brightness_99.to_string(),
                looks.contrast.to_string(),
                looks.saturation.to_string(),
                looks.sharpness.to_string(),
                looks.entropy.to_string(),
                (looks.blur_score() as f32).to_string(),
                looks.is_grey.to_string(),
                looks.hash.to_string(),
            ]
        });
    table::write(
        site,
        "data/appearance.csv",
        head.map(String::from).to_vec(),
        rows,
    )
}
