//! [`Gatherer`]: the statistics of one layer over one batch.

use super::bins::Counts;
use super::seen::{Before, Odd, Seen, chunk};
use super::sums::{Known, Lanes, SHORT, Sums};
use super::through::Through;
use crate::engine::fused::affine::Affine;
use crate::engine::fused::simd::InstructionSet;
use crate::model::Shape;
use crate::stats::{LayerSummary, Merge, Moments, position_step};

/// Statistics of one layer over one batch, growing image by image.
#[derive(Default)]
pub struct Gatherer {
    channels: usize,
    positions: usize,
    /// Whether no value is below zero.
    nonnegative: bool,
    /// A value near the mean of each channel, repeated for every lane; empty before the first image.
    shifts: Vec<f32>,
    totals: Sums,
    /// Values in [`Self::totals`].
    count: u64,
    /// Channels of pieces that hold NaN or infinities, counted by themselves.
    odd: Odd,
    counts: Counts,
    peaks: Vec<f32>,
    means: Vec<f32>,
    /// Whether anything of the image at hand was looked at.
    has_begun: bool,
    /// Positions of it that were.
    looked_at: usize,
    /// Sums of the image at hand, and what is kept out of them.
    image: Sums,
    image_odd: Odd,
    /// The piece at hand.
    seen: Seen,
}

impl Gatherer {
    /// Begins a batch.
    pub fn begin(&mut self, shape: &Shape, samples: usize, nonnegative: bool) {
        self.nonnegative = nonnegative;
        (self.channels, self.positions, self.count) = (shape.channels(), shape.positions(), 0);
        self.shifts.clear();
        self.totals.clear(self.channels);
        self.odd.clear();
        self.image_odd.clear();
        (self.has_begun, self.looked_at) = (false, 0);
        self.counts.begin(self.channels);
        self.peaks = Vec::with_capacity(samples * self.channels);
        self.means = Vec::with_capacity(samples * self.channels);
    }

    /// Takes the next images; `counted` tells which of them go into the histograms.
    pub fn add(&mut self, set: InstructionSet, values: &[f32], counted: impl Fn(usize) -> bool) {
        let elements = self.positions * self.channels;
        if elements == 0 || values.is_empty() {
            return;
        }
        if self.wants_shifts() {
            self.choose_shifts(&sample(&values[..elements], self.channels));
        }
        if self.positions == 1 {
            self.add_vectors(set, values, counted);
            return;
        }
        for (number, image) in values.chunks_exact(elements).enumerate() {
            let counted = counted(number);
            for piece in image.chunks(chunk(self.channels) * self.channels) {
                self.look(set, piece, counted);
            }
            self.end_image(set);
        }
    }

    /// Vectors: the samples take the place of positions.
    fn add_vectors(
        &mut self,
        set: InstructionSet,
        values: &[f32],
        counted: impl Fn(usize) -> bool,
    ) {
        for (number, vector) in values.chunks_exact(self.channels).enumerate() {
            if counted(number) {
                self.counts.add(set, vector, 0, 1);
            }
        }
        self.peaks.extend_from_slice(values);
        let finite = |value: &f32| if value.is_nan() { 0.0 } else { *value };
        self.means.extend(values.iter().map(finite));
        let known = known(&self.shifts, &self.totals, self.nonnegative);
        self.seen.look(set, values, self.channels, known);
        self.count += (values.len() / self.channels) as u64;
        self.totals.merge(set, &self.seen.sums);
        self.odd.append(&mut self.seen.odd);
    }

    /// Whether [`Self::choose_shifts`] is still to be called in this batch.
    pub fn wants_shifts(&self) -> bool {
        self.shifts.is_empty()
    }

