//! [`Plane`]: the frame of charts with two axes: hairlines at round numbers, the numbers, the axes' names.

use plotters::style::text_anchor::{HPos, VPos};

use super::Words;
use super::svg::{Failure, Frame, Plot, Role, WIDTH};
use super::ticks::{self, Tick, text_width};

const HEIGHT: u32 = 300;
const RIGHT: u32 = 22;
const TOP: u32 = 30;

/// How the numbers of an axis are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Percent,
    Counts,
}

/// Both axes from zero.
pub(super) struct Plane {
    x: Vec<Tick>,
    y: Vec<Tick>,
    x_end: f64,
    y_end: f64,
    left: u32,
    above: String,
}

impl Plane {
    /// Shares from 0 to 1 across; from 0 to `y_end` up. `above` names the vertical axis.
    pub(super) fn new(y_end: f64, numbers: Numbers, above: &str) -> Self {
        let y_end = if y_end.is_finite() && y_end > 0.0 {
            y_end
        } else {
            1.0
        };
        let y = written(ticks::ticks(0.0, y_end, 6), numbers);
        let widest = y
            .iter()
            .map(|tick| text_width(&tick.label))
            .fold(0.0, f64::max);
        Self {
            x: quarters(),
            y,
            x_end: 1.0,
            y_end,
            left: widest as u32 + 10,
            above: above.into(),
        }
    }

    /// Shares both ways.
    pub(super) fn square(above: &str) -> Self {
        let mut plane = Self::new(1.0, Numbers::Percent, above);
        plane.y = quarters();
        plane
    }

    pub(super) fn frame(&self, words: &Words<'_>) -> Frame {
        let bottom = if words.axis.is_empty() { 24 } else { 42 };
        Frame {
            height: HEIGHT,
            left: self.left,
            right: RIGHT,
            top: TOP,
            bottom,
            x: (0.0, self.x_end),
            y: (0.0, self.y_end),
        }
    }

    /// What lies below everything else.
    pub(super) fn axes(&self, plot: &Plot<'_, '_>, words: &Words<'_>) -> Result<(), Failure> {
        for tick in &self.y {
            let role = if tick.value == 0.0 {
                Role::Axis
            } else {
                Role::Grid
            };
            plot.line(role, (0.0, tick.value), (self.x_end, tick.value))?;
        }
        for tick in &self.y {
            plot.text(
                Role::Tick,
                &tick.label,
                (0.0, tick.value),
                (-8.0, 0.0),
                (HPos::Right, VPos::Center),
            )?;
        }
        for tick in &self.x {
            plot.text(
                Role::Tick,
                &tick.label,
                (tick.value, 0.0),
                (0.0, 5.0),
                (HPos::Center, VPos::Top),
            )?;
        }
        plot.text(
            Role::Label,
            &self.above,
            (0.0, self.y_end),
            (4.0 - f64::from(self.left), -12.0),
            (HPos::Left, VPos::Bottom),
        )?;
        if words.axis.is_empty() {
            return Ok(());
        }
        plot.text(
            Role::Label,
            words.axis,
            (self.x_end / 2.0, 0.0),
            (0.0, 24.0),
            (HPos::Center, VPos::Top),
        )
    }

    /// Whether text of this width fits to the right of a point.
    pub(super) fn has_room(&self, x: f64, text: &str) -> bool {
        let width = f64::from(WIDTH.saturating_sub(self.left + RIGHT));
        (self.x_end - x) / self.x_end * width + f64::from(RIGHT) > text_width(text) + 12.0
    }
}

fn quarters() -> Vec<Tick> {
    (0..=4)
        .map(|quarter| Tick {
            value: f64::from(quarter) / 4.0,
            label: format!("{} %", quarter * 25),
        })
        .collect()
}

fn written(mut ticks: Vec<Tick>, numbers: Numbers) -> Vec<Tick> {
    for tick in &mut ticks {
        tick.label = match numbers {
            Numbers::Percent => format!("{} %", crate::format::css(tick.value * 100.0)),
            Numbers::Counts => crate::format::count(tick.value as u64),
        };
    }
    if numbers == Numbers::Counts {
        ticks.retain(|tick| tick.value.fract() == 0.0);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_no_halves() {
        let labels = |end: f64| {
            written(ticks::ticks(0.0, end, 6), Numbers::Counts)
                .into_iter()
                .map(|tick| tick.label)
                .collect::<Vec<_>>()
        };
        assert_eq!(labels(2.0), ["0", "1", "2"]);
        assert_eq!(labels(3600.0), ["0", "1,000", "2,000", "3,000"]);
    }

    #[test]
    fn shares_are_written_as_per_cent() {
        let ticks = written(ticks::ticks(0.0, 0.22, 6), Numbers::Percent);
        assert_eq!(
            ticks
                .iter()
                .map(|tick| tick.label.as_str())
                .collect::<Vec<_>>(),
            ["0 %", "5 %", "10 %", "15 %", "20 %"]
        );
    }
}
