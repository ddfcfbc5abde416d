//! Work within one image for several threads: rows of the output, which nobody else writes.

use std::ops::Range;

use rayon::prelude::*;

/// Pieces a thread, so that the others can take over from one that is interrupted.
const PIECES: usize = 4;

/// Whether the current thread belongs to a pool with others in it. Outside of a pool nobody said
/// that more than one thread may be used.
pub fn has_helpers() -> bool {
    rayon::current_thread_index().is_some() && rayon::current_num_threads() > 1
}

/// Calls `compute` with ranges of rows and their outputs: with all rows at once, or from several
/// threads with some each. The last row may be shorter than `row` values.
pub fn rows(
    parallel: bool,
    output: &mut [f32],
    row: usize,
    compute: impl Fn(Range<usize>, &mut [f32]) + Sync,
) {
    let count = output.len().div_ceil(row.max(1));
    if !parallel || count < 2 {
        compute(0..count, output);
        return;
    }
    let size = count.div_ceil(PIECES * rayon::current_num_threads());
    output
        .par_chunks_mut(size * row)
        .enumerate()
        .for_each(|(number, output)| {
            let start = number * size;
            compute(start..start + output.len().div_ceil(row), output);
        });
}

/// As [`rows`], for outputs cut at given rows: `starts` ascend and end with the number of rows.
pub fn pieces(
    output: &mut [f32],
    row: usize,
    starts: &[usize],
    compute: impl Fn(Range<usize>, &mut [f32]) + Sync,
) {
    let mut pieces = Vec::with_capacity(starts.len());
    let mut rest = output;
    for ends in starts.windows(2) {
        let (piece, behind) = std::mem::take(&mut rest).split_at_mut((ends[1] - ends[0]) * row);
        pieces.push((ends[0]..ends[1], piece));
        rest = behind;
    }
    pieces
        .into_par_iter()
        .for_each(|(range, piece)| compute(range, piece));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_computed_once() {
        let number = |range: Range<usize>, output: &mut [f32]| {
            assert_eq!(output.len(), 2 * range.len());
            for (row, values) in range.zip(output.chunks_exact_mut(2)) {
                values.iter_mut().for_each(|value| *value += row as f32);
            }
        };
        let expected: Vec<f32> = (0..26).map(|place| (place / 2) as f32).collect();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        for parallel in [false, true] {
            let mut output = [0.0; 26];
            pool.install(|| rows(parallel, &mut output, 2, number));
            assert_eq!(output.as_slice(), expected);
        }
        let mut output = [0.0; 26];
        pool.install(|| pieces(&mut output, 2, &[0, 5, 6, 13], number));
        assert_eq!(output.as_slice(), expected);
        assert!(!has_helpers() && pool.install(has_helpers));
    }
}
