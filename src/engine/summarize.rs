//! From a layer's output to its [`LayerSummary`], for back ends that do not gather it in their kernels.
//!
//! This runs over every value of every layer of every image, so it is written for the vector unit:
//! one pass over contiguous values, with as many independent accumulators as hide the latency of
//! adding.

use super::FeatureMaps;
use crate::stats::{LayerSummary, LogHistogram, Merge, Moments, position_step};

/// Accumulators side by side.
const LANES: usize = 8;

/// Histograms counted side by side: values that follow each other often fall into the same bin (the
/// zeros of a ReLU), and counting twice in one place has to wait for the first time.
const HISTOGRAMS: usize = 4;

/// Statistics of a batch, channel for channel; `counted` tells which samples go into the histograms, with one in
/// [`position_step`] of their positions.
///
/// Means leave NaN out, as [`Moments`] do; a channel of nothing but NaN has the mean 0.
pub fn summarize(maps: FeatureMaps<'_>, counted: impl Fn(usize) -> bool) -> LayerSummary {
    let (samples, channels) = (maps.samples(), maps.shape().channels());
    let mut summary = LayerSummary {
        moments: vec![Moments::default(); channels],
        histograms: Vec::with_capacity(channels),
        peaks: vec![0.0; samples * channels],
        means: vec![0.0; samples * channels],
    };
    if maps.shape().positions() == 1 {
        summarize_vectors(maps, counted, &mut summary);
    } else {
        summarize_images(maps, counted, &mut summary);
    }
    summary
}

/// One value a channel and sample: the column of a channel is one run of values.
fn summarize_vectors(
    maps: FeatureMaps<'_>,
    counted: impl Fn(usize) -> bool,
    summary: &mut LayerSummary,
) {
    let channels = maps.shape().channels();
    let mut column = Vec::with_capacity(maps.samples());
    for channel in 0..channels {
        column.clear();
        column.extend((0..maps.samples()).map(|sample| maps.sample(sample)[channel]));
        for (sample, &value) in column.iter().enumerate() {
            let place = sample * channels + channel;
            summary.peaks[place] = value;
            summary.means[place] = if value.is_nan() { 0.0 } else { value };
        }
        summary.moments[channel] = moments(&column);
        let mut histogram = LogHistogram::default();
        for (sample, &value) in column.iter().enumerate() {
            if counted(sample) {
                histogram.add(value);
            }
        }
        summary.histograms.push(histogram);
    }
}

fn summarize_images(
    maps: FeatureMaps<'_>,
    counted: impl Fn(usize) -> bool,
    summary: &mut LayerSummary,
) {
    let (samples, channels) = (maps.samples(), maps.shape().channels());
    let mut gathered = Vec::new();
    let step = position_step(maps.shape().positions());
    for channel in 0..channels {
        let mut histograms: [LogHistogram; HISTOGRAMS] =
            std::array::from_fn(|_| LogHistogram::default());
        for sample in 0..samples {
            let values = match maps.channel_slice(sample, channel) {
                Some(values) => values,
                None => {
                    gathered.clear();
                    gathered.extend(maps.channel(sample, channel));
                    gathered.as_slice()
                }
            };
            let moments = moments(values);
            if counted(sample) && step == 1 {
                count(values, &mut histograms);
            } else if counted(sample) {
                let some = values.iter().step_by(step);
                some.for_each(|&value| histograms[0].add(value));
            }
            let place = sample * channels + channel;
            summary.peaks[place] = if moments.nans > 0 {
                f32::NAN
            } else {
                moments.max
            };
            summary.means[place] = moments.mean as f32;
            summary.moments[channel].merge(moments);
        }
        summary.histograms.push(merged(histograms));
    }
}

fn merged(histograms: [LogHistogram; HISTOGRAMS]) -> LogHistogram {
    let mut merged = LogHistogram::default();
    for histogram in histograms {
        merged.merge(histogram);
    }
    merged
}

fn count(values: &[f32], histograms: &mut [LogHistogram; HISTOGRAMS]) {
    let chunks = values.chunks_exact(HISTOGRAMS);
    for (histogram, &value) in histograms.iter_mut().zip(chunks.remainder()) {
        histogram.add(value);
    }
    for chunk in chunks {
        for (histogram, &value) in histograms.iter_mut().zip(chunk) {
            histogram.add(value);
        }
    }
}

/// Running sums of one lane.
#[derive(Clone, Copy)]
struct Lanes {
    sums: [f64; LANES],
    squares: [f64; LANES],
    minima: [f32; LANES],
    maxima: [f32; LANES],
    zeros: [u32; LANES],
}

impl Lanes {
    const EMPTY: Self = Self {
        sums: [0.0; LANES],
        squares: [0.0; LANES],
        minima: [f32::INFINITY; LANES],
        maxima: [f32::NEG_INFINITY; LANES],
        zeros: [0; LANES],
    };

    #[inline(always)]
    fn add(&mut self, lane: usize, value: f32, shift: f64) {
        let difference = f64::from(value) - shift;
        self.sums[lane] += difference;
        self.squares[lane] += difference * difference;
        self.minima[lane] = if value < self.minima[lane] {
            value
        } else {
            self.minima[lane]
        };
        self.maxima[lane] = if value > self.maxima[lane] {
            value
        } else {
            self.maxima[lane]
        };
        self.zeros[lane] += u32::from(value == 0.0);
    }
}

