//! [`Container`]: a model's file as Keras writes it, opened: the network as JSON, and the tensors, in one of the
//! two layouts.

use std::io::{Cursor, Read};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::archive::{self, Archive};
use super::weights::WeightIndex;
use crate::model::ModelError;

/// The first bytes of a `.keras` archive, and of every other zip archive.
pub const ZIP_SIGNATURE: &[u8] = b"PK\x03\x04";

/// Largest configuration that is read from an archive, in bytes.
const LARGEST_TEXT: u64 = 64 << 20;

/// A file that holds a model.
pub(super) struct Container {
    /// The network.
    pub config: Value,
    /// What the file says wrote it; empty where it does not.
    pub version: String,
    pub backend: String,
    /// `HDF5` or `archive`.
    pub kind: &'static str,
    pub bytes: u64,
    /// Of the whole file, hexadecimal.
    pub sha256: String,
    pub weights: WeightIndex,
}

impl Container {
    /// Reads a whole file of either kind.
    ///
    /// # Errors
    /// If the file cannot be read, is empty or damaged, or holds no configuration.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let content = std::fs::read(path).map_err(|source| ModelError::Unreadable {
            path: path.into(),
            source,
        })?;
        let bytes = content.len() as u64;
        let sha256 = Sha256::digest(&content)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if content.starts_with(ZIP_SIGNATURE) {
            Self::of_zip(path, content, bytes, sha256)
        } else {
            Self::of_hdf5(path, content, bytes, sha256)
        }
    }

    fn of_hdf5(
        path: &Path,
        content: Vec<u8>,
        bytes: u64,
        sha256: String,
    ) -> Result<Self, ModelError> {
        let archive = Archive::of(path, "", content)?;
        let text = archive
            .text("model_config")?
            .ok_or_else(|| ModelError::NoConfiguration { path: path.into() })?;
        Ok(Self {
            config: json(path, &text)?,
            version: archive.text("keras_version")?.unwrap_or_default(),
            backend: archive.text("backend")?.unwrap_or_default(),
            kind: "HDF5",
            bytes,
            sha256,
            weights: WeightIndex::named(archive)?,
        })
    }

    fn of_zip(
        path: &Path,
        content: Vec<u8>,
        bytes: u64,
        sha256: String,
    ) -> Result<Self, ModelError> {
        let most = archive::budget(content.len()) as u64;
        let mut zip = ZipArchive::new(Cursor::new(content))
            .map_err(|source| damaged(path, "its list of files", source))?;
        let config =
            text_member(path, &mut zip, "config.json")?.ok_or_else(|| ModelError::NotKeras {
                path: path.into(),
                reason: "is a zip archive without a config.json".into(),
            })?;
        let metadata = text_member(path, &mut zip, "metadata.json")?;
        let metadata = metadata.map_or(Ok(Value::Null), |text| json(path, &text))?;
        let version = metadata.get("keras_version").and_then(Value::as_str);
        let weights = member(path, &mut zip, "model.weights.h5", most)?.ok_or_else(|| {
            ModelError::NotKeras {
                path: path.into(),
                reason: "has no model.weights.h5 in it".into(),
            }
        })?;
        Ok(Self {
            config: json(path, &config)?,
            version: version.unwrap_or_default().into(),
            backend: String::new(),
            kind: "archive",
            bytes,
            sha256,
            weights: WeightIndex::numbered(Archive::of(path, "model.weights.h5: ", weights)?),
        })
    }
}

fn json(path: &Path, text: &str) -> Result<Value, ModelError> {
    serde_json::from_str(text).map_err(|error| ModelError::Configuration {
        path: path.into(),
        reason: error.to_string(),
    })
}

fn damaged(
    path: &Path,
    place: &str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ModelError {
    ModelError::Damaged {
        path: path.into(),
        kind: "archive",
        place: place.into(),
        source: Box::new(source),
    }
}

fn text_member(
    path: &Path,
    zip: &mut ZipArchive<Cursor<Vec<u8>>>,
    name: &str,
) -> Result<Option<String>, ModelError> {
    let Some(content) = member(path, zip, name, LARGEST_TEXT)? else {
        return Ok(None);
    };
    String::from_utf8(content)
        .map(Some)
        .map_err(|source| damaged(path, name, source))
}

/// A file of an archive, at most `most` bytes of it whatever its header says; `None` where there is none.
fn member(
    path: &Path,
    zip: &mut ZipArchive<Cursor<Vec<u8>>>,
    name: &str,
    most: u64,
) -> Result<Option<Vec<u8>>, ModelError> {
    let file = match zip.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(source) => return Err(damaged(path, name, source)),
    };
    let mut content = Vec::new();
    file.take(most.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|source| damaged(path, name, source))?;
    if content.len() as u64 > most {
        return Err(damaged(
            path,
            name,
            std::io::Error::other(format!("it unpacks to more than {most} bytes")),
        ));
    }
    Ok(Some(content))
}
