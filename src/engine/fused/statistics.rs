//! What a watch wants to know of a layer, gathered right after an image was computed, while its values
//! are still in cache.
//!
//! Sums are taken in `f32` over short runs of positions and in `f64` beyond, relative to a value near
//! the channel's mean: so the spread keeps its digits however far from zero the values lie. The order
//! of all sums depends on the shape alone, neither on threads nor on the instruction set.

use super::simd::{InstructionSet, Kernel, Simd};
use crate::model::Shape;
use crate::stats::{BINS, LayerSummary, LogHistogram, Merge, Moments};

/// Positions summed in `f32`.
const SHORT: usize = 64;

/// Positions that one thread measures at a time where an image is large.
pub const CHUNK: usize = 64 * SHORT;

/// Values whose bins are computed at a time.
const BINNED: usize = 4096;

/// Channels are measured in vectors of at most this many; layouts depend on it and on no instruction set.
const WIDEST: usize = 16;

/// Sums over some positions, one value a lane. A lane is a channel, or one of several that share a channel.
#[derive(Clone, Default)]
struct Sums {
    sums: Vec<f64>,
    squares: Vec<f64>,
    minima: Vec<f32>,
    maxima: Vec<f32>,
    zeros: Vec<f64>,
}

impl Sums {
    fn clear(&mut self, lanes: usize) {
        fn fill<T: Copy>(values: &mut Vec<T>, lanes: usize, value: T) {
            values.clear();
            values.resize(lanes, value);
        }
        fill(&mut self.sums, lanes, 0.0);
        fill(&mut self.squares, lanes, 0.0);
        fill(&mut self.minima, lanes, f32::INFINITY);
        fill(&mut self.maxima, lanes, f32::NEG_INFINITY);
        fill(&mut self.zeros, lanes, 0.0);
    }

    /// Takes in the sums of as many lanes.
    fn merge(&mut self, other: &Self) {
        fn each<T: Copy>(own: &mut [T], other: &[T], take: impl Fn(T, T) -> T) {
            for (own, &other) in own.iter_mut().zip(other) {
                *own = take(*own, other);
            }
        }
        each(&mut self.sums, &other.sums, |a, b| a + b);
        each(&mut self.squares, &other.squares, |a, b| a + b);
        each(
            &mut self.minima,
            &other.minima,
            |a, b| if b < a { b } else { a },
        );
        each(
            &mut self.maxima,
            &other.maxima,
            |a, b| if b > a { b } else { a },
        );
        each(&mut self.zeros, &other.zeros, |a, b| a + b);
    }

    /// Takes lane `from` of `other` into lane `to`.
    fn take(&mut self, to: usize, other: &Self, from: usize) {
        self.sums[to] += other.sums[from];
        self.squares[to] += other.squares[from];
        self.minima[to] = self.minima[to].min(other.minima[from]);
        self.maxima[to] = self.maxima[to].max(other.maxima[from]);
        self.zeros[to] += other.zeros[from];
    }

    /// Adds one value, the plain way.
    fn add(&mut self, lane: usize, value: f32, shift: f32) {
        let difference = value - shift;
        self.sums[lane] += f64::from(difference);
        self.squares[lane] += f64::from(difference) * f64::from(difference);
        self.minima[lane] = self.minima[lane].min(value);
        self.maxima[lane] = self.maxima[lane].max(value);
        self.zeros[lane] += f64::from(u8::from(value == 0.0));
    }
}

/// How positions and channels become lanes: `together` positions side by side make a row of
/// `together · channels` values that fills whole vectors.
#[derive(Clone, Copy)]
struct Lanes {
    channels: usize,
    together: usize,
}

impl Lanes {
    fn new(channels: usize) -> Self {
        // Narrow layers waste most of a vector; wide ones little on their last one.
        let mut together = 1;
        while channels < WIDEST && !(channels * together).is_multiple_of(WIDEST) {
            together *= 2;
        }
        Self { channels, together }
    }

    fn count(self) -> usize {
        self.channels * self.together
    }
}

