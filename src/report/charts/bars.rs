//! stub
use super::Words;
use crate::report::ReportError;
/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub label: String,
    pub value: f64,
    /// Lower and upper bound of its uncertainty.
    pub interval: Option<(f64, f64)>,
    /// The value as written at the end of the bar.
    pub shown: String,
}
pub fn bars(items: &[Bar], maximum: Option<f64>, words: &Words<'_>) -> Result<String, ReportError> {
    let _ = (items, maximum, words);
    Ok(String::new())
}
