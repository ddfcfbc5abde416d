//! [`Preprocess`]: how an image becomes the numbers that the network was trained on: resized, cropped, its
//! channels put in order, and `(pixel × scale − mean) / std`, rounded as `float32` after every operation,
//! as numpy does it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

use super::geometry::{Extent, Geometry};
use super::{DatasetError, Pixels};

/// The factor on a pixel, kept as a fraction: `x / 255` and `x × (1 / 255)` differ in the last
/// bit of 126 of the 256 pixel values, and a report must compute what the training computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    numerator: f32,
    denominator: f32,
}

/// A scale that is not one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{given:?} is no scale; expected a number other than 0, or a fraction such as \"1/255\"")]
pub struct BadScale {
    pub given: String,
}

impl Scale {
    /// A plain factor.
    ///
    /// # Errors
    /// If it is zero, infinite or not a number, as `float32`.
    pub fn factor(factor: f64) -> Result<Self, BadScale> {
        Self::fraction(factor, 1.0).ok_or_else(|| BadScale {
            given: factor.to_string(),
        })
    }

    fn fraction(numerator: f64, denominator: f64) -> Option<Self> {
        let usable = |number: f32| (number.is_finite() && number != 0.0).then_some(number);
        // The network computes in float32, so that is the precision of what it is given.
        Some(Self {
            numerator: usable(numerator as f32)?,
            denominator: usable(denominator as f32)?,
        })
    }

    fn apply(self, pixel: f32) -> f32 {
        // With a numerator or a denominator of one that operation is exact.
        pixel * self.numerator / self.denominator
    }
}

impl Default for Scale {
    /// Pixels as they are, 0 to 255.
    fn default() -> Self {
        Self {
            numerator: 1.0,
            denominator: 1.0,
        }
    }
}

impl FromStr for Scale {
    type Err = BadScale;

    /// A number, or two of them with a slash between.
    fn from_str(text: &str) -> Result<Self, BadScale> {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        let number = |part: &str| part.trim().parse::<f64>().ok();
        number(numerator)
            .zip(number(denominator))
            .and_then(|(numerator, denominator)| Self::fraction(numerator, denominator))
            .ok_or_else(|| BadScale {
                given: text.to_owned(),
            })
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.numerator)?;
        if self.denominator != 1.0 {
            write!(f, "/{}", self.denominator)?;
        }
        Ok(())
    }
}

impl Serialize for Scale {
    /// As text: `1/255`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Which channels the network is given, and in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Red, green, blue, or grey where the network has one input channel.
    #[default]
    Auto,
    Rgb,
    Bgr,
    /// Grey in every channel.
    Grey,
}

impl Channels {
    /// As it stands in a config.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Rgb => "rgb",
            Self::Bgr => "bgr",
            Self::Grey => "grey",
        }
    }

    /// The one of that name; grey is also spelt gray.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "rgb" => Some(Self::Rgb),
            "bgr" => Some(Self::Bgr),
            "grey" | "gray" => Some(Self::Grey),
            _ => None,
        }
    }
}

/// The way from an image to the network's input; the last step is one table of 256 numbers a channel.
#[derive(Clone, Debug, Serialize)]
pub struct Preprocess {
    #[serde(flatten)]
    geometry: Geometry,
    channels: Channels,
    scale: Scale,
    mean: Vec<f32>,
    std: Vec<f32>,
    /// One a channel, or one for all.
    #[serde(skip)]
    tables: Vec<[f32; 256]>,
}

