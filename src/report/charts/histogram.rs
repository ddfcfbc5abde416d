//! Histograms: [`histogram`] of values that span orders of magnitude, in logarithmic bins around zero;
//! [`linear_histogram`] in equally wide bins.

use plotters::style::text_anchor::{HPos, VPos};

use super::Words;
use super::decades::logarithmic_ticks;
use super::svg::{self, Failure, Frame, Plot, Role, WIDTH};
use super::ticks::{Tick, label, percent, spaced, text_width, ticks};
use crate::analysis::Bin;
use crate::report::ReportError;

/// Extents in units.
const HEIGHT: u32 = 190;
const LEFT: u32 = 52;
const RIGHT: u32 = 12;
const TOP: u32 = 22;
const PLOT_WIDTH: f64 = (WIDTH - LEFT - RIGHT) as f64;
/// Room for tick labels, and for the words below them.
const TICKS: u32 = 20;
const AXIS: u32 = 18;
/// Slots of the narrowest chart: one lone bin is a bar, not a wall.
const FEWEST_SLOTS: usize = 12;
/// Air between two bars, in shares of a slot.
const AIR: f64 = 0.06;
/// How much more than the second highest the bar at zero may hold before it is cut off.
const CUT: f64 = 1.5;

/// The height of each bar as a share of all values.
struct Shares {
    /// One for each bin, in [0, 1].
    shares: Vec<f64>,
    /// The bin around zero, if it is shown apart.
    zero: Option<usize>,
    /// Upper end of the vertical axis.
    top: f64,
}

impl Shares {
    fn new(bins: &[Bin], zero: Option<usize>) -> Self {
        let total: f64 = bins.iter().map(|bin| bin.count as f64).sum();
        let shares: Vec<f64> = bins
            .iter()
            .map(|bin| {
                if total > 0.0 {
                    bin.count as f64 / total
                } else {
                    0.0
                }
            })
            .collect();
        let highest = |without: Option<usize>| {
            let others = shares
                .iter()
                .enumerate()
                .filter(|(number, _)| Some(*number) != without);
            others.map(|(_, share)| *share).fold(0.0, f64::max)
        };
        let (all, others) = (highest(None), highest(zero));
        let top = if others > 0.0 && all > CUT * others {
            others
        } else {
            all
        };
        Self {
            shares,
            zero,
            top: if top > 0.0 { top * 1.08 } else { 1.0 },
        }
    }

    /// Share of the bar at zero, if there is one with values.
    fn at_zero(&self) -> Option<f64> {
        self.zero
            .map(|number| self.shares[number])
            .filter(|share| *share > 0.0)
    }

    fn is_cut(&self) -> bool {
        self.at_zero().is_some_and(|share| share > self.top)
    }
}

/// A histogram in bins that widen away from zero, such as those of
/// [`LogHistogram`](crate::stats::LogHistogram): every bin has the same width on the page, the labels stand at
/// zero and at powers of ten. The bar at zero has a colour of its own and its share written above it; where it
/// would dwarf the others it is cut off, and the description says so.
///
/// # Errors
/// [`ReportError::Chart`] if it cannot be drawn.
pub fn histogram(bins: &[Bin], words: &Words<'_>) -> Result<String, ReportError> {
    let bins = usable(bins);
    let zero = bins
        .iter()
        .position(|bin| bin.lower <= 0.0 && bin.upper >= 0.0);
    let shares = Shares::new(&bins, zero);
    if bins.is_empty() {
        return nothing(words);
    }
    let note = shares
        .at_zero()
        .zip(zero)
        .map(|(share, number)| zero_note(share, &bins[number], shares.is_cut()));
    let description = match (&note, shares.at_zero()) {
        (Some(_), Some(share)) if shares.is_cut() => {
            format!(
                "{} The bar at zero holds {} and is cut off at the top.",
                words.description,
                percent(share)
            )
        }
        (Some(_), Some(share)) => format!(
            "{} The bar at zero holds {}.",
            words.description,
            percent(share)
        ),
        _ => words.description.into(),
    };
    let words = Words {
        description: description.trim(),
        ..*words
    };
    let slots = bins.len().max(FEWEST_SLOTS) as f64;
    let start = (bins.len() as f64 - slots) / 2.0;
    let frame = frame(&words, (start, start + slots), shares.top);
    let places = logarithmic_ticks(&bins, |slot| (slot - start) / slots * PLOT_WIDTH);
    svg::chart(&words, &frame, |plot| {
        vertical_axis(plot, &frame)?;
        for (number, share) in shares
            .shares
            .iter()
            .enumerate()
            .filter(|(_, share)| **share > 0.0)
        {
            let (left, right) = (number as f64 + AIR, (number + 1) as f64 - AIR);
            let role = if Some(number) == zero {
                Role::Zero
            } else {
                Role::Bar
            };
            plot.area(role, (left, 0.0), (right, share.min(shares.top)))?;
        }
        horizontal_axis(plot, &frame, &words, &places)?;
        let (Some(note), Some(number)) = (&note, zero) else {
            return Ok(());
        };
        above(plot, &frame, note, number as f64 + 0.5)
    })
}

