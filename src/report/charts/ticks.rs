//! Ticks: which numbers stand at an axis, how they are written, and that no two of them overlap.

use super::svg::FONT_SIZE;

/// Width of a text in units, estimated: digits and most letters are narrower than 0.6 of their size.
pub(super) fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * FONT_SIZE * 0.6
}

/// A text of at most `longest` characters.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.into();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A number at an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    pub label: String,
}

/// Multiples of 1, 2 or 5 times a power of ten from `min` to `max`, at most `most` of them. None if the range is
/// empty or not finite.
pub(super) fn ticks(min: f64, max: f64, most: usize) -> Vec<Tick> {
    let span = max - min;
    if !(span > 0.0 && span.is_finite()) || most < 2 {
        return Vec::new();
    }
    let power = 10f64.powf((span / most as f64).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0].map(|factor| factor * power);
    let numbers = |step: f64| ((min / step - 1e-9).ceil(), (max / step + 1e-9).floor());
    let fits = |step: &f64| {
        let (first, last) = numbers(*step);
        last - first + 1.0 <= most as f64
    };
    let Some(step) = steps.into_iter().find(|step| *step > 0.0 && fits(step)) else {
        return Vec::new();
    };
    let (first, last) = numbers(step);
    (0..most)
        .map(|number| first + number as f64)
        .take_while(|number| *number <= last)
        .map(|number| {
            // A product, not a sum, so that zero is zero.
            let value = number * step;
            Tick {
                value,
                label: label(value, step),
            }
        })
        .collect()
}

/// A number with as many decimals as its step has.
pub(super) fn label(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    if size >= 1e6 || step < 1e-4 {
        // Digits as far as the step reaches: 1.25e-6 at a step of 5e-8.
        let digits =
            (size.log10().floor() - (step * 1.000_001).log10().floor()).clamp(0.0, 6.0) as usize;
        return format!("{sign}{size:.digits$e}");
    }
    let decimals = (-(step * 1.000_001).log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{sign}{size:.decimals$}")
}

/// A share as per cent: `66.2 %`, `< 0.1 %`.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        return "< 0.1 %".into();
    }
    if share < 1.0 && share > 0.9995 {
        "> 99.9 %".into()
    } else {
        format!("{:.1} %", share * 100.0)
    }
}

/// Which of the labels, centred at these places and given in the order of their importance, can stand side by
/// side between two ends without touching.
pub(super) fn spaced(candidates: &[(f64, &str)], ends: (f64, f64)) -> Vec<usize> {
    const AIR: f64 = 8.0;
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let mut kept = Vec::new();
    for (number, (place, label)) in candidates.iter().enumerate() {
        let half = text_width(label) / 2.0;
        let (left, right) = (place - half, place + half);
        let is_free = taken
            .iter()
            .all(|(start, end)| right + AIR <= *start || left >= *end + AIR);
        if is_free && left >= ends.0 && right <= ends.1 {
            taken.push((left, right));
            kept.push(number);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(min: f64, max: f64, most: usize) -> Vec<String> {
        ticks(min, max, most)
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(
            labels(0.0, 1.0, 6),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"].map(|label| if label == "0.0" {
                "0"
            } else {
                label
            })
        );
        assert_eq!(labels(-0.47, 0.46, 5), ["−0.4", "−0.2", "0", "0.2", "0.4"]);
        assert_eq!(labels(0.0, 23.0, 4), ["0", "10", "20"]);
        assert_eq!(labels(0.0, 3e9, 4), ["0", "1e9", "2e9", "3e9"]);
        assert_eq!(labels(1.0, 1.0, 4), [""; 0]);
        assert_eq!(labels(f64::NAN, 1.0, 4), [""; 0]);
    }

    #[test]
    fn shares_never_round_to_none_or_all() {
        assert_eq!(
            [0.0, 0.0001, 0.6621, 0.9999, 1.0].map(percent),
            ["0.0 %", "< 0.1 %", "66.2 %", "> 99.9 %", "100.0 %"]
        );
    }

    #[test]
    fn long_names_are_shortened_by_characters() {
        assert_eq!(
            (shortened("dog", 5), shortened("Größenordnung", 6)),
            ("dog".into(), "Größe…".into())
        );
    }

    proptest! {
        #[test]
        fn ticks_lie_inside_and_are_few(min in -1e12f64..1e12, span in 1e-12f64..1e12, most in 2usize..8) {
            let max = min + span;
            let ticks = ticks(min, max, most);
            prop_assert!(ticks.len() <= most);
            let room = (max - min) * 1e-6 + f64::EPSILON * max.abs().max(min.abs());
            for tick in &ticks {
                prop_assert!(tick.value >= min - room && tick.value <= max + room);
            }
            for pair in ticks.windows(2) {
                prop_assert!(pair[0].value < pair[1].value);
            }
        }

        #[test]
        fn spaced_labels_never_touch(places in prop::collection::vec(0f64..400.0, 0..30)) {
            let candidates: Vec<(f64, &str)> = places.iter().map(|&place| (place, "−0.001")).collect();
            let mut kept: Vec<f64> = spaced(&candidates, (0.0, 400.0)).into_iter().map(|number| places[number]).collect();
            kept.sort_by(f64::total_cmp);
            for pair in kept.windows(2) {
                prop_assert!(pair[1] - pair[0] >= text_width("−0.001"));
            }
        }
    }
}
