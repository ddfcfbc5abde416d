//! Encoding: pixels in, the bytes of a file out. One function a kind of picture.
//!
//! What was measured on one core of a shared two-core machine, and chose the formats:
//!
//! | picture | format | bytes | ms |
//! |---|---|---|---|
//! | activation sheet of the demo network, 255 × 272, 32 levels a byte | PNG, no filter, level 4 | 11,460 | 0.7 |
//! | | PNG, no filter, level 6 | 10,450 | 1.7 |
//! | | PNG, row above as the filter, level 6 | 12,270 | |
//! | | WebP, lossless (libwebp, method 3) | 8,560 | |
//! | 14 of the levels, two pixels a byte | PNG, no filter, level 6 (zlib) | 8,290 | 1.1 |
//! | | **PNG, no filter, level 6 (libdeflate)** | 8,320 | 0.3 |
//! | | WebP, lossless (libwebp, method 3) | 7,230 | |
//! | contact sheet of 64 CIFAR-10 images, 256 × 256, RGB | PNG, adaptive filters, level 6 | 140,000 | 14.1 |
//! | | PNG, adaptive filters, fastest | 151,600 | 0.6 |
//! | | WebP, lossless (image-webp) | 127,400 | 0.8 |
//! | | **WebP, lossless ([`webp`])** | 112,000 | 2.4 |
//! | | WebP, lossless (libwebp, method 4) | 106,000 | |

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use libdeflater::{CompressionLvl, Compressor};
use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

use super::{palette, webp};
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
    indexed(raster).map_err(|reason| failed(path, reason))
}

/// An RGBA PNG, for small pictures with transparent gaps.
pub(super) fn rgba_png(path: &str, raster: &Raster<'_>) -> Result<Vec<u8>, ReportError> {
    png(raster, ColorType::Rgba).map_err(|reason| failed(path, reason))
}

/// An RGB PNG, which people may save and open anywhere.
pub(super) fn rgb_png(path: &str, pixels: &Pixels) -> Result<Vec<u8>, ReportError> {
    let raster = Raster {
        width: pixels.width,
        height: pixels.height,
        bytes: &pixels.rgb,
    };
    png(&raster, ColorType::Rgb).map_err(|reason| failed(path, reason))
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
    let channels = if transparent { 4 } else { 3 };
    webp::encode(raster.bytes, (raster.width, raster.height), channels)
        .map_err(|reason| failed(path, reason))
}

fn png(raster: &Raster<'_>, colour: ColorType) -> Result<Vec<u8>, String> {
    let (width, height) = raster.extent()?;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(DeflateCompression::Level(4));
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer
        .write_image_data(raster.bytes)
        .map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(file)
}

/// In the colours that are used, two pixels a byte where they are few.
fn indexed(raster: &Raster<'_>) -> Result<Vec<u8>, String> {
    let (width, height) = raster.extent()?;
    let used = Used::of(raster.bytes);
    let few = used.indices.len() <= FEW_COLOURS;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(if few { BitDepth::Four } else { BitDepth::Eight });
    encoder.set_palette(used.palette());
    encoder.set_trns(palette::table().1.to_vec());
    let rows = used.rows(raster, few);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer
        .write_chunk(png::chunk::IDAT, &deflated(&rows)?)
        .map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(file)
}

fn deflated(bytes: &[u8]) -> Result<Vec<u8>, String> {
    // Level 6.
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut packed = vec![0; compressor.zlib_compress_bound(bytes.len())];
    let length = compressor
        .zlib_compress(bytes, &mut packed)
        .map_err(|error| error.to_string())?;
    packed.truncate(length);
    Ok(packed)
}

/// Most colours of which two pixels share a byte.
const FEW_COLOURS: usize = 16;

/// The entries of [`palette::table`] that a picture needs, the transparent one first in any case.
struct Used {
    indices: Vec<u8>,
    places: [u8; 256],
}

impl Used {
    fn of(bytes: &[u8]) -> Self {
        let mut is_used = [false; 256];
        is_used[usize::from(palette::GAP)] = true;
        bytes
            .iter()
            .for_each(|&index| is_used[usize::from(index)] = true);
        let indices: Vec<u8> = (0..=255)
            .filter(|&index| is_used[usize::from(index)])
            .collect();
        let mut places = [0; 256];
        for (place, &index) in (0..).zip(&indices) {
            places[usize::from(index)] = place;
        }
        Self { indices, places }
    }

    fn place(&self, index: u8) -> u8 {
        self.places[usize::from(index)]
    }

    fn palette(&self) -> Vec<u8> {
        let (colours, _) = palette::table();
        let entry = |&index: &u8| colours.chunks_exact(3).nth(index.into()).unwrap_or(&[0; 3]);
        self.indices.iter().flat_map(entry).copied().collect()
    }

    /// The rows as a PNG deflates them: each behind a 0, which says that no filter was applied. Two pixels a byte, the
    /// left one in its upper half, or one.
    fn rows(&self, raster: &Raster<'_>, two: bool) -> Vec<u8> {
        let mut rows = Vec::with_capacity((raster.width + 1) * raster.height);
        for row in raster.bytes.chunks(raster.width.max(1)) {
            rows.push(0);
            if two {
                rows.extend(row.chunks(2).map(|pair| {
                    self.place(pair[0]) << 4 | pair.get(1).map_or(0, |&right| self.place(right))
                }));
            } else {
                rows.extend(row.iter().map(|&index| self.place(index)));
            }
        }
        rows
    }
}

fn failed(path: &str, reason: String) -> ReportError {
    ReportError::Picture {
        path: path.into(),
        reason,
    }
}

/// Width, height and bytes of a PNG as they were handed over to be encoded; for tests.
#[cfg(test)]
pub(super) fn decode(file: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().expect("a header");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a small picture")];
    let info = reader.next_frame(&mut bytes).expect("a picture");
    let (width, height) = (info.width as usize, info.height as usize);
    let Some(colours) = reader.info().palette.as_ref() else {
        return (width, height, bytes);
    };
    let table = palette::table().0;
    let index_of = |place: u8| {
        let colour = &colours[3 * usize::from(place)..][..3];
        let found = table.chunks_exact(3).position(|other| other == colour);
        // The transparent entry is first, and another may have its colour.
        let found = if place == 0 { Some(0) } else { found };
        found.expect("a colour of the table") as u8
    };
    let place = |at: usize| match info.bit_depth {
        BitDepth::Four => {
            let byte = bytes[at / width * info.line_size + at % width / 2];
            if (at % width).is_multiple_of(2) {
                byte >> 4
            } else {
                byte & 15
            }
        }
        _ => bytes[at],
    };
    let indices = (0..width * height).map(|at| index_of(place(at))).collect();
    (width, height, indices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_survive() {
        // Many colours, and few, of which two share a byte.
        for colours in [34u8, 14] {
            let bytes: Vec<u8> = (0..90).map(|pixel| 2 * (pixel % colours)).collect();
            let raster = Raster {
                width: 9,
                height: 10,
                bytes: &bytes,
            };
            let file = indexed_png("x.png", &raster).expect("a file");
            assert_eq!(decode(&file), (9, 10, bytes));
        }
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