/// Measures values in the order position, channel. `sums` holds one lane a channel afterwards.
fn measure(
    set: InstructionSet,
    values: &[f32],
    channels: usize,
    shifts: &[f32],
    work: &mut Sums,
    sums: &mut Sums,
) {
    let lanes = Lanes::new(channels);
    sums.clear(channels);
    if lanes.together == 1 {
        set.run(Rows {
            values,
            lanes: channels,
            shifts,
            sums,
        });
        return;
    }
    work.clear(lanes.count());
    let rows = values.len() / lanes.count();
    let (whole, rest) = values.split_at(rows * lanes.count());
    set.run(Rows {
        values: whole,
        lanes: lanes.count(),
        shifts,
        sums: work,
    });
    for lane in 0..lanes.count() {
        sums.take(lane % channels, work, lane);
    }
    for (place, &value) in rest.iter().enumerate() {
        sums.add(place % channels, value, shifts[place % channels]);
    }
}

/// Rows of lanes; `shifts` holds one value a lane.
struct Rows<'a> {
    values: &'a [f32],
    lanes: usize,
    shifts: &'a [f32],
    sums: &'a mut Sums,
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            values,
            lanes,
            shifts,
            sums,
        } = self;
        let rows = values.len() / lanes;
        assert!(values.len() == rows * lanes && shifts.len() >= lanes && lanes >= S::LANES);
        assert!(
            [sums.sums.len(), sums.squares.len(), sums.zeros.len()]
                .iter()
                .all(|&len| len >= lanes)
        );
        assert!(sums.minima.len() >= lanes && sums.maxima.len() >= lanes);
        let mut lane = 0;
        while lane + 2 * S::LANES <= lanes {
            // SAFETY: two vectors from `lane` on lie within each row and within `shifts`.
            unsafe { columns::<S, 2>(simd, values, lanes, lane, 0, shifts, sums) };
            lane += 2 * S::LANES;
        }
        while lane < lanes {
            // The last vector overlaps the one before it where the lanes do not fill it.
            let start = lane.min(lanes - S::LANES);
            // SAFETY: one vector from `start` on lies within each row and within `shifts`.
            unsafe { columns::<S, 1>(simd, values, lanes, start, lane - start, shifts, sums) };
            lane += S::LANES;
        }
    }
}

/// `N` vectors of lanes over all rows, the first `known` of which are counted already.
///
/// # Safety
/// `lane + N · LANES ≤ lanes`, `values` holds whole rows of `lanes`, and `shifts` one.
#[inline(always)]
unsafe fn columns<S: Simd, const N: usize>(
    s: S,
    values: &[f32],
    lanes: usize,
    lane: usize,
    known: usize,
    shifts: &[f32],
    sums: &mut Sums,
) {
    let mut minima = [s.splat(f32::INFINITY); N];
    let mut maxima = [s.splat(f32::NEG_INFINITY); N];
    let mut zeros = [s.splat(0.0); N];
    let mut shift = [s.splat(0.0); N];
    for (n, shift) in shift.iter_mut().enumerate() {
        // SAFETY: the caller's promise; so below.
        *shift = unsafe { s.load(shifts.as_ptr().add(lane + n * S::LANES)) };
    }
    for short in values.chunks(SHORT * lanes) {
        let mut total = [s.splat(0.0); N];
        let mut squares = [s.splat(0.0); N];
        for row in short.chunks_exact(lanes) {
            for n in 0..N {
                // SAFETY: the row has `lanes` values.
                let value = unsafe { s.load(row.as_ptr().add(lane + n * S::LANES)) };
                let difference = s.sub(value, shift[n]);
                total[n] = s.add(total[n], difference);
                squares[n] = s.mul_add(difference, difference, squares[n]);
                minima[n] = s.min(value, minima[n]);
                maxima[n] = s.max(value, maxima[n]);
                zeros[n] = s.count_zeros(zeros[n], value);
            }
        }
        for n in 0..N {
            let at = lane + n * S::LANES;
            fold(s, total[n], known, &mut sums.sums[at..], |sum, value| {
                *sum += f64::from(value)
            });
            fold(
                s,
                squares[n],
                known,
                &mut sums.squares[at..],
                |sum, value| *sum += f64::from(value),
            );
        }
    }
    for n in 0..N {
        let at = lane + n * S::LANES;
        fold(s, zeros[n], known, &mut sums.zeros[at..], |sum, value| {
            *sum += f64::from(value.to_bits())
        });
        fold(
            s,
            minima[n],
            known,
            &mut sums.minima[at..],
            |minimum, value| *minimum = value,
        );
        fold(
            s,
            maxima[n],
            known,
            &mut sums.maxima[at..],
            |maximum, value| *maximum = value,
        );
    }
}