impl Preprocess {
    /// `mean` and `std` are in units of the scaled pixel and hold one number for all channels or
    /// one a channel.
    ///
    /// # Errors
    /// If a list is empty or their lengths disagree, a mean is not finite, or a standard
    /// deviation is not above zero and finite.
    pub fn new(scale: Scale, mean: Vec<f32>, std: Vec<f32>) -> Result<Self, DatasetError> {
        check_values("mean", &mean, "finite numbers", |value| value.is_finite())?;
        check_values("std", &std, "finite numbers above 0", |value| {
            value.is_finite() && value > 0.0
        })?;
        let channels = mean.len().max(std.len());
        for (key, values) in [("mean", &mean), ("std", &std)] {
            if values.len() != 1 && values.len() != channels {
                return Err(DatasetError::ChannelMismatch {
                    key,
                    given: values.len(),
                    channels,
                });
            }
        }
        let of_channel = |values: &[f32], channel: usize| values[channel.min(values.len() - 1)];
        let tables = (0..channels)
            .map(|channel| {
                let (mean, std) = (of_channel(&mean, channel), of_channel(&std, channel));
                let mut table = [0.0; 256];
                for (value, pixel) in table.iter_mut().zip(0..=u8::MAX) {
                    *value = (scale.apply(f32::from(pixel)) - mean) / std;
                }
                table
            })
            .collect();
        Ok(Self {
            geometry: Geometry::default(),
            channels: Channels::default(),
            scale,
            mean,
            std,
            tables,
        })
    }

    /// The same with images resized and cropped first.
    #[must_use]
    pub fn with_geometry(self, geometry: Geometry) -> Self {
        Self { geometry, ..self }
    }

    /// The same with these channels. `mean` and `std` are in their order.
    #[must_use]
    pub fn with_channels(self, channels: Channels) -> Self {
        Self { channels, ..self }
    }

    /// Whether another one gives every network with colours the same numbers.
    pub fn gives_the_same_as(&self, other: &Self) -> bool {
        let channel = |of: &Self, channel: usize| of.tables[channel.min(of.tables.len() - 1)];
        let order = |of: &Self| match of.channels {
            Channels::Auto => Channels::Rgb,
            channels => channels,
        };
        self.geometry == other.geometry
            && order(self) == order(other)
            && (0..3).all(|number| channel(self, number) == channel(other, number))
    }

    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    pub fn channels(&self) -> Channels {
        self.channels
    }

    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// One number for all channels, or one a channel.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// One number for all channels, or one a channel; all above zero.
    pub fn std(&self) -> &[f32] {
        &self.std
    }

    /// Whether images of `image_size` (width, height) can be given to a network whose input is
    /// `(height, width, channels)`. To be asked once, before the run.
    ///
    /// # Errors
    /// If images do not come out in the size of the input, or not all in the same, or the channels do not fit.
    pub fn check(
        &self,
        image_size: Option<Extent>,
        (height, width, channels): (usize, usize, usize),
    ) -> Result<(), DatasetError> {
        let prepared = self.geometry.extent(image_size);
        if prepared != Some((width, height)) {
            let network_size = (width, height);
            return Err(match (self.geometry.is_identity(), prepared) {
                (false, Some(prepared)) => DatasetError::PreparedMismatch {
                    prepared,
                    network_size,
                },
                (false, None) => DatasetError::UnevenSizes { network_size },
                (true, _) => DatasetError::SizeMismatch {
                    image_size,
                    network_size,
                },
            });
        }
        self.check_channels(channels)
    }

    fn check_channels(&self, channels: usize) -> Result<(), DatasetError> {
        if channels != 1 && channels != 3 {
            return Err(DatasetError::UnsupportedChannels { channels });
        }
        if channels == 1 && matches!(self.channels, Channels::Rgb | Channels::Bgr) {
            return Err(DatasetError::BadPreprocess {
                key: "channels",
                value: format!(
                    "\"{}\", but the network takes one channel",
                    self.channels.name()
                ),
                expected: "\"grey\" or \"auto\"",
            });
        }
        for (key, values) in [("mean", &self.mean), ("std", &self.std)] {
            if values.len() != 1 && values.len() != channels {
                return Err(DatasetError::ChannelMismatch {
                    key,
                    given: values.len(),
                    channels,
                });
            }
        }
        Ok(())
    }

