//! The selected samples: those of the config that exist. A limit on the data may have cut some off.

use crate::report::Book;

/// In the order of the config.
pub fn all(book: &Book<'_>) -> Vec<usize> {
    let samples = book.findings.outcomes.len();
    book.settings
        .samples
        .selected
        .iter()
        .copied()
        .filter(|&index| index < samples)
        .collect()
}

/// The sample on which the network is shown: the first selected one that it got right, else the first
/// selected one, else the first that was drawn.
pub fn first(book: &Book<'_>) -> Option<usize> {
    let selected = all(book);
    let right = selected
        .iter()
        .find(|&&index| book.findings.outcomes[index].is_right());
    right
        .or(selected.first())
        .copied()
        .or_else(|| book.drawings.keys().next().copied())
}
