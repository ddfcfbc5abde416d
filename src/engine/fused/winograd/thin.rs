//! Convolutions of 3×3 with stride 1 over few input channels, such as the first one of a network.
//!
//! Winograd's transforms in both directions would cost as much as they save where so few products are
//! summed. Along rows alone they cost little: four outputs of a row take six products instead of
//! twelve, for each kernel row and input channel, and the sums of some tiles stay in registers.

#![allow(
    clippy::needless_range_loop,
    reason = "constant bounds keep the accumulators in registers"
)]

use std::cell::RefCell;
use std::ops::Range;

use super::transform;
use crate::engine::fused::buffer::Buffer;
use crate::engine::fused::image::Padded;
use crate::engine::fused::simd::{InstructionSet, Kernel, Simd};
use crate::engine::fused::tile::Epilogue;

/// Outputs and products of a tile.
const OUTPUTS: usize = 4;
const POINTS: usize = 6;

/// Output rows that are computed from one set of transformed input rows.
const ROWS: usize = 8;

/// A convolution with its kernel rows transformed.
pub struct Thin {
    set: InstructionSet,
    padded: Padded,
    output: (usize, usize, usize),
    /// For each vector of output channels, kernel row and input channel six vectors.
    weights: Buffer,
    bias: Buffer,
    epilogue: Epilogue,
}

thread_local! {
    /// Transformed input rows. Nothing else runs on the thread while they are used.
    static WORKSPACE: RefCell<Buffer> = RefCell::default();
}

impl Thin {
    /// Whether it is faster than a plain sum. Does not depend on the instruction set.
    pub fn pays(input: usize, output: (usize, usize, usize)) -> bool {
        input < 16 && output.2 >= 16 && output.1 >= OUTPUTS
    }

    /// The padding such that every tile reads inside: `padded`, and what the last tile of a row lacks.
    pub fn padding(padded: Padded, output: (usize, usize, usize)) -> Padded {
        let columns = output.1.next_multiple_of(OUTPUTS) + 2;
        Padded {
            right: padded.right + columns - (output.1 + 2),
            ..padded
        }
    }

    /// `kernel` in the order HWIO, 3×3; `padded` as [`Self::padding`] says.
    pub fn new(
        set: InstructionSet,
        padded: Padded,
        output: (usize, usize, usize),
        kernel: &[f32],
        bias: Option<&[f32]>,
        epilogue: Epilogue,
    ) -> Self {
        let (lanes, read) = (set.lanes(), padded.image.2);
        let mut weights = Buffer::zeros(output.2.div_ceil(lanes) * 3 * read * POINTS * lanes);
        let mut place = weights.as_mut_slice().chunks_exact_mut(lanes);
        for first in (0..output.2).step_by(lanes) {
            let channels = first..(first + lanes).min(output.2);
            for row in 0..3 * read {
                let (ky, input) = (row / read, row % read);
                let tap = |kx: usize, channel: usize| {
                    f64::from(kernel[((ky * 3 + kx) * read + input) * output.2 + channel])
                };
                let points: Vec<Vec<f64>> = channels
                    .clone()
                    .map(|channel| {
                        transform::taps(POINTS, [tap(0, channel), tap(1, channel), tap(2, channel)])
                    })
                    .collect();
                for (point, vector) in place.by_ref().take(POINTS).enumerate() {
                    for (value, points) in vector.iter_mut().zip(&points) {
                        *value = points[point] as f32;
                    }
                }
            }
        }
        let mut biases = Buffer::zeros(output.2 + lanes);
        if let Some(bias) = bias {
            biases.as_mut_slice()[..bias.len()].copy_from_slice(bias);
        }
        Self {
            set,
            padded,
            output,
            weights,
            bias: biases,
            epilogue,
        }
    }

    fn tiles(&self) -> usize {
        self.output.1.div_ceil(OUTPUTS)
    }

    /// Computes some rows, counted through all images. `input` is all padded images, `output` these
    /// rows alone.
    pub fn rows(&self, input: &[f32], rows: Range<usize>, output: &mut [f32]) {
        let (height, width, channels) = self.output;
        WORKSPACE.with_borrow_mut(|points| {
            points.grow((ROWS + 2) * self.tiles() * POINTS * self.padded.image.2);
            let mut row = rows.start;
            while row < rows.end {
                // Blocks end with an image.
                let (image, y) = (row / height, row % height);
                let count = ROWS.min(rows.end - row).min(height - y);
                let place = (row - rows.start) * width * channels;
                self.set.run(Block {
                    of: self,
                    input: &input[image * self.padded.len()..][..self.padded.len()],
                    rows: y..y + count,
                    output: &mut output[place..][..count * width * channels],
                    points: points.as_mut_slice(),
                });
                row += count;
            }
        });
    }
}

/// Some rows of one image.
struct Block<'a> {
    of: &'a Thin,
    input: &'a [f32],
    rows: Range<usize>,
    output: &'a mut [f32],
    points: &'a mut [f32],
}

