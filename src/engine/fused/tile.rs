//! The kernel under all matrix products and convolutions: a tile of output positions times two
//! vectors of output channels, kept in registers while the inputs of the tile are walked through once.
//!
//! Channels lie last, so that the inputs of an output position are a few contiguous [`Run`]s: a row of
//! kernel taps with all their channels is one. Bias starts the sums, the activation ends them. Every sum
//! is taken in the order of the runs, whatever the tile's size and the instruction set.

#![allow(
    clippy::needless_range_loop,
    reason = "constant bounds keep the accumulators in registers"
)]

use super::buffer::Buffer;
use super::simd::{Kernel, Simd};

/// Inputs side by side that an output position reads: an offset from the position's first input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub offset: usize,
    pub len: usize,
}

/// What happens to a sum before it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Epilogue {
    Linear,
    /// max(x, 0)
    Relu,
    /// min(max(x, 0), limit)
    Clipped {
        limit: f32,
    },
    /// x where x ≥ 0; `slope` · x below, for slopes up to 1.
    Leaky {
        slope: f32,
    },
}

impl Epilogue {
    #[inline(always)]
    pub fn apply<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        // `max(…, x)` and not `max(x, …)`: NaN must pass, or a broken network would look dead.
        match self {
            Self::Linear => x,
            Self::Relu => simd.max(simd.splat(0.0), x),
            Self::Clipped { limit } => simd.min(simd.splat(limit), simd.max(simd.splat(0.0), x)),
            Self::Leaky { slope } => simd.max(simd.mul(x, simd.splat(slope)), x),
        }
    }
}

/// Weights of some output channels, in the order in which a tile reads them: for each input all
/// channels of the panel, filled up with zeros to whole vectors.
pub struct Panel {
    /// First output channel and how many.
    pub channel: usize,
    pub channels: usize,
    /// Vectors: 2, or 1 in the last panel.
    pub vectors: usize,
    /// Where its weights begin in [`Packed::weights`].
    start: usize,
    /// Where its biases begin.
    bias: usize,
}

impl Panel {
    /// The same panel with the zeros behind its last channel counted as channels.
    pub fn whole(&self, lanes: usize) -> Self {
        Self {
            channels: self.vectors * lanes,
            ..*self
        }
    }
}

/// A matrix of `inputs × channels` weights and a bias, packed into panels.
pub struct Packed {
    pub panels: Vec<Panel>,
    inputs: usize,
    weights: Buffer,
    biases: Buffer,
}

impl Packed {
    /// Packs `weights[input * stride + channel]` for vectors of `lanes` values.
    pub fn new(
        lanes: usize,
        inputs: usize,
        channels: usize,
        weight: impl Fn(usize, usize) -> f32,
        bias: Option<&[f32]>,
    ) -> Self {
        let mut panels = Vec::new();
        let (mut start, mut bias_start) = (0, 0);
        let mut channel = 0;
        while channel < channels {
            let vectors = if channels - channel > lanes { 2 } else { 1 };
            let count = (channels - channel).min(vectors * lanes);
            panels.push(Panel {
                channel,
                channels: count,
                vectors,
                start,
                bias: bias_start,
            });
            channel += count;
            // Panels begin at cache lines.
            start += (inputs * vectors * lanes).next_multiple_of(16);
            bias_start += (vectors * lanes).next_multiple_of(16);
        }
        let mut weights = Buffer::zeros(start);
        let mut biases = Buffer::zeros(bias_start);
        for panel in &panels {
            let width = panel.vectors * lanes;
            for input in 0..inputs {
                let row =
                    &mut weights.as_mut_slice()[panel.start + input * width..][..panel.channels];
                for (offset, value) in row.iter_mut().enumerate() {
                    *value = weight(input, panel.channel + offset);
                }
            }
            if let Some(bias) = bias {
                biases.as_mut_slice()[panel.bias..][..panel.channels]
                    .copy_from_slice(&bias[panel.channel..][..panel.channels]);
            }
        }
        Self {
            panels,
            inputs,
            weights,
            biases,
        }
    }
}

/// Consecutive output positions of one row.
pub struct Row<'a> {
    /// From the first input of the first position on.
    pub input: &'a [f32],
    /// Values between the first inputs of two positions.
    pub step: usize,
    pub runs: &'a [Run],
    /// From the first output of the first position on.
    pub output: &'a mut [f32],
    /// Values between the outputs of two positions.
    pub output_step: usize,
    pub positions: usize,
}

/// Computes a row for one panel; outputs go to the panel's place `at` within each position.
#[inline(always)]
pub fn row<S: Simd>(
    simd: S,
    packed: &Packed,
    panel: &Panel,
    row: Row<'_>,
    at: usize,
    epilogue: Epilogue,
) {
    if row.positions == 0 {
        return;
    }
    let reach = row
        .runs
        .iter()
        .map(|run| run.offset + run.len)
        .max()
        .unwrap_or(0);
    let inputs: usize = row.runs.iter().map(|run| run.len).sum();
    let last = row.positions - 1;
    // What the kernels below rely on, checked once a row.
    assert!(
        last * row.step + reach <= row.input.len(),
        "a row reads behind its input"
    );
    assert!(
        last * row.output_step + at + panel.channels <= row.output.len(),
        "a row writes behind its output"
    );
    assert!(
        inputs <= packed.inputs && panel.channels <= panel.vectors * S::LANES,
        "a row of another matrix"
    );
    let tiles = row.positions.div_ceil(S::TILE);
    let (size, larger) = (row.positions / tiles, row.positions % tiles);
    let mut position = 0;
    for number in 0..tiles {
        let positions = size + usize::from(number < larger);
        // SAFETY: `position` and those of its tile are positions of the row, for which the
        // assertions above hold; a panel lies within its buffers by construction.
        unsafe {
            let pointers = Pointers {
                input: row.input.as_ptr().add(position * row.step),
                step: row.step,
                runs: row.runs,
                weights: packed.weights.as_slice().as_ptr().add(panel.start),
                bias: packed.biases.as_slice().as_ptr().add(panel.bias),
                output: row.output.as_mut_ptr().add(position * row.output_step + at),
                output_step: row.output_step,
                channels: panel.channels,
                epilogue,
            };
            match panel.vectors {
                1 => dispatch::<S, 1>(simd, positions, pointers),
                _ => dispatch::<S, 2>(simd, positions, pointers),
            }
        }
        position += positions;
    }
}

