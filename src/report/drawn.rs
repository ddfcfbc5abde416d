//! Which samples get activation maps on their pages: all of those with a page, as long as the report stays of a size that
//! can be written, kept and published.

use std::collections::BTreeSet;

use super::pictures::ActivationLayout;
use crate::analysis::Findings;
use crate::config::Settings;

/// Pixels of all activation sheets of a report together, where nobody says how many samples have one: some 130 megabytes
/// of files.
const MOST_PIXELS: usize = 1 << 28;

/// The samples with maps: the selected ones first, then the mistakes, of every confusion (the most frequent first) the most
/// confident one, then of every confusion the next one, and so on. `settings.samples.selected` are samples that exist.
pub fn drawn_samples(
    settings: &Settings,
    findings: &Findings,
    layout: &ActivationLayout,
) -> BTreeSet<usize> {
    let most = settings
        .samples
        .maps
        .unwrap_or(MOST_PIXELS / layout.pixels().max(1));
    let confusions: Vec<&[usize]> = findings
        .confusions
        .iter()
        .map(|confusion| confusion.samples.as_slice())
        .collect();
    by_turns(&settings.samples.selected, &confusions, most)
}

/// At most so many numbers: first all of `first`, then the first of every list, then the second ones.
fn by_turns(first: &[usize], lists: &[&[usize]], most: usize) -> BTreeSet<usize> {
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    let turns = (0..longest).flat_map(|turn| lists.iter().filter_map(move |list| list.get(turn)));
    let mut taken = BTreeSet::new();
    for &number in first.iter().chain(turns) {
        if taken.len() >= most {
            break;
        }
        taken.insert(number);
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_confusion_has_its_turn() {
        let lists: [&[usize]; 3] = [&[5, 9, 2], &[4], &[8, 1]];
        let taken = |most| Vec::from_iter(by_turns(&[7, 5], &lists, most));
        assert_eq!(taken(1), [7]);
        assert_eq!(taken(4), [4, 5, 7, 8]);
        assert_eq!(taken(5), [4, 5, 7, 8, 9]);
        assert_eq!(taken(100), [1, 2, 4, 5, 7, 8, 9]);
        assert!(taken(0).is_empty());
    }
}
