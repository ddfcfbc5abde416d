//! [`Partial`]: everything learnt from a run of samples. A checkpoint or a shard is one of them in a file.

use serde::{Deserialize, Serialize};

use super::Features;
use crate::appearance::Appearance;
use crate::dataset::ImageDigest;
use crate::stats::{ConfusionMatrix, LogHistogram, Merge, Moments, TopK};

/// Samples kept for each channel: those that excite it most.
pub const EXEMPLARS: usize = 9;

/// What was learnt from the samples `first .. first + truths.len()`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Partial {
    pub classes: usize,
    /// Label of each sample.
    pub truths: Vec<u32>,
    /// Each image by its content.
    pub digests: Vec<ImageDigest>,
    /// Values before the softmax, `samples × classes`, row after row.
    pub logits: Vec<f32>,
    pub confusion: ConfusionMatrix,
    /// What each image looks like, from its decoded pixels.
    pub appearances: Vec<Appearance>,
    /// What enters the last layer with a kernel.
    pub features: Features,
    /// One sample in so many has its channels' means kept, from the first on.
    pub kept_step: usize,
    /// One a layer, in the network's order, the input among them.
    pub layers: Vec<LayerPartial>,
}

/// What was learnt of one layer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LayerPartial {
    pub channels: Vec<ChannelPartial>,
    /// The means over positions of all channels of the samples that are kept, `samples × channels`, row after row.
    pub kept: Vec<f32>,
}

/// What was learnt of one channel.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ChannelPartial {
    pub moments: Moments,
    pub histogram: LogHistogram,
    /// The samples with the largest single activation in this channel.
    pub exemplars: TopK<EXEMPLARS>,
    /// Sum over the samples of each class of the channel's mean over positions.
    pub class_sums: Vec<f64>,
    /// Sum over all samples of the square of that mean.
    pub square_sum: f64,
}

impl Merge for Partial {
    fn merge(&mut self, later: Self) {
        if self.classes == 0 {
            *self = later;
            return;
        }
        self.truths.extend(later.truths);
        self.digests.extend(later.digests);
        self.logits.extend(later.logits);
        self.confusion.merge(later.confusion);
        self.appearances.extend(later.appearances);
        self.features.merge(later.features);
        self.layers.merge(later.layers);
    }
}

impl Merge for LayerPartial {
    fn merge(&mut self, later: Self) {
        self.channels.merge(later.channels);
        self.kept.extend(later.kept);
    }
}

impl Merge for ChannelPartial {
    fn merge(&mut self, later: Self) {
        self.moments.merge(later.moments);
        self.histogram.merge(later.histogram);
        self.exemplars.merge(later.exemplars);
        self.square_sum += later.square_sum;
        if self.class_sums.is_empty() {
            self.class_sums = later.class_sums;
            return;
        }
        for (own, other) in self.class_sums.iter_mut().zip(later.class_sums) {
            *own += other;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Two classes, one layer of one channel: what a chunk of samples with these values teaches.
    fn chunk(first: usize, values: &[(u8, i8)]) -> Partial {
        let mut partial = Partial {
            classes: 2,
            confusion: ConfusionMatrix::new(2),
            kept_step: 1,
            layers: vec![LayerPartial::default()],
            ..Partial::default()
        };
        let mut channel = ChannelPartial {
            class_sums: vec![0.0; 2],
            ..ChannelPartial::default()
        };
        for (place, &(label, value)) in values.iter().enumerate() {
            let (truth, value) = (usize::from(label % 2), f32::from(value) / 4.0);
            partial.truths.push(truth as u32);
            partial.logits.extend([value, 0.0]);
            partial.confusion.add(truth, usize::from(value <= 0.0));
            partial.layers[0].kept.push(value);
            channel.moments.merge(Moments::of([value].into_iter()));
            channel.histogram.add(value);
            channel.exemplars.add(value, (first + place) as u32);
            channel.class_sums[truth] += f64::from(value);
            channel.square_sum += f64::from(value).powi(2);
        }
        partial.layers[0].channels.push(channel);
        partial
    }

    fn merged(parts: impl IntoIterator<Item = Partial>) -> Partial {
        let mut all = Partial::default();
        parts.into_iter().for_each(|part| all.merge(part));
        all
    }

    /// Equal but for what the order of sums rounds.
    fn is_near(a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
                _ => a == b,
            },
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_near(a, b))
            }
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .all(|(key, a)| b.get(key).is_some_and(|b| is_near(a, b)))
            }
            _ => a == b,
        }
    }

    fn json(partial: &Partial) -> Value {
        serde_json::to_value(partial).expect("JSON")
    }

    proptest! {
        #[test]
        fn any_cut_into_chunks_teaches_the_same(
            values in prop::collection::vec((0u8..2, -40i8..40), 0..40),
            cuts in (0usize..40, 0usize..40),
        ) {
            let (a, b) = (cuts.0.min(cuts.1).min(values.len()), cuts.0.max(cuts.1).min(values.len()));
            let part = |from: usize, to: usize| chunk(from, &values[from..to]);
            let whole = json(&merged([chunk(0, &values)]));
            let (first, second, third) = (part(0, a), part(a, b), part(b, values.len()));
            // One after the other, and the last two first; some may be empty.
            let left = merged([first.clone(), second.clone(), third.clone()]);
            let right = merged([first, merged([second, third])]);
            prop_assert!(is_near(&json(&left), &whole), "{} {whole}", json(&left));
            prop_assert!(is_near(&json(&right), &whole), "{} {whole}", json(&right));
            // Sample by sample.
            let singles = (0..values.len()).map(|at| part(at, at + 1));
            let singles = merged(std::iter::once(chunk(0, &[])).chain(singles));
            prop_assert!(is_near(&json(&singles), &whole));
        }

        #[test]
        fn nothing_changes_nothing(values in prop::collection::vec((0u8..2, -40i8..40), 0..9)) {
            let one = chunk(0, &values);
            let before = json(&one);
            prop_assert_eq!(&json(&merged([one.clone()])), &before);
            let mut with_nothing = one;
            with_nothing.merge(Partial::default());
            prop_assert_eq!(json(&with_nothing), before);
        }
    }
}
