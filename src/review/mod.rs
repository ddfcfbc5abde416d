//! The review: what a reader said of samples, one [`Verdict`] each, kept in a file that the site exports.
//! The nouns are [`ReviewFile`], which was read, and [`Review`], which is joined to the samples at hand.

mod error;
mod file;
mod join;
mod verdict;

pub use error::ReviewError;
pub use file::{Entry, ReviewFile};
pub use join::{Lost, LostReason, Review, Sample};
pub use verdict::{Reviewed, Verdict};
