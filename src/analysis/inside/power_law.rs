//! [`PowerLaw`]: the tail of a kernel's spectrum as a power law, as WeightWatcher 0.7.7 fits it (Martin, Mahoney 2021,
//! *Implicit self-regularization in deep neural networks*; the fit after Clauset, Shalizi, Newman 2009,
//! *Power-law distributions in empirical data*).

use serde::Serialize;

/// Eigenvalues below this are none.
const THRESHOLD: f64 = 1e-5;
/// A layer with fewer eigenvalues is not fitted.
pub const FEWEST: usize = 8;
/// With fewer, the exponent is corrected for its bias and tails of fewer than `FEWEST` are left out.
const SMALL: usize = 20;

/// The fit p(λ) ∝ λ^−α for λ ≥ λ_min.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PowerLaw {
    pub alpha: f64,
    /// Standard error of `alpha`: (α − 1)/√n.
    pub sigma: f64,
    /// Where the tail begins, chosen so that `distance` is smallest.
    pub lambda_min: f64,
    /// Largest distance between the fitted and the found distribution (Kolmogorov, Smirnov), in [0, 1].
    pub distance: f64,
    /// Eigenvalues in the tail.
    pub tail: usize,
}

impl PowerLaw {
    /// Of eigenvalues in ascending order. `None` with fewer than [`FEWEST`] of them, or where all are equal.
    pub(super) fn fit(eigenvalues: &[f64]) -> Option<Self> {
        if eigenvalues.len() < FEWEST {
            return None;
        }
        let data: Vec<f64> = eigenvalues
            .iter()
            .copied()
            .filter(|&value| value > THRESHOLD)
            .collect();
        let logs: Vec<f64> = data.iter().map(|value| value.ln()).collect();
        let small = data.len() < SMALL;
        // Sums of the logarithms from each place on.
        let mut above = vec![0.0; data.len() + 1];
        for place in (0..data.len()).rev() {
            above[place] = above[place + 1] + logs[place];
        }
        let mut best: Option<Self> = None;
        for start in 0..data.len().saturating_sub(1) {
            let n = data.len() - start;
            if small && n < FEWEST {
                break;
            }
            let sum = above[start] - n as f64 * logs[start];
            let counted = if small { n - 1 } else { n } as f64;
            let alpha = 1.0 + counted / sum;
            if sum <= 1e-12 || !alpha.is_finite() || alpha <= 1.0 {
                continue;
            }
            let distance = distance(&data[start..], alpha);
            if best.is_none_or(|best| distance < best.distance) {
                best = Some(Self {
                    alpha,
                    sigma: (alpha - 1.0) / (n as f64).sqrt(),
                    lambda_min: data[start],
                    distance,
                    tail: n,
                });
            }
        }
        best
    }
}

fn distance(tail: &[f64], alpha: f64) -> f64 {
    let n = tail.len() as f64;
    let first = tail.first().copied().unwrap_or(1.0);
    tail.iter()
        .enumerate()
        .map(|(place, value)| (1.0 - (value / first).powf(1.0 - alpha) - place as f64 / n).abs())
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::oracle_tests::inside_expected;

    /// WeightWatcher's fits of few, many, equal and tiny eigenvalues, made by `tools/expected_inside.py`.
    #[test]
    fn fits_are_those_of_weightwatcher() {
        let cases = inside_expected("power_laws");
        let cases = cases.as_array().expect("cases");
        assert!(cases.len() > 3);
        for case in cases {
            let values: Vec<f64> =
                serde_json::from_value(case["eigenvalues"].clone()).expect("eigenvalues");
            let wanted = &case["fit"];
            let Some(found) = PowerLaw::fit(&values) else {
                assert!(wanted.is_null(), "{case}: no fit");
                continue;
            };
            for (key, found) in [
                ("alpha", found.alpha),
                ("sigma", found.sigma),
                ("lambda_min", found.lambda_min),
                ("distance", found.distance),
            ] {
                let wanted = wanted[key].as_f64().expect(key);
                let near = 1e-6 * wanted.abs().max(1.0);
                assert!(
                    (found - wanted).abs() <= near,
                    "{key}: {found} for {wanted}"
                );
            }
        }
    }
}
