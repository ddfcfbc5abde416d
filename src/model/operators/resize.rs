//! [`Resize`]: an image scaled to another size.

use super::{Misfit, Rule, Shape, only_image, product, size_in_words};

/// The size of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// So many times the input's height and width.
    Times(usize, usize),
    /// This height and width.
    To(usize, usize),
}

/// How the values between the pixels are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The pixel that holds the place.
    Nearest,
    /// Between the nearest two along both axes, those at the border repeated.
    Bilinear,
    /// From the nearest four along both axes by a [`Cubic`].
    Bicubic,
}

/// Keys' cubic convolution (1981), as frameworks differ in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cubic {
    /// Keys' a, the slope of the kernel one pixel away.
    pub a: f64,
    /// Whether places are rounded to a 1024th of a pixel.
    pub rounds: bool,
}

impl Default for Cubic {
    /// As Keras and TensorFlow resize.
    fn default() -> Self {
        Self {
            a: -0.5,
            rounds: true,
        }
    }
}

/// Where pixel `i` of the output lies in the input, `scale` being input pixels an output pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coordinates {
    /// `(i + ½) · scale − ½`: corners of the images meet.
    #[default]
    HalfPixel,
    /// The same, but 0 where the output has one pixel.
    HalfPixelOrFirst,
    /// As by half pixels, but centres of the images meet where the output is not a whole number of pixels long.
    HalfPixelSymmetric,
    /// `i · scale`: the first pixels meet.
    Asymmetric,
    /// `i · (input − 1) / (output − 1)`: the first pixels meet, and the last ones.
    AlignCorners,
}

/// Which pixel is nearest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// The nearest, the lower one of two.
    Down,
    /// The nearest, the upper one of two: the pixel that holds the place.
    #[default]
    Up,
    Floor,
    Ceil,
}

/// An image with more or fewer pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resize {
    pub scale: Scale,
    pub interpolation: Interpolation,
    pub coordinates: Coordinates,
    pub rounding: Rounding,
    pub cubic: Cubic,
    /// Whether a smaller output averages all pixels that it stands for.
    pub antialias: bool,
    /// Whether a cubic and an average read the pixels at the border again outside of the image; else what lies there
    /// does not count.
    pub repeats_border: bool,
    /// Input pixels an output pixel along both axes, where that is not input / output.
    pub steps: Option<(f64, f64)>,
}

/// The input positions that an output position is made of, with their weights. Never empty.
pub type Taps = Vec<(usize, f32)>;

impl Resize {
    /// As Keras and TensorFlow resize: by half pixels, without antialiasing.
    pub fn new(scale: Scale, interpolation: Interpolation) -> Self {
        Self {
            scale,
            interpolation,
            coordinates: Coordinates::default(),
            rounding: Rounding::default(),
            cubic: Cubic::default(),
            antialias: false,
            repeats_border: false,
            steps: None,
        }
    }

    /// For every position of the output along the height and the width of an input of this size.
    pub fn taps(&self, input: (usize, usize), output: (usize, usize)) -> (Vec<Taps>, Vec<Taps>) {
        let (down, right) = self
            .steps
            .map_or((None, None), |(down, right)| (Some(down), Some(right)));
        (
            self.along((input.0, output.0), down),
            self.along((input.1, output.1), right),
        )
    }

