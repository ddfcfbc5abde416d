//! [`ClassRow`]: a class in a table of classes, with what it is taken for most.

use serde::Serialize;

use super::parts::{Link, Range};
use crate::format;
use crate::report::Book;
use crate::site::Place;
use crate::stats::Proportion;

#[derive(Debug, Serialize)]
pub struct ClassRow {
    pub name: String,
    pub href: String,
    pub support: String,
    /// A dash where it is undefined.
    pub recall: String,
    pub recall_interval: String,
    pub range: Option<Range>,
    pub precision: String,
    pub precision_interval: String,
    pub f1: String,
    pub taken_for: Option<Link>,
    pub taken_for_count: String,
}

impl ClassRow {
    /// All classes, the lowest recall first: what needs attention stands on top. Those without samples
    /// stand at the end.
    pub fn all(book: &Book<'_>, place: &Place) -> Vec<Self> {
        let recall = |class: &usize| {
            book.findings.per_class[*class]
                .recall
                .map_or(f64::INFINITY, |recall| recall.share)
        };
        let mut classes: Vec<usize> = (0..book.findings.classes.len()).collect();
        classes.sort_by(|a, b| recall(a).total_cmp(&recall(b)).then(a.cmp(b)));
        classes
            .into_iter()
            .map(|class| Self::new(book, place, class))
            .collect()
    }

    fn new(book: &Book<'_>, place: &Place, class: usize) -> Self {
        let findings = book.findings;
        let found = &findings.per_class[class];
        // The ranking is sorted, so that the first of a class is its most frequent one.
        let most = findings
            .confusions
            .iter()
            .find(|confusion| confusion.truth == class);
        Self {
            name: found.name.clone(),
            href: book.urls.link(place, &Place::Class(class)),
            support: format::count(found.support),
            recall: share(found.recall.as_ref()),
            recall_interval: found
                .recall
                .as_ref()
                .map_or_else(String::new, format::interval),
            range: found.recall.as_ref().map(Range::from),
            precision: share(found.precision.as_ref()),
            precision_interval: found
                .precision
                .as_ref()
                .map_or_else(String::new, format::interval),
            f1: score(found.f1),
            taken_for: most.map(|confusion| {
                let to = Place::Confusion {
                    truth: class,
                    prediction: confusion.prediction,
                };
                Link::to(
                    findings.classes[confusion.prediction].clone(),
                    book.urls.link(place, &to),
                )
            }),
            taken_for_count: most.map_or_else(String::new, |confusion| {
                format::count(confusion.samples.len())
            }),
        }
    }
}

/// A share, or a dash where it is undefined.
pub fn share(proportion: Option<&Proportion>) -> String {
    proportion.map_or_else(
        || "–".into(),
        |proportion| format::percent(proportion.share),
    )
}

/// A score in [0, 1] with three decimals, or a dash; never rounded to 1 when it is less.
pub fn score(value: Option<f64>) -> String {
    match value {
        None => "–".into(),
        Some(value) if (0.9995..1.0).contains(&value) => ">0.999".into(),
        Some(value) => format::fixed(value, 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undefined_is_a_dash() {
        assert_eq!((share(None).as_str(), score(None).as_str()), ("–", "–"));
        assert_eq!(
            (score(Some(0.9999)), score(Some(1.0)), score(Some(0.7204))),
            (">0.999".into(), "1.000".into(), "0.720".into())
        );
    }
}
