//! [`Neighbours`]: which sample comes before and after another, for those who leaf through them.

use std::collections::HashMap;

use super::selection;
use crate::report::Book;

/// The order in which one leafs from sample to sample: a mistake within its confusion, the others as
/// they were selected.
pub struct Neighbours {
    /// Rank of a mistake's confusion, and its place in it.
    places: HashMap<usize, (usize, usize)>,
    right: Vec<usize>,
}

impl Neighbours {
    pub fn new(book: &Book<'_>) -> Self {
        let confusions = book.findings.confusions.iter().enumerate();
        let places = confusions.flat_map(|(rank, confusion)| {
            confusion
                .samples
                .iter()
                .enumerate()
                .map(move |(place, &sample)| (sample, (rank, place)))
        });
        let right = selection::all(book)
            .into_iter()
            .filter(|&index| book.findings.outcomes[index].is_right());
        Self {
            places: places.collect(),
            right: right.collect(),
        }
    }

    /// The samples to leaf through, and where this one stands.
    pub fn of<'a>(&'a self, book: &'a Book<'_>, index: usize) -> Option<(&'a [usize], usize)> {
        if let Some(&(rank, place)) = self.places.get(&index) {
            return Some((&book.findings.confusions[rank].samples, place));
        }
        Some((
            &self.right,
            self.right.iter().position(|&right| right == index)?,
        ))
    }
}