    fn along(&self, (input, output): (usize, usize), step: Option<f64>) -> Vec<Taps> {
        let step = step.unwrap_or(input as f64 / output.max(1) as f64);
        // Where a step is said, the output would not be a whole number of pixels long.
        let length = input as f64 / step;
        let place = |at: usize| {
            let at = at as f64;
            let by_half_pixel = (at + 0.5) * step - 0.5;
            match self.coordinates {
                Coordinates::HalfPixelOrFirst if output == 1 => 0.0,
                Coordinates::HalfPixel | Coordinates::HalfPixelOrFirst => by_half_pixel,
                Coordinates::HalfPixelSymmetric => {
                    by_half_pixel + input as f64 / 2.0 * (1.0 - output as f64 / length)
                }
                Coordinates::Asymmetric => at * step,
                Coordinates::AlignCorners if length <= 1.0 => 0.0,
                Coordinates::AlignCorners => at * (input.saturating_sub(1)) as f64 / (length - 1.0),
            }
        };
        (0..output)
            .map(|at| match self.interpolation {
                Interpolation::Nearest => vec![(self.nearest(place(at), input), 1.0)],
                Interpolation::Bilinear if self.antialias => {
                    self.weighed(averaged(place(at), step, 1.0, triangle), input)
                }
                Interpolation::Bicubic if self.antialias => {
                    let kernel = |x| keys(x, self.cubic.a);
                    self.weighed(averaged(place(at), step, 2.0, kernel), input)
                }
                Interpolation::Bilinear => between(place(at), input),
                Interpolation::Bicubic => self.weighed(self.cubic.taps(place(at)), input),
            })
            .collect()
    }

    /// The taps inside the input, with weights that add up to 1.
    fn weighed(&self, taps: impl Iterator<Item = (i64, f64)>, input: usize) -> Taps {
        let last = i64::try_from(input).unwrap_or(i64::MAX).saturating_sub(1);
        let inside: Vec<(usize, f64)> = taps
            .map(|(tap, weight)| match self.repeats_border {
                true => (tap.clamp(0, last), weight),
                false => (tap, weight),
            })
            .filter_map(|(tap, weight)| Some((usize::try_from(tap).ok()?, weight)))
            .filter(|&(tap, weight)| tap < input && weight != 0.0)
            .collect();
        let sum: f64 = inside.iter().map(|(_, weight)| weight).sum();
        if inside.is_empty() || sum == 0.0 {
            return vec![(0, 1.0)];
        }
        inside
            .into_iter()
            .map(|(tap, weight)| (tap, (weight / sum) as f32))
            .collect()
    }

    fn nearest(&self, place: f64, input: usize) -> usize {
        let pixel = match self.rounding {
            Rounding::Down => (place - 0.5).ceil(),
            Rounding::Up => (place + 0.5).floor(),
            Rounding::Floor => place.floor(),
            Rounding::Ceil => place.ceil(),
        };
        (pixel.max(0.0) as usize).min(input.saturating_sub(1))
    }
}

fn between(place: f64, input: usize) -> Taps {
    let place = place.clamp(0.0, input.saturating_sub(1) as f64);
    let (first, share) = (place.floor() as usize, (place - place.floor()) as f32);
    if share == 0.0 {
        return vec![(first, 1.0)];
    }
    vec![(first, 1.0 - share), (first + 1, share)]
}

impl Cubic {
    fn taps(self, place: f64) -> impl Iterator<Item = (i64, f64)> {
        const STEPS: f64 = 1024.0;
        let first = place.floor();
        let mut share = place - first;
        if self.rounds {
            share = (share * STEPS).round_ties_even() / STEPS;
        }
        (-1..=2).map(move |tap| (first as i64 + tap, keys(share - tap as f64, self.a)))
    }
}

/// All pixels under the kernel, which is as much wider as the output is smaller.
fn averaged(
    place: f64,
    step: f64,
    radius: f64,
    kernel: impl Fn(f64) -> f64,
) -> impl Iterator<Item = (i64, f64)> {
    let wider = step.max(1.0);
    let reach = radius * wider;
    ((place - reach).ceil() as i64..=(place + reach).floor() as i64)
        .map(move |tap| (tap, kernel((tap as f64 - place) / wider)))
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' cubic convolution kernel.
fn keys(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * a
    } else {
        0.0
    }
}

