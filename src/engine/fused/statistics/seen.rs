//! [`Seen`]: what a run of positions taught of a layer.

use super::behind::{count_zeros, derive};
use super::bins::Counts;
use super::sums::{Known, SHORT, Sums, WIDEST, measure};
use crate::engine::fused::affine::Affine;
use crate::engine::fused::simd::InstructionSet;
use crate::stats::{Moments, position_step};

/// Values of a run of positions: it stays in the second-level cache, however many layers that work in
/// place pass over it.
const TOGETHER: usize = 16 * 1024;

/// Fewest positions of a piece: what each costs a channel is shared by so many.
const FEWEST: usize = 4 * SHORT;

/// Positions that are computed and measured together; depends on the shape alone.
pub fn chunk(channels: usize) -> usize {
    (TOGETHER / channels.max(1))
        .max(FEWEST)
        .next_multiple_of(SHORT)
}

/// Channels that hold NaN or infinities, by channel, with the number of positions.
pub type Odd = Vec<(usize, u64, Moments)>;

/// What was seen of the same positions in the layer before.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    pub sums: &'a Sums,
    /// Whether all of it is in the sums.
    pub is_finite: bool,
    /// What they are relative to.
    pub shifts: &'a [f32],
}

impl Before<'_> {
    /// Whether a layer behind it can be told from it: minima are missing where they are known otherwise.
    pub fn is_complete(&self) -> bool {
        let minima = &self.sums.minima;
        self.is_finite && minima.iter().all(|minimum| minimum.is_finite())
    }
}

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
        if !self.is_finite() {
            self.set_apart(values, channels);
        }
    }

    /// Nothing seen yet.
    pub(super) fn begin(&mut self, channels: usize) {
        self.odd.clear();
        self.sums.clear(channels);
    }

    /// Whether all of what was seen is finite: a sum over all channels tells.
    pub(super) fn is_finite(&self) -> bool {
        let sums = self.sums.sums.iter().zip(&self.sums.squares);
        let all: f64 = sums.map(|(sum, squares)| sum + squares).sum();
        all.is_finite()
    }

    /// What [`Self::look`] would find at values that `affine` made of those seen `before`.
    pub fn look_behind(
        &mut self,
        set: InstructionSet,
        values: &[f32],
        known: Known<'_>,
        affine: &Affine,
        before: Before<'_>,
    ) {
        self.odd.clear();
        let channels = affine.channels();
        let count = (values.len() / channels.max(1)) as f64;
        // Narrow layers are measured in another order.
        let complete = channels >= WIDEST && before.is_complete();
        let sums = (before.sums, before.shifts);
        if complete && derive(set, affine, count, sums, (&mut self.sums, known.shifts)) {
            count_zeros(set, values, &mut self.sums.zeros);
        } else {
            self.look(set, values, channels, known);
        }
    }

    /// For the layer behind it.
    pub fn before<'a>(&'a self, shifts: &'a [f32]) -> Before<'a> {
        Before {
            sums: &self.sums,
            is_finite: self.odd.is_empty(),
            shifts,
        }
    }

    /// Counts the same values, which are those of a map of `positions` from `start` on, in histograms.
    pub fn count(
        &mut self,
        set: InstructionSet,
        values: &[f32],
        channels: usize,
        (start, positions): (usize, usize),
    ) {
        self.counts.begin(channels);
        self.counts
            .add(set, values, start, position_step(positions));
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
