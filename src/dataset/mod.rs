//! The dataset: where test images and their labels come from. The noun is [`Dataset`]: random
//! access by index, shared by all threads. One file a format.

mod arrays;
mod cifar_binary;
mod class_names;
mod compressed;
mod digest;
mod encoded;
mod error;
mod files;
mod geometry;
mod idx;
mod image_folder;
mod manifest;
mod numpy;
mod open;
mod parquet;
mod picture;
mod pixels;
mod preprocess;
mod preset;
mod subset;
mod tile_sheet;

pub use arrays::Layout;
pub use cifar_binary::{CifarBinary, CifarVariant, write_cifar10};
pub use class_names::{ClassNames, read_class_names};
pub use digest::{BadDigest, ImageDigest};
pub use error::DatasetError;
pub use geometry::{Extent, Geometry, Resize};
pub use numpy::{NumpyArray, read_arrays};
pub use open::{Format, OnError, OpenOptions, Survey, open, tell};
pub use pixels::{Interpolation, Pixels};
pub use preprocess::{BadScale, Channels, Preprocess, Scale};
pub use preset::Preset;
pub use subset::First;
pub use tile_sheet::TileSheet;

use std::path::PathBuf;

use serde::Serialize;

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

    /// Reads one image, in the size in which it is stored, into a buffer, which is reused from call to call.
    ///
    /// # Errors
    /// [`DatasetError`] names the file and the sample.
    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError>;

    /// The numbers of one image as `height × width × 3`, where the data are floating-point numbers rather than
    /// bytes, of which [`read`](Self::read) then only gives an impression. False, and nothing is written, where
    /// the bytes are the data.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn values(&self, _index: usize, _values: &mut Vec<f32>) -> Result<bool, DatasetError> {
        Ok(false)
    }

    /// Extent of all images, `(width, height)`, where they share one.
    fn image_size(&self) -> Option<(usize, usize)>;

    /// The greatest width and the greatest height of any image, where they are known.
    fn bounds(&self) -> Option<(usize, usize)> {
        self.image_size()
    }

    /// What a sample is called in the data set: the path of its file, where it has one.
    fn name(&self, _index: usize) -> Option<String> {
        None
    }

    fn provenance(&self) -> &Provenance;
}

/// Where a dataset came from, for the method page.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// In words: `tile sheet`, `CIFAR-10 binary`.
    pub format: String,
    pub path: PathBuf,
    /// Every file read, with its SHA-256 in hexadecimal. Names are relative to the data set's
    /// folder; a file of class names from elsewhere stands by its bare name. Many image files stand together,
    /// with the SHA-256 of the lines `sha256sum` prints for them in the order of the samples.
    pub files: Vec<(PathBuf, String)>,
    /// What a reader should know about how the data were read, as sentences without their full stop.
    pub notes: Vec<String>,
    /// What was to be a sample and could not be used (`data.on_error = "list"`).
    pub left_out: Vec<LeftOut>,
}

/// Something that could not be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub name: String,
    pub reason: String,
}
