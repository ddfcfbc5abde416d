//! What the penultimate features of samples say of each other: how far apart they are, which of them
//! gather, in which directions they spread, who is next to whom.

pub(super) mod clusters;
pub(super) mod distance;
pub(super) mod embedding;
mod graph;
pub(super) mod neighbours;
pub(super) mod principal;
#[cfg(test)]
mod tests;

pub use neighbours::{Approximation, Neighbour, Neighbours, neighbours};
pub use principal::{Principal, principal};
