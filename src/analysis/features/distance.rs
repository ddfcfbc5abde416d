//! Distances between rows of features.

/// Sums side by side, for the vector unit.
const LANES: usize = 8;

/// Squared Euclidean distance of two rows of one length. Differences are squared and not products subtracted, so
/// that near rows lose no digits.
#[inline(always)]
pub(in crate::analysis) fn squared(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (left, right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = left
        .remainder()
        .iter()
        .zip(right.remainder())
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    for (a, b) in left.zip(right) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// The median; `None` of nothing. The upper one of two.
pub(in crate::analysis) fn median(values: impl Iterator<Item = f32>) -> Option<f32> {
    let mut values: Vec<f32> = values.collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let (_, median, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    Some(*median)
}
