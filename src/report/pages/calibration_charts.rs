//! The charts of the page on calibration, each below a heading that says what is to be seen.

use serde::Serialize;

use super::distribution::Chart;
use crate::analysis::{Calibration, CoveragePoint, Findings, ReliabilityBin};
use crate::format;
use crate::report::ReportError;
use crate::report::charts::{self, Answers, Curve, Mark, Reliability, Words};

/// The risk that the curve is marked at.
const RISK: f64 = 0.05;
/// "Sure" is above this confidence.
const SURE: f64 = 0.95;

/// A chart below its heading.
#[derive(Serialize)]
pub(super) struct ChartView {
    heading: String,
    chart: Chart,
}

/// The bin that adds most to the error.
fn telling(found: &Calibration) -> Option<&ReliabilityBin> {
    let weight = |bin: &ReliabilityBin| bin.gap().map_or(0.0, f64::abs) * bin.count as f64;
    found
        .bins
        .iter()
        .filter(|bin| bin.count > 0)
        .max_by(|a, b| weight(a).total_cmp(&weight(b)))
}

pub(super) fn reliability(found: &Calibration) -> Result<ChartView, ReportError> {
    let heading = match telling(found).and_then(|bin| Some((bin.confidence?, bin.right?.share))) {
        None => "When it is sure, is it right?".into(),
        Some((said, right)) => {
            format!(
                "When it says {}, it is right {} of the time",
                format::percent_short(said),
                format::percent_short(right)
            )
        }
    };
    let bins: Vec<Reliability> = found
        .bins
        .iter()
        .filter_map(|bin| {
            let right = bin.right?;
            Some(Reliability {
                low: bin.low,
                high: bin.high,
                confidence: bin.confidence?,
                right: right.share,
                interval: (right.low, right.high),
            })
        })
        .collect();
    let words = Words {
        id: "reliability",
        title: "Reliability diagram",
        description: "Share of right answers against mean confidence, in ten bins of confidence. The table below has the numbers.",
        axis: "mean confidence",
    };
    let caption = "Each point is a tenth of the scale: mean confidence across, share of right answers up, with its 95 % interval. Below the \
                   dotted line it is surer than it is right; the shaded gap is what ECE averages.";
    Ok(ChartView {
        heading,
        chart: Chart {
            svg: charts::reliability(&bins, &words)?,
            caption: caption.into(),
        },
    })
}

pub(super) fn confidence(findings: &Findings) -> Result<ChartView, ReportError> {
    let bars = &findings.calibration.histogram;
    let sure: Vec<_> = findings
        .outcomes
        .iter()
        .filter(|outcome| f64::from(outcome.confidence) > SURE)
        .collect();
    let wrong = sure.iter().filter(|outcome| !outcome.is_right()).count();
    let heading = match (sure.len(), wrong) {
        (0, _) => "It is never more than 95 % sure".into(),
        (all, 0) => format!("Over 95 % sure {}, and never wrong then", times(all)),
        (all, wrong) => format!(
            "Over 95 % sure {}, and wrong {} of them",
            times(all),
            format::count(wrong)
        ),
    };
    let words = Words {
        id: "confidence",
        title: "Confidence of right and wrong answers",
        description: "Histogram of confidence in twenty bins: wrong answers below, right ones on top of them.",
        axis: "confidence",
    };
    let answers: Vec<Answers> = bars
        .iter()
        .map(|bar| Answers {
            right: bar.right,
            wrong: bar.wrong,
        })
        .collect();
    let caption = "How sure it was when right (green) and when wrong (orange, below). A network that knows when it does not know keeps the orange to the left.";
    Ok(ChartView {
        heading,
        chart: Chart {
            svg: charts::confidence(&answers, &words)?,
            caption: caption.into(),
        },
    })
}

fn times(number: usize) -> String {
    if number == 1 {
        "once".into()
    } else {
        format!("{} times", format::count(number))
    }
}

pub(super) fn coverage(found: &Calibration) -> Result<ChartView, ReportError> {
    let coverage = &found.coverage;
    let at: Option<CoveragePoint> = coverage
        .at_risks
        .iter()
        .find(|(risk, _)| *risk == RISK)
        .and_then(|(_, point)| *point);
    let (heading, mark) = match at {
        None => (
            "However sure it must be, more than one answer in twenty is wrong".into(),
            None,
        ),
        Some(point) if point.coverage >= 1.0 => (
            "It can answer everything and be wrong on less than one in twenty".into(),
            None,
        ),
        Some(point) => {
            let share = format::percent_short(point.coverage);
            let text = format!("{share} answered at {} wrong", format::percent_short(RISK));
            let heading =
                format!("It can answer {share} of the images and be wrong on one in twenty");
            (
                heading,
                Some(Mark {
                    place: (point.coverage, point.risk),
                    text,
                }),
            )
        }
    };
    let caption = match at {
        Some(point) if point.coverage < 1.0 => format!(
            "If it may pass on the images it is least sure of: answered share across, mistakes among them up. For one mistake in twenty it would answer \
             where it is at least {} sure.",
            format::percent(f64::from(point.confidence))
        ),
        _ => "If it may pass on the images it is least sure of: answered share across, mistakes among them up.".into(),
    };
    let highest = coverage
        .points
        .iter()
        .map(|point| point.risk)
        .fold(0.0, f64::max);
    let curve = Curve {
        points: coverage
            .points
            .iter()
            .map(|point| (point.coverage, point.risk))
            .collect(),
        in_front: true,
    };
    let words = Words {
        id: "coverage",
        title: "Risk and coverage",
        description: "Share of mistakes among the most confident answers, by the share of images answered.",
        axis: "share of images answered, surest first",
    };
    let svg = charts::curves(
        &[curve],
        None,
        mark.as_ref(),
        ("mistakes", (highest * 1.1).min(0.999)),
        &words,
    )?;
    Ok(ChartView {
        heading,
        chart: Chart { svg, caption },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_is_not_1_times() {
        assert_eq!([1, 2, 3245].map(times), ["once", "2 times", "3,245 times"]);
    }
}
