//! Small mergeable statistics. Each is a monoid: [`Merge::merge`] is associative, and merging in
//! chunk order gives the same bytes whatever number of threads counted.

mod confusion;
mod histogram;
mod merge;
mod moments;
mod proportion;
mod random;
mod summary;
mod top_k;

pub use confusion::ConfusionMatrix;
pub use histogram::{BINS, BINS_PER_SIDE, LogHistogram, position_step};
pub use merge::Merge;
pub use moments::Moments;
pub use proportion::Proportion;
pub(crate) use random::{SplitMix64, quantile};
pub use summary::LayerSummary;
pub use top_k::{Ranked, TopK};
