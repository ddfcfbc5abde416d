//! How a dataset is cut: fixed runs of samples, whatever machine runs them.

use std::ops::Range;

/// As few runs of at most `size` as cover `len` samples, as long as each other but for the last, which may be shorter: two
/// threads share them evenly.
pub fn chunks(len: usize, size: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let count = len.div_ceil(size.max(1)).max(1);
    let size = len.div_ceil(count).max(1);
    (0..len.div_ceil(size)).map(move |chunk| chunk * size..((chunk + 1) * size).min(len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once() {
        assert_eq!(chunks(10, 4).collect::<Vec<_>>(), [0..4, 4..8, 8..10]);
        assert_eq!(chunks(9, 4).collect::<Vec<_>>(), [0..3, 3..6, 6..9]);
        assert_eq!(chunks(0, 4).count(), 0);
        assert_eq!(chunks(3, 0).count(), 3);
    }
}
