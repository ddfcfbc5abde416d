//! Prediction of pixels from those on the left and above, block by block in the way that leaves least of the block.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::Pixel;

/// Blocks of 32 × 32 pixels: the tiles of the sheets are that large, or smaller, or much larger.
pub(super) const BLOCK_BITS: u32 = 5;
const BLOCK: usize = 1 << BLOCK_BITS;
/// Only every so many rows of a block are looked at for its mode.
const EVERY: usize = 3;
/// The modes that are tried, by their number in RFC 9649, 4.1: the pixel on the left, that above, their mean, whichever
/// of the two is nearer to the gradient, and two gradients. Those that look to the upper right are left out.
const MODES: [u8; 6] = [11, 12, 13, 7, 1, 2];

/// The mode of each block, row by row.
pub(super) fn modes(pixels: &[Pixel], width: usize) -> Vec<u8> {
    Arch::new().dispatch(Modes { pixels, width })
}

/// Takes from each pixel what its block's mode predicts of it.
pub(super) fn residuals(pixels: &[Pixel], width: usize, modes: &[u8]) -> Vec<Pixel> {
    Arch::new().dispatch(Residuals {
        pixels,
        width,
        modes,
    })
}

/// [`modes`], compiled for the vectors of the processor.
struct Modes<'a> {
    pixels: &'a [Pixel],
    width: usize,
}

impl WithSimd for Modes<'_> {
    type Output = Vec<u8>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<u8> {
        let height = self.pixels.len() / self.width;
        let mut modes = Vec::new();
        for top in (0..height).step_by(BLOCK) {
            for left in (0..self.width).step_by(BLOCK) {
                let mut sums = [0; MODES.len()];
                let bottom = (top + BLOCK).min(height);
                for y in (top.max(1)..bottom).step_by(EVERY) {
                    let columns = left.max(1)..(left + BLOCK).min(self.width);
                    let around = Around::of(self.pixels, self.width, y, columns);
                    for (sum, mode) in sums.iter_mut().zip(MODES) {
                        *sum += around.cost(mode);
                    }
                }
                let costs = MODES.into_iter().zip(sums);
                let best = costs.min_by_key(|&(_, sum)| sum);
                modes.push(best.map_or(MODES[0], |(mode, _)| mode));
            }
        }
        modes
    }
}

/// [`residuals`], compiled for the vectors of the processor.
struct Residuals<'a> {
    pixels: &'a [Pixel],
    width: usize,
    modes: &'a [u8],
}

impl WithSimd for Residuals<'_> {
    type Output = Vec<Pixel>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Pixel> {
        let Self {
            pixels,
            width,
            modes,
        } = self;
        let across = width.div_ceil(BLOCK);
        let mut rests = pixels.to_vec();
        for (y, row) in rests.chunks_exact_mut(width).enumerate() {
            let start = y * width;
            let first = match y {
                0 => [255, 0, 0, 0],
                _ => pixels[start - width],
            };
            row[0] = less(pixels[start], first);
            if y == 0 {
                for x in 1..width {
                    row[x] = less(pixels[x], pixels[x - 1]);
                }
                continue;
            }
            for left in (0..width).step_by(BLOCK) {
                let columns = left.max(1)..(left + BLOCK).min(width);
                let mode = modes[y / BLOCK * across + left / BLOCK];
                let around = Around::of(pixels, width, y, columns.clone());
                around.rests(mode, row[columns].as_flattened_mut());
            }
        }
        rests
    }
}

fn less(pixel: Pixel, predicted: Pixel) -> Pixel {
    std::array::from_fn(|channel| pixel[channel].wrapping_sub(predicted[channel]))
}

/// Some pixels of a row, those on their left, above, and above on the left, channel by channel.
struct Around<'a> {
    here: &'a [u8],
    left: &'a [u8],
    above: &'a [u8],
    corner: &'a [u8],
}

impl<'a> Around<'a> {
    /// `columns` and `y` from 1 on.
    #[inline(always)]
    fn of(pixels: &'a [Pixel], width: usize, y: usize, columns: Range<usize>) -> Self {
        let of = |back: usize| {
            let start = y * width + columns.start - back;
            pixels[start..start + columns.len()].as_flattened()
        };
        Self {
            here: of(0),
            left: of(1),
            above: of(width),
            corner: of(width + 1),
        }
    }

    /// What a mode leaves, as the sum of its distances from zero.
    #[inline(always)]
    fn cost(&self, mode: u8) -> u32 {
        let mut rests = [0; 4 * BLOCK];
        let rests = &mut rests[..self.here.len()];
        self.rests(mode, rests);
        let distance = |&rest: &u8| u32::from((rest as i8).unsigned_abs());
        rests.iter().map(distance).sum()
    }

    /// What a mode leaves of each channel of each pixel.
    #[inline(always)]
    fn rests(&self, mode: u8, rests: &mut [u8]) {
        match mode {
            1 => self.by_channel(rests, |left, _, _| left),
            2 => self.by_channel(rests, |_, above, _| above),
            7 => self.by_channel(rests, |left, above, _| mean(left, above)),
            11 => self.nearer(rests),
            12 => self.by_channel(rests, |left, above, corner| {
                clamp(wide(left) + wide(above) - wide(corner))
            }),
            _ => self.by_channel(rests, |left, above, corner| {
                let (mean, corner) = (wide(mean(left, above)), wide(corner));
                clamp(mean + (mean - corner) / 2)
            }),
        }
    }

    #[inline(always)]
    fn by_channel(&self, rests: &mut [u8], predict: impl Fn(u8, u8, u8) -> u8) {
        let around = self.left.iter().zip(self.above).zip(self.corner);
        let pairs = rests.iter_mut().zip(self.here).zip(around);
        for ((rest, here), ((&left, &above), &corner)) in pairs {
            *rest = here.wrapping_sub(predict(left, above, corner));
        }
    }

    /// Whichever of the left and the upper pixel is nearer to left + above − corner.
    #[inline(always)]
    fn nearer(&self, rests: &mut [u8]) {
        let pixels = |bytes: &'a [u8]| bytes.as_chunks::<4>().0;
        let around = pixels(self.left).iter().zip(pixels(self.above));
        let around = around.zip(pixels(self.corner));
        let pairs = rests.as_chunks_mut().0.iter_mut().zip(pixels(self.here));
        for ((rest, &here), ((&left, &above), &corner)) in pairs.zip(around) {
            let predicted = if apart(above, corner) < apart(left, corner) {
                left
            } else {
                above
            };
            *rest = less(here, predicted);
        }
    }
}

#[inline(always)]
fn apart(a: Pixel, b: Pixel) -> u32 {
    let channels = a.into_iter().zip(b);
    channels.map(|(a, b)| u32::from(a.abs_diff(b))).sum()
}

#[inline(always)]
fn wide(value: u8) -> i16 {
    value.into()
}

#[inline(always)]
fn clamp(value: i16) -> u8 {
    value.clamp(0, 255) as u8
}

#[inline(always)]
fn mean(a: u8, b: u8) -> u8 {
    ((wide(a) + wide(b)) / 2) as u8
}
