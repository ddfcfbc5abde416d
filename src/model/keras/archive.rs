//! [`Archive`]: a Keras HDF5 file opened for reading. The only place that knows the HDF5 crate.
//!
//! Files come from strangers: nothing is allocated before its length was held against the size of
//! the file, and links to other files are not followed.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use hdf5_reader::group::Group;
use hdf5_reader::{Attribute, Datatype, Hdf5File, OpenOptions};

use crate::model::ModelError;

/// The first bytes of an HDF5 file.
pub const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Decoded bytes allowed for each byte of the file: compressed weights may grow by this factor.
const MOST_EXPANSION: usize = 16;
/// Decoded bytes allowed on top, for small files.
const ALLOWANCE: usize = 16 << 20;

/// A Keras HDF5 file in memory.
pub(super) struct Archive {
    path: PathBuf,
    /// Where in the file of that path this one lies, before any place in it; empty where it is that file.
    within: &'static str,
    file: Hdf5File,
    bytes: u64,
    /// Bytes of tensors that may still be decoded.
    budget: Cell<usize>,
}

/// Bytes that a file of this many may unpack to.
pub(super) fn budget(bytes: usize) -> usize {
    bytes
        .saturating_mul(MOST_EXPANSION)
        .saturating_add(ALLOWANCE)
}

/// A tensor as it is stored.
pub(super) struct StoredTensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Why a tensor is not there, as far as the caller has to tell.
pub(super) enum TensorError {
    /// The file cannot be read there.
    Model(ModelError),
    /// There is nothing of this name.
    Missing,
    /// It is there, but not of a kind that can be used: the reason.
    Unusable(String),
}

impl Archive {
    /// Reads the content of a file.
    ///
    /// # Errors
    /// If it is empty, or not HDF5.
    pub fn of(path: &Path, within: &'static str, content: Vec<u8>) -> Result<Self, ModelError> {
        let reason = match content.get(..SIGNATURE.len()) {
            Some(SIGNATURE) => None,
            _ if content.is_empty() => Some("it is empty"),
            _ => Some("its first bytes are not those of HDF5"),
        };
        if let Some(reason) = reason {
            return Err(ModelError::NotHdf5 {
                path: path.into(),
                reason: format!("{within}{reason}"),
            });
        }
        let bytes = content.len();
        let budget = budget(bytes);
        let options = OpenOptions::default()
            .with_max_read_bytes(budget)
            .with_max_chunk_bytes(budget)
            .with_max_object_header_bytes(bytes);
        let file = Hdf5File::from_vec_with_options(content, options)
            .map_err(|source| damaged(path, &format!("{within}its start"), source))?;
        Ok(Self {
            path: path.into(),
            within,
            file,
            bytes: bytes as u64,
            budget: Cell::new(budget),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A text attribute of the root group; `None` where there is none of this name.
    pub fn text(&self, attribute: &str) -> Result<Option<String>, ModelError> {
        let place = format!("attribute {attribute}");
        let root = self
            .file
            .root_group()
            .map_err(|source| self.damaged("/", source))?;
        let Some(attribute) =
            find(&root, attribute).map_err(|source| self.damaged(&place, source))?
        else {
            return Ok(None);
        };
        attribute
            .read_string()
            .map(Some)
            .map_err(|source| self.damaged(&place, source))
    }

    /// A list of names in an attribute of a group, which Keras splits into `attribute0`, `attribute1`, …
    /// where it would exceed 64 KiB. `None` where there is none of this name.
    pub fn names(&self, group: &str, attribute: &str) -> Result<Option<Vec<String>>, ModelError> {
        let place = format!("attribute {attribute} of {group}");
        let read = || -> Result<Option<Vec<String>>, hdf5_reader::error::Error> {
            let group = self.file.group(group)?;
            if let Some(whole) = find(&group, attribute)? {
                return strings(&whole).map(Some);
            }
            let mut names = None;
            for part in 0.. {
                let Some(part) = find(&group, &format!("{attribute}{part}"))? else {
                    break;
                };
                names.get_or_insert_with(Vec::new).extend(strings(&part)?);
            }
            Ok(names)
        };
        read().map_err(|source| self.damaged(&place, source))
    }

    /// A tensor of `f32`.
    pub fn tensor(&self, path: &str) -> Result<StoredTensor, TensorError> {
        let failed = |source| TensorError::Model(self.damaged(path, source));
        let dataset = self.file.dataset(path).map_err(|source| {
            if is_missing(&source) {
                TensorError::Missing
            } else {
                failed(source)
            }
        })?;
        match dataset.dtype() {
            Datatype::FloatingPoint { size: 4, .. } => {}
            other => {
                return Err(TensorError::Unusable(format!(
                    "its values are {}, expected 32-bit floats",
                    in_words(other)
                )));
            }
        }
        let bytes = dataset.raw_byte_len().map_err(failed)?;
        let Some(budget) = self.budget.get().checked_sub(bytes) else {
            return Err(TensorError::Unusable(format!(
                "it claims {bytes} bytes, more than a file of {} bytes can hold",
                self.bytes
            )));
        };
        self.budget.set(budget);
        let mut values = vec![0.0f32; bytes / size_of::<f32>()];
        dataset.read_into(&mut values).map_err(failed)?;
        // The extents multiply to the number of values that was just read, so each fits.
        let shape = dataset
            .shape()
            .iter()
            .map(|&extent| extent as usize)
            .collect();
        Ok(StoredTensor { shape, values })
    }

    fn damaged(&self, place: &str, source: hdf5_reader::error::Error) -> ModelError {
        damaged(&self.path, &format!("{}{place}", self.within), source)
    }
}

fn damaged(path: &Path, place: &str, mut source: hdf5_reader::error::Error) -> ModelError {
    // The crate repeats the place; ours is said once.
    while let hdf5_reader::error::Error::Context { source: inner, .. } = source {
        source = *inner;
    }
    ModelError::Damaged {
        path: path.into(),
        kind: "HDF5 file",
        place: place.into(),
        source: Box::new(source),
    }
}

fn is_missing(error: &hdf5_reader::error::Error) -> bool {
    match error {
        hdf5_reader::error::Error::DatasetNotFound(_)
        | hdf5_reader::error::Error::GroupNotFound(_) => true,
        hdf5_reader::error::Error::Context { source, .. } => is_missing(source),
        _ => false,
    }
}

fn find(group: &Group, name: &str) -> Result<Option<Attribute>, hdf5_reader::error::Error> {
    Ok(group
        .attributes()?
        .into_iter()
        .find(|attribute| attribute.name == name))
}

/// Texts of an attribute, of fixed or variable length. numpy writes an empty list as floats.
fn strings(attribute: &Attribute) -> Result<Vec<String>, hdf5_reader::error::Error> {
    if attribute.num_elements()? == 0 {
        return Ok(Vec::new());
    }
    attribute.read_strings()
}

fn in_words(datatype: &Datatype) -> String {
    match datatype {
        Datatype::FloatingPoint { size, .. } => format!("{}-bit floats", u64::from(*size) * 8),
        Datatype::FixedPoint { size, .. } => format!("{}-bit integers", u64::from(*size) * 8),
        _ => "not numbers".into(),
    }
}