    /// What is known of the channels before the next image.
    pub fn known(&self) -> Known<'_> {
        known(&self.shifts, &self.totals, self.nonnegative)
    }

    /// Takes the means of a [`sample`] as the values that sums are relative to.
    pub fn choose_shifts(&mut self, sample: &[f32]) {
        let lanes = Lanes::new(self.channels);
        let shifts = shifts(sample, self.channels);
        self.shifts
            .extend((0..lanes.count()).map(|lane| shifts[lane % self.channels]));
    }

    /// Looks at the next piece of the image at hand.
    pub fn look(&mut self, set: InstructionSet, values: &[f32], counted: bool) {
        let known = known(&self.shifts, &self.totals, self.nonnegative);
        self.seen.look(set, values, self.channels, known);
        self.seen_of_image(set, values, counted);
    }

    fn seen_of_image(&mut self, set: InstructionSet, values: &[f32], counted: bool) {
        let seen = &mut self.seen.sums;
        into_image(set, &mut self.image, seen, &mut self.has_begun);
        self.image_odd.extend_from_slice(&self.seen.odd);
        if counted {
            let step = position_step(self.positions);
            self.counts.add(set, values, self.looked_at, step);
        }
        self.looked_at += values.len() / self.channels.max(1);
    }

    /// Looks at the next piece of the image at hand, which `affine` made of the piece that `before` has just seen.
    pub fn look_behind(
        &mut self,
        set: InstructionSet,
        values: &[f32],
        counted: bool,
        affine: &Affine,
        before: &Self,
    ) {
        let known = known(&self.shifts, &self.totals, self.nonnegative);
        let before = before.just_seen(values);
        self.seen.look_behind(set, values, known, affine, before);
        self.seen_of_image(set, values, counted);
    }

    /// Looks at the next piece of the image at hand in a batch normalisation and the ReLU behind it, where there is one: the values go
    /// `through` both, from what `before` has just seen. `false`, with nothing changed, where [`Through::look`] does not. Nothing
    /// is counted in histograms.
    pub fn look_through(
        &mut self,
        set: InstructionSet,
        values: &mut [f32],
        through: Through<'_>,
        before: &Self,
        mut relu: Option<&mut Self>,
    ) -> bool {
        let before = before.just_seen(values);
        let mut nobody;
        let (shifts_of_relu, seen_of_relu) = match &mut relu {
            Some(relu) => (&relu.shifts, &mut relu.seen),
            None => {
                nobody = Seen::default();
                (&self.shifts, &mut nobody)
            }
        };
        let shifts = [&self.shifts[..], shifts_of_relu];
        let seen = [&mut self.seen, seen_of_relu];
        if !through.look(set, values, before, shifts, seen) {
            return false;
        }
        self.seen_of_image(set, values, false);
        if let Some(relu) = relu {
            relu.seen_of_image(set, values, false);
        }
        true
    }

    /// What was last seen, of as many values.
    fn just_seen(&self, values: &[f32]) -> Before<'_> {
        // After the first piece, which is taken into the image as it is, its sums are the image's.
        let is_first = self.looked_at * self.channels == values.len();
        Before {
            sums: if is_first {
                &self.image
            } else {
                &self.seen.sums
            },
            is_finite: self.seen.odd.is_empty(),
            shifts: &self.shifts,
        }
    }

    /// Takes in what somebody else saw of the next piece of the image at hand.
    pub fn take(&mut self, set: InstructionSet, seen: &mut Seen) {
        let sums = &mut seen.sums;
        into_image(set, &mut self.image, sums, &mut self.has_begun);
        self.image_odd.append(&mut seen.odd);
        self.counts.merge(&seen.counts);
    }

    /// Ends the image at hand.
    pub fn end_image(&mut self, set: InstructionSet) {
        let positions = self.positions as u64;
        self.count += positions;
        self.totals.merge(set, &self.image);
        let first = self.peaks.len();
        self.peaks.extend_from_slice(&self.image.maxima);
        let (share, means) = (
            1.0 / positions as f64,
            self.image.sums.iter().zip(&self.shifts),
        );
        self.means
            .extend(means.map(|(sum, &shift)| (f64::from(shift) + sum * share) as f32));
        if !self.image_odd.is_empty() {
            self.odd_channels(first);
        }
        (self.has_begun, self.looked_at) = (false, 0);
    }

    /// Peaks and means of the image at hand, which begin at `first`, where channels were kept apart.
    fn odd_channels(&mut self, first: usize) {
        let odd = std::mem::take(&mut self.image_odd);
        for &(channel, ..) in &odd {
            let apart: u64 = odd
                .iter()
                .filter(|odd| odd.0 == channel)
                .map(|odd| odd.1)
                .sum();
            let mut moments = self.moments_of(&self.image, self.positions as u64 - apart, channel);
            odd.iter()
                .filter(|odd| odd.0 == channel)
                .for_each(|odd| moments.merge(odd.2));
            self.peaks[first + channel] = if moments.nans > 0 {
                f32::NAN
            } else {
                moments.max
            };
            self.means[first + channel] = moments.mean as f32;
        }
        self.odd.extend(odd);
    }

    /// Ends the batch.
    pub fn finish(&mut self) -> LayerSummary {
        let mut apart = vec![0; self.channels];
        for (channel, positions, _) in &self.odd {
            apart[*channel] += positions;
        }
        let mut moments: Vec<Moments> = (0..self.channels)
            .map(|channel| self.moments_of(&self.totals, self.count - apart[channel], channel))
            .collect();
        for (channel, _, odd) in self.odd.drain(..) {
            moments[channel].merge(odd);
        }
        LayerSummary {
            moments,
            histograms: self.counts.finish(),
            peaks: std::mem::take(&mut self.peaks),
            means: std::mem::take(&mut self.means),
        }
    }

    /// The moments of `count` values of a channel.
    fn moments_of(&self, sums: &Sums, count: u64, channel: usize) -> Moments {
        if count == 0 {
            return Moments::default();
        }
        let (sum, squares) = (sums.sums[channel], sums.squares[channel]);
        Moments {
            count,
            mean: f64::from(self.shifts[channel]) + sum / count as f64,
            squares: (squares - sum * sum / count as f64).max(0.0),
            min: sums.minima[channel],
            max: sums.maxima[channel],
            zeros: sums.zeros[channel] as u64,
            nans: 0,
        }
    }
}

