//! [`reliability`] and [`confidence`]: what became of answers that the network was about equally sure of.

use super::Words;
use super::plane::{Numbers, Plane};
use super::svg::{self, Role};
use crate::report::ReportError;

/// Answers in a bin of confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reliability {
    pub low: f64,
    pub high: f64,
    /// Their mean confidence.
    pub confidence: f64,
    /// Share of right ones.
    pub right: f64,
    /// The share's interval.
    pub interval: (f64, f64),
}

/// Right and wrong answers in a bin of confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    pub right: u64,
    pub wrong: u64,
}

const RADIUS: f64 = 4.0;
/// Of a bin, at either side.
const AIR: f64 = 0.06;

/// A dot a bin: mean confidence across, share of right answers up, with its interval, and the gap to the line
/// on which both are equal. Empty bins are left out by the caller.
///
/// # Errors
/// [`ReportError::Chart`] if it cannot be drawn.
pub fn reliability(bins: &[Reliability], words: &Words<'_>) -> Result<String, ReportError> {
    let plane = Plane::square("right");
    svg::chart(words, &plane.frame(words), |plot| {
        plane.axes(plot, words)?;
        for bin in bins {
            let air = (bin.high - bin.low) * AIR;
            let (bottom, top) = (bin.right.min(bin.confidence), bin.right.max(bin.confidence));
            plot.area(Role::Gap, (bin.low + air, bottom), (bin.high - air, top))?;
        }
        plot.line(Role::Ideal, (0.0, 0.0), (1.0, 1.0))?;
        for bin in bins {
            plot.line(
                Role::Whisker,
                (bin.confidence, bin.interval.0),
                (bin.confidence, bin.interval.1),
            )?;
        }
        for bin in bins {
            plot.dot(Role::Dot, (bin.confidence, bin.right), RADIUS)?;
        }
        Ok(())
    })
}

/// Bars of equal width over [0, 1]: wrong answers below, right ones on top of them.
///
/// # Errors
/// [`ReportError::Chart`] if it cannot be drawn.
pub fn confidence(bars: &[Answers], words: &Words<'_>) -> Result<String, ReportError> {
    let most = bars
        .iter()
        .map(|bar| bar.right + bar.wrong)
        .max()
        .unwrap_or(0);
    let plane = Plane::new(most as f64, Numbers::Counts, "answers");
    let width = 1.0 / bars.len().max(1) as f64;
    let edges = |bar: usize| ((bar as f64 + AIR) * width, (bar as f64 + 1.0 - AIR) * width);
    svg::chart(words, &plane.frame(words), |plot| {
        plane.axes(plot, words)?;
        for (number, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.wrong > 0) {
            let (left, right) = edges(number);
            plot.area(Role::Wrong, (left, 0.0), (right, bar.wrong as f64))?;
        }
        for (number, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.right > 0) {
            let (left, right) = edges(number);
            plot.area(
                Role::Right,
                (left, bar.wrong as f64),
                (right, (bar.wrong + bar.right) as f64),
            )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: Words<'_> = Words {
        id: "r",
        title: "Reliability",
        description: "Gaps.",
        axis: "mean confidence",
    };

    #[test]
    fn nothing_is_drawn_as_axes_alone() {
        for svg in [
            reliability(&[], &WORDS).expect("a chart"),
            confidence(&[], &WORDS).expect("a chart"),
        ] {
            assert!(
                svg.contains("mean confidence") && !svg.contains("NaN") && !svg.contains("<circle"),
                "{svg}"
            );
        }
    }

    #[test]
    fn each_bin_has_a_dot_a_whisker_and_a_gap() {
        let bin = Reliability {
            low: 0.1,
            high: 0.2,
            confidence: 0.18,
            right: 0.0,
            interval: (0.0, 0.4),
        };
        let svg = reliability(&[bin], &WORDS).expect("a chart");
        assert_eq!(
            (
                svg.matches("<circle").count(),
                svg.matches("class=\"gap\"").count(),
                svg.matches("class=\"whisker\"").count()
            ),
            (1, 1, 1)
        );
    }

    proptest! {
        #[test]
        fn any_bars_can_be_drawn(bars in prop::collection::vec((0u64..5000, 0u64..5000), 0..30)) {
            let bars: Vec<Answers> = bars.into_iter().map(|(right, wrong)| Answers { right, wrong }).collect();
            let svg = confidence(&bars, &WORDS).expect("a chart");
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
