//! What the grey tones of an image tell: contrast, entropy, sharpness, edges.

use super::resample::{Filter, resample};
use crate::dataset::Pixels;

/// cleanvision looks for edges at this many pixels, so that the size of an image does not count.
const EDGES_AT: usize = 64;

/// Grey tones of RGB pixels as Pillow's `convert("L")` makes them: ITU-R 601 in fixed point.
pub(super) fn grey(rgb: &[u8]) -> Vec<u8> {
    rgb.chunks_exact(3)
        .map(|pixel| {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
            ((19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16) as u8
        })
        .collect()
}

fn histogram(grey: &[u8]) -> [u32; 256] {
    let mut counts = [0; 256];
    for &tone in grey {
        counts[usize::from(tone)] += 1;
    }
    counts
}

/// Standard deviation of values in [0, 1], and Shannon entropy in bits.
pub(super) fn contrast_and_entropy(grey: &[u8]) -> (f32, f32) {
    let (counts, all) = (histogram(grey), grey.len() as f64);
    let mut entropy = 0.0;
    for &count in counts.iter().filter(|&&count| count > 0) {
        let share = f64::from(count) / all;
        entropy -= share * share.log2();
    }
    let tones = counts.iter().zip(0u64..);
    let (sum, squares) = tones.fold((0u64, 0u64), |(sum, squares), (&count, tone)| {
        let count = u64::from(count);
        (sum + count * tone, squares + count * tone * tone)
    });
    // Zero, never −0, for one tone.
    (
        (variance(sum as f64, squares as f64, all).sqrt() / 255.0) as f32,
        entropy.abs() as f32,
    )
}

/// Of the population, from sums of whole numbers, which are exact.
fn variance(sum: f64, squares: f64, count: f64) -> f64 {
    let mean = sum / count;
    (squares / count - mean * mean).max(0.0)
}

/// Variance of the Laplacian, neighbours beyond the border mirrored at its pixels.
pub(super) fn sharpness(grey: &[u8], width: usize, height: usize) -> f32 {
    let mirror = |place: usize, side: usize| {
        let before = if place == 0 {
            1.min(side - 1)
        } else {
            place - 1
        };
        let after = if place + 1 == side {
            side.saturating_sub(2)
        } else {
            place + 1
        };
        (before, after)
    };
    let (mut sum, mut squares) = (0i64, 0i64);
    let mut add = |above: u8, left: u8, here: u8, right: u8, below: u8| {
        let [above, left, here, right, below] = [above, left, here, right, below].map(i32::from);
        let value = i64::from(above + left + right + below - 4 * here);
        sum += value;
        squares += value * value;
    };
    for y in 0..height {
        let (up, down) = mirror(y, height);
        let row = |y: usize| &grey[y * width..(y + 1) * width];
        let (above, here, below) = (row(up), row(y), row(down));
        for x in [0, width - 1].into_iter().take(width.min(2)) {
            let (left, right) = mirror(x, width);
            add(above[x], here[left], here[x], here[right], below[x]);
        }
        for x in 1..width.max(1) - 1 {
            add(above[x], here[x - 1], here[x], here[x + 1], below[x]);
        }
    }
    variance(sum as f64, squares as f64, grey.len() as f64) as f32
}

/// Standard deviation of Pillow's `FIND_EDGES` on the grey image of at most 64 pixels, and of the counts of its tones.
pub(super) fn edges_and_tones(pixels: &Pixels) -> (f32, f32) {
    let (width, height) = (pixels.width, pixels.height);
    let longest = width.max(height);
    if longest <= EDGES_AT {
        let grey = grey(&pixels.rgb);
        return (edges(&grey, width, height), spread(&grey));
    }
    let ratio = longest as f64 / EDGES_AT as f64;
    let side = |side: usize| ((side as f64 / ratio).floor() as usize).max(1);
    let (small_width, small_height) = (side(width), side(height));
    let small = resample(
        &pixels.rgb,
        (width, height),
        (small_width, small_height),
        3,
        Filter::Bicubic,
    );
    let grey = grey(&small);
    (edges(&grey, small_width, small_height), spread(&grey))
}

/// The border stays as it is, as in Pillow's 3×3 filters.
fn edges(grey: &[u8], width: usize, height: usize) -> f32 {
    let (mut sum, mut squares) = (0u64, 0u64);
    let mut add = |value: u32| {
        sum += u64::from(value);
        squares += u64::from(value * value);
    };
    for y in 0..height {
        let border = y == 0 || y + 1 == height;
        let row = &grey[y * width..(y + 1) * width];
        if border || width < 3 {
            row.iter().for_each(|&tone| add(u32::from(tone)));
            continue;
        }
        let (above, below) = (&grey[(y - 1) * width..], &grey[(y + 1) * width..]);
        add(u32::from(row[0]));
        add(u32::from(row[width - 1]));
        for x in 1..width - 1 {
            let three = |row: &[u8]| -> i32 {
                row[x - 1..=x + 1].iter().map(|&tone| i32::from(tone)).sum()
            };
            let around = three(above) + three(row) + three(below);
            add((9 * i32::from(row[x]) - around).clamp(0, 255) as u32);
        }
    }
    variance(sum as f64, squares as f64, grey.len() as f64).sqrt() as f32
}

fn spread(grey: &[u8]) -> f32 {
    let counts = histogram(grey);
    let squares: f64 = counts.iter().map(|&count| f64::from(count).powi(2)).sum();
    variance(grey.len() as f64, squares, 256.0).sqrt() as f32
}
