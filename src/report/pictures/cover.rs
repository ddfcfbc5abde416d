//! The cover: the picture that stands for the report where its address is shared.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use super::encode::rgb_png;
use crate::dataset::Pixels;
use crate::report::ReportError;

/// Its extent, the one that those who show such pictures ask for.
pub const WIDTH: usize = 1200;
pub const HEIGHT: usize = 630;
/// Samples side by side and one below the other.
const COLUMNS: usize = 6;
const ROWS: usize = 3;
/// Samples on a cover.
pub const SAMPLES: usize = COLUMNS * ROWS;

/// Side of a sample's square, and the paper between and around them.
const SIDE: usize = 192;
const GAP: usize = (WIDTH - COLUMNS * SIDE) / (COLUMNS + 1);
const PAPER: Rgb<u8> = Rgb([0x13, 0x15, 0x17]);

/// Samples in rows, as PNG; those beyond [`SAMPLES`] are left out. `path` is for messages.
///
/// # Errors
/// [`ReportError::Picture`] if an image's bytes do not fit its extent.
pub fn cover(path: &str, samples: &[Pixels]) -> Result<Vec<u8>, ReportError> {
    let mut canvas = RgbImage::from_pixel(WIDTH as u32, HEIGHT as u32, PAPER);
    let rows = samples.len().min(SAMPLES).div_ceil(COLUMNS).max(1);
    let top = (HEIGHT - (rows * (SIDE + GAP) - GAP)) / 2;
    for (place, pixels) in samples.iter().take(SAMPLES).enumerate() {
        let failed = || ReportError::Picture {
            path: path.into(),
            reason: "an image has too few bytes for its extent".into(),
        };
        let image = enlarged(pixels).ok_or_else(failed)?;
        let (column, row) = (place % COLUMNS, place / COLUMNS);
        let left = GAP + column * (SIDE + GAP) + (SIDE - image.width() as usize) / 2;
        let top = top + row * (SIDE + GAP) + (SIDE - image.height() as usize) / 2;
        imageops::replace(&mut canvas, &image, left as i64, top as i64);
    }
    let pixels = Pixels {
        width: WIDTH,
        height: HEIGHT,
        rgb: canvas.into_raw(),
    };
    rgb_png(path, &pixels)
}

/// Filled to the side: small images by a whole number, so that pixels stay pixels, large ones made smaller.
fn enlarged(pixels: &Pixels) -> Option<RgbImage> {
    let (width, height) = (pixels.width as u32, pixels.height as u32);
    let image = RgbImage::from_raw(width, height, pixels.rgb.clone())?;
    let longest = width.max(height).max(1);
    let side = SIDE as u32;
    if longest <= side {
        let factor = side / longest;
        return Some(imageops::resize(
            &image,
            width * factor,
            height * factor,
            FilterType::Nearest,
        ));
    }
    let scaled = |length: u32| (length * side / longest).max(1);
    Some(imageops::resize(
        &image,
        scaled(width),
        scaled(height),
        FilterType::Triangle,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize) -> Pixels {
        Pixels {
            width,
            height,
            rgb: vec![128; width * height * 3],
        }
    }

    #[test]
    fn images_of_any_extent_find_their_place() {
        for (width, height) in [(1, 1), (32, 32), (193, 7), (500, 400)] {
            let samples: Vec<Pixels> = (0..20).map(|_| grey(width, height)).collect();
            let bytes = cover("cover.png", &samples).expect("a picture");
            let picture = image::load_from_memory(&bytes).expect("PNG").to_rgb8();
            assert_eq!((picture.width(), picture.height()), (1200, 630));
            assert_eq!(picture.get_pixel(0, 0), &PAPER);
            let middle = (GAP + SIDE / 2) as u32;
            assert_eq!(picture.get_pixel(middle, HEIGHT as u32 / 2).0, [128; 3]);
        }
        assert!(cover("cover.png", &[]).is_ok());
    }

    #[test]
    fn too_few_bytes_are_an_error() {
        let mut broken = grey(2, 2);
        broken.rgb.pop();
        assert!(cover("cover.png", &[broken]).is_err());
    }
}
