//! Encoding: pixels in, the bytes of a file out. One function a kind of picture.
//!
//! What was measured on one core of a shared two-core machine, and chose the formats:
//!
//! | picture | format | bytes | ms |
//! |---|---|---|---|
//! | activation sheet of the demo network, 255 × 272, indexed | PNG, no filter, level 1 | 16,900 | 0.6 |
//! | | **PNG, no filter, level 4** | 13,800 | 1.6 |
//! | | PNG, no filter, level 6 | 13,300 | 3.2 |
//! | | PNG, adaptive filters, level 6 | 12,500 | 4.3 |
//! | contact sheet of 64 CIFAR-10 images, 256 × 256, RGB | PNG, adaptive filters, level 6 | 140,000 | 14.1 |
//! | | PNG, adaptive filters, fastest | 151,600 | 0.6 |
//! | | **WebP, lossless** | 127,400 | 0.8 |

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};
use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

use super::palette;
use crate::dataset::Pixels;
use crate::report::ReportError;

/// Pixels, row by row, with one byte a channel.
pub(super) struct Raster<'a> {
    pub width: usize,
    pub height: usize,
    pub bytes: &'a [u8],
}

impl Raster<'_> {
    fn extent(&self) -> Result<(u32, u32), String> {
        let side = |length: usize| {
            u32::try_from(length).map_err(|_| format!("{length} pixels are too many"))
        };
        Ok((side(self.width)?, side(self.height)?))
    }
}

/// An indexed PNG in the colours of [`palette::table`].
pub(super) fn indexed_png(path: &str, raster: &Raster<'_>) -> Result<Vec<u8>, ReportError> {
    png(raster, ColorType::Indexed, Filter::NoFilter).map_err(|reason| failed(path, reason))
}

/// An RGBA PNG, for small pictures with transparent gaps.
pub(super) fn rgba_png(path: &str, raster: &Raster<'_>) -> Result<Vec<u8>, ReportError> {
    png(raster, ColorType::Rgba, Filter::Adaptive).map_err(|reason| failed(path, reason))
}

/// An RGB PNG, which people may save and open anywhere.
pub(super) fn rgb_png(path: &str, pixels: &Pixels) -> Result<Vec<u8>, ReportError> {
    let raster = Raster {
        width: pixels.width,
        height: pixels.height,
        bytes: &pixels.rgb,
    };
    png(&raster, ColorType::Rgb, Filter::Adaptive).map_err(|reason| failed(path, reason))
}

/// Of JPEG, 1 to 100, for many small photographs on a sheet.
pub(super) const SHEET_QUALITY: u8 = 85;

/// Of JPEG, for one photograph that people look at closely.
pub(super) const SINGLE_QUALITY: u8 = 90;

/// Photographs with some loss, as JPEG: RGB.
pub(super) fn jpeg(path: &str, raster: &Raster<'_>, quality: u8) -> Result<Vec<u8>, ReportError> {
    let (width, height) = raster.extent().map_err(|reason| failed(path, reason))?;
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .write_image(raster.bytes, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| failed(path, error.to_string()))?;
    Ok(file)
}

/// Pictures without loss, as WebP: RGB, or RGBA where parts are transparent.
pub(super) fn lossless(
    path: &str,
    raster: &Raster<'_>,
    transparent: bool,
) -> Result<Vec<u8>, ReportError> {
    let colour = if transparent {
        ExtendedColorType::Rgba8
    } else {
        ExtendedColorType::Rgb8
    };
    let (width, height) = raster.extent().map_err(|reason| failed(path, reason))?;
    let mut file = Cursor::new(Vec::new());
    let encoded = WebPEncoder::new_lossless(&mut file).encode(raster.bytes, width, height, colour);
    encoded.map_err(|error| failed(path, error.to_string()))?;
    Ok(file.into_inner())
}

fn png(raster: &Raster<'_>, colour: ColorType, filter: Filter) -> Result<Vec<u8>, String> {
    let (width, height) = raster.extent()?;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(DeflateCompression::Level(4));
    encoder.set_filter(filter);
    if colour == ColorType::Indexed {
        let (mut colours, opacity) = palette::table();
        // Most sheets need but one of the palettes, and there are thousands of them.
        let used = raster
            .bytes
            .iter()
            .max()
            .map_or(1, |&last| usize::from(last) + 1);
        colours.truncate(3 * used);
        encoder.set_palette(colours);
        encoder.set_trns(opacity.to_vec());
    }
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer
        .write_image_data(raster.bytes)
        .map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(file)
}

fn failed(path: &str, reason: String) -> ReportError {
    ReportError::Picture {
        path: path.into(),
        reason,
    }
}

/// Width, height and bytes of a PNG as it was encoded; for tests.
#[cfg(test)]
pub(super) fn decode(file: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().expect("a header");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a small picture")];
    let info = reader.next_frame(&mut bytes).expect("a picture");
    (info.width as usize, info.height as usize, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_survive() {
        let bytes: Vec<u8> = (0..90).collect();
        let file = indexed_png(
            "x.png",
            &Raster {
                width: 9,
                height: 10,
                bytes: &bytes,
            },
        )
        .expect("a file");
        assert_eq!(decode(&file), (9, 10, bytes));
    }

    #[test]
    fn photographs_survive() {
        let bytes: Vec<u8> = (0..=255).cycle().take(8 * 4 * 4).collect();
        for transparent in [false, true] {
            let channels = if transparent { 4 } else { 3 };
            let raster = Raster {
                width: 8,
                height: 4,
                bytes: &bytes[..8 * 4 * channels],
            };
            let file = lossless("x.webp", &raster, transparent).expect("a file");
            let decoded = image::load_from_memory(&file).expect("a picture");
            assert_eq!(decoded.as_bytes(), raster.bytes);
        }
    }

    #[test]
    fn one_photograph_is_a_png() {
        let mut pixels = Pixels {
            width: 5,
            height: 7,
            rgb: (0..105).collect(),
        };
        let file = rgb_png("x.png", &pixels).expect("a file");
        assert_eq!(decode(&file), (5, 7, pixels.rgb.clone()));
        pixels.height = 8;
        assert!(rgb_png("x.png", &pixels).is_err(), "too few bytes");
    }

    #[test]
    fn a_picture_that_cannot_be_is_an_error_with_its_name() {
        let error = indexed_png(
            "x.png",
            &Raster {
                width: 0,
                height: 3,
                bytes: &[],
            },
        )
        .expect_err("no pixels");
        assert!(error.to_string().contains("x.png"), "{error}");
    }
}
