//! What a watch wants to know of a layer, gathered right after its values were computed, while they
//! are still in cache.
//!
//! [`sums`] counts over runs of positions, [`bins`] over histograms; a [`Seen`] is what one piece of an
//! image taught, and a [`Gatherer`] takes pieces in their order.

mod behind;
mod bins;
mod gatherer;
mod seen;
mod sums;

pub use gatherer::{Gatherer, sample};
pub use seen::{Seen, chunk};
