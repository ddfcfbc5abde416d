//! [`Sums`] over runs of positions, taken in vectors.
//!
//! Sums are taken in `f32` over short runs of positions and in `f64` beyond, relative to a value near
//! the channel's mean: so the spread keeps its digits however far from zero the values lie. The order
//! of all sums depends on the shape alone, neither on threads nor on the instruction set.

use crate::engine::fused::simd::{InstructionSet, Kernel, Simd};

/// Positions summed in `f32`.
pub const SHORT: usize = 64;

/// Channels are measured in vectors of at most this many; layouts depend on it and on no instruction set.
pub const WIDEST: usize = 16;

/// Sums over some positions, one value a lane. A lane is a channel, or one of several that share a channel.
#[derive(Clone, Default)]
pub struct Sums {
    pub sums: Vec<f64>,
    pub squares: Vec<f64>,
    pub minima: Vec<f32>,
    pub maxima: Vec<f32>,
    pub zeros: Vec<f64>,
}

impl Sums {
    pub fn clear(&mut self, lanes: usize) {
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
    pub fn merge(&mut self, set: InstructionSet, other: &Self) {
        set.run(Merging { own: self, other });
    }

    /// Forgets what was seen of a lane.
    pub fn forget(&mut self, lane: usize) {
        (self.sums[lane], self.squares[lane], self.zeros[lane]) = (0.0, 0.0, 0.0);
        (self.minima[lane], self.maxima[lane]) = (f32::INFINITY, f32::NEG_INFINITY);
    }

    /// Whether a lane saw neither NaN nor infinities.
    pub fn is_finite(&self, lane: usize) -> bool {
        (self.sums[lane] + self.squares[lane]).is_finite()
    }

    /// Takes lane `from` of `other` into lane `to`.
    pub fn take(&mut self, to: usize, other: &Self, from: usize) {
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

struct Merging<'a> {
    own: &'a mut Sums,
    other: &'a Sums,
}

impl Kernel for Merging<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        // The compiler turns these loops into vectors of the instruction set.
        let Self { own, other } = self;
        for (own, other) in own.sums.iter_mut().zip(&other.sums) {
            *own += other;
        }
        for (own, other) in own.squares.iter_mut().zip(&other.squares) {
            *own += other;
        }
        for (own, other) in own.zeros.iter_mut().zip(&other.zeros) {
            *own += other;
        }
        for (own, &other) in own.minima.iter_mut().zip(&other.minima) {
            *own = if other < *own { other } else { *own };
        }
        for (own, &other) in own.maxima.iter_mut().zip(&other.maxima) {
            *own = if other > *own { other } else { *own };
        }
    }
}

/// How positions and channels become lanes: `together` positions side by side make a row of
/// `together · channels` values that fills whole vectors.
#[derive(Clone, Copy)]
pub struct Lanes {
    channels: usize,
    together: usize,
}

impl Lanes {
    pub fn new(channels: usize) -> Self {
        // Narrow layers waste most of a vector; wide ones little on their last one.
        let mut together = 1;
        while channels < WIDEST && !(channels * together).is_multiple_of(WIDEST) {
            together *= 2;
        }
        Self { channels, together }
    }

    pub fn count(self) -> usize {
        self.channels * self.together
    }
}

/// What is known of the channels before values are measured.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// What sums are relative to, one value a lane.
    pub shifts: &'a [f32],
    /// Where no value can be below zero the minima of each channel so far: zeros among them are final, and
    /// minima of such channels are not looked for. Empty otherwise.
    pub minima: &'a [f32],
}

/// Measures values in the order position, channel. `sums` holds one lane a channel afterwards.
pub fn measure(
    set: InstructionSet,
    values: &[f32],
    channels: usize,
    known: Known<'_>,
    work: &mut Sums,
    sums: &mut Sums,
) {
    let lanes = Lanes::new(channels);
    sums.clear(channels);
    if lanes.together == 1 {
        set.run(Rows {
            values,
            lanes: channels,
            known,
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
        known: Known {
            minima: &[],
            ..known
        },
        sums: work,
    });
    for lane in 0..lanes.count() {
        sums.take(lane % channels, work, lane);
    }
    for (place, &value) in rest.iter().enumerate() {
        sums.add(place % channels, value, known.shifts[place % channels]);
    }
}

/// Rows of lanes.
struct Rows<'a> {
    values: &'a [f32],
    lanes: usize,
    known: Known<'a>,
    sums: &'a mut Sums,
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            values,
            lanes,
            known: Known { shifts, minima },
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
            let both = lane..lane + 2 * S::LANES;
            let zero = |values: &[f32]| values.iter().all(|&value| value == 0.0);
            let shifted = !zero(&shifts[both.clone()]);
            let minimum = !minima.get(both).is_some_and(zero);
            // SAFETY: two vectors from `lane` on lie within each row and within `shifts`.
            unsafe {
                match (shifted, minimum) {
                    (true, true) => {
                        columns::<S, 2, true, true>(simd, values, lanes, lane, 0, shifts, sums)
                    }
                    (true, false) => {
                        columns::<S, 2, true, false>(simd, values, lanes, lane, 0, shifts, sums)
                    }
                    (false, true) => {
                        columns::<S, 2, false, true>(simd, values, lanes, lane, 0, shifts, sums)
                    }
                    (false, false) => {
                        columns::<S, 2, false, false>(simd, values, lanes, lane, 0, shifts, sums)
                    }
                }
            }
            lane += 2 * S::LANES;
        }
        while lane < lanes {
            // The last vector overlaps the one before it where the lanes do not fill it.
            let start = lane.min(lanes - S::LANES);
            // SAFETY: one vector from `start` on lies within each row and within `shifts`.
            unsafe {
                columns::<S, 1, true, true>(simd, values, lanes, start, lane - start, shifts, sums)
            };
            lane += S::LANES;
        }
    }
}

/// `N` vectors of lanes over all rows, the first `known` of which are counted already. `SHIFTED` unless all shifts
/// are zero, `MINIMUM` unless minima are known: each saves a seventh of the time.
///
/// # Safety
/// `lane + N · LANES ≤ lanes`, `values` holds whole rows of `lanes`, and `shifts` one.
#[inline(always)]
unsafe fn columns<S: Simd, const N: usize, const SHIFTED: bool, const MINIMUM: bool>(
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
                let difference = if SHIFTED {
                    s.sub(value, shift[n])
                } else {
                    value
                };
                total[n] = s.add(total[n], difference);
                squares[n] = s.mul_add(difference, difference, squares[n]);
                if MINIMUM {
                    minima[n] = s.min(value, minima[n]);
                }
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
pub fn fold<S: Simd, T>(
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
