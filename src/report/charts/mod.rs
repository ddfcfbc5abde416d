//! Charts: SVG drawn with plotters, meant to stand inside a page. A chart has no colours of its own: its parts
//! carry classes and the page's custom properties (`--truth`, `--soft`, `--line`), so that it follows both
//! colour schemes. The nouns are [`Words`], what a chart says about itself, and one type for each kind's data.

mod bars;
mod curves;
mod decades;
mod histogram;
mod plane;
mod ranges;
mod reliability;
mod rows;
mod svg;
mod ticks;

pub use bars::{Bar, bars};
pub use curves::{Curve, Mark, curves};
pub use histogram::{histogram, linear_histogram};
pub use ranges::{Spread, ranges};
pub use reliability::{Answers, Reliability, confidence, reliability};

/// What a chart says about itself, for those who see it and those who have it read to them.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// Unique on its page.
    pub id: &'a str,
    /// One line; the accessible name.
    pub title: &'a str,
    /// What a reader should learn from it, in a sentence. Charts add what they had to leave out.
    pub description: &'a str,
    /// Below the horizontal axis: what is measured, with its unit. May be empty.
    pub axis: &'a str,
}
