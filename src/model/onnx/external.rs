//! [`ExternalFiles`]: weights that lie beside the model. No path leaves the model's folder, and a length
//! is believed only when the file has as many bytes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use prost::bytes::Bytes;

use super::error::Reason;
use super::proto::Entry;

/// The files that the tensors of one model may name.
pub struct ExternalFiles {
    folder: PathBuf,
    /// Those that were read.
    read: Mutex<BTreeSet<PathBuf>>,
}

impl ExternalFiles {
    /// The files in the folder of this model.
    pub fn new(model: &Path) -> Self {
        let folder = model.parent().unwrap_or(Path::new(""));
        Self {
            folder: folder.into(),
            read: Mutex::default(),
        }
    }

    /// The bytes of a tensor.
    ///
    /// # Errors
    /// Where the place is incomplete or leaves the folder, the file is missing or too short, or the
    /// length is not what the tensor's shape needs.
    pub fn read(&self, entries: &[Entry], bytes: usize) -> Result<Bytes, Reason> {
        let entry = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key == key)?;
            Some(entry.value.as_str())
        };
        let number = |key: &str| match entry(key) {
            None => Ok(None),
            Some(text) => text
                .parse::<u64>()
                .map(Some)
                .map_err(|_| format!("its {key} in another file is `{text}`, which is no number")),
        };
        let location = entry("location").ok_or("it lies in another file, but names none")?;
        let offset = number("offset")?.unwrap_or(0);
        if let Some(length) = number("length")?
            && length != bytes as u64
        {
            return Err(format!(
                "its shape needs {bytes} bytes, but it claims {length} of the file {location}"
            ));
        }
        let path = self.path(location)?;
        let unreadable = |error: std::io::Error| {
            format!(
                "the file {} with its values cannot be read: {error}; keep it beside the model under that name",
                path.display()
            )
        };
        let mut file = File::open(&path).map_err(unreadable)?;
        let held = file.metadata().map_err(unreadable)?.len();
        if offset
            .checked_add(bytes as u64)
            .is_none_or(|end| end > held)
        {
            return Err(format!(
                "it needs {bytes} bytes from {offset} on, but the file {} has {held} and so is cut short or of another model",
                path.display()
            ));
        }
        let mut values = vec![0; bytes];
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut values))
            .map_err(unreadable)?;
        self.note(path);
        Ok(values.into())
    }

    /// The files that were read so far, in order.
    pub fn files(&self) -> Vec<PathBuf> {
        let read = self
            .read
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        read.iter().cloned().collect()
    }

    fn note(&self, path: PathBuf) {
        let mut read = self
            .read
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        read.insert(path);
    }

    /// A place in the folder, also where links point.
    fn path(&self, location: &str) -> Result<PathBuf, Reason> {
        let relative = Path::new(location);
        let inside = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let outside = || {
            format!(
                "its values are said to lie in {location}, which is outside of the model's folder"
            )
        };
        if !inside || location.contains('\\') {
            return Err(outside());
        }
        let path = self.folder.join(relative);
        let folder = if self.folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.folder
        };
        // A file that is not there says so when it is opened.
        if let (Ok(real), Ok(folder)) = (path.canonicalize(), folder.canonicalize())
            && !real.starts_with(folder)
        {
            return Err(outside());
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(pairs: &[(&str, &str)]) -> Vec<Entry> {
        let entry = |&(key, value): &(&str, &str)| Entry {
            key: key.into(),
            value: value.into(),
        };
        pairs.iter().map(entry).collect()
    }

    #[test]
    fn bytes_come_from_the_file_and_the_place_that_are_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("weights"), [1, 2, 3, 4, 5, 6]).unwrap();
        let files = ExternalFiles::new(&folder.path().join("model.onnx"));
        let read = |pairs: &[(&str, &str)], bytes| files.read(&place(pairs), bytes);
        let all = [("location", "weights"), ("offset", "1"), ("length", "4")];
        assert_eq!(&*read(&all, 4).unwrap(), [2, 3, 4, 5]);
        assert_eq!(files.files(), [folder.path().join("weights")]);
        for (pairs, bytes, expected) in [
            (&all[..2], 6, "cut short"),
            (&all[..], 8, "needs 8 bytes, but it claims 4"),
            (&all[1..], 4, "names none"),
            (&[("location", "missing")], 4, "keep it beside the model"),
            (&[("location", "weights"), ("offset", "-1")], 4, "no number"),
            (
                &[("location", "weights"), ("offset", "18446744073709551615")],
                4,
                "cut short",
            ),
        ] {
            let message = read(pairs, bytes).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn no_path_leaves_the_folder() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("models");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(outer.path().join("secret"), [0; 4]).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(outer.path().join("secret"), folder.join("link")).unwrap();
        let files = ExternalFiles::new(&folder.join("model.onnx"));
        let absolute = outer.path().join("secret").display().to_string();
        for location in [
            "../secret",
            &absolute,
            "a/../../secret",
            "..\\secret",
            "link",
        ] {
            let message = files
                .read(&place(&[("location", location)]), 4)
                .unwrap_err();
            assert!(
                message.contains("outside of the model's folder"),
                "{message}"
            );
        }
    }
}
