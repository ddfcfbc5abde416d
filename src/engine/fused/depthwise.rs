//! Depthwise convolution: every channel has a kernel of its own, so that vectors of channels are
//! multiplied lane by lane.

use std::ops::Range;

use super::buffer::Buffer;
use super::image::Padded;
use super::simd::{InstructionSet, Kernel, Simd};
use super::tile::Epilogue;
use crate::model::Window;

/// Values behind a padded image that a vector may read and throw away.
pub const SLACK: usize = 16;

/// Output positions whose sums are kept in registers together.
const TILE: usize = 6;

/// One kernel a channel.
pub struct Depthwise {
    set: InstructionSet,
    window: Window,
    /// Height, width, channels of the padded input.
    input: (usize, usize, usize),
    /// Height and width of the output.
    output: (usize, usize),
    /// `taps × channels`
    kernel: Buffer,
    bias: Buffer,
    epilogue: Epilogue,
}

impl Depthwise {
    /// `kernel` in the order height, width, channel.
    pub fn new(
        set: InstructionSet,
        window: Window,
        padded: &Padded,
        output: (usize, usize),
        kernel: &[f32],
        bias: Option<&[f32]>,
        epilogue: Epilogue,
    ) -> Self {
        let slack = |values: &[f32]| {
            let mut buffer = Buffer::zeros(values.len() + SLACK);
            buffer.as_mut_slice()[..values.len()].copy_from_slice(values);
            buffer
        };
        let bias = bias.map_or_else(|| Buffer::zeros(padded.image.2 + SLACK), slack);
        Self {
            set,
            window,
            input: padded.padded(),
            output,
            kernel: slack(kernel),
            bias,
            epilogue,
        }
    }

    /// Computes some rows, counted through all images. `input` is all padded images and [`SLACK`]
    /// values, `output` these rows alone.
    pub fn rows(&self, input: &[f32], rows: Range<usize>, output: &mut [f32]) {
        self.set.run(Rows {
            of: self,
            input,
            rows,
            output,
        });
    }
}

struct Rows<'a> {
    of: &'a Depthwise,
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
        let (height, columns, channels) = of.input;
        let (stride, size, dilation) = (of.window.stride, of.window.size, of.window.dilation);
        let reach = ((size.0 - 1) * dilation.0 * columns
            + (of.output.1 - 1) * stride.1
            + (size.1 - 1) * dilation.1
            + 1)
            * channels;
        assert!(
            of.kernel.as_slice().len() >= size.0 * size.1 * channels + SLACK
                && of.bias.as_slice().len() >= channels + SLACK
        );
        for (row, output) in rows.zip(output.chunks_exact_mut(of.output.1 * channels)) {
            let (image, y) = (row / of.output.0, row % of.output.0);
            let input = &input[(image * height + y * stride.0) * columns * channels..];
            assert!(input.len() >= reach + SLACK, "a row reads behind its input");
            for channel in (0..channels).step_by(S::LANES) {
                let mut x = 0;
                // SAFETY: the assertions above; every row of outputs has `of.output.1` positions.
                unsafe {
                    while x + TILE <= of.output.1 {
                        tile::<S, TILE>(simd, of, input, output, x, channel);
                        x += TILE;
                    }
                    while x < of.output.1 {
                        tile::<S, 1>(simd, of, input, output, x, channel);
                        x += 1;
                    }
                }
            }
        }
    }
}

/// `P` positions of one vector of channels.
///
/// # Safety
/// `input` begins with the row's first input and can be read [`SLACK`] values behind the last one;
/// `output` is one row of at least `x + P` positions; weights and biases have their slack.
#[inline(always)]
unsafe fn tile<S: Simd, const P: usize>(
    simd: S,
    of: &Depthwise,
    input: &[f32],
    output: &mut [f32],
    x: usize,
    channel: usize,
) {
    let (_, columns, channels) = of.input;
    let (stride, dilation) = (of.window.stride.1, of.window.dilation);
    let count = (channels - channel).min(S::LANES);
    // SAFETY: the caller's promise; lanes behind the last channel are read within the slack and not stored.
    unsafe {
        let mut sums = [simd.load(of.bias.as_slice().as_ptr().add(channel)); P];
        for ky in 0..of.window.size.0 {
            for kx in 0..of.window.size.1 {
                let tap = (ky * of.window.size.1 + kx) * channels + channel;
                let weight = simd.load(of.kernel.as_slice().as_ptr().add(tap));
                let from = input.as_ptr().add(
                    (ky * dilation.0 * columns + x * stride + kx * dilation.1) * channels + channel,
                );
                for (p, sum) in sums.iter_mut().enumerate() {
                    *sum = simd.mul_add(simd.load(from.add(p * stride * channels)), weight, *sum);
                }
            }
        }
        for (p, &sum) in sums.iter().enumerate() {
            let to = output.as_mut_ptr().add((x + p) * channels + channel);
            let value = of.epilogue.apply(simd, sum);
            if count == S::LANES {
                simd.store(to, value);
            } else {
                let mut edge = [0.0f32; 16];
                simd.store(edge.as_mut_ptr(), value);
                std::ptr::copy_nonoverlapping(edge.as_ptr(), to, count);
            }
        }
    }
}
