//! [`Counts`]: metrics that need nothing but how often each class was taken for each.

use crate::stats::ConfusionMatrix;

/// A confusion matrix in `f64`, rows truth, columns prediction; whole numbers, also where samples are
/// drawn several times.
pub(super) struct Counts {
    classes: usize,
    cells: Vec<f64>,
}

impl Counts {
    pub(super) fn new(classes: usize) -> Self {
        Self {
            classes,
            cells: vec![0.0; classes * classes],
        }
    }

    pub(super) fn of(matrix: &ConfusionMatrix) -> Self {
        let classes = matrix.classes();
        let cells = (0..classes)
            .flat_map(|truth| matrix.row(truth).iter().map(|&count| count as f64))
            .collect();
        Self { classes, cells }
    }

    pub(super) fn add(&mut self, truth: usize, prediction: usize, weight: f64) {
        self.cells[truth * self.classes + prediction] += weight;
    }

    fn right(&self, class: usize) -> f64 {
        self.cells[class * self.classes + class]
    }

    fn all_right(&self) -> f64 {
        (0..self.classes).map(|class| self.right(class)).sum()
    }

    fn support(&self) -> Vec<f64> {
        self.cells
            .chunks_exact(self.classes.max(1))
            .map(|row| row.iter().sum())
            .collect()
    }

    fn predicted(&self) -> Vec<f64> {
        (0..self.classes)
            .map(|class| {
                self.cells
                    .iter()
                    .skip(class)
                    .step_by(self.classes.max(1))
                    .sum()
            })
            .collect()
    }

    /// Mean recall of the classes that have samples.
    pub(super) fn balanced_accuracy(&self) -> Option<f64> {
        let support = self.support();
        mean(
            (0..self.classes)
                .filter(|&class| support[class] > 0.0)
                .map(|class| self.right(class) / support[class]),
        )
    }

    /// `2·TP / (support + predicted)` of each class; undefined for one that is neither a truth nor an answer.
    fn f1(&self) -> Vec<Option<f64>> {
        let (support, predicted) = (self.support(), self.predicted());
        (0..self.classes)
            .map(|class| {
                let all = support[class] + predicted[class];
                (all > 0.0).then(|| 2.0 * self.right(class) / all)
            })
            .collect()
    }

    /// Mean over the classes that occur as truth or answer.
    pub(super) fn f1_macro(&self) -> Option<f64> {
        mean(self.f1().into_iter().flatten())
    }

    /// Mean weighted by the number of samples of each class.
    pub(super) fn f1_weighted(&self) -> Option<f64> {
        let support = self.support();
        let total: f64 = support.iter().sum();
        let sum: f64 = self
            .f1()
            .iter()
            .zip(&support)
            .map(|(f1, support)| f1.unwrap_or(0.0) * support)
            .sum();
        (total > 0.0).then(|| sum / total)
    }

    /// Mean precision of the classes that are answered.
    pub(super) fn precision_macro(&self) -> Option<f64> {
        let predicted = self.predicted();
        mean(
            (0..self.classes)
                .filter(|&class| predicted[class] > 0.0)
                .map(|class| self.right(class) / predicted[class]),
        )
    }

    /// Cohen's κ; undefined where chance alone would agree everywhere.
    pub(super) fn kappa(&self) -> Option<f64> {
        let (support, predicted) = (self.support(), self.predicted());
        let total: f64 = support.iter().sum();
        let by_chance: f64 = support
            .iter()
            .zip(&predicted)
            .map(|(a, b)| a * b)
            .sum::<f64>()
            / total;
        let (disagree, expected) = (total - self.all_right(), total - by_chance);
        (total > 0.0 && expected > 0.0).then(|| 1.0 - disagree / expected)
    }

    /// Matthews' correlation in the form for many classes; 0 where it is 0/0, as scikit-learn has it.
    pub(super) fn mcc(&self) -> Option<f64> {
        let (support, predicted) = (self.support(), self.predicted());
        let total: f64 = support.iter().sum();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let both = self.all_right() * total - dot(&support, &predicted);
        let spread = (total * total - dot(&predicted, &predicted))
            * (total * total - dot(&support, &support));
        (total > 0.0).then(|| {
            if spread == 0.0 {
                0.0
            } else {
                both / spread.sqrt()
            }
        })
    }
}

/// `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| {
        (sum + value, count + 1)
    });
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(classes: usize, pairs: &[(usize, usize)]) -> Counts {
        let mut counts = Counts::new(classes);
        for &(truth, prediction) in pairs {
            counts.add(truth, prediction, 1.0);
        }
        counts
    }

    #[test]
    fn a_class_without_samples_is_left_out_and_not_zero() {
        let counts = counts(3, &[(0, 0), (0, 0), (1, 1), (1, 0)]);
        assert_eq!(counts.balanced_accuracy(), Some(0.75));
        assert_eq!(counts.f1_macro(), Some((0.8 + 2.0 / 3.0) / 2.0));
    }

    #[test]
    fn of_one_class_nothing_can_be_said_beyond_chance() {
        let counts = counts(2, &[(0, 0), (0, 0)]);
        assert_eq!((counts.kappa(), counts.mcc()), (None, Some(0.0)));
    }

    #[test]
    fn nothing_is_undefined() {
        let counts = counts(2, &[]);
        assert_eq!(
            [
                counts.balanced_accuracy(),
                counts.f1_macro(),
                counts.f1_weighted(),
                counts.kappa(),
                counts.mcc()
            ],
            [None; 5]
        );
    }

    proptest! {
        #[test]
        fn all_stay_within_their_bounds(pairs in prop::collection::vec((0usize..4, 0usize..4), 1..60)) {
            let counts = counts(4, &pairs);
            for value in [counts.balanced_accuracy(), counts.f1_macro(), counts.f1_weighted(), counts.precision_macro()] {
                prop_assert!(value.is_some_and(|value| (0.0..=1.0).contains(&value)));
            }
            prop_assert!(counts.kappa().is_none_or(|kappa| (-1.0 - 1e-12..=1.0).contains(&kappa)));
            prop_assert!(counts.mcc().is_some_and(|mcc| mcc.abs() <= 1.0 + 1e-12));
        }
    }
}
