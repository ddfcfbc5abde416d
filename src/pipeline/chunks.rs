//! How a dataset is cut: fixed runs of samples, whatever machine runs them.

use std::ops::Range;

/// The runs `0..size, size..2·size, …` that cover `len` samples; the last may be shorter.
pub fn chunks(len: usize, size: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let size = size.max(1);
    (0..len.div_ceil(size)).map(move |chunk| chunk * size..((chunk + 1) * size).min(len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once() {
        assert_eq!(chunks(10, 4).collect::<Vec<_>>(), [0..4, 4..8, 8..10]);
        assert_eq!(chunks(0, 4).count(), 0);
    }
}
