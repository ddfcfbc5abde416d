//! [`Pixels`]: one decoded image.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use serde::Serialize;

/// An image as 8-bit RGB, row by row from the top left, `height × width × 3`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

/// How an image is brought to another size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpolation {
    Nearest,
    /// A triangle: Pillow's `BILINEAR`.
    #[default]
    Bilinear,
    /// Catmull-Rom (a = −0.5): Pillow's `BICUBIC`.
    Bicubic,
}

impl Interpolation {
    pub const ALL: [Self; 3] = [Self::Nearest, Self::Bilinear, Self::Bicubic];

    /// As it stands in a config.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    fn algorithm(self, antialias: bool) -> ResizeAlg {
        let filter = match self {
            Self::Nearest => return ResizeAlg::Nearest,
            Self::Bilinear => FilterType::Bilinear,
            Self::Bicubic => FilterType::CatmullRom,
        };
        if antialias {
            ResizeAlg::Convolution(filter)
        } else {
            ResizeAlg::Interpolation(filter)
        }
    }
}

impl Pixels {
    /// Whether there are as many bytes as the extent says, and at least one pixel.
    pub fn is_whole(&self) -> bool {
        let pixels = self.width.checked_mul(self.height);
        self.width > 0
            && self.height > 0
            && pixels.and_then(|n| n.checked_mul(3)) == Some(self.rgb.len())
    }

    /// The image in another size. With `antialias` every pixel that goes into a new one counts, as in Pillow and
    /// torchvision; without, only its nearest neighbours, as in `tf.image.resize`. Empty if this one is not whole, or a side is zero or beyond `u32`.
    #[must_use]
    pub fn resized(
        &self,
        (width, height): (usize, usize),
        interpolation: Interpolation,
        antialias: bool,
    ) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let algorithm = interpolation.algorithm(antialias);
        // Across, then down, as Pillow does: in between, values are rounded and kept within a byte, so that the order shows
        // where a filter overshoots.
        self.try_resized((width, self.height), algorithm)
            .and_then(|wide| wide.try_resized((width, height), algorithm))
            .unwrap_or_default()
    }

    fn try_resized(&self, (width, height): (usize, usize), algorithm: ResizeAlg) -> Option<Self> {
        if !self.is_whole() || width == 0 || height == 0 {
            return None;
        }
        if (width, height) == (self.width, self.height) {
            return Some(self.clone());
        }
        let side = |length: usize| u32::try_from(length).ok();
        let mut rgb = vec![0; width.checked_mul(height)?.checked_mul(3)?];
        let from = ImageRef::new(
            side(self.width)?,
            side(self.height)?,
            &self.rgb,
            PixelType::U8x3,
        );
        let to = Image::from_slice_u8(side(width)?, side(height)?, &mut rgb, PixelType::U8x3);
        let options = ResizeOptions::new().resize_alg(algorithm);
        Resizer::new()
            .resize(&from.ok()?, &mut to.ok()?, &options)
            .ok()?;
        Some(Self { width, height, rgb })
    }
}
