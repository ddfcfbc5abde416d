//! Data for scripts. Pages opened from disk may load neither modules nor JSON, but classic scripts: each file is
//! one call of `layerscope.put` (`assets/data.js`) with its name and its value, loaded when something on the page
//! needs it.

mod matrix;
mod packed;
mod samples;
pub mod search;

use serde::Serialize;

use super::ReportError;
use super::pages::Writer;
use crate::site::Site;

/// Every kind of data that scripts load.
pub const ALL: &[Writer] = &[samples::write, matrix::write];

/// Writes a value to `<name>.js`.
fn put<T: Serialize>(site: &Site, name: &str, value: &T) -> Result<(), ReportError> {
    let path = format!("{name}.js");
    let failed = |reason: serde_json::Error| ReportError::Data {
        path: path.clone(),
        reason: reason.to_string(),
    };
    let name = serde_json::to_string(name).map_err(failed)?;
    let value = serde_json::to_string(value).map_err(failed)?;
    Ok(site.file(
        &path,
        format!("layerscope.put({name},{value});\n").as_bytes(),
    )?)
}
