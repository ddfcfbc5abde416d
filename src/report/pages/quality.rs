//! Quality: every metric with its interval, and the ROC and precision-recall curves.

use serde::Serialize;

use super::adjusted::{self, AdjustedRow};
use super::class_table::{ClassRow, score};
use super::distribution::Chart;
use super::frame::Frame;
use super::metric_words;
use super::parts::{Figure, Link};
use crate::analysis::{ClassCurves, CurvePoint};
use crate::format;
use crate::report::charts::{self, Curve, Mark, Words};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "quality.html";
const FIGURES: [&str; 5] = [
    "accuracy",
    "balanced_accuracy",
    "f1_macro",
    "auroc_macro",
    "log_loss",
];

#[derive(Serialize)]
struct QualityView {
    frame: Frame,
    heading: String,
    lead: String,
    figures: Vec<Figure>,
    adjusted: Vec<AdjustedRow>,
    metrics: Vec<Row>,
    /// How the intervals were made.
    intervals: String,
    curves: Vec<CurveView>,
    classes: Vec<ClassCurve>,
    data: Link,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    value: String,
    interval: String,
    formula: &'static str,
}

#[derive(Serialize)]
struct CurveView {
    heading: String,
    chart: Chart,
}

#[derive(Serialize)]
struct ClassCurve {
    class: Link,
    auroc: String,
    average_precision: String,
    recall: String,
    precision: String,
    f1: String,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Quality;
    let (heading, lead) = (heading(book), lead(book));
    let view = QualityView {
        frame: Frame::new(book, &place, "Quality", format!("{heading}. {lead}")),
        heading,
        lead,
        figures: figures(book),
        adjusted: adjusted::rows(book, &place),
        metrics: rows(book),
        intervals: intervals(book),
        curves: curve_views(book)?,
        classes: class_curves(book, &place),
        data: Link::to(
            "curves.csv",
            book.urls
                .link(&place, &Place::File("data/curves.csv".into())),
        ),
    };
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn value(book: &Book<'_>, key: &str) -> Option<f64> {
    book.findings
        .metrics()
        .find(|metric| metric.key == key)
        .and_then(|metric| metric.value)
}

fn heading(book: &Book<'_>) -> String {
    let accuracy = book.findings.accuracy.share;
    match value(book, "balanced_accuracy") {
        Some(balanced) if (balanced - accuracy).abs() >= 0.005 => format!(
            "Right on {}, and on {} where every class counts the same",
            format::percent(accuracy),
            format::percent(balanced)
        ),
        _ => format!(
            "Right on {}, whichever way the classes are weighed",
            format::percent(accuracy)
        ),
    }
}

fn lead(book: &Book<'_>) -> String {
    match value(book, "auroc_macro") {
        None => "With samples of one class alone, nothing can be told apart.".into(),
        Some(auroc) => format!(
            "Of two random samples, one of a class and one of another, the first has the higher probability of the class {} of the time, \
             on average over the classes.",
            format::percent(auroc)
        ),
    }
}

fn figures(book: &Book<'_>) -> Vec<Figure> {
    let metrics = FIGURES
        .iter()
        .filter_map(|key| book.findings.metrics().find(|metric| metric.key == *key));
    metrics
        .filter_map(|metric| {
            Some(Figure::new(
                metric_words::of(metric.key)?.name,
                metric_words::value(metric),
                metric_words::interval(metric),
            ))
        })
        .collect()
}

fn rows(book: &Book<'_>) -> Vec<Row> {
    let metrics = book
        .findings
        .metrics()
        .filter_map(|metric| Some((metric, metric_words::of(metric.key)?)));
    metrics
        .map(|(metric, words)| Row {
            name: words.name,
            value: metric_words::value(metric),
            interval: metric_words::interval(metric),
            formula: words.formula,
        })
        .collect()
}

fn intervals(book: &Book<'_>) -> String {
    let quality = &book.findings.quality;
    let shares = "At 95 %. Shares of samples have Wilson intervals";
    match quality.replicates {
        0 => format!(
            "{shares}; the test set is too large to draw it again and again for the others."
        ),
        draws => format!(
            "{shares}; the others are quantiles over {} of the test set{}, drawn with a fixed seed.",
            format::plural(draws, "draw", "draws"),
            if quality.ranked_replicates == 0 {
                ", none of which ranked samples"
            } else {
                ""
            },
        ),
    }
}

/// The class with the lowest area, of those that have one.
fn lowest(
    curves: &[ClassCurves],
    area: impl Fn(&ClassCurves) -> Option<f64>,
) -> Option<(usize, f64)> {
    let found = curves
        .iter()
        .enumerate()
        .filter(|(_, class)| !class.points.is_empty());
    found
        .filter_map(|(class, curve)| Some((class, area(curve)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))
}

fn curve_views(book: &Book<'_>) -> Result<Vec<CurveView>, ReportError> {
    let all = &book.findings.quality.per_class;
    let (Some(roc), Some(precision)) = (
        lowest(all, |class| class.auroc),
        lowest(all, |class| class.average_precision),
    ) else {
        return Ok(Vec::new());
    };
    let names = &book.findings.classes;
    let roc_chart = drawn(
        book,
        roc.0,
        "roc",
        "ROC curves",
        "false positive rate",
        "recall",
        |point| (point.false_positive_rate, point.recall),
    )?;
    let precision_chart = drawn(
        book,
        precision.0,
        "precision",
        "Precision-recall curves",
        "recall",
        "precision",
        |point| (point.recall, point.precision),
    )?;
    Ok(vec![
        CurveView {
            heading: match &names[..] {
                [one, other] => format!(
                    "{one} and {other} are told apart: AUROC {}",
                    score(Some(roc.1))
                ),
                _ => format!(
                    "{} is hardest to tell from the others: AUROC {}",
                    names[roc.0],
                    score(Some(roc.1))
                ),
            },
            chart: Chart {
                svg: roc_chart,
                caption: format!(
                    "One line a class, {} in front. From the highest threshold of a class's probability to the lowest: how many samples of the class \
                     are found (up) at the price of how many others (across). The dotted line is guessing.",
                    names[roc.0]
                ),
            },
        },
        CurveView {
            heading: format!(
                "{} is found at the highest price: average precision {}",
                names[precision.0],
                score(Some(precision.1))
            ),
            chart: Chart {
                svg: precision_chart,
                caption: format!(
                    "One line a class, {} in front. As more samples of a class are found (across), which share of those found is really of the class (up).",
                    names[precision.0]
                ),
            },
        },
    ])
}

fn drawn(
    book: &Book<'_>,
    in_front: usize,
    id: &str,
    title: &str,
    axis: &str,
    above: &str,
    place: impl Fn(&CurvePoint) -> (f64, f64),
) -> Result<String, ReportError> {
    let is_roc = id == "roc";
    let start = if is_roc { vec![(0.0, 0.0)] } else { Vec::new() };
    let curves: Vec<Curve> = book
        .findings
        .quality
        .per_class
        .iter()
        .enumerate()
        .map(|(class, curves)| {
            let points = if curves.points.is_empty() {
                Vec::new()
            } else {
                start
                    .iter()
                    .copied()
                    .chain(curves.points.iter().map(&place))
                    .collect()
            };
            Curve {
                points,
                in_front: class == in_front,
            }
        })
        .collect();
    let front = &curves[in_front].points;
    let mark = front.get(front.len() / 2).map(|&place| Mark {
        place,
        text: book.findings.classes[in_front].clone(),
    });
    let description = format!(
        "{title} of {}.",
        format::plural(book.findings.classes.len(), "class", "classes")
    );
    let words = Words {
        id,
        title,
        description: &description,
        axis,
    };
    charts::curves(
        &curves,
        is_roc.then_some([(0.0, 0.0), (1.0, 1.0)]),
        mark.as_ref(),
        (above, 1.0),
        &words,
    )
}

/// All classes, the lowest area first; those without one at the end.
fn class_curves(book: &Book<'_>, place: &Place) -> Vec<ClassCurve> {
    let curves = &book.findings.quality.per_class;
    let area = |class: usize| curves[class].auroc.unwrap_or(f64::INFINITY);
    let mut classes: Vec<usize> = (0..curves.len()).collect();
    classes.sort_by(|&a, &b| area(a).total_cmp(&area(b)).then(a.cmp(&b)));
    let mut rows: std::collections::HashMap<String, ClassRow> = ClassRow::all(book, place)
        .into_iter()
        .map(|row| (row.href.clone(), row))
        .collect();
    classes
        .into_iter()
        .filter_map(|class| {
            let row = rows.remove(&book.urls.link(place, &Place::Class(class)))?;
            Some(ClassCurve {
                class: Link::to(row.name, row.href),
                auroc: score(curves[class].auroc),
                average_precision: score(curves[class].average_precision),
                recall: row.recall,
                precision: row.precision,
                f1: row.f1,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_area_is_that_of_a_class_with_a_curve() {
        let point = CurvePoint {
            threshold: 0.5,
            recall: 1.0,
            false_positive_rate: 1.0,
            precision: 0.5,
        };
        let class = |auroc: Option<f64>, points: Vec<CurvePoint>| ClassCurves {
            auroc,
            average_precision: auroc,
            points,
        };
        let all = [
            class(None, vec![]),
            class(Some(0.9), vec![point]),
            class(Some(0.8), vec![point]),
            class(Some(0.8), vec![point]),
        ];
        assert_eq!(lowest(&all, |class| class.auroc), Some((2, 0.8)));
        assert_eq!(lowest(&all[..1], |class| class.auroc), None);
    }
}
