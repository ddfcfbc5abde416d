//! Two layers in one pass: what batch normalisation makes of values that were measured, and what a ReLU leaves of that.
//! Each is measured as if it were looked at alone, but the values are read and written once.

use super::behind::derive;
use super::seen::{Before, Seen};
use super::sums::{SHORT, Sums, WIDEST, fold};
use crate::engine::fused::affine::Affine;
use crate::engine::fused::simd::{InstructionSet, Kernel, Simd};

/// The way of values through a batch normalisation and, where there is one, the ReLU behind it.
#[derive(Clone, Copy)]
pub struct Through<'a> {
    pub affine: &'a Affine,
    /// The highest value that the ReLU leaves, +∞ for one without a bound; `None` without a ReLU.
    pub limit: Option<f32>,
}

impl Through<'_> {
    /// Changes values in the order position, channel, that were seen `before`, and tells of both layers what [`Seen::look`] would.
    /// `shifts` are what sums are relative to, `seen` where they go; those of a ReLU that is not there are left alone.
    ///
    /// `false`, with nothing changed, where something is not finite or channels are too few for it.
    pub fn look(
        self,
        set: InstructionSet,
        values: &mut [f32],
        before: Before<'_>,
        shifts: [&[f32]; 2],
        seen: [&mut Seen; 2],
    ) -> bool {
        let channels = self.affine.channels();
        let count = (values.len() / channels.max(1)) as f64;
        let [middle, last] = seen;
        let is_known = channels >= WIDEST
            && before.is_complete()
            && derive(
                set,
                self.affine,
                count,
                (before.sums, before.shifts),
                (&mut middle.sums, shifts[0]),
            );
        if !is_known {
            return false;
        }
        middle.odd.clear();
        last.begin(channels);
        set.run(Pass {
            through: self,
            values,
            shifts: shifts[1],
            zeros: &mut middle.sums.zeros,
            last: &mut last.sums,
        });
        if let Some(limit) = self.limit {
            // A ReLU keeps the order of values, and so their ends.
            let clip = |ends: &[f32], into: &mut [f32]| {
                for (into, &end) in into.iter_mut().zip(ends) {
                    *into = end.max(0.0).min(limit);
                }
            };
            clip(&middle.sums.minima, &mut last.sums.minima);
            clip(&middle.sums.maxima, &mut last.sums.maxima);
        }
        true
    }
}

struct Pass<'a> {
    through: Through<'a>,
    values: &'a mut [f32],
    /// Of what the ReLU leaves.
    shifts: &'a [f32],
    /// Zeros behind the batch normalisation.
    zeros: &'a mut [f64],
    /// Without minima and maxima.
    last: &'a mut Sums,
}

impl Kernel for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let channels = self.zeros.len();
        let [mean, scale, shift] = self.through.affine.rows();
        assert!(self.values.len().is_multiple_of(channels));
        assert!(
            [mean, scale, shift, self.shifts]
                .iter()
                .all(|row| row.len() >= channels)
        );
        assert!(channels >= S::LANES);
        let tail = channels % S::LANES;
        let whole = channels - tail;
        // SAFETY: one vector from each start on lies within each row of values and of parameters.
        unsafe {
            for start in (0..whole).step_by(S::LANES) {
                if tail == 0 || start + S::LANES < whole {
                    self.columns::<S, 1>(simd, [start], 0);
                } else {
                    // The last vector overlaps the one before it. Values are changed where they lie, so both are
                    // read before either is written.
                    self.columns::<S, 2>(simd, [start, start + tail], S::LANES - tail);
                }
            }
        }
    }
}

