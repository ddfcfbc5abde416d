//! `data/curves.csv`: the ROC and precision-recall curves of every class, one row a point. The areas below them, which
//! `report.json` holds, are of all points.

use super::table;
use crate::report::{Book, ReportError};
use crate::site::Site;

/// The most points of one curve, of all of them together, and what each has in any case.
const MOST: usize = 300;
const MOST_IN_ALL: usize = 20_000;
const LEAST: usize = 16;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let head = [
        "class",
        "threshold",
        "recall",
        "false_positive_rate",
        "precision",
    ]
    .map(String::from);
    let findings = book.findings;
    let most = (MOST_IN_ALL / findings.classes.len().max(1)).clamp(LEAST, MOST);
    let rows = findings
        .classes
        .iter()
        .zip(&findings.quality.per_class)
        .flat_map(|(name, curves)| {
            thinned(&curves.points, most).map(move |point| {
                vec![
                    name.clone(),
                    point.threshold.to_string(),
                    point.recall.to_string(),
                    point.false_positive_rate.to_string(),
                    point.precision.to_string(),
                ]
            })
        });
    table::write(site, "data/curves.csv", head.to_vec(), rows)
}

/// At most so many of the points, evenly spread over their order, the first and the last among them.
fn thinned<T>(points: &[T], most: usize) -> impl Iterator<Item = &T> {
    let kept = points.len().min(most);
    let last = (points.len().max(1) - 1, kept.max(2) - 1);
    (0..kept).map(move |place| &points[place * last.0 / last.1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_curves_keep_their_ends() {
        let points: Vec<usize> = (0..1000).collect();
        let kept: Vec<usize> = thinned(&points, 300).copied().collect();
        assert_eq!((kept.len(), kept[0], kept[299]), (300, 0, 999));
        assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(thinned(&points[..7], 300).count(), 7);
        assert_eq!(thinned(&points[..0], 300).count(), 0);
        assert_eq!(thinned(&points[..1], 300).count(), 1);
    }
}
