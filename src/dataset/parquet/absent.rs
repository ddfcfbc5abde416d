//! In place of the reader, in a program built without it.

use std::path::Path;

use crate::dataset::open::OpenOptions;
use crate::dataset::{Dataset, DatasetError};

/// # Errors
/// Always: this program reads no Parquet.
pub fn open(path: &Path, _options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    Err(DatasetError::BadArrays {
        path: path.to_owned(),
        problem: "this program was built without the feature `parquet`; build it with \
                  `cargo build --release` and without `--no-default-features` to read Parquet files"
            .to_owned(),
    })
}
