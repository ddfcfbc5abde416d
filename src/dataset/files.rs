//! [`Ledger`]: the files a data set was read from. Every file is opened here and nowhere else, so
//! that a limit on its size holds before memory is taken, and its SHA-256 is on record.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::DatasetError;

/// The largest text file read: labels of some 16 million samples.
pub(super) const TEXT_LIMIT: u64 = 128 << 20;

/// The largest file of pixels read, packed or not: 2 GiB.
pub(super) const PIXEL_LIMIT: u64 = 2 << 30;

/// Files read so far, with their SHA-256 in hexadecimal.
#[derive(Debug)]
pub(super) struct Ledger {
    folder: PathBuf,
    files: Vec<(PathBuf, String)>,
}

impl Ledger {
    /// A ledger whose entries are named relative to `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            files: Vec::new(),
        }
    }

    /// Reads a whole file of at most `limit` bytes; `what` names it in errors ("the labels").
    pub(super) fn read(
        &mut self,
        path: &Path,
        limit: u64,
        what: &'static str,
    ) -> Result<Vec<u8>, DatasetError> {
        let bytes = read_limited(path, limit, what)?;
        self.files.push((self.name(path), sha256(&bytes)));
        Ok(bytes)
    }

    /// A file's name for the record: relative to the folder, and without the folders of whatever
    /// lies elsewhere, since a report is not to tell how somebody's disk is laid out.
    fn name(&self, path: &Path) -> PathBuf {
        let plain = |name: &&Path| {
            name.components()
                .all(|part| matches!(part, Component::Normal(_)))
        };
        let name = path.strip_prefix(&self.folder).ok().filter(plain);
        PathBuf::from(name.or(path.file_name().map(Path::new)).unwrap_or(path))
    }

    /// Reads a UTF-8 text file; a byte order mark at its start is dropped.
    pub(super) fn read_text(
        &mut self,
        path: &Path,
        what: &'static str,
    ) -> Result<String, DatasetError> {
        let bytes = self.read(path, TEXT_LIMIT, what)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            DatasetError::BadLine {
                path: path.to_owned(),
                line: 1 + valid.iter().filter(|byte| **byte == b'\n').count(),
                problem: "the file is not UTF-8 text".to_owned(),
                expected: format!("{what} as plain text"),
            }
        })?;
        Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        })
    }

    pub(super) fn into_files(self) -> Vec<(PathBuf, String)> {
        self.files
    }
}

/// The bytes of a regular file of at most `limit` bytes.
pub(super) fn read_limited(
    path: &Path,
    limit: u64,
    what: &'static str,
) -> Result<Vec<u8>, DatasetError> {
    let unreadable = |reason| DatasetError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    // Asked before opening, because opening a pipe would wait for ever.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(DatasetError::NotAFile {
            path: path.to_owned(),
            expected: what,
        });
    }
    let too_large = |size| DatasetError::TooLarge {
        path: path.to_owned(),
        what,
        size,
        limit,
    };
    if metadata.len() > limit {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    // The file may have grown since its size was asked for: one byte more than allowed tells.
    let read = file.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