/// A histogram in bins of any width, drawn to scale; for weights.
///
/// # Errors
/// [`ReportError::Chart`] if it cannot be drawn.
pub fn linear_histogram(bins: &[Bin], words: &Words<'_>) -> Result<String, ReportError> {
    let bins = usable(bins);
    let shares = Shares::new(&bins, None);
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else {
        return nothing(words);
    };
    let span = last.upper - first.lower;
    // All values equal: a bar in the middle of a range around them.
    let around = if span > 0.0 {
        0.0
    } else {
        (first.lower.abs() * 0.1).max(1e-3)
    };
    let range = (first.lower - around, last.upper + around);
    let thin = (range.1 - range.0) / 100.0;
    let frame = frame(words, range, shares.top);
    let places: Vec<Tick> = ticks(range.0, range.1, 6);
    svg::chart(words, &frame, |plot| {
        vertical_axis(plot, &frame)?;
        for (bin, share) in bins
            .iter()
            .zip(&shares.shares)
            .filter(|(_, share)| **share > 0.0)
        {
            let width = bin.upper - bin.lower;
            let (left, right) = if width > 0.0 {
                (bin.lower + AIR * width, bin.upper - AIR * width)
            } else {
                (bin.lower - thin, bin.upper + thin)
            };
            plot.area(Role::Bar, (left, 0.0), (right, *share))?;
        }
        horizontal_axis(plot, &frame, words, &places)
    })
}

/// The bins that can be drawn: finite edges in order.
fn usable(bins: &[Bin]) -> Vec<Bin> {
    bins.iter()
        .filter(|bin| bin.lower.is_finite() && bin.upper.is_finite() && bin.lower <= bin.upper)
        .copied()
        .collect()
}

fn frame(words: &Words<'_>, x: (f64, f64), top: f64) -> Frame {
    let bottom = TICKS + if words.axis.is_empty() { 0 } else { AXIS };
    Frame {
        height: HEIGHT - AXIS - TICKS + bottom,
        left: LEFT,
        right: RIGHT,
        top: TOP,
        bottom,
        x,
        y: (0.0, top),
    }
}

fn nothing(words: &Words<'_>) -> Result<String, ReportError> {
    let description = format!("{} There are no values.", words.description);
    let words = Words {
        description: description.trim(),
        ..*words
    };
    let frame = Frame {
        height: 60,
        left: LEFT,
        right: RIGHT,
        top: 0,
        bottom: 0,
        x: (0.0, 1.0),
        y: (0.0, 1.0),
    };
    svg::chart(&words, &frame, |plot| {
        plot.text(
            Role::Tick,
            "No values",
            (0.0, 0.5),
            (0.0, 0.0),
            (HPos::Left, VPos::Center),
        )
    })
}

/// Shares as per cent, with hairlines across the plot.
fn vertical_axis(plot: &Plot<'_, '_>, frame: &Frame) -> Result<(), Failure> {
    let shown = ticks(0.0, frame.y.1 * 100.0, 4);
    let height = |tick: &Tick| tick.value / 100.0;
    for tick in shown.iter().filter(|tick| tick.value > 0.0) {
        plot.line(
            Role::Grid,
            (frame.x.0, height(tick)),
            (frame.x.1, height(tick)),
        )?;
    }
    for tick in &shown {
        let text = format!("{} %", tick.label);
        plot.text(
            Role::Tick,
            &text,
            (frame.x.0, height(tick)),
            (-6.0, 0.0),
            (HPos::Right, VPos::Center),
        )?;
    }
    Ok(())
}

/// The base line, the labels that have room, and what is measured.
fn horizontal_axis(
    plot: &Plot<'_, '_>,
    frame: &Frame,
    words: &Words<'_>,
    places: &[Tick],
) -> Result<(), Failure> {
    plot.line(Role::Axis, (frame.x.0, 0.0), (frame.x.1, 0.0))?;
    let unit = PLOT_WIDTH / (frame.x.1 - frame.x.0);
    let candidates: Vec<(f64, &str)> = places
        .iter()
        .map(|tick| ((tick.value - frame.x.0) * unit, tick.label.as_str()))
        .collect();
    // Labels may reach into the margins, but not out of the picture.
    for number in spaced(
        &candidates,
        (-f64::from(LEFT), PLOT_WIDTH + f64::from(RIGHT)),
    ) {
        let tick = &places[number];
        plot.text(
            Role::Tick,
            &tick.label,
            (tick.value, 0.0),
            (0.0, 5.0),
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
        (middle, 0.0),
        (0.0, f64::from(TICKS) + 3.0),
        (HPos::Center, VPos::Top),
    )
}

/// Words above the plot, as near to a place of it as they can be without leaving the picture.
fn above(plot: &Plot<'_, '_>, frame: &Frame, words: &str, slot: f64) -> Result<(), Failure> {
    let unit = PLOT_WIDTH / (frame.x.1 - frame.x.0);
    let half = text_width(words) / 2.0;
    let place = (slot - frame.x.0) * unit;
    let moved = place.clamp(
        half.min(PLOT_WIDTH / 2.0),
        (PLOT_WIDTH - half).max(PLOT_WIDTH / 2.0),
    ) - place;
    plot.text(
        Role::Tick,
        words,
        (slot, frame.y.1),
        (moved, -f64::from(TOP) + 3.0),
        (HPos::Center, VPos::Top),
    )
}

/// `66.2 % at 0, nearer than 0.00024, cut off`.
fn zero_note(share: f64, bin: &Bin, is_cut: bool) -> String {
    let reach = bin.upper.max(-bin.lower);
    let near = if reach > 0.0 {
        format!(" (±{})", label(reach, reach))
    } else {
        String::new()
    };
    format!(
        "{} at 0{near}{}",
        percent(share),
        if is_cut { ", cut off" } else { "" }
    )
}

#[cfg(test)]
mod tests;
