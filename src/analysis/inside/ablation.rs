//! [`Ablation`]: which channels the answers rest on, and which are in their way. Silencing a channel is compared with leaving it
//! on the same samples, so each finding is a paired test, corrected for how many channels were tried.

use serde::Serialize;

use crate::analysis::{Findings, statements};
use crate::model::{LayerId, Network};
use crate::pipeline::{AblationCounts, AblationPlan, ModeCounts};
use crate::stats::Proportion;

/// Samples tried where the settings name no number.
const USUAL: usize = 512;
/// Fewer would show nothing but the largest effects.
const FEWEST: usize = 32;
/// Multiply-adds that a report affords whatever its test set: about a second of one core.
const AFFORDED: u64 = 20_000_000_000;
/// Corrected probabilities below this are findings.
pub const LEVEL: f64 = 0.05;
/// 0.975 quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// What silencing each channel of each convolution does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ablation {
    /// Samples it was tried on, evenly spread over the set; 0 where it was not tried.
    pub samples: usize,
    /// Why it was not.
    pub not_done: Option<NoAblation>,
    /// Share of right answers on these samples with nothing silenced.
    pub base: Option<Proportion>,
    /// Right answers by class with nothing silenced, and samples.
    pub base_right: Vec<u64>,
    pub support: Vec<u64>,
    /// In the order of layers and channels. Dead channels are left out: silencing them changes nothing.
    pub channels: Vec<AblatedChannel>,
}

/// Why nothing was silenced.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAblation {
    /// The settings say so.
    Off,
    /// The network has no convolution in front of its output.
    NoConvolution,
    /// On so few samples no change could be told from chance.
    TooFew { samples: usize },
    /// It would cost too much: how many passes over the whole test set the fewest useful samples would.
    TooDear { passes: f64 },
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AblatedChannel {
    pub layer: LayerId,
    pub channel: usize,
    /// With zeros in its place.
    pub zero: Effect,
    /// With its mean over all samples and positions in its place.
    pub mean: Effect,
}

/// What silencing did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Of the accuracy, in [−1, 1], with its 95 % interval: Wald's for paired shares with half an answer added to each of
    /// both kinds of change (Agresti, Min 2005, *Simple improved confidence intervals for comparing matched proportions*).
    pub change: f64,
    pub low: f64,
    pub high: f64,
    /// Right answers that became wrong, and wrong ones that became right.
    pub lost: u64,
    pub gained: u64,
    /// Answers that changed, right or wrong.
    pub changed: u64,
    /// McNemar's exact test, two-sided.
    pub p: f64,
    /// `p` after Holm's correction for all channels and ways that were tried.
    pub adjusted_p: f64,
    /// Right answers by class.
    pub right: Vec<u64>,
}

impl Effect {
    /// Whether chance is no explanation.
    pub fn is_real(&self) -> bool {
        self.adjusted_p < LEVEL
    }
}

impl Ablation {
    /// Nothing was silenced.
    pub fn not_done(reason: NoAblation) -> Self {
        Self {
            not_done: Some(reason),
            ..Self::default()
        }
    }

    /// From what was counted.
    pub fn of(counts: &AblationCounts) -> Self {
        let samples: u64 = counts.support.iter().sum();
        let right: u64 = counts.right.iter().sum();
        let mut channels: Vec<AblatedChannel> = counts
            .layers
            .iter()
            .flat_map(|layer| {
                let channels = layer.channels.iter().enumerate();
                channels.filter_map(|(channel, counts)| {
                    let [zero, mean] = counts.as_ref()?;
                    Some(AblatedChannel {
                        layer: layer.layer,
                        channel,
                        zero: effect(zero, samples),
                        mean: effect(mean, samples),
                    })
                })
            })
            .collect();
        correct(&mut channels);
        Self {
            samples: samples as usize,
            not_done: None,
            base: Proportion::new(right, samples),
            base_right: counts.right.clone(),
            support: counts.support.clone(),
            channels,
        }
    }

    /// Channels whose silencing costs most, the largest loss first, by zeros, among equals in their order.
    pub fn most_needed(&self) -> Vec<&AblatedChannel> {
        let mut all: Vec<&AblatedChannel> = self.channels.iter().collect();
        all.sort_by(|a, b| a.zero.change.total_cmp(&b.zero.change));
        all
    }

    /// Channels whose silencing, in either way, mends more answers than it breaks, beyond chance.
    pub fn in_the_way(&self) -> Vec<&AblatedChannel> {
        let gain = |channel: &AblatedChannel| channel.zero.change.max(channel.mean.change);
        let helps = |effect: &Effect| effect.is_real() && effect.change > 0.0;
        let mut all: Vec<&AblatedChannel> = self
            .channels
            .iter()
            .filter(|channel| helps(&channel.zero) || helps(&channel.mean))
            .collect();
        all.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
        all
    }

    /// The class that an effect costs most right answers, or gives most where it gives more than it costs, with the change of their
    /// number; the lower class number among equals.
    pub fn hardest_hit(&self, effect: &Effect) -> Option<(usize, i64)> {
        let sign = if effect.change < 0.0 { -1 } else { 1 };
        let changes = effect.right.iter().zip(&self.base_right).enumerate();
        changes
            .map(|(class, (&after, &before))| (class, after as i64 - before as i64))
            .filter(|(_, change)| change * sign > 0)
            .max_by_key(|&(class, change)| (change * sign, std::cmp::Reverse(class)))
    }
}

