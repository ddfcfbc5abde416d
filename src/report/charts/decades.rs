//! Labels of an axis on which every bin is equally wide: zero and powers of ten.

use super::ticks::{Tick, label, spaced};
use crate::analysis::Bin;

/// Labels by slot, the most important first: zero, then powers of ten as close as they have room; where these
/// are few, their doubles and halves too. `unit` turns slots into units.
pub(super) fn logarithmic_ticks(bins: &[Bin], unit: impl Fn(f64) -> f64) -> Vec<Tick> {
    let zero = bins
        .iter()
        .position(|bin| bin.lower <= 0.0 && bin.upper >= 0.0);
    let mut shown: Vec<Tick> = zero
        .map(|number| Tick {
            value: number as f64 + 0.5,
            label: "0".into(),
        })
        .into_iter()
        .collect();
    let fit = |ticks: &[Tick]| {
        let candidates: Vec<(f64, &str)> = ticks
            .iter()
            .map(|tick| (unit(tick.value), tick.label.as_str()))
            .collect();
        spaced(&candidates, (f64::NEG_INFINITY, f64::INFINITY)).len()
    };
    let powers = (1..=6)
        .map(|stride| decades(bins, 1.0, stride))
        .find(|powers| fit(powers) == powers.len());
    shown.extend(powers.unwrap_or_default());
    for factor in [2.0, 5.0] {
        // Four labels are enough to read an axis.
        if fit(&shown) < 4 {
            shown.extend(decades(bins, factor, 1));
        }
    }
    shown
}

/// A factor times every `stride`-th power of ten, of both signs, as far as the bins reach.
fn decades(bins: &[Bin], factor: f64, stride: usize) -> Vec<Tick> {
    let sizes = (-12..=12)
        .rev()
        .step_by(stride)
        .map(|exponent| 10f64.powi(exponent));
    let signed = sizes.flat_map(|power| [(power, factor * power), (power, -factor * power)]);
    signed
        .filter_map(|(step, number)| {
            Some(Tick {
                value: slot_of(bins, number)?,
                label: label(number, step),
            })
        })
        .collect()
}

/// Where a value lies among the slots; logarithmically within bins that do not hold zero.
fn slot_of(bins: &[Bin], value: f64) -> Option<f64> {
    let number = bins
        .iter()
        .position(|bin| bin.lower <= value && value <= bin.upper)?;
    let bin = &bins[number];
    if bin.lower <= 0.0 && bin.upper >= 0.0 {
        return None;
    }
    let (lower, upper) = (bin.lower.abs().ln(), bin.upper.abs().ln());
    let share = if upper == lower {
        0.5
    } else {
        (value.abs().ln() - lower) / (upper - lower)
    };
    Some(number as f64 + share)
}
