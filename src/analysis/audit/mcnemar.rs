//! The test of two ways to answer the same samples: McNemar 1947, in its exact form.

/// The two-sided probability, were both ways equally good, that among the samples which only one of them answers
/// right they part at least as unevenly as `gained` to `lost`: `2 · P(X ≤ min)` with X binomial (n, ½), at most 1.
pub(super) fn exact(gained: usize, lost: usize) -> f64 {
    let number = gained + lost;
    let fewer = gained.min(lost);
    let mut log_term = -(number as f64) * std::f64::consts::LN_2;
    let mut tail = log_term.exp();
    for k in 0..fewer {
        log_term += ((number - k) as f64 / (k + 1) as f64).ln();
        tail += log_term.exp();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_those_of_statsmodels() {
        // statsmodels.stats.contingency_tables.mcnemar([[0, b], [c, 0]], exact=True).pvalue
        for (gained, lost, p) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (5, 0, 0.0625),
            (10, 2, 0.038_574_218_75),
            (3, 12, 0.035_156_25),
            (60, 20, 8.580_559_867_049_611e-6),
        ] {
            let found = exact(gained, lost);
            assert!((found - p).abs() < 1e-12, "{gained} {lost}: {found}");
        }
    }
}