/// Calls the kernel compiled for this number of positions.
///
/// # Safety
/// `pointers` keep the contract of [`Tile`] for this number of positions.
#[inline(always)]
unsafe fn dispatch<S: Simd, const N: usize>(simd: S, positions: usize, pointers: Pointers<'_>) {
    macro_rules! tiles {
        ($($p:literal)*) => {
            match positions {
                $($p if $p <= S::TILE => simd.run(Tile::<$p, N>(pointers)),)*
                _ => unreachable!("tiles of {positions} positions"),
            }
        };
    }
    tiles!(1 2 3 4 5 6 7 8 9 10 11 12 13)
}

/// Where a tile reads and writes.
#[derive(Clone, Copy)]
struct Pointers<'a> {
    input: *const f32,
    step: usize,
    runs: &'a [Run],
    weights: *const f32,
    bias: *const f32,
    output: *mut f32,
    output_step: usize,
    channels: usize,
    epilogue: Epilogue,
}

/// `P` positions of `N` vectors of channels.
///
/// Contract: `input` can be read at every offset of `runs` from each of `P` positions, `step` apart;
/// `weights` holds `N` vectors for each of these offsets, `bias` `N` vectors; `output` can be written
/// from each of `P` positions on, `output_step` apart, at `channels ≤ N · LANES` places.
struct Tile<'a, const P: usize, const N: usize>(Pointers<'a>);

impl<const P: usize, const N: usize> Kernel for Tile<'_, P, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let at = self.0;
        // SAFETY: the contract of `Tile`, step by step: `x` walks through one run after the other,
        // `weights` by `N` vectors with it, and outputs are written up to `channels`.
        unsafe {
            let mut start = [simd.splat(0.0); N];
            for (n, vector) in start.iter_mut().enumerate() {
                *vector = simd.load(at.bias.add(n * S::LANES));
            }
            let mut sums = [start; P];
            let mut weights = at.weights;
            for run in at.runs {
                let mut x = at.input.add(run.offset);
                for _ in 0..run.len {
                    let mut w = [simd.splat(0.0); N];
                    for (n, vector) in w.iter_mut().enumerate() {
                        *vector = simd.load(weights.add(n * S::LANES));
                    }
                    for (p, sums) in sums.iter_mut().enumerate() {
                        let value = simd.splat(*x.add(p * at.step));
                        for n in 0..N {
                            sums[n] = simd.mul_add(value, w[n], sums[n]);
                        }
                    }
                    weights = weights.add(N * S::LANES);
                    x = x.add(1);
                }
            }
            store::<S, P, N>(simd, at, sums);
        }
    }
}

/// Applies the activation and stores a tile.
///
/// Loops over the sums must be so short that the compiler unrolls them, or it keeps the sums in memory
/// all the time; so the cases that take more than a line go through `tile`.
///
/// # Safety
/// The contract of [`Tile`], as far as it speaks of the output.
#[inline(always)]
unsafe fn store<S: Simd, const P: usize, const N: usize>(
    simd: S,
    at: Pointers<'_>,
    sums: [[S::Vector; N]; P],
) {
    let whole = at.channels == N * S::LANES;
    let zero = simd.splat(0.0);
    // SAFETY: vectors are stored to the output only where the panel has all their channels; otherwise
    // they go through `tile`, which holds the largest one of the longest vectors.
    unsafe {
        if whole && at.epilogue == Epilogue::Relu {
            for p in 0..P {
                for n in 0..N {
                    simd.store(
                        at.output.add(p * at.output_step + n * S::LANES),
                        simd.max(zero, sums[p][n]),
                    );
                }
            }
            return;
        }
        if whole && at.epilogue == Epilogue::Linear {
            for p in 0..P {
                for n in 0..N {
                    simd.store(at.output.add(p * at.output_step + n * S::LANES), sums[p][n]);
                }
            }
            return;
        }
        let mut tile = [0.0f32; 13 * 2 * 16];
        for p in 0..P {
            for n in 0..N {
                simd.store(tile.as_mut_ptr().add((p * N + n) * S::LANES), sums[p][n]);
            }
        }
        for (p, values) in tile.chunks_exact_mut(N * S::LANES).take(P).enumerate() {
            for vector in values.chunks_exact_mut(S::LANES) {
                let value = at.epilogue.apply(simd, simd.load(vector.as_ptr()));
                simd.store(vector.as_mut_ptr(), value);
            }
            std::ptr::copy_nonoverlapping(
                values.as_ptr(),
                at.output.add(p * at.output_step),
                at.channels,
            );
        }
    }
}
