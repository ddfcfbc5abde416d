//! Depthwise convolution: every channel has a kernel of its own, so that vectors of channels are
//! multiplied lane by lane. Taps beyond the edge of an image are left out of the sum, so that images
//! need no padding.

use std::ops::Range;

use super::buffer::Buffer;
use super::image::Padded;
use super::simd::{InstructionSet, Kernel, Simd};
use super::tile::Epilogue;
use crate::model::Window;

/// Values behind the last image that a vector may read and throw away, where channels are too few to fill one.
const SLACK: usize = 16;

/// Output positions whose sums are kept in registers together.
const TILE: usize = 6;

/// One kernel a channel.
pub struct Depthwise {
    set: InstructionSet,
    window: Window,
    /// The input with the padding that the window asks for.
    padded: Padded,
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
            padded: *padded,
            output,
            kernel: slack(kernel),
            bias,
            epilogue,
        }
    }

    /// Values of an image.
    pub fn values(&self) -> usize {
        let (height, width, channels) = self.padded.image;
        height * width * channels
    }

    /// Values that must be readable behind the last image.
    pub fn slack(&self) -> usize {
        if self.padded.image.2 < SLACK {
            SLACK
        } else {
            0
        }
    }

    /// Computes some rows, counted through all images. `input` is all images and [`Self::slack`] values,
    /// `output` these rows alone.
    pub fn rows(&self, input: &[f32], rows: Range<usize>, output: &mut [f32]) {
        self.set.run(Rows {
            of: self,
            input,
            rows,
            output,
        });
    }
}

/// The taps of an axis that lie inside: `first` is where the first one reads, counted from the edge.
fn inside(first: isize, taps: usize, dilation: usize, extent: usize) -> Range<usize> {
    let dilation = dilation as isize;
    let start = (-first).max(0) + dilation - 1;
    let end = (extent as isize - first).max(0) + dilation - 1;
    let end = ((end / dilation) as usize).min(taps);
    ((start / dilation) as usize).min(end)..end
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
        let (height, columns, channels) = of.padded.image;
        let (stride, size, dilation) = (of.window.stride, of.window.size, of.window.dilation);
        assert!(
            of.kernel.as_slice().len() >= size.0 * size.1 * channels + SLACK
                && of.bias.as_slice().len() >= channels + SLACK
        );
        let across = |x: usize| {
            let first = (x * stride.1) as isize - of.padded.left as isize;
            inside(first, size.1, dilation.1, columns)
        };
        // Between these all taps lie inside.
        let whole = (0..of.output.1)
            .find(|&x| across(x) == (0..size.1))
            .unwrap_or(of.output.1);
        let last = (whole..of.output.1)
            .rfind(|&x| across(x) == (0..size.1))
            .map_or(whole, |x| x + 1);
        for (row, output) in rows.zip(output.chunks_exact_mut(of.output.1 * channels)) {
            let (image, y) = (row / of.output.0, row % of.output.0);
            let input = &input[image * of.values()..];
            assert!(
                input.len() >= of.values() + of.slack(),
                "a row reads behind its input"
            );
            let first = (y * stride.0) as isize - of.padded.top as isize;
            let down = inside(first, size.0, dilation.0, height);
            for channel in (0..channels).step_by(S::LANES) {
                // The last vector overlaps the one before it where the channels do not fill it.
                let channel = if channels < SLACK {
                    channel
                } else {
                    channel.min(channels - S::LANES)
                };
                let place = |x: usize, across: Range<usize>| Place {
                    top: first,
                    x,
                    channel,
                    down: down.clone(),
                    across,
                };
                let mut x = 0;
                // SAFETY: the assertions above; every row of outputs has `of.output.1` positions, and
                // `down` and `across` hold no taps but those inside of the image.
                unsafe {
                    while x < of.output.1 {
                        if x >= whole && x + TILE <= last {
                            tile::<S, TILE>(simd, of, input, output, place(x, 0..size.1));
                            x += TILE;
                        } else {
                            tile::<S, 1>(simd, of, input, output, place(x, across(x)));
                            x += 1;
                        }
                    }
                }
            }
        }
    }
}

/// Where a tile reads and writes.
struct Place {
    /// The row of the image that the first row of taps would read.
    top: isize,
    /// The first output position.
    x: usize,
    channel: usize,
    /// The taps inside of the image.
    down: Range<usize>,
    across: Range<usize>,
}

/// `P` positions of one vector of channels.
///
/// # Safety
/// `input` begins with the row's image and can be read [`Depthwise::slack`] values behind it; the taps of `place` lie
/// inside of it for each of `P` positions; `output` is one row of at least `x + P` positions; weights and biases
/// have their slack.
#[inline(always)]
unsafe fn tile<S: Simd, const P: usize>(
    simd: S,
    of: &Depthwise,
    input: &[f32],
    output: &mut [f32],
    place: Place,
) {
    let (_, columns, channels) = of.padded.image;
    let (stride, dilation) = (of.window.stride.1, of.window.dilation);
    let Place { x, channel, .. } = place;
    let left = (x * stride) as isize - of.padded.left as isize;
    let count = (channels - channel).min(S::LANES);
    // SAFETY: the caller's promise; lanes behind the last channel are read within the slack and not stored.
    unsafe {
        let mut sums = [simd.load(of.bias.as_slice().as_ptr().add(channel)); P];
        for ky in place.down {
            let row = place.top + (ky * dilation.0) as isize;
            for kx in place.across.clone() {
                let tap = (ky * of.window.size.1 + kx) * channels + channel;
                let weight = simd.load(of.kernel.as_slice().as_ptr().add(tap));
                let column = left + (kx * dilation.1) as isize;
                let at = row * columns as isize + column;
                let from = input
                    .as_ptr()
                    .offset(at * channels as isize + channel as isize);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_inside_are_those_that_read_the_image() {
        for (first, taps, dilation, extent) in [
            (0, 3, 1, 5),
            (-1, 3, 1, 5),
            (-2, 3, 2, 5),
            (-3, 3, 2, 4),
            (3, 3, 1, 5),
            (4, 3, 2, 5),
            (-9, 3, 1, 5),
            (7, 2, 1, 5),
        ] {
            let read =
                |tap: &usize| (0..extent as isize).contains(&(first + (tap * dilation) as isize));
            let expected: Vec<usize> = (0..taps).filter(read).collect();
            let found: Vec<usize> = inside(first, taps, dilation, extent).collect();
            assert_eq!(found, expected, "{first} {taps} {dilation} {extent}");
        }
    }
}
