//! `data/spectra.csv`: one row a kernel as a matrix.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "layer",
        "rows",
        "columns",
        "largest_singular_value",
        "rank",
        "effective_rank",
        "stable_rank",
        "eigenvalues",
        "alpha",
        "alpha_sigma",
        "lambda_min",
        "ks_distance",
        "tail",
        "error_8",
        "error_4",
        "channel_error_8",
        "channel_error_4",
    ]
    .map(String::from);
    let rows = book.findings.inside.spectra.iter().map(|found| {
        let values = found.values.as_ref();
        let law = values.and_then(|values| values.power_law);
        let text = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let count =
            |value: Option<usize>| value.map_or_else(String::new, |value| value.to_string());
        let errors = &found.quantisation;
        vec![
            found.layer_name.clone(),
            found.matrix.0.to_string(),
            found.matrix.1.to_string(),
            text(values.and_then(|values| values.singular_values.first().copied())),
            count(values.map(|values| values.rank)),
            text(values.map(|values| values.effective_rank)),
            text(values.map(|values| values.stable_rank)),
            count(values.map(|values| values.eigenvalues)),
            text(law.map(|law| law.alpha)),
            text(law.map(|law| law.sigma)),
            text(law.map(|law| law.lambda_min)),
            text(law.map(|law| law.distance)),
            count(law.map(|law| law.tail)),
            errors.error_8.to_string(),
            errors.error_4.to_string(),
            errors.channel_error_8.to_string(),
            errors.channel_error_4.to_string(),
        ]
    });
    table::write(site, "data/spectra.csv", head.to_vec(), rows)
}
