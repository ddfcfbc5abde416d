//! [`Quantisation`]: how much of a kernel is lost when its weights are rounded to few bits.

use serde::Serialize;

/// Relative errors ‖W − Q(W)‖ / ‖W‖ (Frobenius), 0 for a tensor of zeros. Rounding is symmetric and to the nearest
/// of 2ᵇ − 1 levels from −max|w| to max|w| (Jacob et al. 2018, *Quantization and training of neural networks for efficient
/// integer-arithmetic-only inference*; halves go to the even level).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantisation {
    /// One scale for the tensor.
    pub error_8: f64,
    pub error_4: f64,
    /// One scale for each output channel.
    pub channel_error_8: f64,
    pub channel_error_4: f64,
}

impl Quantisation {
    /// Of a tensor whose last axis, of extent `width`, holds the output channels.
    pub(super) fn of(values: &[f32], width: usize) -> Self {
        let whole = |bits| relative(values, lost(values.iter().copied(), bits));
        let apart = |bits| {
            let channels =
                (0..width).map(|channel| values.iter().skip(channel).step_by(width).copied());
            relative(values, channels.map(|channel| lost(channel, bits)).sum())
        };
        Self {
            error_8: whole(8),
            error_4: whole(4),
            channel_error_8: apart(8),
            channel_error_4: apart(4),
        }
    }
}

/// Sum of the squared errors with one scale.
fn lost(values: impl Iterator<Item = f32> + Clone, bits: u32) -> f64 {
    let largest = values
        .clone()
        .fold(0.0f32, |largest, value| largest.max(value.abs()));
    let levels = f64::from((1u32 << (bits - 1)) - 1);
    let scale = f64::from(largest) / levels;
    if scale == 0.0 {
        return 0.0;
    }
    values
        .map(|value| {
            let value = f64::from(value);
            ((value / scale).round_ties_even() * scale - value).powi(2)
        })
        .sum()
}

fn relative(values: &[f32], lost: f64) -> f64 {
    let all: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
    if all > 0.0 { (lost / all).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_themselves_lose_nothing_and_zeros_have_no_error() {
        let levels: Vec<f32> = (-7..=7).map(|level| level as f32).collect();
        assert_eq!(Quantisation::of(&levels, 1).error_4, 0.0);
        assert_eq!(Quantisation::of(&[0.0; 4], 2), Quantisation::default());
        assert_eq!(Quantisation::of(&[], 1), Quantisation::default());
    }

    #[test]
    fn channels_of_different_size_want_scales_of_their_own() {
        let values = [100.0f32, 0.1, -50.0, 0.05, 25.0, -0.02];
        let found = Quantisation::of(&values, 2);
        assert!(found.channel_error_4 <= found.error_4);
    }
}