    /// Writes an image, resized and cropped, as `height × width × channels` numbers. Grey is the luma of
    /// ITU-R BT.601 in the integers of Pillow's `convert("L")`.
    ///
    /// # Errors
    /// If the channels are neither 1 nor 3 or do not fit the settings, or `out` is not as
    /// long as the image. [`check`](Self::check) finds both before a run.
    pub fn apply(
        &self,
        pixels: &Pixels,
        channels: usize,
        out: &mut [f32],
    ) -> Result<(), DatasetError> {
        self.check_channels(channels)?;
        let image = self.geometry.apply(pixels);
        let needed = image.rgb.len() / 3 * channels;
        if out.len() != needed {
            return Err(DatasetError::BadBuffer {
                given: out.len(),
                needed,
            });
        }
        let last = self.tables.len() - 1;
        let tables = [0, 1, 2].map(|channel: usize| &self.tables[channel.min(last)]);
        let grey = channels == 1 || self.channels == Channels::Grey;
        for (values, rgb) in out
            .chunks_exact_mut(channels)
            .zip(image.rgb.chunks_exact(3))
        {
            let bytes = match self.channels {
                _ if grey => [luma(rgb[0], rgb[1], rgb[2]); 3],
                Channels::Bgr => [rgb[2], rgb[1], rgb[0]],
                _ => [rgb[0], rgb[1], rgb[2]],
            };
            for ((value, byte), table) in values.iter_mut().zip(bytes).zip(tables) {
                *value = table[usize::from(byte)];
            }
        }
        Ok(())
    }
}

impl Preprocess {
    /// The same for an image of floating-point numbers, `height × width × 3`: scale, mean and standard deviation
    /// are applied to the numbers as they are.
    ///
    /// # Errors
    /// As [`apply`](Self::apply); and if images are to be resized or cropped, which is for bytes only.
    pub fn apply_to_values(
        &self,
        values: &[f32],
        channels: usize,
        out: &mut [f32],
    ) -> Result<(), DatasetError> {
        self.check_channels(channels)?;
        if !self.geometry.is_identity() {
            return Err(DatasetError::BadPreprocess {
                key: "resize",
                value: "set, but the images are floating-point numbers".to_owned(),
                expected: "neither resize nor crop for them",
            });
        }
        let needed = values.len() / 3 * channels;
        if out.len() != needed {
            return Err(DatasetError::BadBuffer {
                given: out.len(),
                needed,
            });
        }
        let of_channel = |values: &[f32], channel: usize| values[channel.min(values.len() - 1)];
        let grey = channels == 1 || self.channels == Channels::Grey;
        for (out, rgb) in out.chunks_exact_mut(channels).zip(values.chunks_exact(3)) {
            let rgb = match self.channels {
                _ if grey => [luma_of_values(rgb); 3],
                Channels::Bgr => [rgb[2], rgb[1], rgb[0]],
                _ => [rgb[0], rgb[1], rgb[2]],
            };
            for (channel, (out, value)) in out.iter_mut().zip(rgb).enumerate() {
                let (mean, std) = (
                    of_channel(&self.mean, channel),
                    of_channel(&self.std, channel),
                );
                *out = (self.scale.apply(value) - mean) / std;
            }
        }
        Ok(())
    }
}

fn luma_of_values(rgb: &[f32]) -> f32 {
    // Grey stays what it is, to the bit.
    if rgb[0] == rgb[1] && rgb[1] == rgb[2] {
        rgb[0]
    } else {
        0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
    }
}

fn check_values(
    key: &'static str,
    values: &[f32],
    expected: &'static str,
    good: impl Fn(f32) -> bool,
) -> Result<(), DatasetError> {
    let value = match values.iter().find(|value| !good(**value)) {
        Some(bad) => bad.to_string(),
        None if values.is_empty() => "an empty list".to_owned(),
        None => return Ok(()),
    };
    Err(DatasetError::BadPreprocess {
        key,
        value,
        expected,
    })
}