/// The samples to try it on: what the settings say, or as many, up to 512, as cost no more than one pass over the test set or 20 thousand
/// million multiply-adds.
pub fn samples(
    network: &Network,
    plan: &AblationPlan,
    set: usize,
    wanted: Option<usize>,
) -> Result<Vec<usize>, NoAblation> {
    if wanted == Some(0) {
        return Err(NoAblation::Off);
    }
    if plan.layers.is_empty() {
        return Err(NoAblation::NoConvolution);
    }
    if wanted.is_none() && set < FEWEST {
        return Err(NoAblation::TooFew { samples: set });
    }
    let forward: u64 = (0..network.layers().len())
        .map(|id| network.multiply_adds(id))
        .sum();
    let pass = forward as f64 * set as f64;
    let number = match wanted {
        Some(wanted) => wanted.min(set),
        None => {
            let affordable = pass.max(AFFORDED as f64) / plan.work().max(1) as f64;
            let number = USUAL.min(set).min(affordable as usize);
            if number < FEWEST {
                let passes = plan.work() as f64 * FEWEST as f64 / pass.max(1.0);
                return Err(NoAblation::TooDear { passes });
            }
            number
        }
    };
    Ok((0..number).map(|sample| sample * set / number).collect())
}

impl Findings {
    /// Takes in what silencing channels did.
    pub fn add_ablation(&mut self, ablation: Ablation) {
        self.inside.ablation = ablation;
        self.statements = statements::statements(self);
    }
}

fn effect(counts: &ModeCounts, samples: u64) -> Effect {
    let (lost, gained, n) = (counts.lost as f64, counts.gained as f64, samples as f64);
    let (low, high) = interval(lost, gained, n);
    let p = mcnemar(counts.lost, counts.gained);
    Effect {
        change: (gained - lost) / n.max(1.0),
        low,
        high,
        lost: counts.lost,
        gained: counts.gained,
        changed: counts.changed,
        p,
        adjusted_p: p,
        right: counts.right.clone(),
    }
}

fn interval(lost: f64, gained: f64, n: f64) -> (f64, f64) {
    let (lost, gained, n) = (lost + 0.5, gained + 0.5, n + 2.0);
    let change = (gained - lost) / n;
    let half = Z
        * ((lost + gained) - (gained - lost).powi(2) / n)
            .max(0.0)
            .sqrt()
        / n;
    ((change - half).max(-1.0), (change + half).min(1.0))
}

/// Probability of a split at least as uneven if both kinds of change were equally likely: twice the smaller tail of the
/// binomial distribution, at most 1.
fn mcnemar(lost: u64, gained: u64) -> f64 {
    let (smaller, all) = (lost.min(gained), lost + gained);
    // Logarithms of binomial coefficients, one from the other.
    let mut term = -(all as f64) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for k in 0..=smaller {
        tail += term.exp();
        term += ((all - k) as f64 / (k + 1) as f64).ln();
    }
    (2.0 * tail).min(1.0)
}

/// Holm's step-down correction (Holm 1979, *A simple sequentially rejective multiple test procedure*).
fn correct(channels: &mut [AblatedChannel]) {
    let mut order: Vec<(f64, usize, bool)> = channels
        .iter()
        .enumerate()
        .flat_map(|(place, channel)| {
            [
                (channel.zero.p, place, false),
                (channel.mean.p, place, true),
            ]
        })
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let tests = order.len();
    let mut highest: f64 = 0.0;
    for (rank, (p, place, is_mean)) in order.into_iter().enumerate() {
        highest = highest.max((p * (tests - rank) as f64).min(1.0));
        let channel = &mut channels[place];
        let effect = if is_mean {
            &mut channel.mean
        } else {
            &mut channel.zero
        };
        effect.adjusted_p = highest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::oracle_tests::inside_expected;

    /// statsmodels' and scipy's numbers, made by `tools/expected_inside.py`.
    #[test]
    fn tests_and_intervals_are_those_of_statsmodels() {
        let expected = inside_expected("paired");
        for case in expected.as_array().expect("cases") {
            let number = |key: &str| case[key].as_f64().expect("a number");
            let (lost, gained) = (number("lost"), number("gained"));
            let p = mcnemar(lost as u64, gained as u64);
            assert!((p - number("p")).abs() < 1e-9, "{case}: {p}");
            let (low, high) = interval(lost, gained, number("n"));
            assert!(
                (low - number("low")).abs() < 1e-9 && (high - number("high")).abs() < 1e-9,
                "{case}"
            );
        }
    }

    #[test]
    fn holm_corrects_as_statsmodels_does() {
        let expected = inside_expected("holm");
        let numbers = |key: &str| -> Vec<f64> {
            serde_json::from_value(expected[key].clone()).expect("numbers")
        };
        let effect = |p: f64| Effect {
            p,
            ..effect(&ModeCounts::default(), 1)
        };
        let mut channels: Vec<AblatedChannel> = numbers("p")
            .chunks_exact(2)
            .map(|pair| AblatedChannel {
                layer: 0,
                channel: 0,
                zero: effect(pair[0]),
                mean: effect(pair[1]),
            })
            .collect();
        correct(&mut channels);
        let found: Vec<f64> = channels
            .iter()
            .flat_map(|channel| [channel.zero.adjusted_p, channel.mean.adjusted_p])
            .collect();
        for (found, wanted) in found.iter().zip(numbers("adjusted")) {
            assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
        }
    }
}
