//! What the colours of an image tell: brightness, saturation, and whether there are any.

/// Numbers from the RGB pixels.
pub(super) struct Tones {
    pub(super) brightness: f32,
    pub(super) brightness_5: f32,
    pub(super) brightness_99: f32,
    pub(super) saturation: f32,
    pub(super) is_grey: bool,
}

impl Tones {
    /// Of at least one pixel.
    pub(super) fn of(rgb: &[u8]) -> Self {
        let count = (rgb.len() / 3) as f64;
        let mut sums = [0u64; 3];
        let mut saturation = 0.0;
        let mut is_grey = true;
        let mut perceived: Vec<u32> = Vec::with_capacity(rgb.len() / 3);
        for pixel in rgb.chunks_exact(3) {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
            for (sum, value) in sums.iter_mut().zip([red, green, blue]) {
                *sum += u64::from(value);
            }
            let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
            is_grey &= most == least;
            saturation += f64::from(most - least) / f64::from(most.max(1));
            // A thousand times the square, so that it is a whole number.
            perceived.push(241 * red * red + 691 * green * green + 68 * blue * blue);
        }
        let [red, green, blue] = sums.map(|sum| sum as f64 / count);
        let square = 0.241 * red * red + 0.691 * green * green + 0.068 * blue * blue;
        Self {
            brightness: (square.sqrt() / 255.0) as f32,
            brightness_5: percentile(&mut perceived, 0.05) as f32,
            brightness_99: percentile(&mut perceived, 0.99) as f32,
            saturation: (saturation / count) as f32,
            is_grey,
        }
    }
}

/// A quantile of the brightness of pixels, linear between neighbours as in `numpy.percentile`.
fn percentile(perceived: &mut [u32], share: f64) -> f64 {
    let place = share * (perceived.len() - 1) as f64;
    let below = place.floor() as usize;
    let brightness = |value: u32| (f64::from(value) / 1000.0).sqrt() / 255.0;
    let (_, &mut low, above) = perceived.select_nth_unstable(below);
    let high = above.iter().copied().min().unwrap_or(low);
    let (low, high) = (brightness(low), brightness(high));
    low + (high - low) * (place - below as f64)
}