/// Pillow's `L24(rgb) >> 16`: 0.299 red + 0.587 green + 0.114 blue, rounded.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471;
    // The weights sum to 2¹⁶, so the quotient is at most 255.
    ((sum + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(scale: &str, mean: &[f32], std: &[f32]) -> Option<Preprocess> {
        Preprocess::new(scale.parse().ok()?, mean.to_vec(), std.to_vec()).ok()
    }

    fn all_grey() -> Pixels {
        Pixels {
            width: 256,
            height: 1,
            rgb: (0..=255_u8).flat_map(|value| [value; 3]).collect(),
        }
    }

    #[test]
    fn a_fraction_divides_as_numpy_does() -> Result<(), DatasetError> {
        let mut divided = [0.0; 768];
        let mut multiplied = [0.0; 768];
        let fraction = scaled("1/255", &[0.0], &[1.0]);
        let factor = scaled("0.00392156862745098", &[0.0], &[1.0]);
        let (Some(fraction), Some(factor)) = (fraction, factor) else {
            panic!("both are scales");
        };
        fraction.apply(&all_grey(), 3, &mut divided)?;
        factor.apply(&all_grey(), 3, &mut multiplied)?;
        let mut differing = 0;
        for pixel in 0..=255_u8 {
            let index = usize::from(pixel) * 3;
            assert_eq!(divided[index], f32::from(pixel) / 255.0);
            assert_eq!(multiplied[index], f32::from(pixel) * (1.0 / 255.0));
            differing += usize::from(divided[index] != multiplied[index]);
        }
        assert_eq!(differing, 126);
        Ok(())
    }

    #[test]
    fn every_channel_has_its_own_mean_and_deviation() -> Result<(), DatasetError> {
        let Some(preprocess) = scaled("1", &[0.0, 10.0, 20.0], &[2.0]) else {
            panic!("a good preprocessing");
        };
        let pixels = Pixels {
            width: 1,
            height: 1,
            rgb: vec![100; 3],
        };
        let mut out = [0.0; 3];
        preprocess.apply(&pixels, 3, &mut out)?;
        assert_eq!(out, [50.0, 45.0, 40.0]);
        let refused = preprocess.apply(&pixels, 1, &mut out[..1]);
        assert_eq!(
            refused.map_err(|error| error.to_string()),
            Err(
                "`preprocess.mean` has 3 values, but the network takes 1 channels; give one \
                 number for all channels, or 1 of them"
                    .to_owned()
            )
        );
        Ok(())
    }

    #[test]
    fn channels_come_in_the_order_asked_for() -> Result<(), DatasetError> {
        let Some(preprocess) = scaled("1", &[1.0, 2.0, 3.0], &[1.0]) else {
            panic!("a good preprocessing");
        };
        let pixels = Pixels {
            width: 1,
            height: 1,
            rgb: vec![255, 100, 50],
        };
        let mut out = [0.0; 3];
        preprocess
            .clone()
            .with_channels(Channels::Bgr)
            .apply(&pixels, 3, &mut out)?;
        assert_eq!(out, [49.0, 98.0, 252.0]);
        preprocess
            .clone()
            .with_channels(Channels::Grey)
            .apply(&pixels, 3, &mut out)?;
        assert_eq!(out, [140.0, 139.0, 138.0]);
        let one = scaled("1", &[0.0], &[1.0]).map(|one| one.with_channels(Channels::Bgr));
        let refused = one.map(|one| {
            one.check(Some((1, 1)), (1, 1, 1))
                .map_err(|error| error.to_string())
        });
        assert_eq!(
            refused,
            Some(Err("`preprocess.channels` is \"bgr\", but the network takes one channel; expected \"grey\" or \"auto\"".to_owned()))
        );
        Ok(())
    }

    #[test]
    fn grey_is_the_luma_of_pillow() {
        // The weights 0.299, 0.587 and 0.114, rounded to the nearest grey.
        for (rgb, grey) in [
            ([255, 0, 0], 76),
            ([0, 255, 0], 150),
            ([0, 0, 255], 29),
            ([255, 255, 255], 255),
            ([12, 200, 77], 130),
        ] {
            assert_eq!(luma(rgb[0], rgb[1], rgb[2]), grey, "{rgb:?}");
        }
    }

    #[test]
    fn scales_are_read_and_written() {
        for good in ["1/255", "2", "-1", "0.5", "1/127.5"] {
            let text = good.parse::<Scale>().map(|scale| scale.to_string());
            assert_eq!(text.as_deref(), Ok(good));
        }
        for bad in [
            "", "0", "1/0", "one", "1/2/3", "nan", "inf", "1e99", "0/255",
        ] {
            assert!(bad.parse::<Scale>().is_err(), "{bad}");
        }
    }
}
