//! [`temperature`]: the one number by which logits would be divided so that confidence fits (Guo et al. 2017).
//! What it would mend is told on samples that it was not fitted on: in turn a fifth is held out and the
//! temperature is fitted on the rest.

use rayon::prelude::*;

use super::super::findings::Outcome;
use super::super::trust::Temperature;
use super::bins::Bins;

/// Parts of the test set, by index modulo this.
const FOLDS: usize = 5;
/// Temperatures looked at: beyond them the network is right, or wrong, on everything.
const COLDEST: f64 = 0.01;
const HOTTEST: f64 = 100.0;
/// Steps of the search; each at least halves the range where Newton's does not help.
const STEPS: usize = 60;

/// One sample's logits, its truth, and whether the answer is right.
struct Sample<'a> {
    logits: &'a [f32],
    truth: usize,
    is_right: bool,
}

/// The fitted temperature, and log-loss and ECE (10 bins) with cross-fitted ones; `None` for too few samples,
/// and for one class, where nothing is to be divided.
pub(super) fn temperature(
    logits: &[f32],
    outcomes: &[Outcome],
    classes: usize,
) -> Option<Temperature> {
    if outcomes.len() < 2 * FOLDS || classes < 2 || logits.len() != outcomes.len() * classes {
        return None;
    }
    let samples: Vec<Sample<'_>> = logits
        .chunks_exact(classes)
        .zip(outcomes)
        .map(|(logits, outcome)| Sample {
            logits,
            truth: outcome.truth,
            is_right: outcome.is_right(),
        })
        .collect();
    let mut fitted: Vec<f64> = (0..=FOLDS)
        .into_par_iter()
        .map(|held_out| fit(&samples, held_out))
        .collect();
    let all = fitted.pop()?;
    let mut bins = Bins::new(10);
    let mut loss = 0.0;
    for (index, sample) in samples.iter().enumerate() {
        let scale = 1.0 / fitted[index % FOLDS];
        let (sum, _) = sums(sample, scale);
        bins.add(1.0 / sum, sample.is_right, 1.0);
        loss += sum.ln() - scale * of_truth(sample);
    }
    Some(Temperature {
        all,
        ece10: bins.expected_error()?,
        log_loss: loss / samples.len() as f64,
        folds: FOLDS,
    })
}

fn highest(sample: &Sample<'_>) -> f64 {
    f64::from(
        sample
            .logits
            .iter()
            .copied()
            .fold(f32::NEG_INFINITY, f32::max),
    )
}

fn of_truth(sample: &Sample<'_>) -> f64 {
    f64::from(sample.logits[sample.truth]) - highest(sample)
}

/// `Σ exp(s·d)` over the logits' distances d to the highest, and the mean and variance of d under the softmax.
fn sums(sample: &Sample<'_>, scale: f64) -> (f64, (f64, f64)) {
    let highest = highest(sample);
    let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
    for &logit in sample.logits {
        let distance = f64::from(logit) - highest;
        let weight = (scale * distance).exp();
        sum += weight;
        if weight > 0.0 {
            first += weight * distance;
            second += weight * distance * distance;
        }
    }
    let mean = first / sum;
    (sum, (mean, second / sum - mean * mean))
}

/// The temperature with the lowest log-loss on all samples but those of one fold. The loss is convex in
/// the inverse temperature, so that its slope has one zero: Newton's steps within a shrinking bracket.
fn fit(samples: &[Sample<'_>], held_out: usize) -> f64 {
    let slope = |scale: f64| {
        let (mut slope, mut curvature) = (0.0, 0.0);
        for (_, sample) in samples
            .iter()
            .enumerate()
            .filter(|(index, _)| index % FOLDS != held_out)
        {
            let (_, (mean, variance)) = sums(sample, scale);
            slope += mean - of_truth(sample);
            curvature += variance;
        }
        (slope, curvature)
    };
    let (mut low, mut high) = (1.0 / HOTTEST, 1.0 / COLDEST);
    let mut scale = 1.0;
    for _ in 0..STEPS {
        let (value, curvature) = slope(scale);
        if value < 0.0 {
            low = scale;
        } else {
            high = scale;
        }
        let newton = scale - value / curvature;
        let next = if newton > low && newton < high {
            newton
        } else {
            (low * high).sqrt()
        };
        if (next - scale).abs() <= 1e-14 * scale {
            return 1.0 / next;
        }
        scale = next;
    }
    1.0 / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(logits: &[[f32; 2]], truths: &[usize]) -> (Vec<f32>, Vec<Outcome>) {
        let outcomes = logits
            .iter()
            .zip(truths)
            .map(|(row, &truth)| super::super::super::outcomes::outcome(row, truth));
        (logits.concat(), outcomes.collect())
    }

    #[test]
    fn the_temperature_makes_confidence_fit_the_share_of_right_answers() {
        // Right three times in four, whatever the logits claim: 1/T · 4 = ln 3.
        let truths: Vec<usize> = (0..40).map(|index| usize::from(index % 4 == 0)).collect();
        let (logits, outcomes) = outcomes(&[[4.0, 0.0]; 40], &truths);
        let found = temperature(&logits, &outcomes, 2).expect("enough samples");
        assert!((found.all - 4.0 / 3f64.ln()).abs() < 1e-9, "{found:?}");
        assert!(found.ece10 < 0.05, "{found:?}");
    }

    #[test]
    fn a_perfect_network_stays_within_the_range() {
        let (logits, outcomes) = outcomes(&[[4.0, 0.0]; 20], &[0; 20]);
        let found = temperature(&logits, &outcomes, 2).expect("enough samples");
        assert!((COLDEST..1.0).contains(&found.all), "{found:?}");
    }

    #[test]
    fn too_few_samples_have_no_temperature() {
        let (logits, outcomes) = outcomes(&[[4.0, 0.0]; 9], &[0; 9]);
        assert!(temperature(&logits, &outcomes, 2).is_none());
    }
}
