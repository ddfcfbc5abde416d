//! [`ImageDigest`]: the name of an image by its pixels alone, so that what was said of it finds it again
//! wherever it stands in a test set.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::Pixels;

const BYTES: usize = 16;

/// The first 16 bytes of the SHA-256 of width and height (32 bits each, the low byte first) and the
/// pixels (8-bit RGB, row by row). Written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageDigest([u8; BYTES]);

impl ImageDigest {
    pub fn of(pixels: &Pixels) -> Self {
        let mut sha = Sha256::new();
        // No image is as large as 32 bits count.
        for side in [pixels.width, pixels.height] {
            sha.update((side as u32).to_le_bytes());
        }
        sha.update(&pixels.rgb);
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&sha.finalize()[..BYTES]);
        Self(bytes)
    }
}

impl fmt::Display for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Not 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an image is named by 32 hexadecimal digits")]
pub struct BadDigest;

impl FromStr for ImageDigest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        if text.len() != 2 * BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadDigest);
        }
        let mut bytes = [0; BYTES];
        for (byte, place) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(&text[place..place + 2], 16).map_err(|_| BadDigest)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for ImageDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ImageDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pixels(width: usize, height: usize, value: u8) -> Pixels {
        Pixels {
            width,
            height,
            rgb: vec![value; width * height * 3],
        }
    }

    /// By Python's hashlib: `sha256(bytes([2,0,0,0, 1,0,0,0]) + bytes([7]*6)).hexdigest()[:32]`.
    #[test]
    fn the_digest_is_the_one_that_others_compute() {
        assert_eq!(
            ImageDigest::of(&pixels(2, 1, 7)).to_string(),
            "2cd3996f02263ddde60a237bdf1ecd72"
        );
    }

    #[test]
    fn images_of_one_colour_differ_by_their_extent() {
        assert_ne!(
            ImageDigest::of(&pixels(2, 3, 7)),
            ImageDigest::of(&pixels(3, 2, 7))
        );
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for text in [
            "",
            "xyz",
            "é23456789012345678901234567890é",
            &"0".repeat(64),
        ] {
            assert_eq!(text.parse::<ImageDigest>(), Err(BadDigest), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_digest_is_read_as_it_is_written(bytes: [u8; BYTES]) {
            let digest = ImageDigest(bytes);
            prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        }
    }
}
