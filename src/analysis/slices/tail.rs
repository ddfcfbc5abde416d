//! Whether a share of mistakes is high by chance: the hypergeometric tail, and Holm's correction for looking at many.

/// Natural logarithms of factorials up to a number, summed with compensation (Kahan), so that they are right to about
/// the last digit for a million samples.
pub(super) struct Factorials(Vec<f64>);

impl Factorials {
    pub(super) fn up_to(number: usize) -> Self {
        let (mut sum, mut lost) = (0.0, 0.0);
        let mut table = vec![0.0];
        table.extend((1..=number).map(|factor| {
            let term = (factor as f64).ln() - lost;
            let next = sum + term;
            lost = (next - sum) - term;
            sum = next;
            sum
        }));
        Self(table)
    }

    fn choose(&self, n: usize, k: usize) -> f64 {
        self.0[n] - self.0[k] - self.0[n - k]
    }
}

/// Mistakes among all samples and in a slice of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    pub(super) all: usize,
    pub(super) wrong: usize,
    pub(super) drawn: usize,
    pub(super) drawn_wrong: usize,
}

/// Probability that as many samples drawn blindly hold at least so many mistakes: `scipy.stats.hypergeom.sf(drawn_wrong − 1,
/// all, wrong, drawn)`, which is Fisher's exact test of the slice against the rest, one-sided.
pub(super) fn tail(factorials: &Factorials, draw: Draw) -> f64 {
    let Draw {
        all,
        wrong,
        drawn,
        drawn_wrong,
    } = draw;
    let (least, most) = ((drawn + wrong).saturating_sub(all), drawn.min(wrong));
    if drawn_wrong <= least {
        return 1.0;
    }
    if drawn_wrong > most {
        return 0.0;
    }
    let right = all - wrong;
    let start = factorials.choose(wrong, drawn_wrong)
        + factorials.choose(right, drawn - drawn_wrong)
        - factorials.choose(all, drawn);
    let (mut term, mut sum) = (1.0f64, 1.0f64);
    for k in drawn_wrong..most {
        term *= (wrong - k) as f64 * (drawn - k) as f64;
        term /= (k + 1) as f64 * (right + k + 1 - drawn) as f64;
        sum += term;
    }
    (start + sum.ln()).exp().min(1.0)
}

/// Holm's adjusted p-values (1979), in the order given: below α for all that are rejected at α.
pub(super) fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut adjusted = vec![1.0; values.len()];
    let mut highest = 0.0f64;
    for (rank, &place) in order.iter().enumerate() {
        highest = highest
            .max((values.len() - rank) as f64 * values[place])
            .min(1.0);
        adjusted[place] = highest;
    }
    adjusted
}
