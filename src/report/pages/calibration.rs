//! Calibration: whether the network's confidence can be believed.

use serde::Serialize;

use super::calibration_charts::{ChartView, confidence, coverage, reliability};
use super::frame::Frame;
use super::metric_words;
use super::parts::{Figure, Link};
use crate::analysis::{Calibration, Findings, ReliabilityBin};
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "calibration.html";
const FIGURES: [&str; 3] = ["ece10", "brier", "log_loss"];
/// Points of a gap from which it is coloured.
const NOTABLE: f64 = 0.02;

#[derive(Serialize)]
struct CalibrationView {
    frame: Frame,
    heading: String,
    lead: String,
    figures: Vec<Figure>,
    charts: Vec<ChartView>,
    temperature: Option<TemperatureView>,
    bins: Vec<BinRow>,
    metrics: Vec<MetricRow>,
    data: Link,
}

#[derive(Serialize)]
struct TemperatureView {
    heading: String,
    text: String,
}

#[derive(Serialize)]
struct BinRow {
    range: String,
    count: String,
    confidence: String,
    right: String,
    interval: String,
    gap: String,
    is_notable: bool,
}

#[derive(Serialize)]
struct MetricRow {
    name: &'static str,
    value: String,
    formula: &'static str,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Calibration;
    let findings = book.findings;
    let found = &findings.calibration;
    let (heading, lead) = (heading(findings), lead(findings));
    let view = CalibrationView {
        frame: Frame::new(book, &place, "Calibration", format!("{heading}. {lead}")),
        heading,
        lead,
        figures: figures(findings),
        charts: vec![reliability(found)?, confidence(findings)?, coverage(found)?],
        temperature: temperature(findings),
        bins: found
            .bins
            .iter()
            .filter(|bin| bin.count > 0)
            .map(row)
            .collect(),
        metrics: metrics(findings),
        data: Link::to(
            "calibration.csv",
            book.urls
                .link(&place, &Place::File("data/calibration.csv".into())),
        ),
    };
    Ok(site.page(&place, TEMPLATE, &view)?)
}

/// Whether the error is beyond what a perfectly calibrated network shows on so few samples.
fn is_beyond_chance(found: &Calibration) -> bool {
    found
        .ece
        .zip(found.chance)
        .is_some_and(|(error, chance)| error > chance)
}

fn heading(findings: &Findings) -> String {
    let found = &findings.calibration;
    let (Some(error), Some(mean)) = (found.ece, found.mean_confidence) else {
        return "Calibration".into();
    };
    let bias = mean - findings.accuracy.share;
    if !is_beyond_chance(found) {
        return "Its confidence fits, as far as so many samples tell".into();
    }
    if bias.abs() < error / 2.0 {
        return "Too sure of some answers and not sure enough of others".into();
    }
    match (bias > 0.0, error) {
        (true, ..0.05) => "Slightly surer than it should be",
        (true, ..0.15) => "Surer than it should be",
        (true, _) => "Far surer than it should be",
        (false, ..0.05) => "Slightly less sure than it could be",
        (false, ..0.15) => "Less sure than it could be",
        (false, _) => "Far less sure than it could be",
    }
    .into()
}

fn lead(findings: &Findings) -> String {
    let found = &findings.calibration;
    let (Some(error), Some(mean)) = (found.ece, found.mean_confidence) else {
        return "There are no answers.".into();
    };
    let chance = found.chance.map_or_else(String::new, |chance| {
        format!(
            " A network whose confidence fits would seem to be off by up to {} on so many samples.",
            format::percent(chance)
        )
    });
    format!(
        "On average it is {} sure and {} right. Confidence and share of right answers are {} apart, averaged over the answers.{chance}",
        format::percent(mean),
        format::percent(findings.accuracy.share),
        format::percent(error),
    )
}

fn figures(findings: &Findings) -> Vec<Figure> {
    let metric = |key: &str| findings.metrics().find(|metric| metric.key == key);
    let mut figures: Vec<Figure> = FIGURES
        .iter()
        .filter_map(|key| metric(key))
        .filter_map(|found| {
            Some(Figure::new(
                metric_words::of(found.key)?.name,
                metric_words::value(found),
                metric_words::interval(found),
            ))
        })
        .collect();
    let gap = |bin: &ReliabilityBin| bin.gap().map_or(0.0, f64::abs);
    let widest = findings
        .calibration
        .bins
        .iter()
        .filter(|bin| bin.count > 0)
        .max_by(|a, b| gap(a).total_cmp(&gap(b)));
    if let Some(bin) = widest {
        figures.insert(
            1,
            Figure::new(
                "Largest gap",
                format::percent(gap(bin)),
                format::plural(bin.count, "answer", "answers"),
            ),
        );
    }
    if let Some(area) = metric("aurc") {
        figures.push(Figure::new("AURC", metric_words::value(area), ""));
    }
    figures
}

/// Temperatures that are not at an end of those looked at (0.01 to 100).
fn temperature_range() -> std::ops::Range<f64> {
    0.0101..99.0
}

fn temperature(findings: &Findings) -> Option<TemperatureView> {
    let found = &findings.calibration;
    let (fitted, error) = (found.temperature?, found.ece?);
    let loss = findings
        .metrics()
        .find(|metric| metric.key == "log_loss")?
        .value?;
    let by = format::decimal(fitted.all);
    let numbers = format!(
        "ECE from {} to {}, log-loss from {} to {}. The answers stay the same. Both are told on samples that the temperature was not fitted on: \
         in turn a fifth of the test set is held out. For use, fit it on data that is neither training nor test.",
        format::percent(error),
        format::percent(fitted.ece10),
        format::decimal(loss),
        format::decimal(fitted.log_loss),
    );
    let heading = match temperature_range().contains(&fitted.all) {
        false if fitted.all < 1.0 => "The surer, the better: no temperature is too cold".into(),
        false => "Its confidence says nothing: no temperature is too hot".into(),
        true if fitted.ece10 < error && fitted.log_loss < loss => {
            format!("Dividing the logits by {by} would mend it")
        }
        true => "A temperature would not mend it".into(),
    };
    Some(TemperatureView {
        text: format!("The temperature with the lowest log-loss is {by}: {numbers}"),
        heading,
    })
}

fn row(bin: &ReliabilityBin) -> BinRow {
    let gap = bin.gap().unwrap_or(0.0);
    BinRow {
        range: format!(
            "{}–{}",
            format::css(bin.low * 100.0),
            format::percent_short(bin.high)
        ),
        count: format::count(bin.count),
        confidence: bin.confidence.map_or_else(|| "–".into(), format::percent),
        right: bin
            .right
            .map_or_else(|| "–".into(), |right| format::percent(right.share)),
        interval: bin
            .right
            .as_ref()
            .map_or_else(String::new, format::interval),
        gap: format::signed(gap * 100.0, 1),
        is_notable: gap.abs() >= NOTABLE,
    }
}

fn metrics(findings: &Findings) -> Vec<MetricRow> {
    let keys = [
        "ece10",
        "ece15",
        "ece_mass15",
        "mce10",
        "mce15",
        "classwise_ece15",
        "aurc",
        "temperature",
    ];
    let found = keys
        .iter()
        .filter_map(|key| findings.metrics().find(|metric| metric.key == *key));
    found
        .filter_map(|metric| {
            let words = metric_words::of(metric.key)?;
            Some(MetricRow {
                name: words.name,
                value: metric_words::value(metric),
                formula: words.formula,
            })
        })
        .collect()
}
