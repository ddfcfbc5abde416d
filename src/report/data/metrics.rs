//! The metrics and the calibration as `data/report.json` holds them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::{self, Findings, Metric, ReliabilityBin, Temperature};

/// Value of each metric, `null` where it is undefined.
pub(super) fn values(findings: &Findings) -> BTreeMap<&'static str, Option<f64>> {
    findings
        .metrics()
        .map(|metric| (metric.key, metric.value))
        .collect()
}

/// Intervals at 95 %.
pub(super) fn intervals(findings: &Findings) -> BTreeMap<&'static str, [f64; 2]> {
    findings
        .metrics()
        .filter_map(|Metric { key, interval, .. }| Some((*key, (*interval)?)))
        .collect()
}

/// What the metrics do not hold.
#[derive(Serialize)]
pub(super) struct Calibration<'a> {
    mean_confidence: Option<f64>,
    /// 99 % quantile of `ece10` for a perfectly calibrated network on as many samples.
    ece10_by_chance: Option<f64>,
    bins: &'a [ReliabilityBin],
    temperature: Option<Temperature>,
    /// The largest coverage with at most this share of wrong answers.
    coverage_at_risk: Vec<AtRisk>,
}

#[derive(Serialize)]
struct AtRisk {
    risk: f64,
    coverage: Option<f64>,
    confidence: Option<f32>,
}

impl<'a> Calibration<'a> {
    pub(super) fn of(calibration: &'a analysis::Calibration) -> Self {
        let at_risks = calibration
            .coverage
            .at_risks
            .iter()
            .map(|(risk, point)| AtRisk {
                risk: *risk,
                coverage: point.map(|point| point.coverage),
                confidence: point.map(|point| point.confidence),
            });
        Self {
            mean_confidence: calibration.mean_confidence,
            ece10_by_chance: calibration.chance,
            bins: &calibration.bins,
            temperature: calibration.temperature,
            coverage_at_risk: at_risks.collect(),
        }
    }
}
