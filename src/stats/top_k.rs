//! [`TopK`]: the samples with the largest values, in a total order.

use serde::{Deserialize, Serialize};

use super::Merge;

/// A sample's index with the value it is ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    pub value: f32,
    pub index: u32,
}

impl Ranked {
    /// Larger values first, among equals the lower index: a total order, so that the result of a
    /// parallel run does not depend on who came first.
    fn before(&self, other: &Self) -> bool {
        match self.value.total_cmp(&other.value) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => self.index < other.index,
        }
    }
}

/// At most `K` samples, the largest value first. NaN is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopK<const K: usize> {
    ranked: Vec<Ranked>,
}

impl<const K: usize> TopK<K> {
    #[inline]
    pub fn add(&mut self, value: f32, index: u32) {
        // Nearly all that comes is clearly smaller; what might be equal asks for the whole order.
        let is_smaller = |last: &Ranked| value < last.value;
        if self.ranked.len() < K || !self.ranked.last().is_some_and(is_smaller) {
            self.rank(value, index);
        }
    }

    fn rank(&mut self, value: f32, index: u32) {
        if value.is_nan() {
            return;
        }
        let candidate = Ranked { value, index };
        if self.ranked.len() == K
            && let Some(last) = self.ranked.last()
            && !candidate.before(last)
        {
            return;
        }
        let place = self
            .ranked
            .partition_point(|ranked| ranked.before(&candidate));
        if self.ranked.len() == K {
            self.ranked.pop();
        } else if self.ranked.is_empty() {
            self.ranked.reserve_exact(K);
        }
        self.ranked.insert(place, candidate);
    }

    pub fn ranked(&self) -> &[Ranked] {
        &self.ranked
    }
}

impl<const K: usize> Merge for TopK<K> {
    fn merge(&mut self, later: Self) {
        for ranked in later.ranked {
            self.add(ranked.value, ranked.index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn among_equals_the_lower_index_wins() {
        let mut top = TopK::<2>::default();
        for index in [5, 3, 4] {
            top.add(1.0, index);
        }
        assert_eq!(
            top.ranked()
                .iter()
                .map(|ranked| ranked.index)
                .collect::<Vec<_>>(),
            [3, 4]
        );
    }

    proptest! {
        #[test]
        fn merged_parts_equal_sorting_the_whole(values in prop::collection::vec(0u8..6, 0..40), cut in 0usize..40) {
            let cut = cut.min(values.len());
            let ranked = |range: std::ops::Range<usize>| {
                let mut top = TopK::<4>::default();
                for index in range { top.add(f32::from(values[index]), index as u32); }
                top
            };
            let mut merged = ranked(0..cut);
            merged.merge(ranked(cut..values.len()));
            let mut sorted: Vec<_> = values.iter().enumerate().map(|(index, &value)| (std::cmp::Reverse(value), index as u32)).collect();
            sorted.sort();
            let expected: Vec<u32> = sorted.iter().take(4).map(|&(_, index)| index).collect();
            prop_assert_eq!(merged.ranked().iter().map(|ranked| ranked.index).collect::<Vec<_>>(), expected);
        }
    }
}
