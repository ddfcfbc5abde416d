//! `data/slices.csv`: one row a slice.

use super::table;
use crate::analysis::Property;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "property",
        "part",
        "low",
        "high",
        "samples",
        "wrong",
        "share",
        "share_low",
        "share_high",
        "share_rest",
        "p",
        "p_adjusted",
        "label",
        "label_share",
    ];
    let rows = book.findings.slices.all.iter().map(|slice| {
        let bound = |value: f64| match slice.property {
            Property::Cluster => String::new(),
            _ => value.to_string(),
        };
        vec![
            slice.property.name().to_string(),
            (slice.part + 1).to_string(),
            bound(slice.low),
            bound(slice.high),
            slice.wrong.total.to_string(),
            slice.wrong.count.to_string(),
            slice.wrong.share.to_string(),
            slice.wrong.low.to_string(),
            slice.wrong.high.to_string(),
            slice
                .rest
                .map_or(String::new(), |rest| rest.share.to_string()),
            slice.p.to_string(),
            slice.adjusted.to_string(),
            book.findings.classes[slice.class].clone(),
            slice.class_share.to_string(),
        ]
    });
    table::write(
        site,
        "data/slices.csv",
        head.map(String::from).to_vec(),
        rows,
    )
}
