//! Resampling of small pictures for the numbers of an [`Appearance`](super::Appearance), equal to
//! Pillow's `resize` to the bit: a convolution in each direction in fixed point, across first, rounded to 8 bits between. (Pillow 13
//! goes down first where that is the shorter way; a few last bits of upright images differ there.)

/// Fractional bits of the weights.
const PRECISION: u32 = 22;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// Keys' cubic with a = −0.5.
    Bicubic,
    /// A sinc under a sinc of three lobes.
    Lanczos,
}

impl Filter {
    fn support(self) -> f64 {
        match self {
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        match self {
            Self::Bicubic => {
                const A: f64 = -0.5;
                let x = x.abs();
                if x < 1.0 {
                    ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
                } else if x < 2.0 {
                    (((x - 5.0) * x + 8.0) * x - 4.0) * A
                } else {
                    0.0
                }
            }
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Lanczos => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * std::f64::consts::PI;
    x.sin() / x
}

/// An image of `channels` interleaved bytes a pixel at another `(width, height)`.
pub(super) fn resample(
    image: &[u8],
    (width, height): (usize, usize),
    (new_width, new_height): (usize, usize),
    channels: usize,
    filter: Filter,
) -> Vec<u8> {
    let across = if width == new_width {
        image.to_vec()
    } else {
        let taps = taps(width, new_width, filter);
        let mut rows = Vec::with_capacity(new_width * height * channels);
        for row in image.chunks_exact(width * channels) {
            for tap in &taps {
                for channel in 0..channels {
                    rows.push(tap.sum(|place| row[place * channels + channel]));
                }
            }
        }
        rows
    };
    if height == new_height {
        return across;
    }
    let stride = new_width * channels;
    taps(height, new_height, filter)
        .iter()
        .flat_map(|tap| {
            (0..stride)
                .map(|x| tap.sum(|place| across[place * stride + x]))
                .collect::<Vec<u8>>()
        })
        .collect()
}

/// The pixels that one new pixel is made of.
struct Tap {
    first: usize,
    weights: Vec<i32>,
}

impl Tap {
    fn sum(&self, pixel: impl Fn(usize) -> u8) -> u8 {
        let half = 1 << (PRECISION - 1);
        let weighted = self.weights.iter().zip(self.first..);
        let sum = weighted.fold(half, |sum: i32, (&weight, place)| {
            sum + i32::from(pixel(place)) * weight
        });
        (sum >> PRECISION).clamp(0, 255) as u8
    }
}

fn taps(from: usize, to: usize, filter: Filter) -> Vec<Tap> {
    let scale = from as f64 / to as f64;
    let stretch = scale.max(1.0);
    let support = filter.support() * stretch;
    (0..to)
        .map(|place| {
            let center = (place as f64 + 0.5) * scale;
            // Truncated towards zero, as a cast in C does.
            let first = ((center - support + 0.5) as isize).max(0) as usize;
            let last = ((center + support + 0.5) as usize).min(from);
            let raw: Vec<f64> = (first..last)
                .map(|x| filter.weight((x as f64 - center + 0.5) / stretch))
                .collect();
            let sum: f64 = raw.iter().sum();
            let fixed = |weight: f64| {
                let scaled = weight / sum * f64::from(1 << PRECISION);
                (scaled + 0.5f64.copysign(scaled)) as i32
            };
            Tap {
                first,
                weights: raw.into_iter().map(fixed).collect(),
            }
        })
        .collect()
}
