//! Prediction of pixels from those on the left and above, block by block in the way that leaves least of the block.

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
    let height = pixels.len() / width;
    let mut modes = Vec::new();
    for top in (0..height).step_by(BLOCK) {
        for left in (0..width).step_by(BLOCK) {
            let cost = |mode: u8| cost(pixels, width, (left, top), mode);
            let best = MODES.into_iter().min_by_key(|&mode| cost(mode));
            modes.push(best.unwrap_or(MODES[0]));
        }
    }
    modes
}

/// What a mode leaves of a block, as the sum of its distances from zero.
fn cost(pixels: &[Pixel], width: usize, (left, top): (usize, usize), mode: u8) -> u64 {
    let height = pixels.len() / width;
    let mut sum = 0u64;
    for y in (top.max(1)..(top + BLOCK).min(height)).step_by(EVERY) {
        let row = y * width;
        let mut here = 0u32;
        for x in left.max(1)..(left + BLOCK).min(width) {
            let at = row + x;
            let around = [pixels[at - 1], pixels[at - width], pixels[at - width - 1]];
            let predicted = predict(mode, around);
            for channel in 0..4 {
                let rest = pixels[at][channel].wrapping_sub(predicted[channel]);
                here += u32::from((rest as i8).unsigned_abs());
            }
        }
        sum += u64::from(here);
    }
    sum
}

/// Takes from each pixel what its block's mode predicts of it.
pub(super) fn residuals(pixels: &mut [Pixel], width: usize, modes: &[u8]) {
    let across = width.div_ceil(BLOCK);
    // From the end, for what is predicted from must still be there.
    for at in (0..pixels.len()).rev() {
        let (x, y) = (at % width, at / width);
        let predicted = match (x, y) {
            (0, 0) => [255, 0, 0, 0],
            (_, 0) => pixels[at - 1],
            (0, _) => pixels[at - width],
            _ => predict(
                modes[y / BLOCK * across + x / BLOCK],
                [pixels[at - 1], pixels[at - width], pixels[at - width - 1]],
            ),
        };
        for channel in 0..4 {
            pixels[at][channel] = pixels[at][channel].wrapping_sub(predicted[channel]);
        }
    }
}

/// From the pixels on the left, above, and above on the left.
#[inline(always)]
fn predict(mode: u8, [left, above, corner]: [Pixel; 3]) -> Pixel {
    match mode {
        1 => left,
        2 => above,
        7 => mean(left, above),
        11 => {
            let apart = |a: Pixel, b: Pixel| -> u32 {
                (0..4)
                    .map(|channel| u32::from(a[channel].abs_diff(b[channel])))
                    .sum()
            };
            if apart(above, corner) < apart(left, corner) {
                left
            } else {
                above
            }
        }
        12 => each(|channel| {
            i16::from(left[channel]) + i16::from(above[channel]) - i16::from(corner[channel])
        }),
        _ => {
            let mean = mean(left, above);
            each(|channel| {
                let (mean, corner) = (i16::from(mean[channel]), i16::from(corner[channel]));
                mean + (mean - corner) / 2
            })
        }
    }
}

fn mean(a: Pixel, b: Pixel) -> Pixel {
    each(|channel| (i16::from(a[channel]) + i16::from(b[channel])) / 2)
}

fn each(of: impl Fn(usize) -> i16) -> Pixel {
    std::array::from_fn(|channel| of(channel).clamp(0, 255) as u8)
}
