//! Pooling: the maximum or the mean of a window, or of whole images. Windows are clipped at the edges:
//! what lies outside is neither a candidate for the maximum nor counted in the mean.

use std::ops::Range;

use super::operation::{Job, Operation};
use super::parallel;
use super::simd::{InstructionSet, Kernel, Simd};
use crate::model::operators::PoolingKind;
use crate::model::{Extent, Window};

/// Pooling over a sliding window, or over the whole image where the window is as large.
pub struct Pooling {
    set: InstructionSet,
    kind: PoolingKind,
    /// Height, width, channels.
    input: (usize, usize, usize),
    dilation: (usize, usize),
    /// From one output position of a row to the next.
    stride: usize,
    /// For each output row, and column, the inputs that it sees.
    rows: Vec<Seen>,
    columns: Vec<Seen>,
}

/// First input and number of inputs that a window sees along an axis.
#[derive(Clone, Copy)]
struct Seen {
    first: usize,
    count: usize,
}

/// What every output position of an axis sees.
fn seen(extent: Extent, size: usize, stride: usize, dilation: usize, input: usize) -> Vec<Seen> {
    (0..extent.output)
        .map(|position| {
            let taps = clip(position, extent, size, stride, dilation, input);
            Seen {
                first: (position * stride + taps.start * dilation).saturating_sub(extent.before),
                count: taps.len(),
            }
        })
        .collect()
}

/// The taps of a window, counted along an axis, whose inputs lie inside the image.
fn clip(
    position: usize,
    extent: Extent,
    size: usize,
    stride: usize,
    dilation: usize,
    input: usize,
) -> Range<usize> {
    let start = position * stride;
    let first = extent.before.saturating_sub(start).div_ceil(dilation);
    let last = (input + extent.before)
        .saturating_sub(start)
        .div_ceil(dilation)
        .min(size);
    first..last.max(first)
}

impl Pooling {
    /// `input` is height, width, channels; `None` where the window does not fit, and where padding counts
    /// in a mean or is all that a window sees.
    pub fn new(
        set: InstructionSet,
        kind: PoolingKind,
        window: &Window,
        input: (usize, usize, usize),
    ) -> Option<Self> {
        let (vertical, horizontal) = window.extents(input.0, input.1)?;
        let Window {
            size,
            stride,
            dilation,
            ..
        } = *window;
        let rows = seen(vertical, size.0, stride.0, dilation.0, input.0);
        let columns = seen(horizontal, size.1, stride.1, dilation.1, input.1);
        let padded = [vertical, horizontal]
            .iter()
            .any(|extent| extent.before + extent.after > 0);
        let counts_padding = padded && kind == PoolingKind::AverageWithPadding;
        if counts_padding || rows.iter().chain(&columns).any(|seen| seen.count == 0) {
            return None;
        }
        Some(Self {
            set,
            kind,
            input,
            dilation,
            stride: stride.1,
            rows,
            columns,
        })
    }

    /// Values of an output row.
    pub fn row(&self) -> usize {
        self.columns.len() * self.input.2
    }

    /// Computes some rows, counted through all images: `input` is all images, `output` these rows alone.
    pub fn rows(&self, input: &[f32], rows: Range<usize>, output: &mut [f32]) {
        self.set.run(Rows {
            of: self,
            input,
            rows,
            output,
        });
    }

    /// The inputs of an output position.
    #[inline(always)]
    fn taps(&self, row: Seen, column: Seen) -> Taps {
        let (_, width, channels) = self.input;
        Taps {
            first: (row.first * width + column.first) * channels,
            rows: row.count,
            columns: column.count,
            row: self.dilation.0 * width * channels,
            column: self.dilation.1 * channels,
        }
    }
}

impl Operation for Pooling {
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        parallel::rows(job.parallel, job.output, self.row(), |rows, output| {
            self.rows(job.inputs[0], rows, output)
        });
        Ok(())
    }
}

/// Inputs of one output position, as a grid.
#[derive(Clone, Copy)]
struct Taps {
    first: usize,
    rows: usize,
    columns: usize,
    /// Values from one row, or column, to the next.
    row: usize,
    column: usize,
}

impl Taps {
    /// Values from the first to behind the last, with this many of each.
    fn reach(self, count: usize) -> usize {
        (self.rows - 1) * self.row + (self.columns - 1) * self.column + count
    }
}

