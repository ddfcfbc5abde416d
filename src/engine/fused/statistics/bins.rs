//! [`Counts`]: the values in each bin of each channel.

use crate::engine::fused::simd::{InstructionSet, Kernel, Simd};
use crate::stats::{BINS, LogHistogram};

/// Values whose bins are computed at a time.
const BINNED: usize = 4096;
/// Channels whose counts stay in the first-level cache together.
const CHANNELS: usize = 64;

/// Values in each bin of each channel, and those in none.
#[derive(Default)]
pub struct Counts {
    channels: Vec<[u32; BINS + 1]>,
    bins: Vec<u8>,
    /// Whether anything was counted.
    counted: bool,
}

impl Counts {
    /// No counts yet: what was counted before has been taken out by [`Self::finish`].
    pub fn begin(&mut self, channels: usize) {
        self.channels.resize(channels, [0; BINS + 1]);
    }

    /// Counts values in the order position, channel: of the positions from `start` of a map on those whose number is a multiple of
    /// `step`.
    pub fn add(&mut self, set: InstructionSet, values: &[f32], start: usize, step: usize) {
        self.counted = true;
        let channels = self.channels.len().max(1);
        // First the bins, in vectors, of as many positions as stay in the first-level cache; then the counts.
        let together = (BINNED / channels).max(1);
        self.bins.resize(together * channels, 0);
        let first = start.next_multiple_of(step) - start;
        let values = values.get(first * channels..).unwrap_or_default();
        for values in values.chunks(together * step * channels) {
            let positions = (values.len() / channels).div_ceil(step);
            let bins = &mut self.bins[..positions * channels];
            set.run(Bins {
                values,
                apart: step * channels,
                channels,
                bins: &mut *bins,
            });
            for (group, counts) in self.channels.chunks_mut(CHANNELS).enumerate() {
                let first = group * CHANNELS;
                for bins in bins.chunks_exact(channels) {
                    for (counts, &bin) in counts.iter_mut().zip(&bins[first..]) {
                        counts[usize::from(bin)] += 1;
                    }
                }
            }
        }
    }

    /// Takes in the counts of as many channels.
    pub fn merge(&mut self, other: &Self) {
        self.counted |= other.counted;
        for (own, other) in self.channels.iter_mut().zip(&other.channels) {
            for (own, other) in own.iter_mut().zip(other) {
                *own += other;
            }
        }
    }

    /// The histograms; counts begin again at zero.
    pub fn finish(&mut self) -> Vec<LogHistogram> {
        if std::mem::take(&mut self.counted) {
            return self.channels.iter_mut().map(histogram).collect();
        }
        vec![LogHistogram::default(); self.channels.len()]
    }
}

fn histogram(counts: &mut [u32; BINS + 1]) -> LogHistogram {
    let mut histogram = LogHistogram::default();
    if let Some(counts) = counts.first_chunk() {
        histogram.add_counts(counts);
    }
    counts.fill(0);
    histogram
}

/// The bins of some positions, the first of every `apart` values.
struct Bins<'a> {
    values: &'a [f32],
    apart: usize,
    channels: usize,
    bins: &'a mut [u8],
}

impl Kernel for Bins<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        // The compiler turns this into vectors of the instruction set.
        #[inline(always)]
        fn bins(values: &[f32], bins: &mut [u8]) {
            for (bin, &value) in bins.iter_mut().zip(values) {
                *bin = LogHistogram::bin(value) as u8;
            }
        }
        if self.apart == self.channels {
            bins(self.values, self.bins);
            return;
        }
        let positions = self.values.chunks(self.apart);
        for (values, of) in positions.zip(self.bins.chunks_exact_mut(self.channels)) {
            bins(values, of);
        }
    }
}
