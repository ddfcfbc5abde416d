//! The report: view models of every page, and the pictures and charts on them. It turns
//! [`Findings`](crate::analysis::Findings) into strings, numbers and files; a template only places them.

mod book;
pub mod channels;
pub mod charts;
mod data;
mod drawn;
mod error;
mod exemplars;
pub mod gates;
mod identity;
mod markdown;
mod pages;
pub mod pictures;
mod scripts;
mod tiles;
mod write;

pub use book::Book;
pub use drawn::drawn_samples;
pub use error::ReportError;
pub use exemplars::Exemplars;
pub use tiles::Tiles;
pub use write::write;
