//! stub
use super::Words;
use crate::report::ReportError;
/// Mean and standard deviation of something.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    pub label: String,
    pub mean: f64,
    pub std: f64,
}
pub fn ranges(items: &[Spread], words: &Words<'_>) -> Result<String, ReportError> {
    let _ = (items, words);
    Ok(String::new())
}
