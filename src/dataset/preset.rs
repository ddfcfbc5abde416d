//! [`Preset`]: preprocessings that many networks were trained with, by name.

use super::geometry::{Geometry, Resize};
use super::pixels::Interpolation;
use super::preprocess::Channels;

/// Mean and standard deviation of ImageNet's pixels in [0, 1], as torchvision and Keras write them.
const IMAGENET_MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const IMAGENET_STD: [f64; 3] = [0.229, 0.224, 0.225];

/// A named preprocessing. Every key of the config holds over its part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// `preprocess_input` with `mode="tf"`: −1 to 1.
    KerasTf,
    /// `preprocess_input` with `mode="caffe"`: blue, green, red, less ImageNet's mean.
    KerasCaffe,
    /// `preprocess_input` with `mode="torch"`: 0 to 1, then ImageNet's mean and standard deviation.
    KerasTorch,
    /// The transforms of torchvision's classifiers: resize 256, centre crop 224, and then as `KerasTorch`.
    Torchvision,
}

impl Preset {
    pub const ALL: [Self; 4] = [
        Self::KerasTf,
        Self::KerasCaffe,
        Self::KerasTorch,
        Self::Torchvision,
    ];

    /// As it stands in a config.
    pub fn name(self) -> &'static str {
        match self {
            Self::KerasTf => "keras-tf",
            Self::KerasCaffe => "keras-caffe",
            Self::KerasTorch => "keras-torch",
            Self::Torchvision => "torchvision",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    pub fn geometry(self) -> Geometry {
        match self {
            Self::Torchvision => Geometry {
                resize: Some(Resize::ShorterSide(256)),
                interpolation: Interpolation::Bilinear,
                center_crop: Some((224, 224)),
                ..Geometry::default()
            },
            _ => Geometry::default(),
        }
    }

    pub fn channels(self) -> Channels {
        match self {
            Self::KerasCaffe => Channels::Bgr,
            _ => Channels::Auto,
        }
    }

    /// As it would stand in a config.
    pub fn scale(self) -> &'static str {
        match self {
            Self::KerasTf => "1/127.5",
            Self::KerasCaffe => "1",
            Self::KerasTorch | Self::Torchvision => "1/255",
        }
    }

    pub fn mean(self) -> Vec<f64> {
        match self {
            Self::KerasTf => vec![1.0],
            Self::KerasCaffe => vec![103.939, 116.779, 123.68],
            Self::KerasTorch | Self::Torchvision => IMAGENET_MEAN.to_vec(),
        }
    }

    pub fn std(self) -> Vec<f64> {
        match self {
            Self::KerasTf | Self::KerasCaffe => vec![1.0],
            Self::KerasTorch | Self::Torchvision => IMAGENET_STD.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_presets() {
        for preset in Preset::ALL {
            assert_eq!(Preset::from_name(preset.name()), Some(preset));
            assert!(preset.scale().parse::<super::super::Scale>().is_ok());
        }
        assert_eq!(Preset::from_name("caffe"), None);
    }
}
