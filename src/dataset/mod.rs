//! The dataset: where test images and their labels come from. The noun is [`Dataset`]: random
//! access by index, shared by all threads. One file a format.

mod cifar_binary;
mod class_names;
mod error;
mod files;
mod open;
mod pixels;
mod preprocess;
mod subset;
mod tile_sheet;

pub use cifar_binary::{CifarBinary, CifarVariant, write_cifar10};
pub use class_names::{ClassNames, read_class_names};
pub use error::DatasetError;
pub use open::{Format, open};
pub use pixels::Pixels;
pub use preprocess::{BadScale, Preprocess, Scale};
pub use subset::First;
pub use tile_sheet::TileSheet;

use std::path::PathBuf;

/// A labelled test set.
pub trait Dataset: Send + Sync {
    /// Number of samples.
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Class names in the order of the labels' numbers.
    fn classes(&self) -> &[String];

    /// Class number of a sample, below `classes().len()`.
    ///
    /// # Panics
    /// If `index` is not below `len()`: a defect of the caller, never of the data.
    fn label(&self, index: usize) -> usize;

    /// Reads one image into a buffer, which is reused from call to call.
    ///
    /// # Errors
    /// [`DatasetError`] names the file and the sample.
    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError>;

    /// Extent of all images, `(width, height)`, where they share one.
    fn image_size(&self) -> Option<(usize, usize)>;

    fn provenance(&self) -> &Provenance;
}

/// Where a dataset came from, for the method page.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// In words: `tile sheet`, `CIFAR-10 binary`.
    pub format: String,
    pub path: PathBuf,
    /// Every file read, with its SHA-256 in hexadecimal. Names are relative to the data set's
    /// folder; a file of class names from elsewhere stands by its bare name.
    pub files: Vec<(PathBuf, String)>,
}
