//! [`encode`]: pictures without loss as WebP, for the sheets of small images that make up most of a report.
//!
//! VP8L as RFC 9649 lays it down, with what pays for such sheets: green is subtracted from red and blue, each block of 32
//! × 32 pixels is predicted from its neighbours in the way that leaves least of it, and what is left has one set of
//! prefix codes. Repeated pixels are runs; there are no other references backwards and no colour cache.

mod bits;
mod predict;
mod prefix;

use bits::Bits;
use prefix::{Code, Counts};

/// Most pixels on a side.
pub const LONGEST_SIDE: usize = 1 << 14;

const SIGNATURE: u32 = 0x2f;
const PREDICTOR: u32 = 0;
const SUBTRACT_GREEN: u32 = 2;
/// Shortest and longest run.
const SHORTEST: usize = 4;
const LONGEST: usize = 4096;
/// Codes of green: its values, then the lengths of runs.
const GREENS: usize = 256 + 24;
const DISTANCES: usize = 40;
/// The prefix of the distance to the pixel on the left.
const LEFT: usize = 1;

/// A pixel: alpha, red, green, blue.
type Pixel = [u8; 4];

/// What stands in the stream: a pixel, or a pixel on the left that repeats.
enum Token {
    Literal(Pixel),
    Run(usize),
}

/// The file of a picture of 3 bytes a pixel (RGB), or of 4 (RGBA).
///
/// # Errors
/// A sentence, where a side is zero or longer than [`LONGEST_SIDE`], or the bytes are not as many as the pixels need.
pub fn encode(
    bytes: &[u8],
    (width, height): (usize, usize),
    channels: usize,
) -> Result<Vec<u8>, String> {
    if !(1..=LONGEST_SIDE).contains(&width) || !(1..=LONGEST_SIDE).contains(&height) {
        return Err(format!(
            "WebP has 1 to {LONGEST_SIDE} pixels on a side, not {width} × {height}"
        ));
    }
    if !(3..=4).contains(&channels) || bytes.len() != width * height * channels {
        return Err(format!(
            "{} bytes are not {width} × {height} pixels",
            bytes.len()
        ));
    }
    let pixels: Vec<Pixel> = bytes
        .chunks_exact(channels)
        .map(|pixel| {
            let alpha = pixel.get(3).copied().unwrap_or(255);
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]];
            [
                alpha,
                red.wrapping_sub(green),
                green,
                blue.wrapping_sub(green),
            ]
        })
        .collect();
    let modes = predict::modes(&pixels, width);
    let rests = predict::residuals(&pixels, width, &modes);

    let mut out = Bits::default();
    out.put(SIGNATURE, 8);
    out.put(width as u32 - 1, 14);
    out.put(height as u32 - 1, 14);
    out.put(u32::from(channels == 4), 1);
    out.put(0, 3);
    out.put(1, 1);
    out.put(SUBTRACT_GREEN, 2);
    out.put(1, 1);
    out.put(PREDICTOR, 2);
    out.put(predict::BLOCK_BITS - 2, 3);
    let chosen: Vec<Pixel> = modes.iter().map(|&mode| [255, 0, mode, 0]).collect();
    image(&mut out, &chosen, false);
    out.put(0, 1);
    image(&mut out, &rests, true);
    Ok(container(&out.finish()))
}

/// A picture in prefix codes; the main one tells that it has one set of them.
fn image(out: &mut Bits, pixels: &[Pixel], main: bool) {
    // No colour cache.
    out.put(0, 1);
    if main {
        out.put(0, 1);
    }
    let tokens = tokens(pixels);
    let (mut green, mut red, mut blue, mut alpha) = (
        Counts::new(GREENS),
        Counts::new(256),
        Counts::new(256),
        Counts::new(256),
    );
    let mut distance = Counts::new(DISTANCES);
    for token in &tokens {
        match token {
            Token::Literal(pixel) => {
                alpha.add(pixel[0].into());
                red.add(pixel[1].into());
                green.add(pixel[2].into());
                blue.add(pixel[3].into());
            }
            Token::Run(length) => {
                green.add(256 + prefix_of(*length).0);
                distance.add(LEFT);
            }
        }
    }
    let codes = [&green, &red, &blue, &alpha, &distance].map(|counts| {
        let code = Code::of(counts);
        code.write(out);
        code
    });
    for token in &tokens {
        match token {
            Token::Literal(pixel) => {
                codes[0].put(out, pixel[2].into());
                codes[1].put(out, pixel[1].into());
                codes[2].put(out, pixel[3].into());
                codes[3].put(out, pixel[0].into());
            }
            Token::Run(length) => {
                let (symbol, extra, bits) = prefix_of(*length);
                codes[0].put(out, 256 + symbol);
                out.put(extra, bits);
                codes[4].put(out, LEFT);
            }
        }
    }
}

