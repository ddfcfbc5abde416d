//! [`Preprocess`]: how bytes of an image become the numbers that the network was trained on:
//! `(pixel × scale − mean) / std`, rounded as `float32` after every operation, as numpy does it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

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

    fn apply(self, pixel: u8) -> f32 {
        // With a numerator or a denominator of one that operation is exact.
        f32::from(pixel) * self.numerator / self.denominator
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

/// The way from bytes to the network's input, as one table of 256 numbers a channel.
#[derive(Clone, Debug, Serialize)]
pub struct Preprocess {
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
                    *value = (scale.apply(pixel) - mean) / std;
                }
                table
            })
            .collect();
        Ok(Self {
            scale,
            mean,
            std,
            tables,
        })
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
    /// If the sizes differ or are not the same for all images, or the channels do not fit.
    pub fn check(
        &self,
        image_size: Option<(usize, usize)>,
        (height, width, channels): (usize, usize, usize),
    ) -> Result<(), DatasetError> {
        if image_size != Some((width, height)) {
            return Err(DatasetError::SizeMismatch {
                image_size,
                network_size: (width, height),
            });
        }
        self.check_channels(channels)
    }

    fn check_channels(&self, channels: usize) -> Result<(), DatasetError> {
        if channels != 1 && channels != 3 {
            return Err(DatasetError::UnsupportedChannels { channels });
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

    /// Writes an image as `height × width × channels` numbers. One channel is grey: the luma of
    /// ITU-R BT.601 in the integers of Pillow's `convert("L")`; three are red, green, blue.
    ///
    /// # Errors
    /// If the channels are neither 1 nor 3 or do not fit `mean` and `std`, or `out` is not as
    /// long as the image. [`check`](Self::check) finds both before a run.
    pub fn apply(
        &self,
        pixels: &Pixels,
        channels: usize,
        out: &mut [f32],
    ) -> Result<(), DatasetError> {
        self.check_channels(channels)?;
        let needed = pixels.rgb.len() / 3 * channels;
        if out.len() != needed {
            return Err(DatasetError::BadBuffer {
                given: out.len(),
                needed,
            });
        }
        if channels == 1 {
            let table = &self.tables[0];
            for (value, rgb) in out.iter_mut().zip(pixels.rgb.chunks_exact(3)) {
                *value = table[usize::from(luma(rgb[0], rgb[1], rgb[2]))];
            }
            return Ok(());
        }
        let last = self.tables.len() - 1;
        let tables = [0, 1, 2].map(|channel: usize| &self.tables[channel.min(last)]);
        for (values, rgb) in out.chunks_exact_mut(3).zip(pixels.rgb.chunks_exact(3)) {
            for ((value, byte), table) in values.iter_mut().zip(rgb).zip(tables) {
                *value = table[usize::from(*byte)];
            }
        }
        Ok(())
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
