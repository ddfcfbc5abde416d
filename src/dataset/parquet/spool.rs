//! [`Spool`]: pictures one after the other in a temporary file, so that each is found again at once and none is held.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::dataset::DatasetError;
use crate::dataset::encoded::Store;

/// The pictures of a data set. The file goes with it.
pub struct Spool {
    file: Mutex<File>,
    /// Where each begins, and its bytes.
    places: Vec<(u64, usize)>,
    names: Vec<Option<String>>,
    end: u64,
    /// The data set's, for messages.
    path: PathBuf,
}

impl Spool {
    /// An empty one for the data set of this path.
    ///
    /// # Errors
    /// If there is no place for temporary files.
    pub fn new(path: &Path) -> Result<Self, DatasetError> {
        let file = tempfile::tempfile().map_err(|reason| DatasetError::BadArrays {
            path: path.to_owned(),
            problem: format!("its pictures cannot be put into a temporary file: {reason}"),
        })?;
        Ok(Self {
            file: Mutex::new(file),
            places: Vec::new(),
            names: Vec::new(),
            end: 0,
            path: path.to_owned(),
        })
    }

    /// Adds a picture; `name` is what the data set calls it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, picture: &[u8], name: Option<String>) -> std::io::Result<()> {
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        file.write_all(picture)?;
        self.places.push((self.end, picture.len()));
        self.names.push(name);
        self.end += picture.len() as u64;
        Ok(())
    }
}

impl Store for Spool {
    fn name(&self, entry: usize) -> String {
        match self.names.get(entry) {
            Some(Some(name)) => name.clone(),
            _ => format!("row {entry}"),
        }
    }

    fn bytes(&self, entry: usize) -> Result<Vec<u8>, DatasetError> {
        let unreadable = |reason| DatasetError::Unreadable {
            path: self.path.clone(),
            reason,
        };
        let (start, length) = self.places[entry];
        let mut bytes = vec![0; length];
        // Every reader seeks first, so one that failed leaves nothing behind that another could trip over.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start)).map_err(unreadable)?;
        file.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_in_any_order() {
        let mut spool = Spool::new(Path::new("set")).expect("a file");
        for (picture, name) in [("one", Some("1.png")), ("", None), ("three", None)] {
            let name = name.map(str::to_owned);
            spool.add(picture.as_bytes(), name).expect("written");
        }
        let read = |entry| spool.bytes(entry).expect("read");
        assert_eq!((read(2), read(0)), (b"three".to_vec(), b"one".to_vec()));
        assert!(read(1).is_empty());
        assert_eq!(
            (spool.name(0), spool.name(1)),
            ("1.png".into(), "row 1".into())
        );
    }
}
