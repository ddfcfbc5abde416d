//! [`Occupant`]: what stands where the site shall stand, and whether it may be replaced.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::site::SiteError;
use crate::site::error::io;

/// Marks a folder as one of ours, which a later run may replace.
pub(super) const MARKER: &str = ".layerscope";
pub(super) const MARKER_TEXT: &str = "made by layerscope\n";
/// Files of the user's in an otherwise empty folder, which the new site carries on.
pub(super) const CARRIED: [&str; 2] = [".gitignore", ".gitkeep"];

/// What stands where the site shall stand.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Occupant {
    Nothing,
    /// A folder without content, but for files that are carried on.
    Empty,
    /// A site that layerscope wrote.
    Ours,
    /// Anything else, and how one can tell.
    Foreign(String),
}

impl Occupant {
    pub(super) fn of(path: &Path) -> Result<Self, SiteError> {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(SiteError::NotAFolder {
                    path: path.into(),
                    reason: "it is a file",
                });
            }
            Err(error) => return Err(io("read", path)(error)),
        };
        let mut names: Vec<OsString> = Vec::new();
        for entry in entries {
            names.push(entry.map_err(io("read", path))?.file_name());
        }
        names.sort();
        // Even with a marker: a repository holds more than the site in it.
        if names.iter().any(|name| name == ".git") {
            return Ok(Self::Foreign("it is the root of a Git repository".into()));
        }
        if names.iter().any(|name| name == MARKER) && is_marker(&path.join(MARKER)) {
            return Ok(Self::Ours);
        }
        let foreign = names.iter().find(|name| {
            !CARRIED.iter().any(|carried| name == carried) || !is_plain_file(&path.join(name))
        });
        Ok(foreign.map_or(Self::Empty, |name| {
            Self::Foreign(format!("for example `{}`", name.to_string_lossy()))
        }))
    }
}

pub(super) fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|data| data.is_file())
}

/// Whether a file has the content that only layerscope gives it. One that is larger is not even read.
fn is_marker(path: &Path) -> bool {
    let short = fs::symlink_metadata(path).is_ok_and(|data| data.is_file() && data.len() <= 1024);
    short && fs::read(path).is_ok_and(|bytes| bytes.starts_with(MARKER_TEXT.trim_end().as_bytes()))
}
