//! `data/weights.csv`: one row a weight tensor.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "layer",
        "tensor",
        "shape",
        "count",
        "mean",
        "std",
        "min",
        "max",
        "zero_fraction",
        "near_zero",
        "l1_norm",
        "l2_norm",
    ];
    let rows = book.findings.weights.iter().map(|weight| {
        let shape: Vec<String> = weight.shape.iter().map(usize::to_string).collect();
        let summary = &weight.summary;
        vec![
            weight.layer_name.clone(),
            weight.name.clone(),
            shape.join("x"),
            summary.count.to_string(),
            summary.mean.to_string(),
            summary.std.to_string(),
            summary.min.to_string(),
            summary.max.to_string(),
            summary.zero_fraction.to_string(),
            weight.near_zero.to_string(),
            weight.l1_norm.to_string(),
            weight.l2_norm.to_string(),
        ]
    });
    table::write(
        site,
        "data/weights.csv",
        head.map(String::from).to_vec(),
        rows,
    )
}
