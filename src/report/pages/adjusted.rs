//! The accuracy with and without what is in doubt, as a table.

use serde::Serialize;

use super::parts::{Link, Range};
use crate::analysis::AdjustedAccuracy;
use crate::format;
use crate::report::Book;
use crate::site::Place;

#[derive(Serialize)]
pub struct AdjustedRow {
    name: &'static str,
    value: String,
    range: Option<Range>,
    interval: String,
    samples: String,
    difference: Vec<Link>,
}

/// One row an adjustment.
pub fn rows(book: &Book<'_>, place: &Place) -> Vec<AdjustedRow> {
    let rows = book.findings.adjusted.iter().map(|adjusted| {
        let accuracy = adjusted.accuracy.as_ref();
        AdjustedRow {
            name: adjusted.words,
            value: accuracy.map_or("–".into(), |accuracy| format::percent(accuracy.share)),
            range: accuracy.map(Range::from),
            interval: accuracy.map_or(String::new(), format::interval),
            samples: format::count(accuracy.map_or(0, |accuracy| accuracy.total)),
            difference: difference(book, place, adjusted),
        }
    });
    rows.collect()
}

/// What was left out or amended, leading to where it is seen.
fn difference(book: &Book<'_>, place: &Place, adjusted: &AdjustedAccuracy) -> Vec<Link> {
    let to = match adjusted.key {
        "without_suspects" => Some((Place::Suspects, "suspect label", "suspect labels")),
        "without_duplicates" => Some((
            Place::Duplicates,
            "copy of an earlier image",
            "copies of earlier images",
        )),
        _ => None,
    };
    let left_out = adjusted.left_out;
    match to {
        _ if left_out == 0 && adjusted.amended == 0 => vec![Link::plain("nothing")],
        Some((to, one, many)) => vec![
            Link::plain(format!("left out: {} ", format::count(left_out))),
            Link::to(
                if left_out == 1 { one } else { many },
                book.urls.link(place, &to),
            ),
            Link::plain(
                adjusted
                    .caveat
                    .map_or(String::new(), |caveat| format!(", {caveat}")),
            ),
        ],
        None => vec![Link::plain(format!(
            "{} counted as right, for the label is wrong; {} left out",
            format::count(adjusted.amended),
            format::count(left_out)
        ))],
    }
}
