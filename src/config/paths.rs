//! [`ConfigPath`]: a path of a config, as it was written and as it holds.

use std::ops::Deref;
use std::path::{Component, Path, PathBuf};

use serde::{Serialize, Serializer};

/// A path that a setting names. Shown as it was written, so that no report tells where on
/// somebody's disk it was made; opened as it holds: relative to the config's folder, or, from the
/// command line, to the working folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigPath {
    written: String,
    resolved: PathBuf,
}

impl ConfigPath {
    pub(super) fn new(written: String, folder: &Path) -> Self {
        let resolved = tidy(&folder.join(&written));
        Self { written, resolved }
    }

    /// As the user wrote it, for showing.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// To be opened.
    pub fn as_path(&self) -> &Path {
        &self.resolved
    }
}

/// A setting that is opened far more often than it is shown, hence the short way to the path.
impl Deref for ConfigPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.resolved
    }
}

impl AsRef<Path> for ConfigPath {
    fn as_ref(&self) -> &Path {
        &self.resolved
    }
}

impl Serialize for ConfigPath {
    /// As written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

/// `config/../data` as `data`, for messages that people can read; but only where `config` is a
/// real folder, because the parent of a linked one is elsewhere.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        let named = matches!(tidied.components().next_back(), Some(Component::Normal(_)));
        let real = || std::fs::symlink_metadata(&tidied).is_ok_and(|found| found.is_dir());
        match part {
            Component::CurDir => {}
            Component::ParentDir if named && real() => {
                tidied.pop();
            }
            _ => tidied.push(part),
        }
    }
    if tidied.as_os_str().is_empty() {
        tidied.push(".");
    }
    tidied
}
