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
