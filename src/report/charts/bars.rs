//! [`bars`]: horizontal bars, one below the other, each with a name, a number and its uncertainty.

use plotters::style::text_anchor::{HPos, VPos};

use super::Words;
use super::rows::{ROW, Rows};
use super::svg::{self, Role};
use super::ticks::text_width;
use crate::report::ReportError;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub label: String,
    /// Not negative; anything else is drawn as nothing.
    pub value: f64,
    /// Lower and upper bound of its uncertainty, drawn as a whisker.
    pub interval: Option<(f64, f64)>,
    /// The value as it is written beside the bar.
    pub shown: String,
}

/// Half the thickness of a bar, and of the end of a whisker, in rows.
const HALF: f64 = 0.3;
const HALF_END: f64 = 0.13;

/// Horizontal bars in the order given. `maximum` is the value that fills the width (1 for shares); without
/// it, the largest value or bound.
///
/// # Errors
/// [`ReportError::Chart`] if it cannot be drawn.
pub fn bars(items: &[Bar], maximum: Option<f64>, words: &Words<'_>) -> Result<String, ReportError> {
    let largest = items
        .iter()
        .flat_map(|item| [Some(item.value), item.interval.map(|(_, high)| high)])
        .flatten()
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    let maximum = maximum
        .filter(|maximum| maximum.is_finite() && *maximum > 0.0)
        .unwrap_or(largest);
    let maximum = if maximum > 0.0 { maximum } else { 1.0 };
    let within = |value: f64| {
        if value.is_nan() {
            0.0
        } else {
            value.clamp(0.0, maximum)
        }
    };
    let shown = items
        .iter()
        .map(|item| text_width(&item.shown))
        .fold(0.0, f64::max)
        .min(120.0);
    let rows = Rows::new(
        items.iter().map(|item| item.label.as_str()),
        shown as u32 + 12,
        words,
        false,
    );
    let frame = rows.frame((0.0, maximum));
    svg::chart(words, &frame, |plot| {
        let middle = |row: usize| row as f64 + 0.5;
        for (row, item) in items
            .iter()
            .enumerate()
            .filter(|(_, item)| within(item.value) > 0.0)
        {
            plot.area(
                Role::Bar,
                (0.0, middle(row) - HALF),
                (within(item.value), middle(row) + HALF),
            )?;
        }
        for (row, item) in items.iter().enumerate() {
            let Some((low, high)) = item.interval else {
                continue;
            };
            let (low, high, y) = (within(low), within(high), middle(row));
            plot.line(Role::Whisker, (low, y), (high, y))?;
            for end in [low, high] {
                plot.line(Role::Whisker, (end, y - HALF_END), (end, y + HALF_END))?;
            }
        }
        plot.line(Role::Axis, (0.0, 0.0), (0.0, items.len() as f64))?;
        rows.labels(plot, 0.0)?;
        for (row, item) in items.iter().enumerate() {
            let offset = (f64::from(frame.right) - 4.0, 0.0);
            plot.text(
                Role::Label,
                &item.shown,
                (maximum, middle(row)),
                offset,
                (HPos::Right, VPos::Center),
            )?;
        }
        if words.axis.is_empty() {
            return Ok(());
        }
        plot.text(
            Role::Tick,
            words.axis,
            (0.0, items.len() as f64),
            (0.0, f64::from(ROW) / 4.0),
            (HPos::Left, VPos::Top),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: Words<'_> = Words {
        id: "recall",
        title: "Recall",
        description: "A bar a class.",
        axis: "",
    };

    fn bar(label: &str, value: f64) -> Bar {
        Bar {
            label: label.into(),
            value,
            interval: Some((value - 0.1, value + 0.05)),
            shown: format!("{:.0} %", value * 100.0),
        }
    }

    #[test]
    fn two_bars_look_like_this() {
        insta::assert_snapshot!(
            bars(&[bar("cat", 0.55), bar("<dog>\n", 0.7)], Some(1.0), &WORDS).expect("a chart")
        );
    }

    #[test]
    fn no_bars_are_a_chart_too() {
        assert!(bars(&[], None, &WORDS).expect("a chart").contains("<svg"));
    }

    proptest! {
        #[test]
        fn any_bars_can_be_drawn(numbers in prop::collection::vec((".{0,30}", any::<f64>(), any::<f64>()), 0..8), maximum in prop::option::of(any::<f64>())) {
            let items: Vec<Bar> = numbers
                .into_iter()
                .map(|(label, value, high)| Bar { label, value, interval: Some((value, high)), shown: "x".into() })
                .collect();
            let svg = bars(&items, maximum, &Words { axis: "share", ..WORDS }).expect("a chart");
            // Labels may say anything; coordinates may not.
            for number in svg.split('"').filter(|part| part.starts_with('M')) {
                prop_assert!(!number.contains("NaN") && !number.contains("inf"), "{}", svg);
            }
        }
    }
}