/// Takes in what a piece of an image taught; of the first one, that is all that is known of the image.
fn into_image(set: InstructionSet, image: &mut Sums, seen: &mut Sums, has_begun: &mut bool) {
    if std::mem::replace(has_begun, true) {
        image.merge(set, seen);
    } else {
        std::mem::swap(image, seen);
    }
}

/// Of fields of their own, so that others can be changed meanwhile.
fn known<'a>(shifts: &'a [f32], totals: &'a Sums, nonnegative: bool) -> Known<'a> {
    Known {
        shifts,
        minima: if nonnegative { &totals.minima } else { &[] },
    }
}

/// The mean of each channel of a sample; zero where it is small beside the spread, so that sums relative to zero keep
/// enough digits (where the mean is four times the spread, `squares − sum² / count` loses four bits of them).
fn shifts(sample: &[f32], channels: usize) -> Vec<f32> {
    let positions = (sample.len() / channels.max(1)) as f64;
    let (mut sums, mut squares) = (vec![0.0f64; channels], vec![0.0f64; channels]);
    for values in sample.chunks_exact(channels.max(1)) {
        for ((sum, square), &value) in sums.iter_mut().zip(&mut squares).zip(values) {
            *sum += f64::from(value);
            *square += f64::from(value) * f64::from(value);
        }
    }
    sums.iter()
        .zip(squares)
        .map(|(sum, squares)| {
            let mean = sum / positions;
            let needed = mean * mean > 0.94 * squares / positions;
            if needed && (mean as f32).is_finite() {
                mean as f32
            } else {
                0.0
            }
        })
        .collect()
}

/// Some positions of an image, spread over it, as its first rows may be unlike the rest.
pub fn sample(image: &[f32], channels: usize) -> Vec<f32> {
    let channels = channels.max(1);
    let all = image.len() / channels;
    let positions = all.min(2 * SHORT);
    let step = (all / positions.max(1)).max(1);
    (0..positions)
        .flat_map(|position| &image[position * step * channels..][..channels])
        .copied()
        .collect()
}
