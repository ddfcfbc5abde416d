//! Sentences that several pages share. Class names are anybody's, so no sentence inflects one: "horse
//! taken for dog: 57 images" is right for every name, "57 horses" is not.

use crate::analysis::{Findings, Summary};
use crate::format;

/// `horse taken for dog`.
pub fn taken_for(findings: &Findings, truth: usize, prediction: usize) -> String {
    format!(
        "{} taken for {}",
        findings.classes[truth], findings.classes[prediction]
    )
}

/// What is seen on the picture of a sample: `horse taken for dog, 73 % sure, sample 56`.
pub fn seen(findings: &Findings, index: usize) -> String {
    let outcome = &findings.outcomes[index];
    let sure = format::percent_short(f64::from(outcome.confidence));
    format!("{}, {sure} sure, sample {index}", answer(findings, index))
}

/// Truth and answer: `horse taken for dog`, or `horse` where both agree.
pub fn answer(findings: &Findings, index: usize) -> String {
    let outcome = &findings.outcomes[index];
    if outcome.is_right() {
        return findings.classes[outcome.truth].clone();
    }
    taken_for(findings, outcome.truth, outcome.prediction)
}

/// The address of a confusion's count in words: `horse taken for dog: 57 images`.
pub fn counted(findings: &Findings, truth: usize, prediction: usize) -> String {
    let images = format::plural(
        findings.confusion.count(truth, prediction),
        "image",
        "images",
    );
    format!("{}: {images}", taken_for(findings, truth, prediction))
}

/// `0.038 ± 0.12`.
pub fn mean_and_spread(summary: &Summary) -> String {
    format!(
        "{} ± {}",
        format::decimal(summary.mean),
        format::decimal(summary.std)
    )
}

/// `−0.41 … 1.27`; a dash where nothing was seen.
pub fn extremes(summary: &Summary) -> String {
    if summary.count == 0 {
        return "–".into();
    }
    format!(
        "{} … {}",
        format::decimal(f64::from(summary.min)),
        format::decimal(f64::from(summary.max))
    )
}

/// Values that are NaN or infinite in words; `None` where there are none.
pub fn not_finite(number: u64) -> Option<String> {
    (number > 0).then(|| match number {
        1 => "1 value is not a finite number".into(),
        many => format!("{} values are not finite numbers", format::count(many)),
    })
}