impl Rule for Resize {
    fn kind(&self) -> &'static str {
        match self.scale {
            Scale::Times(..) => "Upsampling",
            Scale::To(..) => "Resizing",
        }
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let how = match self.interpolation {
            Interpolation::Nearest => "nearest",
            Interpolation::Bilinear => "bilinear",
            Interpolation::Bicubic => "bicubic",
        };
        let antialias = if self.antialias { ", antialiased" } else { "" };
        match self.scale {
            Scale::Times(down, right) => {
                format!(
                    "Upsampling {} times, {how}{antialias}",
                    size_in_words((down, right))
                )
            }
            Scale::To(height, width) => {
                format!(
                    "Resizing to {}, {how}{antialias}",
                    size_in_words((height, width))
                )
            }
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (height, width, channels) = only_image(inputs)?;
        let size = match self.scale {
            Scale::To(height, width) => Some((height, width)),
            Scale::Times(down, right) => height.checked_mul(down).zip(width.checked_mul(right)),
        };
        let (height, width) = size.ok_or("has an output too large to be counted")?;
        Ok(Shape::image(height, width, channels))
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        match self.interpolation {
            Interpolation::Nearest => 0,
            Interpolation::Bilinear => product(&[output.elements(), 4]),
            Interpolation::Bicubic => product(&[output.elements(), 16]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_multiplied_or_set() {
        let input = Shape::image(5, 6, 2);
        let resize = |scale| Resize::new(scale, Interpolation::Nearest);
        let twice = resize(Scale::Times(2, 1));
        assert_eq!(twice.output_shape(&[&input]), Ok(Shape::image(10, 6, 2)));
        assert_eq!(twice.describe(&[], &input), "Upsampling 2×1 times, nearest");
        let set = resize(Scale::To(3, 9));
        assert_eq!(set.output_shape(&[&input]), Ok(Shape::image(3, 9, 2)));
        assert!(
            resize(Scale::Times(usize::MAX, 2))
                .output_shape(&[&input])
                .is_err()
        );
    }

    #[test]
    fn weights_add_up_to_one_and_places_are_inside() {
        use Interpolation::{Bicubic, Bilinear, Nearest};
        for interpolation in [Nearest, Bilinear, Bicubic] {
            for (input, output) in [(1, 4), (7, 3), (5, 5), (4, 9), (16, 2)] {
                for antialias in [false, true] {
                    let resize = Resize {
                        antialias,
                        ..Resize::new(Scale::To(output, output), interpolation)
                    };
                    for taps in resize.taps((input, input), (output, output)).0 {
                        let sum: f32 = taps.iter().map(|(_, weight)| weight).sum();
                        assert!(
                            (sum - 1.0).abs() < 1e-6,
                            "{interpolation:?} {input} {output}"
                        );
                        assert!(taps.iter().all(|(tap, _)| *tap < input));
                    }
                }
            }
        }
    }

    #[test]
    fn places_follow_their_rule() {
        let of = |coordinates, rounding| {
            let resize = Resize {
                coordinates,
                rounding,
                ..Resize::new(Scale::To(4, 1), Interpolation::Nearest)
            };
            let (rows, _) = resize.taps((2, 1), (4, 1));
            rows.iter().map(|taps| taps[0].0).collect::<Vec<_>>()
        };
        assert_eq!(of(Coordinates::HalfPixel, Rounding::Up), [0, 0, 1, 1]);
        assert_eq!(of(Coordinates::Asymmetric, Rounding::Floor), [0, 0, 1, 1]);
        assert_eq!(of(Coordinates::Asymmetric, Rounding::Ceil), [0, 1, 1, 1]);
        assert_eq!(of(Coordinates::Asymmetric, Rounding::Down), [0, 0, 1, 1]);
        assert_eq!(of(Coordinates::Asymmetric, Rounding::Up), [0, 1, 1, 1]);
        assert_eq!(of(Coordinates::AlignCorners, Rounding::Up), [0, 0, 1, 1]);
    }
}