impl Pass<'_> {
    /// # Safety
    /// As [`Self::columns_of`].
    #[inline(always)]
    unsafe fn columns<S: Simd, const N: usize>(&mut self, s: S, starts: [usize; N], known: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.through.limit {
                Some(limit) => self.columns_of::<S, N, true>(s, starts, known, limit),
                None => self.columns_of::<S, N, false>(s, starts, known, 0.0),
            }
        }
    }

    /// `N` vectors of channels over all rows; the first `known` of the last one are counted in the one before.
    ///
    /// # Safety
    /// `start + LANES ≤ channels`, the values of a row and of all parameters, for every start.
    #[inline(always)]
    unsafe fn columns_of<S: Simd, const N: usize, const CLIPS: bool>(
        &mut self,
        s: S,
        starts: [usize; N],
        known: usize,
        limit: f32,
    ) {
        let channels = self.zeros.len();
        let [mut mean, mut scale, mut shift, mut shift_last] = [[s.splat(0.0); N]; 4];
        let rows = self.through.affine.rows();
        for (n, &start) in starts.iter().enumerate() {
            // SAFETY: the caller's promise; so below.
            unsafe {
                mean[n] = s.load(rows[0].as_ptr().add(start));
                scale[n] = s.load(rows[1].as_ptr().add(start));
                shift[n] = s.load(rows[2].as_ptr().add(start));
                shift_last[n] = s.load(self.shifts.as_ptr().add(start));
            }
        }
        let (nothing, limit) = (s.splat(0.0), s.splat(limit));
        let [mut zeros, mut zeros_last] = [[nothing; N]; 2];
        let known = |n: usize| if n + 1 == N { known } else { 0 };
        for short in self.values.chunks_mut(SHORT * channels) {
            let [mut total, mut squares] = [[nothing; N]; 2];
            for row in short.chunks_exact_mut(channels) {
                let mut values = [nothing; N];
                for n in 0..N {
                    // SAFETY: the row has `channels` values.
                    values[n] = unsafe { s.load(row.as_ptr().add(starts[n])) };
                }
                for n in 0..N {
                    // Two roundings, as the pass of its own.
                    let moved = s.mul(s.sub(values[n], mean[n]), scale[n]);
                    values[n] = s.add(moved, shift[n]);
                    zeros[n] = s.count_zeros(zeros[n], values[n]);
                    if CLIPS {
                        values[n] = s.min(limit, s.max(nothing, values[n]));
                        let difference = s.sub(values[n], shift_last[n]);
                        total[n] = s.add(total[n], difference);
                        squares[n] = s.mul_add(difference, difference, squares[n]);
                        zeros_last[n] = s.count_zeros(zeros_last[n], values[n]);
                    }
                }
                for n in 0..N {
                    // SAFETY: as for the load.
                    unsafe { s.store(row.as_mut_ptr().add(starts[n]), values[n]) };
                }
            }
            let add = |sum: &mut f64, value: f32| *sum += f64::from(value);
            for n in 0..N {
                if CLIPS {
                    fold(s, total[n], known(n), &mut self.last.sums[starts[n]..], add);
                    fold(
                        s,
                        squares[n],
                        known(n),
                        &mut self.last.squares[starts[n]..],
                        add,
                    );
                }
            }
        }
        let count = |sum: &mut f64, value: f32| *sum += f64::from(value.to_bits());
        for n in 0..N {
            fold(s, zeros[n], known(n), &mut self.zeros[starts[n]..], count);
            if CLIPS {
                fold(
                    s,
                    zeros_last[n],
                    known(n),
                    &mut self.last.zeros[starts[n]..],
                    count,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sums::Known;
    use super::*;
    use crate::engine::fused::activation;
    use crate::model::Activation;

    fn known(shifts: &[f32]) -> Known<'_> {
        Known {
            shifts,
            minima: &[],
        }
    }

    /// What was seen of values.
    fn first(set: InstructionSet, values: &[f32], channels: usize, shifts: &[f32]) -> Seen {
        let mut seen = Seen::default();
        seen.look(set, values, channels, known(shifts));
        seen
    }

    /// The statistics of both layers behind them, each looked at alone, and the values in the end.
    fn one_by_one(
        set: InstructionSet,
        through: Through<'_>,
        values: &mut [f32],
        before: Before<'_>,
        shifts: [&[f32]; 2],
    ) -> [Seen; 2] {
        let mut seen: [Seen; 2] = Default::default();
        through.affine.apply(set, values);
        seen[0].look_behind(set, values, known(shifts[0]), through.affine, before);
        if let Some(limit) = through.limit {
            let channels = through.affine.channels();
            let relu = Activation::relu(Some(limit).filter(|limit| limit.is_finite()), 0.0, 0.0);
            activation::apply(set, relu, values, channels);
            seen[1].look(set, values, channels, known(shifts[1]));
        }
        seen
    }

    fn equal(a: &Sums, b: &Sums) -> bool {
        (&a.sums, &a.squares, &a.zeros, &a.minima, &a.maxima)
            == (&b.sums, &b.squares, &b.zeros, &b.minima, &b.maxima)
    }

    fn number(seed: u32) -> impl Fn(usize) -> f32 {
        move |place| {
            let mixed = (place as u32 ^ seed).wrapping_mul(2_654_435_761) >> 8;
            // Many of them are whole, so that zeros come up everywhere.
            (mixed as f32 / (1 << 24) as f32 * 8.0 - 4.0).round() / 2.0
        }
    }

    proptest! {
        #[test]
        fn one_pass_tells_what_two_do(
            channels in 16usize..70,
            positions in 1usize..150,
            seed in 0u32..1000,
            limit in prop::option::of(prop::sample::select(vec![1.0, 6.0, f32::INFINITY])),
        ) {
            let number = number(seed);
            let each = |from: usize| -> Vec<f32> { (0..channels).map(|c| number(from + c)).collect() };
            let affine = Affine::new(&each(1), &each(1000), &each(2000));
            let values: Vec<f32> = (0..channels * positions).map(|place| number(5000 + place)).collect();
            let (shifts_before, shifts) = (each(3000), [each(4000), each(4500)]);
            let shifts = [&shifts[0][..], &shifts[1]];
            let through = Through { affine: &affine, limit };
            for set in InstructionSet::available() {
                let before = first(set, &values, channels, &shifts_before);
                let before = before.before(&shifts_before);
                let (mut expected_values, mut found_values) = (values.clone(), values.clone());
                let expected = one_by_one(set, through, &mut expected_values, before, shifts);
                let mut found: [Seen; 2] = Default::default();
                let [middle, last] = &mut found;
                prop_assert!(through.look(set, &mut found_values, before, shifts, [middle, last]));
                prop_assert_eq!(found_values, expected_values);
                prop_assert!(equal(&found[0].sums, &expected[0].sums), "{:?}", set);
                if limit.is_some() {
                    prop_assert!(equal(&found[1].sums, &expected[1].sums), "{:?}", set);
                }
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_left_to_others() {
        let (channels, positions) = (20, 9);
        let affine = Affine::new(
            &vec![0.0; channels],
            &vec![2e20; channels],
            &vec![1.0; channels],
        );
        let zeros = vec![0.0; channels];
        let through = Through {
            affine: &affine,
            limit: Some(6.0),
        };
        // The last one only becomes infinite.
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e19] {
            let mut values = vec![1.0; channels * positions];
            values[37] = odd;
            let before = values.clone();
            let set = InstructionSet::detect();
            let mut seen: [Seen; 2] = Default::default();
            let [middle, last] = &mut seen;
            let looked = first(set, &values, channels, &zeros);
            let shifts = [&zeros[..]; 2];
            assert!(!through.look(
                set,
                &mut values,
                looked.before(&zeros),
                shifts,
                [middle, last]
            ));
            let bits = |values: &[f32]| {
                values
                    .iter()
                    .map(|value| value.to_bits())
                    .collect::<Vec<_>>()
            };
            assert_eq!(bits(&values), bits(&before));
        }
    }
}
