//! Tables: rows of text as a CSV file of the site.

use crate::report::ReportError;
use crate::site::Site;

/// Writes a CSV file (RFC 4180 quoting, `\n` line ends).
pub(super) fn write(
    site: &Site,
    path: &str,
    head: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), ReportError> {
    let failed = |reason: String| ReportError::Data {
        path: path.to_string(),
        reason,
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(head)
        .map_err(|error| failed(error.to_string()))?;
    for row in rows {
        writer
            .write_record(row)
            .map_err(|error| failed(error.to_string()))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))?;
    Ok(site.file(path, &bytes)?)
}
