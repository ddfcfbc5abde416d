//! Pictures: the bytes of an image file in, [`Pixels`] out. JPEG, PNG, WebP, BMP, GIF (its first frame) and
//! TIFF, of 8 or 16 bits, grey or coloured, with or without opacity, turned upright where their EXIF says how.

use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::Pixels;

/// The largest picture decoded, in bytes of RGB: 89 megapixels, where Pillow warns of a bomb.
const PICTURE_LIMIT: u64 = 256 << 20;

/// The largest file of one picture.
pub(super) const FILE_LIMIT: u64 = 256 << 20;

/// Endings of the names of picture files, in lower case.
const ENDINGS: [&str; 10] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff",
];

/// Whether a file's name ends like that of a picture.
pub(super) fn is_picture(name: &Path) -> bool {
    let ending = name.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// A decoded picture.
#[derive(Debug)]
pub(super) struct Picture {
    pub pixels: Pixels,
    /// Whether it is not stored upright.
    pub turned: bool,
}

/// Decodes one picture; `upright` heeds its EXIF orientation. Opacity is dropped, as Pillow's
/// `convert("RGB")` drops it, and 16 bits become 8.
///
/// # Errors
/// What is wrong with the bytes, in words.
pub(super) fn decode(bytes: &[u8], upright: bool) -> Result<Picture, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    if reader.format().is_none() {
        return Err(match bytes {
            [] => "the file is empty".to_owned(),
            _ => "its bytes are no picture of a known format".to_owned(),
        });
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(2 * PICTURE_LIMIT);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    if pixels == 0 {
        return Err("it has no pixels".to_owned());
    }
    // Not every decoder heeds the limit.
    if pixels.saturating_mul(3) > PICTURE_LIMIT || decoder.total_bytes() > 4 * PICTURE_LIMIT {
        return Err(format!(
            "{width}×{height} pixels are too many (at most {} megapixels are read)",
            PICTURE_LIMIT / 3_000_000
        ));
    }
    // Metadata that cannot be read says nothing about the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    let turned = orientation != Orientation::NoTransforms;
    if upright {
        image.apply_orientation(orientation);
    }
    let image = image.into_rgb8();
    Ok(Picture {
        pixels: Pixels {
            width: image.width() as usize,
            height: image.height() as usize,
            rgb: image.into_raw(),
        },
        turned,
    })
}
