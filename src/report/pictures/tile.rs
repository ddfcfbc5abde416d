//! Tiles: one image of any extent fitted into its rectangle of a contact sheet.

use std::borrow::Cow;

use crate::dataset::{Interpolation, Pixels};

/// Longest side of a tile, in pixels. Larger images are scaled down; smaller ones stay as they are, for a
/// browser enlarges them without loss.
pub(super) const LONGEST_SIDE: usize = 128;

/// Extent of an image within a square of [`LONGEST_SIDE`], its proportions kept.
pub(super) fn fitted(width: usize, height: usize) -> (usize, usize) {
    fit((width, height), (LONGEST_SIDE, LONGEST_SIDE))
}

/// Extent of an image within a box: scaled down where it is larger, never up.
fn fit((width, height): (usize, usize), (box_width, box_height): (usize, usize)) -> (usize, usize) {
    let (width, height) = (width.max(1), height.max(1));
    if width <= box_width && height <= box_height {
        return (width, height);
    }
    let scale = (box_width as f64 / width as f64).min(box_height as f64 / height as f64);
    let side = |length: usize, limit: usize| {
        ((length as f64 * scale).round() as usize).clamp(1, limit.max(1))
    };
    (side(width, box_width), side(height, box_height))
}

/// A rectangle of a sheet that is being filled.
pub(super) struct Target<'a> {
    pub bytes: &'a mut [u8],
    /// Width of the sheet.
    pub width: usize,
    /// 3 for RGB, 4 with opacity.
    pub channels: usize,
    /// Upper left corner of the tile.
    pub corner: (usize, usize),
    pub tile: (usize, usize),
}

/// Draws an image into the middle of a tile. What it leaves free stays as it is: transparent, or black.
pub(super) fn place(pixels: &Pixels, target: &mut Target<'_>) {
    if !pixels.is_whole() {
        return;
    }
    let image = within(pixels, target.tile);
    copy(&image.rgb, (image.width, image.height), target);
}

/// An image scaled down to fit into a box, or as it is where it does.
pub(super) fn within(pixels: &Pixels, extent: (usize, usize)) -> Cow<'_, Pixels> {
    let fitted = fit((pixels.width, pixels.height), extent);
    if fitted == (pixels.width, pixels.height) {
        return Cow::Borrowed(pixels);
    }
    // A triangle filter over the whole footprint: no aliasing, and no ringing at hard edges.
    Cow::Owned(pixels.resized(fitted, Interpolation::Bilinear, true))
}

fn copy(rgb: &[u8], (width, height): (usize, usize), target: &mut Target<'_>) {
    let left = target.corner.0 + (target.tile.0 - width) / 2;
    let top = target.corner.1 + (target.tile.1 - height) / 2;
    for (row, line) in rgb.chunks_exact(width * 3).take(height).enumerate() {
        let start = ((top + row) * target.width + left) * target.channels;
        let place = &mut target.bytes[start..start + width * target.channels];
        if target.channels == 3 {
            place.copy_from_slice(line);
            continue;
        }
        for (to, from) in place.chunks_exact_mut(4).zip(line.chunks_exact(3)) {
            to[..3].copy_from_slice(from);
            to[3] = u8::MAX;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_images_keep_their_pixels_and_large_ones_their_proportions() {
        assert_eq!(fitted(32, 32), (32, 32));
        assert_eq!(fitted(224, 224), (128, 128));
        assert_eq!(fitted(640, 480), (128, 96));
        assert_eq!(fitted(10_000, 1), (128, 1));
        assert_eq!(fitted(0, 0), (1, 1));
    }

    proptest! {
        #[test]
        fn any_image_stays_inside_its_tile(width in 1usize..300, height in 1usize..300, tile_width in 1usize..140, tile_height in 1usize..140, channels in 3usize..5) {
            let pixels = Pixels { width, height, rgb: vec![200; width * height * 3] };
            let tile = (tile_width, tile_height);
            // The middle tile of a sheet of 3 × 3.
            let mut bytes = vec![0u8; 9 * tile_width * tile_height * channels];
            place(&pixels, &mut Target { bytes: &mut bytes, width: 3 * tile_width, channels, corner: tile, tile });
            let mut painted = 0;
            for (number, pixel) in bytes.chunks_exact(channels).enumerate() {
                let (x, y) = (number % (3 * tile_width), number / (3 * tile_width));
                let inside = (tile_width..2 * tile_width).contains(&x) && (tile_height..2 * tile_height).contains(&y);
                painted += usize::from(pixel[0] > 0);
                prop_assert!(inside || pixel.iter().all(|&byte| byte == 0));
            }
            let (w, h) = fit((width, height), tile);
            prop_assert_eq!(painted, w * h);
        }
    }
}
