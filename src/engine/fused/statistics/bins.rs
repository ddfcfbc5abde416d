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

    /// Counts values in the order position, channel.
    pub fn add(&mut self, set: InstructionSet, values: &[f32]) {
        self.counted = true;
        let channels = self.channels.len().max(1);
        // First the bins, in vectors, of as many values as stay in the first-level cache; then the counts.
        let together = (BINNED / channels).max(1) * channels;
        self.bins.resize(together, 0);
        for values in values.chunks(together) {
            let bins = &mut self.bins[..values.len()];
            set.run(Bins {
                values,
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

/// The bins of some values.
struct Bins<'a> {
    values: &'a [f32],
    bins: &'a mut [u8],
}

impl Kernel for Bins<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        // The compiler turns this into vectors of the instruction set.
        for (bin, &value) in self.bins.iter_mut().zip(self.values) {
            *bin = LogHistogram::bin(value) as u8;
        }
    }
}
