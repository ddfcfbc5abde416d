//! What a watch wants to know of a layer, gathered right after its values were computed, while they
//! are still in cache.
//!
//! [`sums`] counts over runs of positions, [`bins`] over histograms; a [`Seen`] is what one piece of an
//! image taught, and a [`Gatherer`] takes pieces in their order. [`Through`] looks at three layers in one pass.

mod behind;
mod bins;
mod gatherer;
mod seen;
mod sums;
mod through;

pub use gatherer::{Gatherer, sample};
pub use seen::{Seen, chunk};
pub use through::Through;
