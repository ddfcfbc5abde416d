//! Groups: what pairs of samples join.

use std::collections::BTreeMap;

/// Sets that are joined pair by pair; the lowest member stands for its set.
pub(super) struct Joined(Vec<usize>);

impl Joined {
    pub(super) fn new(samples: usize) -> Self {
        Self((0..samples).collect())
    }

    pub(super) fn representative(&mut self, mut sample: usize) -> usize {
        while self.0[sample] != sample {
            self.0[sample] = self.0[self.0[sample]];
            sample = self.0[sample];
        }
        sample
    }

    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.representative(a), self.representative(b));
        self.0[a.max(b)] = a.min(b);
    }

    /// The sets of more than one member, by their lowest; members ascending.
    pub(super) fn groups(&mut self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for sample in 0..self.0.len() {
            let first = self.representative(sample);
            groups.entry(first).or_default().push(sample);
        }
        groups
            .into_values()
            .filter(|group| group.len() > 1)
            .collect()
    }
}
