//! Encoding: pixels in, the bytes of a file out. One function a kind of picture.
//!
//! Measured on the demo's pictures (one core): see `docs/architecture.md`.

use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use super::palette;
use crate::dataset::Pixels;
use crate::report::ReportError;

/// Pixels with one byte a channel, row by row.
pub(super) struct Raster<'a> {
    pub width: usize,
    pub height: usize,
    pub bytes: &'a [u8],
}

/// An indexed PNG in the colours of [`palette::table`].
pub(super) fn indexed_png(path: &str, raster: &Raster<'_>) -> Result<Vec<u8>, ReportError> {
    // Neighbouring indices are no neighbouring colours, so that filters, which encode differences,
    // only make the bytes harder to compress.
    png(path, raster, ColorType::Indexed, Filter::NoFilter)
}

/// An RGBA PNG, for small pictures with transparent gaps.
pub(super) fn rgba_png(path: &str, raster: &Raster<'_>) -> Result<Vec<u8>, ReportError> {
    png(path, raster, ColorType::Rgba, Filter::Adaptive)
}

fn png(path: &str, raster: &Raster<'_>, colour: ColorType, filter: Filter) -> Result<Vec<u8>, ReportError> {
    let failed = |reason: String| ReportError::Picture { path: path.into(), reason };
    let side = |length: usize| u32::try_from(length).map_err(|error| failed(error.to_string()));
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, side(raster.width)?, side(raster.height)?);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(filter);
    if colour == ColorType::Indexed {
        let (colours, opacity) = palette::table();
        encoder.set_palette(colours);
        encoder.set_trns(opacity.to_vec());
    }
    let mut writer = encoder.write_header().map_err(|error| failed(error.to_string()))?;
    writer.write_image_data(raster.bytes).map_err(|error| failed(error.to_string()))?;
    writer.finish().map_err(|error| failed(error.to_string()))?;
    Ok(file)
}

/// What follows the dot in the names of [`photographs`].
pub(super) const TILES_EXTENSION: &str = "png";

/// Photographs, without loss: RGB, or RGBA where parts are transparent.
pub(super) fn photographs(path: &str, raster: &Raster<'_>, transparent: bool) -> Result<Vec<u8>, ReportError> {
    png(path, raster, if transparent { ColorType::Rgba } else { ColorType::Rgb }, Filter::Adaptive)
}

/// One image of the test set as a file of its own, `path` by name in errors.
///
/// # Errors
/// [`ReportError::Picture`] if its bytes do not fit its extent.
pub fn photograph(path: &str, pixels: &Pixels) -> Result<Vec<u8>, ReportError> {
    photographs(path, &Raster { width: pixels.width, height: pixels.height, bytes: &pixels.rgb }, false)
}
