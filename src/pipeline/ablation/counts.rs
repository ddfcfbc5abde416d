//! [`AblationCounts`]: the answers with each channel silenced, as whole numbers, which add up in any order.

use super::{AblationPlan, Answers};
use crate::model::LayerId;
use crate::stats::Merge;

/// Ways to silence a channel: all zeros, its mean over all samples.
pub const MODES: usize = 2;

/// What silencing channels did to the answers to some samples.
#[derive(Clone, Debug, PartialEq)]
pub struct AblationCounts {
    /// Samples of each class, and those answered rightly with nothing silenced.
    pub support: Vec<u64>,
    pub right: Vec<u64>,
    pub layers: Vec<LayerCounts>,
}

/// The channels of one convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerCounts {
    pub layer: LayerId,
    /// `None` for channels that were left out: silencing them changes nothing.
    pub channels: Vec<Option<ChannelCounts>>,
}

/// One channel: all zeros, then its mean.
pub type ChannelCounts = [ModeCounts; MODES];

/// Answers with one channel silenced in one way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModeCounts {
    /// Right answers by class.
    pub right: Vec<u64>,
    /// Answers that were right and are wrong now.
    pub lost: u64,
    /// Answers that were wrong and are right now.
    pub gained: u64,
    /// Answers that are others now, right or wrong.
    pub changed: u64,
}

impl ModeCounts {
    pub(super) fn new(classes: usize) -> Self {
        Self {
            right: vec![0; classes],
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, truth: usize, before: usize, after: usize) {
        let is_right = after == truth;
        if let Some(right) = self.right.get_mut(truth) {
            *right += u64::from(is_right);
        }
        self.lost += u64::from(before == truth && !is_right);
        self.gained += u64::from(before != truth && is_right);
        self.changed += u64::from(before != after);
    }
}

impl Merge for ModeCounts {
    fn merge(&mut self, later: Self) {
        if self.right.is_empty() {
            *self = later;
            return;
        }
        for (own, other) in self.right.iter_mut().zip(later.right) {
            *own += other;
        }
        self.lost += later.lost;
        self.gained += later.gained;
        self.changed += later.changed;
    }
}

impl AblationCounts {
    pub(super) fn new(
        classes: usize,
        plan: &AblationPlan,
        replacements: &[Vec<Option<[f32; MODES]>>],
    ) -> Self {
        let layers = plan.layers.iter().zip(replacements);
        Self {
            support: vec![0; classes],
            right: vec![0; classes],
            layers: layers
                .map(|(planned, values)| LayerCounts {
                    layer: planned.layer,
                    channels: values
                        .iter()
                        .map(|value| value.map(|_| Default::default()))
                        .collect(),
                })
                .collect(),
        }
    }

    pub(super) fn add_base(&mut self, answers: &Answers) {
        for (&truth, &before) in answers.truths.iter().zip(&answers.before) {
            self.support[truth] += 1;
            self.right[truth] += u64::from(truth == before);
        }
    }

    pub(super) fn add(&mut self, layer: usize, channel: usize, found: &ChannelCounts) {
        if let Some(own) = &mut self.layers[layer].channels[channel] {
            for (own, found) in own.iter_mut().zip(found) {
                own.merge(found.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_split_counts_the_same(answers in prop::collection::vec((0usize..3, 0usize..3, 0usize..3), 0..40), cut in 0usize..40) {
            let count = |answers: &[(usize, usize, usize)]| {
                let mut counts = ModeCounts::new(3);
                answers.iter().for_each(|&(truth, before, after)| counts.add(truth, before, after));
                counts
            };
            let cut = cut.min(answers.len());
            let mut merged = ModeCounts::default();
            merged.merge(count(&answers[..cut]));
            merged.merge(count(&answers[cut..]));
            prop_assert_eq!(merged, count(&answers));
        }
    }
}
