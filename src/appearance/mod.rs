//! [`Appearance`]: what an image looks like, in numbers: how bright, how rich in contrast, how sharp it
//! is, and a hash that similar images share. Taken from the decoded pixels, before any preprocessing.

mod grey;
mod hash;
mod resample;
mod tones;

use serde::{Deserialize, Serialize};

use crate::dataset::Pixels;

pub use hash::PerceptualHash;

/// What one image looks like. Every number is that of the reference named beside it, on 8-bit RGB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Appearance {
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// Perceived brightness of the mean colour in [0, 1]: √(0.241 R² + 0.691 G² + 0.068 B²) (cleanvision).
    pub brightness: f32,
    /// 5th and 99th percentile of the same over the pixels, in [0, 1] (cleanvision).
    pub brightness_5: f32,
    pub brightness_99: f32,
    /// Standard deviation of the grey tones, in [0, 0.5] (Pillow's `L`, divided by 255).
    pub contrast: f32,
    /// Mean over the pixels of HSV's saturation, in [0, 1]: 1 − min / max of the channels, 0 for black.
    pub saturation: f32,
    /// Variance of the Laplacian of the grey tones (4 neighbours, reflected at the border; OpenCV's).
    pub sharpness: f32,
    /// Shannon entropy of the grey tones in bits, in [0, 8] (Pillow's `entropy` of `L`).
    pub entropy: f32,
    /// Standard deviation of the edges of the image at 64 pixels at most, and of the counts of its grey
    /// tones: what cleanvision calls blurred is made of them.
    pub edges: f32,
    pub tones: f32,
    /// Red, green and blue are the same at every pixel.
    pub is_grey: bool,
    pub hash: PerceptualHash,
}

impl Appearance {
    /// Measures an image; all zero for one without pixels.
    pub fn of(pixels: &Pixels) -> Self {
        let (width, height) = (pixels.width, pixels.height);
        if width * height == 0 || pixels.rgb.len() != width * height * 3 {
            return Self::default();
        }
        let grey = grey::grey(&pixels.rgb);
        let tones = tones::Tones::of(&pixels.rgb);
        let (contrast, entropy) = grey::contrast_and_entropy(&grey);
        let (edges, counts) = grey::edges_and_tones(pixels);
        Self {
            width: width as u32,
            height: height as u32,
            brightness: tones.brightness,
            brightness_5: tones.brightness_5,
            brightness_99: tones.brightness_99,
            contrast,
            saturation: tones.saturation,
            sharpness: grey::sharpness(&grey, width, height),
            entropy,
            edges,
            tones: counts,
            is_grey: tones.is_grey,
            hash: PerceptualHash::of(&grey, width, height),
        }
    }

    /// The shorter side divided by the longer, in (0, 1]; 1 for an image without pixels.
    pub fn aspect(&self) -> f64 {
        let (short, long) = (self.width.min(self.height), self.width.max(self.height));
        f64::from(short.max(1)) / f64::from(long.max(1))
    }

    /// Side of the square with as many pixels.
    pub fn size(&self) -> f64 {
        (f64::from(self.width) * f64::from(self.height)).sqrt()
    }

    /// cleanvision's score of blurriness in [0, 1]; below 0.29 it calls an image blurred.
    pub fn blur_score(&self) -> f64 {
        let score = |deviation: f32| 1.0 - (-0.01 * f64::from(deviation)).exp();
        let tones = Some(score(self.tones)).filter(|&score| score > 0.18);
        (score(self.edges) + tones.unwrap_or(0.0)).min(1.0)
    }
}

#[cfg(test)]
pub(crate) mod tests;
