//! Places: which folder a path means, which ones are never taken, and the folders on the way to them.
//! The noun is [`Made`].

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::site::SiteError;
use crate::site::error::io;

/// The folder that `out` means, as an absolute path with links followed. It need not exist; whether it is a
/// folder is not asked here, since another run may be replacing it at this moment.
pub(super) fn resolve(out: &Path) -> Result<PathBuf, SiteError> {
    let not_a_folder = |reason| SiteError::NotAFolder {
        path: out.into(),
        reason,
    };
    if out.as_os_str().is_empty() {
        return Err(not_a_folder("the path is empty"));
    }
    // Without the slash at the end, which would hide that it is a link.
    let path: PathBuf = std::path::absolute(out)
        .map_err(io("read", out))?
        .components()
        .collect();
    let is_link = fs::symlink_metadata(&path).is_ok_and(|data| data.is_symlink());
    if is_link || path.file_name().is_none() {
        return fs::canonicalize(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound if is_link => {
                not_a_folder("it is a link to something that does not exist")
            }
            ErrorKind::NotFound => not_a_folder("`..` leads out of a folder that does not exist"),
            _ => io("read", out)(error),
        });
    }
    let mut missing: Vec<OsString> = Vec::new();
    let mut existing = path.as_path();
    while missing.is_empty() || fs::symlink_metadata(existing).is_err() {
        // What `..` means below a folder that does not exist, nobody can tell.
        let name = existing
            .file_name()
            .ok_or_else(|| not_a_folder("`..` leads out of a folder that does not exist"))?;
        missing.push(name.into());
        existing = parent(existing);
    }
    let mut resolved = fs::canonicalize(existing).map_err(io("read", existing))?;
    if !resolved.is_dir() {
        return Err(not_a_folder("a part of the path is a file"));
    }
    resolved.extend(missing.iter().rev());
    Ok(resolved)
}

/// Refuses folders that hold more than a report whatever is in them at the moment.
pub(super) fn refuse_protected(out: &Path) -> Result<(), SiteError> {
    let protected = |reason| {
        Err(SiteError::Protected {
            path: out.into(),
            reason,
        })
    };
    if out.file_name().is_none() {
        return protected("it is the root of the file system");
    }
    let is_at_or_above = |folder: Option<PathBuf>| {
        folder
            .and_then(|folder| fs::canonicalize(folder).ok())
            .is_some_and(|folder| folder.starts_with(out))
    };
    if is_at_or_above(std::env::current_dir().ok()) {
        return protected("it is the current folder, or one that holds it");
    }
    if is_at_or_above(std::env::home_dir().filter(|home| !home.as_os_str().is_empty())) {
        return protected("it is the home folder, or one that holds it");
    }
    Ok(())
}

/// The folder a resolved path lies in. Only the root has none, and it was refused.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Folders made on the way to the site; removed again when dropped, as far as they are empty.
#[derive(Debug, Default)]
pub(super) struct Made(Vec<PathBuf>);

impl Made {
    pub(super) fn parents_of(out: &Path) -> Result<Self, SiteError> {
        let missing: Vec<&Path> = out
            .ancestors()
            .skip(1)
            .take_while(|folder| !folder.exists())
            .collect();
        let mut made = Self::default();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => made.0.push(folder.into()),
                // Another run made it meanwhile, so it is not ours to remove.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io("created", folder)(error)),
            }
        }
        Ok(made)
    }

    pub(super) fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // Not empty means in use; nothing can be done about other failures here.
            let _ = fs::remove_dir(folder);
        }
    }
}
