//! [`Photograph`]: one image of the test set as a file of its own.

use super::encode::{self, Raster};
use super::tile;
use crate::dataset::{Dataset, Pixels};
use crate::report::ReportError;

/// Longest side of an image on its own page, in pixels; larger ones are scaled down.
const LONGEST_SIDE: usize = 512;

/// Whether the images of a data set are shown scaled down rather than pixel by pixel, as far as is known.
pub fn are_photographs(dataset: &dyn Dataset) -> bool {
    dataset
        .bounds()
        .is_none_or(|(width, height)| width.max(height) > tile::LONGEST_SIDE)
}

/// What a sample's page shows of its image.
#[derive(Debug)]
pub struct Photograph {
    /// `image.png`, or `image.jpg` for an image too large to be shown pixel by pixel.
    pub name: &'static str,
    pub file: Vec<u8>,
    /// Width and height in the file.
    pub extent: (usize, usize),
}

impl Photograph {
    /// `folder` is that of the page, for messages.
    ///
    /// # Errors
    /// [`ReportError::Picture`] if the bytes of the image do not fit its extent.
    pub fn new(folder: &str, pixels: &Pixels) -> Result<Self, ReportError> {
        if !pixels.is_whole() || pixels.width.max(pixels.height) <= tile::LONGEST_SIDE {
            let name = "image.png";
            return Ok(Self {
                name,
                file: encode::rgb_png(&format!("{folder}{name}"), pixels)?,
                extent: (pixels.width, pixels.height),
            });
        }
        let name = "image.jpg";
        let shown = tile::within(pixels, (LONGEST_SIDE, LONGEST_SIDE));
        let raster = Raster {
            width: shown.width,
            height: shown.height,
            bytes: &shown.rgb,
        };
        Ok(Self {
            name,
            file: encode::jpeg(&format!("{folder}{name}"), &raster, encode::SINGLE_QUALITY)?,
            extent: (shown.width, shown.height),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_images_keep_every_pixel_and_large_ones_their_proportions() {
        let pixels = |width, height| Pixels {
            width,
            height,
            rgb: vec![77; width * height * 3],
        };
        let small = Photograph::new("", &pixels(32, 128)).expect("a picture");
        assert_eq!((small.name, small.extent), ("image.png", (32, 128)));
        let decoded = image::load_from_memory(&small.file)
            .expect("a PNG")
            .into_rgb8();
        assert_eq!(decoded.as_raw(), &pixels(32, 128).rgb);
        let large = Photograph::new("", &pixels(1024, 300)).expect("a picture");
        assert_eq!((large.name, large.extent), ("image.jpg", (512, 150)));
        let decoded = image::load_from_memory(&large.file).expect("a JPEG");
        assert_eq!((decoded.width(), decoded.height()), (512, 150));
        assert!(Photograph::new("", &Pixels::default()).is_err());
    }
}