/// Takes the lanes of a vector, but for the first `known`, into as many totals.
#[inline(always)]
fn fold<S: Simd, T>(
    simd: S,
    vector: S::Vector,
    known: usize,
    totals: &mut [T],
    take: impl Fn(&mut T, f32),
) {
    let mut lanes = [0.0f32; WIDEST];
    // SAFETY: no vector is longer than `WIDEST`.
    unsafe { simd.store(lanes.as_mut_ptr(), vector) };
    let totals = &mut totals[..S::LANES];
    if known == 0 {
        // A loop of known length, which becomes vectors.
        for lane in 0..S::LANES {
            take(&mut totals[lane], lanes[lane]);
        }
        return;
    }
    for lane in known..S::LANES {
        take(&mut totals[lane], lanes[lane]);
    }
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

/// The histogram of a channel, whose counts begin again at zero.
fn histogram(counts: &mut [u32; BINS + 1]) -> LogHistogram {
    let mut histogram = LogHistogram::default();
    if let Some(counts) = counts.first_chunk() {
        histogram.add_counts(counts);
    }
    counts.fill(0);
    histogram
}

/// Statistics of one layer over one batch, growing image by image.
#[derive(Default)]
pub struct Gatherer {
    channels: usize,
    positions: usize,
    /// A value near the mean of each channel, repeated for every lane; empty before the first image.
    shifts: Vec<f32>,
    totals: Sums,
    /// Values in [`Self::totals`].
    count: u64,
    /// Channels of images that hold NaN or infinities, counted by themselves.
    odd: Vec<(usize, u64, Moments)>,
    /// Values in each bin of each channel, and those in none.
    counts: Vec<[u32; BINS + 1]>,
    bins: Vec<u8>,
    /// Whether any image of the batch was counted.
    counted: bool,
    peaks: Vec<f32>,
    means: Vec<f32>,
    /// Sums of the image at hand.
    work: Sums,
    image: Sums,
    chunk: Sums,
}

impl Gatherer {
    /// Begins a batch.
    pub fn begin(&mut self, shape: &Shape, samples: usize) {
        (self.channels, self.positions, self.count) = (shape.channels(), shape.positions(), 0);
        self.shifts.clear();
        self.totals.clear(self.channels);
        self.odd.clear();
        // Emptied again as soon as a batch has counted.
        self.counts.resize(self.channels, [0; BINS + 1]);
        self.peaks = Vec::with_capacity(samples * self.channels);
        self.means = Vec::with_capacity(samples * self.channels);
    }

    /// Takes the next images; `counted` tells which of them go into the histograms.
    pub fn add(&mut self, set: InstructionSet, values: &[f32], counted: impl Fn(usize) -> bool) {
        let elements = self.positions * self.channels;
        if elements == 0 || values.is_empty() {
            return;
        }
        if self.shifts.is_empty() {
            self.choose_shifts(&values[..elements]);
        }
        for (number, image) in values.chunks_exact(elements).enumerate() {
            if counted(number) {
                self.count_values(set, image);
            }
        }
        if self.positions == 1 {
            // Vectors: the samples take the place of positions.
            self.peaks.extend_from_slice(values);
            self.means.extend(
                values
                    .iter()
                    .map(|value| if value.is_nan() { 0.0 } else { *value }),
            );
            self.measure(set, values);
            self.total(values, false);
        } else {
            for image in values.chunks_exact(elements) {
                self.measure(set, image);
                self.total(image, true);
            }
        }
    }

    /// The mean of some positions of the first image.
    fn choose_shifts(&mut self, image: &[f32]) {
        let lanes = Lanes::new(self.channels);
        let positions = self.positions.min(2 * SHORT);
        // Spread over the image, as its first rows may be unlike the rest.
        let step = (self.positions / positions).max(1);
        let mut shifts = vec![0.0f32; self.channels];
        for position in 0..positions {
            let start = position * step * self.channels;
            for (shift, &value) in shifts.iter_mut().zip(&image[start..start + self.channels]) {
                *shift += value / positions as f32;
            }
        }
        let finite = |shift: f32| if shift.is_finite() { shift } else { 0.0 };
        self.shifts
            .extend((0..lanes.count()).map(|lane| finite(shifts[lane % self.channels])));
    }

    /// Fills [`Self::image`] chunk by chunk.
    fn measure(&mut self, set: InstructionSet, values: &[f32]) {
        let chunk = CHUNK * self.channels;
        if values.len() <= chunk {
            measure(
                set,
                values,
                self.channels,
                &self.shifts,
                &mut self.work,
                &mut self.image,
            );
            return;
        }
        self.image.clear(self.channels);
        for values in values.chunks(chunk) {
            measure(
                set,
                values,
                self.channels,
                &self.shifts,
                &mut self.work,
                &mut self.chunk,
            );
            self.image.merge(&self.chunk);
        }
    }

    /// Takes the sums of an image into those of the batch.
    fn total(&mut self, values: &[f32], per_sample: bool) {
        let count = (values.len() / self.channels) as f64;
        self.count += count as u64;
        // A sum over all channels finds what is not finite in any of them.
        let all: f64 = self
            .image
            .sums
            .iter()
            .zip(&self.image.squares)
            .map(|(sum, squares)| sum + squares)
            .sum();
        if all.is_finite() {
            self.totals.merge(&self.image);
            if per_sample {
                self.peaks.extend_from_slice(&self.image.maxima);
                let (share, means) = (1.0 / count, self.image.sums.iter().zip(&self.shifts));
                self.means
                    .extend(means.map(|(sum, &shift)| (f64::from(shift) + sum * share) as f32));
            }
            return;
        }
        for channel in 0..self.channels {
            if (self.image.sums[channel] + self.image.squares[channel]).is_finite() {
                self.totals.take(channel, &self.image, channel);
                if per_sample {
                    self.peaks.push(self.image.maxima[channel]);
                    self.means.push(
                        (f64::from(self.shifts[channel]) + self.image.sums[channel] * (1.0 / count))
                            as f32,
                    );
                }
            } else {
                self.odd_channel(values, channel, per_sample);
            }
        }
    }

    /// NaN and infinities: rare enough for the plain way, which keeps them apart.
    fn odd_channel(&mut self, values: &[f32], channel: usize, per_sample: bool) {
        let moments = Moments::of(values.iter().skip(channel).step_by(self.channels).copied());
        if per_sample {
            self.peaks.push(if moments.nans > 0 {
                f32::NAN
            } else {
                moments.max
            });
            self.means.push(moments.mean as f32);
        }
        self.odd
            .push((channel, (values.len() / self.channels) as u64, moments));
    }

    /// Counts the values of one image in histograms.
    fn count_values(&mut self, set: InstructionSet, image: &[f32]) {
        self.counted = true;
        // First the bins, in vectors, of as many values as stay in the first-level cache; then the counts.
        let together = (BINNED / self.channels).max(1) * self.channels;
        self.bins.resize(together, 0);
        for values in image.chunks(together) {
            let bins = &mut self.bins[..values.len()];
            set.run(Bins {
                values,
                bins: &mut *bins,
            });
            for bins in bins.chunks_exact(self.channels) {
                for (counts, &bin) in self.counts.iter_mut().zip(bins) {
                    counts[usize::from(bin)] += 1;
                }
            }
        }
    }

    /// Ends the batch.
    pub fn finish(&mut self) -> LayerSummary {
        let mut moments: Vec<Moments> = (0..self.channels)
            .map(|channel| self.moments(channel))
            .collect();
        for (channel, _, odd) in self.odd.drain(..) {
            moments[channel].merge(odd);
        }
        LayerSummary {
            moments,
            histograms: self.histograms(),
            peaks: std::mem::take(&mut self.peaks),
            means: std::mem::take(&mut self.means),
        }
    }

    fn histograms(&mut self) -> Vec<LogHistogram> {
        if std::mem::take(&mut self.counted) {
            return self.counts.iter_mut().map(histogram).collect();
        }
        vec![LogHistogram::default(); self.channels]
    }

    fn moments(&self, channel: usize) -> Moments {
        let apart: u64 = self
            .odd
            .iter()
            .filter(|odd| odd.0 == channel)
            .map(|odd| odd.1)
            .sum();
        let count = self.count - apart;
        if count == 0 {
            return Moments::default();
        }
        let (sum, squares) = (self.totals.sums[channel], self.totals.squares[channel]);
        Moments {
            count,
            mean: f64::from(self.shifts[channel]) + sum / count as f64,
            squares: (squares - sum * sum / count as f64).max(0.0),
            min: self.totals.minima[channel],
            max: self.totals.maxima[channel],
            zeros: self.totals.zeros[channel] as u64,
            nans: 0,
        }
    }
}