fn tokens(pixels: &[Pixel]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(pixels.len());
    let mut at = 0;
    while at < pixels.len() {
        let run = if at == 0 {
            0
        } else {
            let same = pixels[at..].iter().take(LONGEST);
            same.take_while(|&pixel| *pixel == pixels[at - 1]).count()
        };
        if run >= SHORTEST {
            tokens.push(Token::Run(run));
            at += run;
        } else {
            tokens.push(Token::Literal(pixels[at]));
            at += 1;
        }
    }
    tokens
}

/// The prefix code of a length, the bits that follow it, and how many they are.
fn prefix_of(length: usize) -> (usize, u32, u32) {
    let value = length - 1;
    if value < 4 {
        return (value, 0, 0);
    }
    let highest = value.ilog2();
    let second = (value >> (highest - 1)) & 1;
    let bits = highest - 1;
    (
        2 * highest as usize + second,
        (value & ((1 << bits) - 1)) as u32,
        bits,
    )
}

/// The stream in its RIFF container.
fn container(stream: &[u8]) -> Vec<u8> {
    let padding = stream.len() % 2;
    let mut file = Vec::with_capacity(stream.len() + 21);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&((12 + stream.len() + padding) as u32).to_le_bytes());
    file.extend_from_slice(b"WEBPVP8L");
    file.extend_from_slice(&(stream.len() as u32).to_le_bytes());
    file.extend_from_slice(stream);
    file.resize(file.len() + padding, 0);
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(file: &[u8], channels: usize) -> Vec<u8> {
        let picture = image::load_from_memory(file).expect("a picture");
        match channels {
            4 => picture.into_rgba8().into_raw(),
            _ => picture.into_rgb8().into_raw(),
        }
    }

    /// A picture with slopes, edges and noise.
    fn picture((width, height): (usize, usize), channels: usize) -> Vec<u8> {
        let mut noise = 1u32;
        let pixel = |at: usize| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (x, y) = (at % width, at / width);
            let light = 2 * x + 3 * y + (noise >> 29) as usize + 90 * usize::from(x > y);
            [light, light + 20, light / 2, 255 - light / 4].map(|part| (part % 256) as u8)
        };
        let pixels = (0..width * height).map(pixel);
        pixels
            .flat_map(|pixel| pixel.into_iter().take(channels))
            .collect()
    }

    #[test]
    fn pictures_of_any_extent_come_back() {
        for size in [(1, 1), (1, 9), (9, 1), (31, 33), (256, 40), (100, 70)] {
            for channels in [3, 4] {
                let bytes = picture(size, channels);
                let file = encode(&bytes, size, channels).expect("a file");
                assert_eq!(decoded(&file, channels), bytes, "{size:?} {channels}");
            }
        }
    }

    #[test]
    fn flat_pictures_are_runs() {
        let bytes = [7, 8, 9].repeat(300 * 200);
        let file = encode(&bytes, (300, 200), 3).expect("a file");
        assert_eq!(decoded(&file, 3), bytes);
        assert!(file.len() < 200, "{} bytes", file.len());
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for (bytes, size, channels) in [
            (0, (0, 3), 3),
            (3, (1, 1), 4),
            (5, (1, 1), 5),
            (0, (20_000, 1), 3),
        ] {
            assert!(encode(&vec![0; bytes], size, channels).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_come_back(width in 1usize..40, values in prop::collection::vec(prop_oneof![any::<u8>(), Just(0u8)], 3..900)) {
            let height = values.len() / 3 / width;
            prop_assume!(height > 0);
            let bytes = &values[..width * height * 3];
            let file = encode(bytes, (width, height), 3).expect("a file");
            prop_assert_eq!(decoded(&file, 3), bytes);
        }
    }
}
