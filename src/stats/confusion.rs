//! [`ConfusionMatrix`]: how often each class was taken for each.

use serde::{Deserialize, Serialize};

use super::Merge;

/// Counts of (truth, prediction): rows are the truth, columns the prediction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    classes: usize,
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    pub fn new(classes: usize) -> Self {
        Self {
            classes,
            counts: vec![0; classes * classes],
        }
    }

    pub fn add(&mut self, truth: usize, prediction: usize) {
        self.counts[truth * self.classes + prediction] += 1;
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    pub fn count(&self, truth: usize, prediction: usize) -> u64 {
        self.counts[truth * self.classes + prediction]
    }

    /// The samples of a class, by what they were taken for.
    pub fn row(&self, truth: usize) -> &[u64] {
        &self.counts[truth * self.classes..(truth + 1) * self.classes]
    }

    /// Number of samples of a class.
    pub fn support(&self, truth: usize) -> u64 {
        self.row(truth).iter().sum()
    }

    /// Number of samples taken for a class.
    pub fn predicted(&self, prediction: usize) -> u64 {
        (0..self.classes)
            .map(|truth| self.count(truth, prediction))
            .sum()
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Number of samples whose prediction is the truth.
    pub fn correct(&self) -> u64 {
        (0..self.classes)
            .map(|class| self.count(class, class))
            .sum()
    }
}

impl Merge for ConfusionMatrix {
    fn merge(&mut self, later: Self) {
        if self.counts.is_empty() {
            *self = later;
            return;
        }
        for (own, other) in self.counts.iter_mut().zip(later.counts) {
            *own += other;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(answers: &[(usize, usize)]) -> ConfusionMatrix {
        let mut matrix = ConfusionMatrix::new(3);
        for &(truth, prediction) in answers {
            matrix.add(truth, prediction);
        }
        matrix
    }

    proptest! {
        #[test]
        fn merging_counts_what_one_run_counts(
            answers in prop::collection::vec((0usize..3, 0usize..3), 0..60),
            cut in 0usize..60,
        ) {
            let cut = cut.min(answers.len());
            let (first, second) = answers.split_at(cut);
            let whole = of(&answers);
            let (mut ahead, mut behind) = (of(first), of(second));
            ahead.merge(of(second));
            behind.merge(of(first));
            prop_assert_eq!(&ahead, &whole);
            prop_assert_eq!(&behind, &whole);
            // Nothing is neutral from both sides, of the same size or of none.
            ahead.merge(ConfusionMatrix::new(3));
            prop_assert_eq!(&ahead, &whole);
            let mut from_nothing = ConfusionMatrix::default();
            from_nothing.merge(ahead);
            prop_assert_eq!(&from_nothing, &whole);
            from_nothing.merge(ConfusionMatrix::default());
            prop_assert_eq!(&from_nothing, &whole);
            prop_assert_eq!(whole.total(), answers.len() as u64);
            let right = answers.iter().filter(|(truth, prediction)| truth == prediction).count();
            prop_assert_eq!(whole.correct(), right as u64);
            let supports: u64 = (0..3).map(|class| whole.support(class)).sum();
            let predicted: u64 = (0..3).map(|class| whole.predicted(class)).sum();
            prop_assert_eq!((supports, predicted), (whole.total(), whole.total()));
        }
    }
}
