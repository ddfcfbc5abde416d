//! stub
use super::Words;
use crate::analysis::Bin;
use crate::report::ReportError;
pub fn histogram(bins: &[Bin], words: &Words<'_>) -> Result<String, ReportError> {
    let _ = (bins, words);
    Ok(String::new())
}
pub fn linear_histogram(bins: &[Bin], words: &Words<'_>) -> Result<String, ReportError> {
    let _ = (bins, words);
    Ok(String::new())
}
