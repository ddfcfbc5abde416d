//! [`Rows`]: the frame of charts that have one row a thing, with its name on the left.

use plotters::style::text_anchor::{HPos, VPos};

use super::Words;
use super::svg::{Failure, Frame, Plot, Role};
use super::ticks::{shortened, text_width};

/// Height of a row, in units.
pub(super) const ROW: u32 = 22;
/// Names are shortened to so many characters.
const LONGEST_LABEL: usize = 22;

/// Named rows, the first on top.
pub(super) struct Rows {
    labels: Vec<String>,
    left: u32,
    right: u32,
    bottom: u32,
}

impl Rows {
    /// `right` is the room for what stands behind a row.
    pub(super) fn new<'a>(
        labels: impl Iterator<Item = &'a str>,
        right: u32,
        words: &Words<'_>,
        has_ticks: bool,
    ) -> Self {
        let labels: Vec<String> = labels
            .map(|label| shortened(label, LONGEST_LABEL))
            .collect();
        let widest = labels
            .iter()
            .map(|label| text_width(label))
            .fold(0.0, f64::max);
        let bottom =
            6 + if has_ticks { 18 } else { 0 } + if words.axis.is_empty() { 0 } else { 18 };
        Self {
            labels,
            left: widest as u32 + 12,
            right,
            bottom,
        }
    }

    /// A frame with one unit of y a row, downwards.
    pub(super) fn frame(&self, x: (f64, f64)) -> Frame {
        let rows = self.labels.len().max(1) as u32;
        Frame {
            height: 4 + rows * ROW + self.bottom,
            left: self.left,
            right: self.right,
            top: 4,
            bottom: self.bottom,
            x,
            y: (f64::from(rows), 0.0),
        }
    }

    /// Writes the names at the left edge `x` of the plot.
    pub(super) fn labels(&self, plot: &Plot<'_, '_>, x: f64) -> Result<(), Failure> {
        for (row, label) in self.labels.iter().enumerate() {
            plot.text(
                Role::Label,
                label,
                (x, row as f64 + 0.5),
                (-8.0, 0.0),
                (HPos::Right, VPos::Center),
            )?;
        }
        Ok(())
    }
}
