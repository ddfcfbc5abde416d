//! [`ranges`]: means with their spread, one row a thing, on one scale.

use plotters::style::text_anchor::{HPos, VPos};

use super::Words;
use super::rows::Rows;
use super::svg::{self, Failure, Frame, Plot, Role, WIDTH};
use super::ticks::{spaced, ticks};
use crate::report::ReportError;

/// Mean and standard deviation of something. A row whose numbers are not finite stays empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    pub label: String,
    pub mean: f64,
    pub std: f64,
}

impl Spread {
    fn ends(&self) -> Option<(f64, f64)> {
        let ends = (self.mean - self.std.abs(), self.mean + self.std.abs());
        (ends.0.is_finite() && ends.1.is_finite()).then_some(ends)
    }
}

/// Half the thickness of a band, in rows.
const HALF: f64 = 0.22;
const RADIUS: f64 = 3.0;
const RIGHT: u32 = 24;
/// Free space at both ends of the scale, in shares of it.
const AIR: f64 = 0.03;

/// A dot at each mean in a band of one standard deviation to each side, in the order given.
///
/// # Errors
/// [`ReportError::Chart`] if it cannot be drawn.
pub fn ranges(items: &[Spread], words: &Words<'_>) -> Result<String, ReportError> {
    let ends: Vec<Option<(f64, f64)>> = items.iter().map(Spread::ends).collect();
    let low = ends
        .iter()
        .flatten()
        .map(|(low, _)| *low)
        .fold(f64::INFINITY, f64::min);
    let high = ends
        .iter()
        .flatten()
        .map(|(_, high)| *high)
        .fold(f64::NEG_INFINITY, f64::max);
    let range = if low < high {
        let air = (high - low) * AIR;
        (low - air, high + air)
    } else if low == high {
        // All alike: a range around them.
        let around = (low.abs() * 0.1).max(1e-3);
        (low - around, high + around)
    } else {
        (-1.0, 1.0)
    };
    let rows = Rows::new(
        items.iter().map(|item| item.label.as_str()),
        RIGHT,
        words,
        true,
    );
    let frame = rows.frame(range);
    svg::chart(words, &frame, |plot| {
        axis(plot, &frame, words)?;
        let middle = |row: usize| row as f64 + 0.5;
        for (row, (low, high)) in ends
            .iter()
            .enumerate()
            .filter_map(|(row, ends)| Some((row, (*ends)?)))
        {
            plot.area(
                Role::Band,
                (low, middle(row) - HALF),
                (high, middle(row) + HALF),
            )?;
        }
        for (row, item) in items
            .iter()
            .enumerate()
            .filter(|(row, _)| ends[*row].is_some())
        {
            plot.dot(Role::Dot, (item.mean, middle(row)), RADIUS)?;
        }
        rows.labels(plot, range.0)
    })
}

/// Hairlines at round numbers, a stronger one at zero, and the numbers below.
fn axis(plot: &Plot<'_, '_>, frame: &Frame, words: &Words<'_>) -> Result<(), Failure> {
    let bottom = frame.y.0;
    let shown = ticks(frame.x.0, frame.x.1, 6);
    for tick in shown.iter().filter(|tick| tick.value != 0.0) {
        plot.line(Role::Grid, (tick.value, 0.0), (tick.value, bottom))?;
    }
    for tick in shown.iter().filter(|tick| tick.value == 0.0) {
        plot.line(Role::Axis, (tick.value, 0.0), (tick.value, bottom))?;
    }
    let width = f64::from(WIDTH.saturating_sub(frame.left + frame.right));
    let unit = width / (frame.x.1 - frame.x.0);
    let candidates: Vec<(f64, &str)> = shown
        .iter()
        .map(|tick| ((tick.value - frame.x.0) * unit, tick.label.as_str()))
        .collect();
    for number in spaced(
        &candidates,
        (-f64::from(frame.left), width + f64::from(frame.right)),
    ) {
        let tick = &shown[number];
        plot.text(
            Role::Tick,
            &tick.label,
            (tick.value, bottom),
            (0.0, 4.0),
            (HPos::Center, VPos::Top),
        )?;
    }
    if words.axis.is_empty() {
        return Ok(());
    }
    let middle = (frame.x.0 + frame.x.1) / 2.0;
    plot.text(
        Role::Label,
        words.axis,
        (middle, bottom),
        (0.0, 22.0),
        (HPos::Center, VPos::Top),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: Words<'_> = Words {
        id: "weights",
        title: "Weights",
        description: "Mean ± std.",
        axis: "weight",
    };

    fn spread(label: &str, mean: f64, std: f64) -> Spread {
        Spread {
            label: label.into(),
            mean,
            std,
        }
    }

    #[test]
    fn a_row_without_numbers_stays_empty() {
        let svg =
            ranges(&[spread("a", 0.1, 0.2), spread("b", f64::NAN, 0.1)], &WORDS).expect("a chart");
        assert_eq!(svg.matches("<circle").count(), 1, "{svg}");
        assert!(svg.contains(">b</text>") && !svg.contains("NaN"), "{svg}");
    }

    proptest! {
        #[test]
        fn any_spreads_can_be_drawn(numbers in prop::collection::vec((any::<f64>(), any::<f64>()), 0..8)) {
            let items: Vec<Spread> = numbers.into_iter().map(|(mean, std)| spread("x", mean, std)).collect();
            let svg = ranges(&items, &WORDS).expect("a chart");
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
        }
    }
}
