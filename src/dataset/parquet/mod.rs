//! Parquet files as the Hugging Face hub has them: a column of encoded pictures (bytes, or a struct of bytes and path) and
//! one of class numbers or names. Read in programs built with the feature `parquet`, which is on by default; others tell such files by their names
//! and say what they lack.

#[cfg(not(feature = "parquet"))]
mod absent;
#[cfg(feature = "parquet")]
mod columns;
#[cfg(feature = "parquet")]
mod guard;
#[cfg(feature = "parquet")]
mod labels;
mod shards;
#[cfg(feature = "parquet")]
mod spool;
#[cfg(feature = "parquet")]
mod table;

#[cfg(not(feature = "parquet"))]
pub(super) use absent::open;
pub(super) use shards::detect;
#[cfg(feature = "parquet")]
pub(super) use table::open;