struct Rows<'a> {
    of: &'a Pooling,
    input: &'a [f32],
    rows: Range<usize>,
    output: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            of,
            input,
            rows,
            output,
        } = self;
        let (height, width, channels) = of.input;
        for (row, output) in rows.zip(output.chunks_exact_mut(of.row())) {
            let seen = of.rows[row % of.rows.len()];
            let image = &input[row / of.rows.len() * height * width * channels..]
                [..height * width * channels];
            // Neighbours inside of the image go together; at the edges windows may differ.
            let mut start = 0;
            for alike in of
                .columns
                .chunk_by(|a, b| a.count == b.count && a.first + of.stride == b.first)
            {
                let taps = of.taps(seen, alike[0]);
                let step = of.stride * channels;
                let output = &mut output[start * channels..][..alike.len() * channels];
                start += alike.len();
                let span = Span {
                    inputs: &image[taps.first..],
                    step,
                    channels,
                    output,
                };
                match (of.kind, taps.rows, taps.columns) {
                    // The most frequent windows, with their loops unrolled.
                    (PoolingKind::Max, 2, 2) => span.reduce::<S, Maximum>(
                        simd,
                        Taps {
                            rows: 2,
                            columns: 2,
                            ..taps
                        },
                    ),
                    (PoolingKind::Max, 3, 3) => span.reduce::<S, Maximum>(
                        simd,
                        Taps {
                            rows: 3,
                            columns: 3,
                            ..taps
                        },
                    ),
                    (PoolingKind::Max, ..) => span.reduce::<S, Maximum>(simd, taps),
                    (PoolingKind::Average | PoolingKind::AverageWithPadding, ..) => {
                        span.reduce::<S, Mean>(simd, taps)
                    }
                }
            }
        }
    }
}

/// What is done with the inputs of a window.
trait Reduction {
    /// From vectors of inputs, given by `input(row, column)`.
    fn vectors<S: Simd>(
        simd: S,
        taps: Taps,
        input: impl Fn(usize, usize) -> S::Vector,
    ) -> S::Vector;

    /// From single inputs, in the same order.
    fn values(taps: Taps, input: impl Fn(usize, usize) -> f32) -> f32;
}

struct Maximum;

impl Reduction for Maximum {
    #[inline(always)]
    fn vectors<S: Simd>(
        simd: S,
        taps: Taps,
        input: impl Fn(usize, usize) -> S::Vector,
    ) -> S::Vector {
        let mut largest = simd.splat(f32::NEG_INFINITY);
        for row in 0..taps.rows {
            for column in 0..taps.columns {
                largest = simd.max(input(row, column), largest);
            }
        }
        largest
    }

    #[inline(always)]
    fn values(taps: Taps, input: impl Fn(usize, usize) -> f32) -> f32 {
        let mut largest = f32::NEG_INFINITY;
        for row in 0..taps.rows {
            for column in 0..taps.columns {
                let value = input(row, column);
                largest = if value > largest { value } else { largest };
            }
        }
        largest
    }
}

struct Mean;

impl Reduction for Mean {
    #[inline(always)]
    fn vectors<S: Simd>(
        simd: S,
        taps: Taps,
        input: impl Fn(usize, usize) -> S::Vector,
    ) -> S::Vector {
        let mut sum = simd.splat(0.0);
        // A sum a row: whole images are windows too, and long sums in `f32` lose digits.
        for row in 0..taps.rows {
            let mut short = simd.splat(0.0);
            for column in 0..taps.columns {
                short = simd.add(short, input(row, column));
            }
            sum = simd.add(sum, short);
        }
        simd.mul(sum, simd.splat(1.0 / (taps.rows * taps.columns) as f32))
    }

    #[inline(always)]
    fn values(taps: Taps, input: impl Fn(usize, usize) -> f32) -> f32 {
        let mut sum = 0.0;
        for row in 0..taps.rows {
            let mut short = 0.0;
            for column in 0..taps.columns {
                short += input(row, column);
            }
            sum += short;
        }
        sum * (1.0 / (taps.rows * taps.columns) as f32)
    }
}

/// Neighbouring output positions whose windows have the same size.
struct Span<'a> {
    /// From the first input of the first position on.
    inputs: &'a [f32],
    /// Values between the first inputs of two positions.
    step: usize,
    channels: usize,
    output: &'a mut [f32],
}

impl Span<'_> {
    #[inline(always)]
    fn reduce<S: Simd, R: Reduction>(self, simd: S, taps: Taps) {
        let Self {
            inputs,
            step,
            channels,
            output,
        } = self;
        let positions = output.len() / channels;
        assert!(
            taps.rows > 0 && taps.columns > 0 && positions > 0,
            "a window without inputs"
        );
        // What the reads below rely on.
        assert!((positions - 1) * step + taps.reach(channels) <= inputs.len());
        for (position, output) in output.chunks_exact_mut(channels).enumerate() {
            let start = position * step;
            if channels < S::LANES {
                for (channel, output) in output.iter_mut().enumerate() {
                    let from = start + channel;
                    *output = R::values(taps, |row, column| {
                        inputs[from + row * taps.row + column * taps.column]
                    });
                }
                continue;
            }
            let mut channel = 0;
            while channel < channels {
                // The last vector overlaps the one before it where the channels do not fill it.
                let at = channel.min(channels - S::LANES);
                let vector = R::vectors(simd, taps, |row, column| {
                    // SAFETY: `at + LANES ≤ channels`, and the assertion above.
                    unsafe {
                        simd.load(
                            inputs
                                .as_ptr()
                                .add(start + at + row * taps.row + column * taps.column),
                        )
                    }
                });
                // SAFETY: `at + LANES ≤ channels`, the length of `output`.
                unsafe { simd.store(output.as_mut_ptr().add(at), vector) };
                channel += S::LANES;
            }
        }
    }
}
