//! [`Merge`]: what makes a statistic a monoid.

/// A statistic over a run of samples that can take in the statistic of the run behind it.
///
/// `a.merge(b); a.merge(c)` equals `b.merge(c); a.merge(b)` up to rounding in the last bits; where the
/// order of merging is fixed (chunk order), results are equal to the bit.
pub trait Merge {
    /// Takes in what was learnt from the samples that follow.
    fn merge(&mut self, later: Self);
}

/// Merges element by element: the statistics of channel 0, of channel 1, …
///
/// # Panics
/// If both have elements and their numbers differ: they are not of the same layer.
impl<T: Merge> Merge for Vec<T> {
    fn merge(&mut self, later: Self) {
        if self.is_empty() {
            *self = later;
            return;
        }
        if later.is_empty() {
            return;
        }
        assert_eq!(self.len(), later.len(), "statistics of the same channels");
        for (own, other) in self.iter_mut().zip(later) {
            own.merge(other);
        }
    }
}