/// Moments in one pass, with sums relative to the first value.
///
/// The shift is one of the values itself, so the sum of squares loses at most a factor of the number
/// of values to cancellation: 10⁻¹² for an image of 100×100.
fn moments(values: &[f32]) -> Moments {
    let Some(&first) = values.first() else {
        return Moments::default();
    };
    let shift = f64::from(first);
    let mut lanes = Lanes::EMPTY;
    let chunks = values.chunks_exact(LANES);
    for (lane, &value) in chunks.remainder().iter().enumerate() {
        lanes.add(lane, value, shift);
    }
    for chunk in chunks {
        for (lane, &value) in chunk.iter().enumerate() {
            lanes.add(lane, value, shift);
        }
    }
    let sum: f64 = lanes.sums.iter().sum();
    if !sum.is_finite() {
        // NaN, or infinities: rare enough for the slow way, which keeps them apart.
        return Moments::of(values.iter().copied());
    }
    let count = values.len() as f64;
    Moments {
        count: values.len() as u64,
        mean: shift + sum / count,
        squares: (lanes.squares.iter().sum::<f64>() - sum * sum / count).max(0.0),
        min: lanes.minima.into_iter().fold(f32::INFINITY, f32::min),
        max: lanes.maxima.into_iter().fold(f32::NEG_INFINITY, f32::max),
        zeros: lanes.zeros.iter().map(|&zeros| u64::from(zeros)).sum(),
        nans: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;
    use proptest::prelude::*;

    #[test]
    fn both_memory_orders_give_the_same_summary() {
        let shape = Shape::image(3, 5, 2);
        let first: Vec<f32> = (0..60)
            .map(|place| ((place * 37) % 11) as f32 - 4.0)
            .collect();
        let mut last = vec![0.0; 60];
        for sample in 0..2 {
            for channel in 0..2 {
                for position in 0..15 {
                    last[sample * 30 + position * 2 + channel] =
                        first[sample * 30 + channel * 15 + position];
                }
            }
        }
        let one = summarize(FeatureMaps::channels_first(&first, 2, &shape), |_| true);
        let other = summarize(FeatureMaps::channels_last(&last, 2, &shape), |_| true);
        assert_eq!(one, other);
        assert_eq!(one.histograms[0].total(), 30);
        assert_eq!(
            one.peaks[1],
            first[15..30].iter().copied().fold(f32::MIN, f32::max)
        );
        assert!((one.means[2] - first[30..45].iter().sum::<f32>() / 15.0).abs() < 1e-6);
    }

    #[test]
    fn nan_shows_in_the_peak_and_nowhere_else() {
        let shape = Shape::image(1, 3, 1);
        let summary = summarize(
            FeatureMaps::channels_first(&[1.0, f32::NAN, 3.0], 1, &shape),
            |_| true,
        );
        assert!(summary.peaks[0].is_nan());
        assert_eq!(
            (
                summary.means[0],
                summary.moments[0].nans,
                summary.moments[0].count
            ),
            (2.0, 1, 2)
        );
    }

    #[test]
    fn a_vector_is_its_own_peak_and_mean() {
        let shape = Shape::vector(2);
        let summary = summarize(
            FeatureMaps::channels_last(&[1.0, 2.0, 3.0, f32::NAN], 2, &shape),
            |_| true,
        );
        assert_eq!(summary.peaks[..3], [1.0, 2.0, 3.0]);
        assert!(summary.peaks[3].is_nan());
        assert_eq!(summary.means, [1.0, 2.0, 3.0, 0.0]);
        assert_eq!(
            (
                summary.moments[0].mean,
                summary.moments[0].squares,
                summary.moments[1].nans
            ),
            (2.0, 2.0, 1)
        );
        assert_eq!(
            (summary.histograms[0].total(), summary.histograms[1].total()),
            (2, 1)
        );
    }

    #[test]
    fn histograms_count_the_samples_that_are_asked_for() {
        let values = [1.0f32; 12];
        for shape in [Shape::image(1, 3, 1), Shape::vector(3)] {
            let summary = summarize(FeatureMaps::channels_last(&values, 4, &shape), |sample| {
                sample % 2 == 0
            });
            let counted: u64 = summary.histograms.iter().map(LogHistogram::total).sum();
            let seen: u64 = summary.moments.iter().map(|moments| moments.count).sum();
            assert_eq!((counted, seen), (6, 12), "{shape}");
        }
    }

    #[test]
    fn an_offset_far_from_zero_keeps_the_spread() {
        let values: Vec<f32> = (0..1000)
            .map(|step| 4096.0 + (step % 7) as f32 / 1024.0)
            .collect();
        let (fast, slow) = (moments(&values), Moments::of(values.iter().copied()));
        assert!(
            (fast.squares - slow.squares).abs() <= 1e-9 * slow.squares,
            "{fast:?} {slow:?}"
        );
    }

    proptest! {
        #[test]
        fn one_pass_gives_the_moments_of_two(values in prop::collection::vec(-100f32..100.0, 0..70)) {
            let (fast, slow) = (moments(&values), Moments::of(values.iter().copied()));
            prop_assert_eq!((fast.count, fast.zeros, fast.min, fast.max, fast.nans), (slow.count, slow.zeros, slow.min, slow.max, slow.nans));
            prop_assert!((fast.mean - slow.mean).abs() <= 1e-9 * (1.0 + slow.mean.abs()));
            prop_assert!((fast.squares - slow.squares).abs() <= 1e-9 * (1.0 + slow.squares));
        }
    }
}
