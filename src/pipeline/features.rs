//! [`Features`]: what enters the last layer with a kernel, for every sample: what the network has made of an
//! image when all that is left to do is to weigh it up. Feature maps are averaged over their positions.

use serde::{Deserialize, Serialize};

use crate::model::{LayerId, Network};
use crate::stats::{Merge, SplitMix64};

/// Values kept of all samples together: 128 MiB. Beyond them the units are projected onto fewer numbers.
const MOST_VALUES: usize = 32 << 20;
/// Numbers kept of a sample however many there are.
const FEWEST: usize = 16;
const SEED: u64 = 0x5eed_fea7;

/// One row of numbers a sample, in the order of the samples.
///
/// All units are kept as long as the samples' rows fit into 128 MiB. Of more, `width` sums of the units with random
/// signs are kept, divided by √width (Achlioptas 2003, *Database-friendly random projections*): distances keep
/// their expected squares.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// The layer whose output they are; `None` for a network without a layer that has a kernel.
    pub layer: Option<LayerId>,
    /// Channels of that layer.
    pub units: usize,
    /// Numbers a sample: `units`, or fewer where they are projected.
    pub width: usize,
    /// `samples × width`, row after row. A unit that is not a number counts as 0.
    pub values: Vec<f32>,
}

impl Features {
    /// Of no sample yet, of a network that is to see `samples` of them.
    pub(super) fn new(network: &Network, samples: usize) -> Self {
        let Some(layer) = network.penultimate() else {
            return Self::default();
        };
        let units = network.layer(layer).shape.channels();
        Self {
            layer: Some(layer),
            units,
            width: units.min((MOST_VALUES / samples.max(1)).max(FEWEST)),
            values: Vec::new(),
        }
    }

    /// Takes the rows of a chunk, `samples × units`.
    pub(super) fn add(&mut self, means: &[f32]) {
        if !self.is_projected() {
            self.values.extend_from_slice(means);
            return;
        }
        let signs = signs(self.units, self.width);
        let scale = (self.width as f64).sqrt().recip();
        let mut sums = vec![0.0f64; self.width];
        for row in means.chunks_exact(self.units) {
            sums.fill(0.0);
            for (&value, signs) in row.iter().zip(signs.chunks_exact(self.width)) {
                for (sum, sign) in sums.iter_mut().zip(signs) {
                    *sum += f64::from(value) * sign;
                }
            }
            self.values
                .extend(sums.iter().map(|sum| (sum * scale) as f32));
        }
    }

    /// Whether the numbers are sums of units and not the units themselves.
    pub fn is_projected(&self) -> bool {
        self.width < self.units
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// The numbers of one sample.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn row(&self, sample: usize) -> &[f32] {
        &self.values[sample * self.width..(sample + 1) * self.width]
    }

    /// One row a sample.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> + Clone {
        self.values.chunks_exact(self.width.max(1))
    }
}

/// A sign for each unit and sum, unit after unit.
fn signs(units: usize, width: usize) -> Vec<f64> {
    let mut random = SplitMix64::new(SEED, 0);
    (0..units * width)
        .map(|_| if random.next() >> 63 == 0 { 1.0 } else { -1.0 })
        .collect()
}

impl Merge for Features {
    /// # Panics
    /// If both have samples and their rows differ in length: they are not of the same run.
    fn merge(&mut self, later: Self) {
        if self.layer.is_none() {
            *self = later;
            return;
        }
        if later.layer.is_none() {
            return;
        }
        assert_eq!(
            (self.units, self.width),
            (later.units, later.width),
            "features of the same run"
        );
        self.values.extend(later.values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn features(units: usize, width: usize) -> Features {
        Features {
            layer: Some(3),
            units,
            width,
            values: Vec::new(),
        }
    }

    #[test]
    fn units_are_kept_as_they_are_where_they_fit() {
        let mut kept = features(2, 2);
        kept.add(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((kept.len(), kept.row(1)), (2, &[3.0, 4.0][..]));
        assert!(!kept.is_projected());
        assert_eq!(
            (Features::default().len(), Features::default().rows().len()),
            (0, 0)
        );
    }

    #[test]
    fn a_projection_keeps_distances_nearly() {
        let (units, width) = (512, 128);
        let mut random = SplitMix64::new(1, 2);
        let rows: Vec<f32> = (0..20 * units).map(|_| random.unit() as f32).collect();
        let mut projected = features(units, width);
        projected.add(&rows);
        let distance = |a: &[f32], b: &[f32]| -> f64 {
            a.iter()
                .zip(b)
                .map(|(a, b)| f64::from(a - b).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        for sample in 1..20 {
            let wanted = distance(&rows[..units], &rows[sample * units..(sample + 1) * units]);
            let ratio = distance(projected.row(0), projected.row(sample)) / wanted;
            assert!((0.75..1.25).contains(&ratio), "{ratio}");
        }
    }

    proptest! {
        #[test]
        fn merged_parts_equal_the_whole(rows in prop::collection::vec([-9f32..9.0, -9f32..9.0, -9f32..9.0], 0..20), cut in 0usize..20, width in 1usize..4) {
            let cut = cut.min(rows.len());
            let of = |rows: &[[f32; 3]]| {
                let mut part = features(3, width);
                part.add(rows.as_flattened());
                part
            };
            let (mut merged, whole) = (of(&rows[..cut]), of(&rows));
            merged.merge(of(&rows[cut..]));
            prop_assert_eq!(&merged, &whole);
            let mut from_nothing = Features::default();
            from_nothing.merge(merged);
            from_nothing.merge(Features::default());
            prop_assert_eq!(from_nothing, whole);
        }
    }
}
