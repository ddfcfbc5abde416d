//! [`Seen`]: what a run of positions taught of a layer.

use super::behind::{count_zeros, derive};
use super::bins::Counts;
use super::sums::{Known, SHORT, Sums, WIDEST, measure};
use crate::engine::fused::affine::Affine;
use crate::engine::fused::simd::InstructionSet;
use crate::stats::Moments;

/// Values of a run of positions: it stays in the second-level cache, however many layers that work in
/// place pass over it.
const TOGETHER: usize = 16 * 1024;

/// Positions that are computed and measured together; depends on the shape alone.
pub fn chunk(channels: usize) -> usize {
    (TOGETHER / channels.max(1))
        .max(SHORT)
        .next_multiple_of(SHORT)
}

/// Channels that hold NaN or infinities, by channel, with the number of positions.
pub type Odd = Vec<(usize, u64, Moments)>;

/// What a run of positions taught.
#[derive(Default)]
pub struct Seen {
    pub(super) sums: Sums,
    work: Sums,
    /// Channels kept out of the sums.
    pub(super) odd: Odd,
    pub(super) counts: Counts,
}

impl Seen {
    /// Looks at values in the order position, channel; forgets all but the histograms of earlier ones.
    pub fn look(&mut self, set: InstructionSet, values: &[f32], channels: usize, known: Known<'_>) {
        self.odd.clear();
        measure(set, values, channels, known, &mut self.work, &mut self.sums);
        // A sum over all channels finds what is not finite in any of them.
        let all: f64 = self
            .sums
            .sums
            .iter()
            .zip(&self.sums.squares)
            .map(|(sum, squares)| sum + squares)
            .sum();
        if !all.is_finite() {
            self.set_apart(values, channels);
        }
    }

    /// What [`Self::look`] would find at values that `affine` made of those seen `before`, whose sums are relative to
    /// `shifts_before`.
    pub fn look_behind(
        &mut self,
        set: InstructionSet,
        values: &[f32],
        known: Known<'_>,
        affine: &Affine,
        (before, shifts_before): (&Self, &[f32]),
    ) {
        self.odd.clear();
        let channels = affine.channels();
        let count = (values.len() / channels.max(1)) as f64;
        // Narrow layers are measured in another order, and those without minima do not tell what becomes of them.
        let complete = channels >= WIDEST
            && before.odd.is_empty()
            && before.sums.minima.iter().all(|minimum| minimum.is_finite());
        let sums = (&before.sums, shifts_before);
        if complete && derive(set, affine, count, sums, (&mut self.sums, known.shifts)) {
            count_zeros(set, values, &mut self.sums.zeros);
        } else {
            self.look(set, values, channels, known);
        }
    }

    /// Counts the same values in histograms.
    pub fn count(&mut self, set: InstructionSet, values: &[f32], channels: usize) {
        self.counts.begin(channels);
        self.counts.add(set, values);
    }

    /// NaN and infinities: rare enough for the plain way, which keeps them apart.
    fn set_apart(&mut self, values: &[f32], channels: usize) {
        for channel in 0..channels {
            if !self.sums.is_finite(channel) {
                let moments = Moments::of(values.iter().skip(channel).step_by(channels).copied());
                self.odd
                    .push((channel, (values.len() / channels) as u64, moments));
                self.sums.forget(channel);
            }
        }
    }
}