impl Kernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        simd.run(ToPoints(&mut self));
        let (_, width, channels) = self.of.output;
        let tiles = self.of.tiles();
        // What the contract of `Tiles` relies on.
        let values = self.of.padded.image.2 * POINTS;
        assert!(self.points.len() >= (self.rows.len() + 2) * tiles * values);
        assert!(self.output.len() >= self.rows.len() * width * channels);
        assert!(
            self.of.weights.as_slice().len() >= channels.div_ceil(S::LANES) * 3 * values * S::LANES
        );
        assert!(self.of.bias.as_slice().len() >= channels.next_multiple_of(S::LANES));
        // Six sums a tile: as many tiles as registers take.
        let together = if S::TILE >= 12 { 4 } else { 2 };
        for vector in 0..channels.div_ceil(S::LANES) {
            for row in 0..self.rows.len() {
                let mut tile = 0;
                while tile + together <= tiles {
                    let place = Place { row, tile, vector };
                    if together == 4 {
                        simd.run(Tiles::<4>(&mut self, place));
                    } else {
                        simd.run(Tiles::<2>(&mut self, place));
                    }
                    tile += together;
                }
                while tile < tiles {
                    simd.run(Tiles::<1>(&mut self, Place { row, tile, vector }));
                    tile += 1;
                }
            }
        }
    }
}

/// Transforms the input rows of a block, in the order row, tile, channel, point.
struct ToPoints<'a, 'b>(&'a mut Block<'b>);

impl Kernel for ToPoints<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let block = self.0;
        let (_, columns, channels) = block.of.padded.padded();
        let tiles = block.of.tiles();
        let first = block.rows.start * columns * channels;
        let inputs = block.input[first..].chunks_exact(columns * channels);
        let rows = block
            .points
            .chunks_exact_mut(tiles * channels * POINTS)
            .take(block.rows.len() + 2);
        for (points, input) in rows.zip(inputs) {
            for (tile, points) in points.chunks_exact_mut(channels * POINTS).enumerate() {
                let input = &input[tile * OUTPUTS * channels..][..POINTS * channels];
                for (channel, points) in points.chunks_exact_mut(POINTS).enumerate() {
                    let d: [f32; POINTS] = std::array::from_fn(|x| input[x * channels + channel]);
                    let (a, b) = (d[4] - 4.0 * d[2], d[3] - 4.0 * d[1]);
                    let (c, e) = (d[4] - d[2], 2.0 * (d[3] - d[1]));
                    points[0] = 4.0 * d[0] - 5.0 * d[2] + d[4];
                    points[1] = a + b;
                    points[2] = a - b;
                    points[3] = c + e;
                    points[4] = c - e;
                    points[5] = 4.0 * d[1] - 5.0 * d[3] + d[5];
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Place {
    row: usize,
    tile: usize,
    vector: usize,
}

/// `T` tiles of one row and one vector of channels. Contract: they are inside of the block, whose
/// buffers are as long as [`Block`] asserts.
struct Tiles<'a, 'b, const T: usize>(&'a mut Block<'b>, Place);

impl<const T: usize> Kernel for Tiles<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self(block, Place { row, tile, vector }) = self;
        let of = block.of;
        let (read, tiles) = (of.padded.image.2, of.tiles());
        let (_, width, channels) = of.output;
        let zero = simd.splat(0.0);
        let mut sums = [[zero; POINTS]; T];
        // SAFETY: the contract of `Tiles`: three rows of transformed inputs from `row` on, each with
        // `read` times six values for each of `T` tiles, and as many vectors of weights.
        unsafe {
            let mut weights = of
                .weights
                .as_slice()
                .as_ptr()
                .add(vector * 3 * read * POINTS * S::LANES);
            for ky in 0..3 {
                let mut x = block
                    .points
                    .as_ptr()
                    .add(((row + ky) * tiles + tile) * read * POINTS);
                for _ in 0..read {
                    for point in 0..POINTS {
                        let weight = simd.load(weights.add(point * S::LANES));
                        for t in 0..T {
                            let value = simd.splat(*x.add(t * read * POINTS + point));
                            sums[t][point] = simd.mul_add(value, weight, sums[t][point]);
                        }
                    }
                    weights = weights.add(POINTS * S::LANES);
                    x = x.add(POINTS);
                }
            }
            let bias = simd.load(of.bias.as_slice().as_ptr().add(vector * S::LANES));
            let mut values = [[zero; POINTS]; T];
            for t in 0..T {
                values[t] = transform::output::<S, POINTS>(simd, sums[t]);
            }
            let column = tile * OUTPUTS;
            let to = block
                .output
                .as_mut_ptr()
                .add((row * width + column) * channels + vector * S::LANES);
            // The last tile of a row may reach beyond it.
            let inside = (width - column).min(T * OUTPUTS);
            let count = (channels - vector * S::LANES).min(S::LANES);
            // Short loops, which the compiler unrolls, or it keeps the sums in memory all the time.
            if count == S::LANES && of.epilogue == Epilogue::Relu {
                for t in 0..T {
                    for x in 0..OUTPUTS {
                        if t * OUTPUTS + x < inside {
                            let value = simd.max(zero, simd.add(values[t][x], bias));
                            simd.store(to.add((t * OUTPUTS + x) * channels), value);
                        }
                    }
                }
                return;
            }
            let mut edge = [0.0f32; 4 * OUTPUTS * 16];
            for t in 0..T {
                for x in 0..OUTPUTS {
                    simd.store(
                        edge.as_mut_ptr().add((t * OUTPUTS + x) * S::LANES),
                        simd.add(values[t][x], bias),
                    );
                }
            }
            for (x, vector) in edge.chunks_exact_mut(S::LANES).take(inside).enumerate() {
                let value = of.epilogue.apply(simd, simd.load(vector.as_ptr()));
                simd.store(vector.as_mut_ptr(), value);
                std::ptr::copy_nonoverlapping(vector.as_ptr(), to.add(x * channels), count);
            }
        }
    }
}
