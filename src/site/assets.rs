//! The look: the files of `templates/`, built into the binary, and those of a folder that override them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;
use walkdir::{DirEntry, WalkDir};

use super::SiteError;
use super::error::io;

/// Templates and assets inside the binary, so that it runs anywhere.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct BuiltIn;

/// Where the files lie that are copied into the site as they are.
const ASSETS: &str = "assets/";

/// One file of the look.
pub(super) struct LookFile {
    pub bytes: Cow<'static, [u8]>,
    /// The file it was read from; `None` for a built-in one.
    pub path: Option<PathBuf>,
}

/// All files of the look by name, with forward slashes: `layer.html`, `assets/style.css`.
pub(super) struct Look(BTreeMap<String, LookFile>);

impl Look {
    /// The built-in files, each replaced by the one of the same name in the folder of overrides. Files and
    /// folders whose name begins with a dot are passed over.
    pub(super) fn load(overrides: Option<&Path>) -> Result<Self, SiteError> {
        let mut files: BTreeMap<String, LookFile> = BuiltIn::iter()
            .filter_map(|name| {
                BuiltIn::get(&name).map(|file| {
                    (
                        name.into_owned(),
                        LookFile {
                            bytes: file.data,
                            path: None,
                        },
                    )
                })
            })
            .collect();
        if let Some(folder) = overrides {
            files.extend(read(folder)?);
        }
        files.retain(|name, _| !name.split('/').any(is_hidden));
        Ok(Self(files))
    }

    pub(super) fn into_files(self) -> BTreeMap<String, LookFile> {
        self.0
    }

    /// Names of files that take no built-in file's place.
    pub(super) fn additions(&self) -> Vec<String> {
        let is_addition = |name: &&String| BuiltIn::get(name).is_none();
        self.0.keys().filter(is_addition).cloned().collect()
    }

    /// Splits the look into templates and assets.
    pub(super) fn split(self) -> (BTreeMap<String, LookFile>, BTreeMap<String, LookFile>) {
        self.0
            .into_iter()
            .partition(|(name, _)| !name.starts_with(ASSETS))
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// Every file below a folder, by its name relative to it.
fn read(folder: &Path) -> Result<Vec<(String, LookFile)>, SiteError> {
    let wanted =
        |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().to_str().is_some_and(is_hidden);
    let mut files = Vec::new();
    for entry in WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(wanted)
    {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_path_buf();
            io("read", path)(error.into())
        })?;
        if entry.depth() == 0 && !entry.file_type().is_dir() {
            return Err(SiteError::Overrides {
                path: folder.into(),
            });
        }
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path().to_path_buf();
        let bytes = std::fs::read(&path).map_err(io("read", &path))?;
        let relative = path.strip_prefix(folder).unwrap_or(&path);
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        files.push((
            parts.join("/"),
            LookFile {
                bytes: bytes.into(),
                path: Some(path),
            },
        ));
    }
    Ok(files)
}
