//! [`Geometry`]: how images of any size become images of the network's: a resize, then a crop of the
//! centre, each as torchvision's transform of that name does it.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use super::pixels::{Interpolation, Pixels};

/// Width and height in pixels.
pub type Extent = (usize, usize);

/// The size an image is brought to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    /// The shorter side gets this length, the other one follows, rounded down
    /// (`torchvision.transforms.Resize(256)`).
    ShorterSide(usize),
    /// Both sides, whatever becomes of the proportions.
    Exact(Extent),
}

/// Resize and crop, each only where it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Geometry {
    pub resize: Option<Resize>,
    pub interpolation: Interpolation,
    /// Whether every pixel counts where an image becomes smaller: see [`Pixels::resized`].
    pub antialias: bool,
    /// The extent of the centre that is kept (`torchvision.transforms.CenterCrop`). What an image
    /// lacks is black.
    #[serde(serialize_with = "serialize_crop")]
    pub center_crop: Option<Extent>,
}

impl Default for Geometry {
    fn default() -> Self {
        Self {
            resize: None,
            interpolation: Interpolation::default(),
            antialias: true,
            center_crop: None,
        }
    }
}

impl Resize {
    /// What an image of this extent becomes.
    fn extent(self, (width, height): Extent) -> Extent {
        match self {
            Self::Exact(extent) => extent,
            Self::ShorterSide(side) if width <= height => (side, longer(side, height, width)),
            Self::ShorterSide(side) => (longer(side, width, height), side),
        }
    }
}

/// `int(side × long / short)`, and never less than one pixel.
fn longer(side: usize, long: usize, short: usize) -> usize {
    (side.saturating_mul(long) / short.max(1)).max(1)
}

/// As in a config: a side, or `[height, width]`.
impl fmt::Display for Resize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShorterSide(side) => write!(f, "{side}"),
            Self::Exact((width, height)) => write!(f, "[{height}, {width}]"),
        }
    }
}

impl Serialize for Resize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::ShorterSide(side) => side.serialize(serializer),
            Self::Exact((width, height)) => [height, width].serialize(serializer),
        }
    }
}

fn serialize_crop<S: Serializer>(crop: &Option<Extent>, serializer: S) -> Result<S::Ok, S::Error> {
    crop.map(|(width, height)| [height, width])
        .serialize(serializer)
}

impl Geometry {
    /// Whether images stay as they are.
    pub fn is_identity(&self) -> bool {
        self.resize.is_none() && self.center_crop.is_none()
    }

    /// What images become: known for a crop and for an exact size, else where they share one extent.
    pub fn extent(&self, images: Option<Extent>) -> Option<Extent> {
        match (self.center_crop, self.resize) {
            (Some(crop), _) => Some(crop),
            (None, Some(Resize::Exact(extent))) => Some(extent),
            (None, Some(resize)) => images.map(|extent| resize.extent(extent)),
            (None, None) => images,
        }
    }

    /// The image as the network is shown it.
    pub fn apply<'a>(&self, pixels: &'a Pixels) -> Cow<'a, Pixels> {
        let mut image = Cow::Borrowed(pixels);
        if let Some(resize) = self.resize {
            let extent = resize.extent((pixels.width, pixels.height));
            if extent != (pixels.width, pixels.height) {
                image = Cow::Owned(pixels.resized(extent, self.interpolation, self.antialias));
            }
        }
        match self.center_crop {
            Some(extent) if extent != (image.width, image.height) => {
                Cow::Owned(center_crop(&image, extent))
            }
            _ => image,
        }
    }
}

/// Where a crop begins in an image along one side, or how much stands black before the image where that is
/// smaller: torchvision pads first, and rounds halves of the rest to the even number as Python does.
fn start(image: usize, crop: usize) -> (usize, usize) {
    if image < crop {
        return (0, (crop - image) / 2);
    }
    let half = (image - crop) / 2;
    let odd = (image - crop) % 2;
    (half + odd * (half % 2), 0)
}

fn center_crop(image: &Pixels, (width, height): Extent) -> Pixels {
    let mut rgb = vec![0; width * height * 3];
    let (left, black_left) = start(image.width, width);
    let (top, black_top) = start(image.height, height);
    let columns = width.min(image.width);
    if image.is_whole() {
        for row in 0..height.min(image.height) {
            let from = ((top + row) * image.width + left) * 3;
            let to = ((black_top + row) * width + black_left) * 3;
            rgb[to..to + columns * 3].copy_from_slice(&image.rgb[from..from + columns * 3]);
        }
    }
    Pixels { width, height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_longer_side_is_rounded_down() {
        let resize = Resize::ShorterSide(256);
        assert_eq!(resize.extent((500, 375)), (341, 256));
        assert_eq!(resize.extent((375, 500)), (256, 341));
        assert_eq!(resize.extent((1, 3)), (256, 768));
        assert_eq!(Resize::ShorterSide(1).extent((9, 2)), (4, 1));
    }

    #[test]
    fn halves_are_rounded_to_the_even_number() {
        // round(0.5) = 0, round(1.5) = 2, round(2.5) = 2 in Python.
        assert_eq!([5, 7, 9].map(|side| start(side, 4).0), [0, 2, 2]);
        assert_eq!(start(3, 4), (0, 0));
        assert_eq!(start(1, 4), (0, 1));
    }

    #[test]
    fn what_is_known_of_the_extent_beforehand() {
        let geometry = |resize, center_crop| Geometry {
            resize,
            center_crop,
            ..Geometry::default()
        };
        assert_eq!(geometry(None, None).extent(None), None);
        assert_eq!(geometry(None, None).extent(Some((5, 4))), Some((5, 4)));
        assert_eq!(
            geometry(Some(Resize::ShorterSide(8)), None).extent(None),
            None
        );
        assert_eq!(
            geometry(Some(Resize::ShorterSide(8)), None).extent(Some((5, 4))),
            Some((10, 8))
        );
        assert_eq!(
            geometry(Some(Resize::Exact((3, 2))), None).extent(None),
            Some((3, 2))
        );
        assert_eq!(
            geometry(Some(Resize::ShorterSide(8)), Some((6, 6))).extent(None),
            Some((6, 6))
        );
    }

    proptest! {
        #[test]
        fn every_image_becomes_what_was_foretold(width in 1usize..40, height in 1usize..40, side in 1usize..40, crop in 1usize..40, wide in 1usize..40) {
            let pixels = Pixels { width, height, rgb: vec![9; width * height * 3] };
            for resize in [None, Some(Resize::ShorterSide(side)), Some(Resize::Exact((side, wide)))] {
                for center_crop in [None, Some((crop, wide))] {
                    for (interpolation, antialias) in Interpolation::ALL.into_iter().flat_map(|one| [(one, true), (one, false)]) {
                        let geometry = Geometry { resize, interpolation, antialias, center_crop };
                        let image = geometry.apply(&pixels);
                        prop_assert!(image.is_whole());
                        prop_assert_eq!(geometry.extent(Some((width, height))), Some((image.width, image.height)));
                        prop_assert!(image.rgb.iter().all(|&byte| byte == 9 || byte == 0));
                    }
                }
            }
        }
    }
}
