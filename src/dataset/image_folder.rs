//! [`open`]: a folder with a folder of pictures for every class, as torchvision's `ImageFolder` and Keras'
//! `image_dataset_from_directory` read it: `test/cat/1.jpg`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::class_names;
use super::encoded::{EncodedImages, Entry, Store};
use super::files::{Ledger, read_limited};
use super::open::OpenOptions;
use super::picture::{FILE_LIMIT, is_picture};
use super::{Dataset, DatasetError, Provenance};

/// Folders that are parts of a data set rather than classes.
const SPLITS: [&str; 8] = [
    "train",
    "training",
    "test",
    "testing",
    "val",
    "valid",
    "validation",
    "eval",
];

/// Names of a kind that a note shows.
const SHOWN: usize = 5;

/// Pictures below a folder, by their path from it, with `/` between folders.
pub(super) struct Files {
    pub root: PathBuf,
    pub names: Vec<Box<str>>,
}

impl Store for Files {
    fn name(&self, entry: usize) -> String {
        self.names[entry].to_string()
    }

    fn bytes(&self, entry: usize) -> Result<Vec<u8>, DatasetError> {
        let path = self.root.join(&*self.names[entry]);
        read_limited(&path, FILE_LIMIT, "an image")
    }
}

/// What was found below a folder.
#[derive(Debug, Default)]
struct Found {
    /// Pictures of each class, as paths from the root, sorted.
    classes: BTreeMap<String, Vec<String>>,
    /// Pictures in folders below that of their class.
    nested: usize,
    hidden: Vec<String>,
    links: Vec<String>,
    foreign: Vec<String>,
    /// Pictures that lie in no folder of a class.
    outside: Vec<String>,
}

/// Whether there is a picture in a folder below the root.
pub(super) fn detect(root: &Path) -> bool {
    root.is_dir()
        && WalkDir::new(root)
            .min_depth(1)
            .into_iter()
            .filter_entry(|entry| !is_hidden(entry))
            .filter_map(Result::ok)
            .any(|entry| {
                entry.depth() > 1 && entry.file_type().is_file() && is_picture(entry.path())
            })
}

/// Opens such a folder. Classes are its folders, sorted as text. Image *i* of every class comes before image
/// *i* + 1 of any, so that the beginning of the set has all classes.
///
/// # Errors
/// If there is no folder a class, a name cannot be one of a class, a file cannot be read, or a picture cannot
/// be decoded and `on_error` does not say to list it.
pub(super) fn open(root: &Path, options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let root = &match &options.split {
        Some(split) => part(root, split)?,
        None => root.to_owned(),
    };
    let found = walk(root)?;
    check(root, &found)?;
    let mut ledger = Ledger::new(root);
    let names = options
        .classes
        .clone()
        .map(|names| names.resolve(&mut ledger))
        .transpose()?;
    let folders: Vec<&String> = found.classes.keys().collect();
    let (classes, note) = match names {
        None => class_names::of_names(&options.model_classes, own_names(root, &folders)?)?,
        Some(names) => (names, None),
    };
    let labels = class_names::match_folders(&classes, &folders, root)?;
    let own_order = options.classes.is_none() && note.as_deref() != Some(class_names::FROM_MODEL);
    let mut order: Vec<(usize, usize, &String)> = found
        .classes
        .values()
        .zip(&labels)
        .flat_map(|(files, &label)| {
            let ranked = files.iter().enumerate();
            ranked.map(move |(rank, file)| (rank, label, file))
        })
        .collect();
    order.sort();
    let entries = order
        .iter()
        .enumerate()
        .map(|(entry, &(_, label, _))| Entry {
            entry,
            label: label as u32,
        })
        .collect();
    let store = Files {
        root: root.to_owned(),
        names: order
            .iter()
            .map(|(.., file)| file.as_str().into())
            .collect(),
    };
    let provenance = Provenance {
        format: "image folder".to_owned(),
        path: root.to_owned(),
        files: ledger.into_files(),
        notes: notes(&found, own_order).into_iter().chain(note).collect(),
        ..Provenance::default()
    };
    let images = EncodedImages::survey(store, entries, classes, provenance, options)?;
    Ok(Box::new(images))
}

/// The folder of one part of a data set.
fn part(root: &Path, split: &str) -> Result<PathBuf, DatasetError> {
    let mut parts = Path::new(split).components();
    let plain = matches!(
        (parts.next(), parts.next()),
        (Some(std::path::Component::Normal(_)), None)
    );
    let folder = root.join(split);
    if plain && folder.is_dir() {
        return Ok(folder);
    }
    Err(DatasetError::BadFolder {
        path: root.to_owned(),
        problem: format!("has no folder {split:?}, which `data.split` asks for"),
    })
}

fn own_names(root: &Path, folders: &[&String]) -> Result<Vec<String>, DatasetError> {
    let names: Vec<String> = folders.iter().map(|name| (*name).clone()).collect();
    class_names::check(&names, &root.display().to_string())?;
    Ok(names)
}

fn is_hidden(entry: &walkdir::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.') || matches!(&*name, "Thumbs.db" | "desktop.ini" | "__MACOSX")
}

fn walk(root: &Path) -> Result<Found, DatasetError> {
    let mut found = Found::default();
    let mut walk = WalkDir::new(root)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|error| DatasetError::Unreadable {
            path: error.path().unwrap_or(root).to_owned(),
            reason: error.into(),
        })?;
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
        let shown = relative.to_string_lossy().into_owned();
        let kind = entry.file_type();
        if is_hidden(&entry) {
            found.hidden.push(shown);
            if kind.is_dir() {
                walk.skip_current_dir();
            }
        } else if kind.is_symlink() {
            found.links.push(shown);
        } else if let (true, 1, Some(parts)) = (kind.is_dir(), entry.depth(), &parts) {
            found.classes.entry(parts[0].to_owned()).or_default();
        } else if kind.is_file() {
            match parts {
                Some(parts) if is_picture(relative) => found.add(&parts),
                // A name that is not UTF-8 could not be shown, nor found again.
                _ => found.foreign.push(shown),
            }
        }
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, parts: &[&str]) {
        match parts {
            [] => {}
            [file] => self.outside.push((*file).to_owned()),
            [class, inner @ ..] => {
                self.nested += usize::from(inner.len() > 1);
                let files = self.classes.entry((*class).to_owned()).or_default();
                files.push(parts.join("/"));
            }
        }
    }
}

fn check(root: &Path, found: &Found) -> Result<(), DatasetError> {
    let bad = |problem: String| DatasetError::BadFolder {
        path: root.to_owned(),
        problem,
    };
    let is_split = |name: &String| SPLITS.contains(&name.to_lowercase().as_str());
    if found.classes.len() > 1 && found.classes.keys().all(is_split) {
        let names: Vec<&str> = found.classes.keys().map(String::as_str).collect();
        let test = names
            .iter()
            .find(|name| name.starts_with("test"))
            .unwrap_or(&names[0]);
        return Err(bad(format!(
            "holds the folders {}, which are parts of a data set rather than classes; say which to report on, such as `data.split = {test:?}`",
            names.join(", ")
        )));
    }
    if found.classes.values().all(Vec::is_empty) {
        return Err(bad(match found.outside.len() {
            0 => "has no images below it; expected a folder for each class, with JPEG, PNG, WebP, BMP, GIF or TIFF files".to_owned(),
            number => format!(
                "has {number} images, but in no folder that names their class; expected a folder for each class (cat/1.jpg), or a \
                 manifest with the lines path,label"
            ),
        }));
    }
    Ok(())
}

fn notes(found: &Found, own_order: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |names: &[String], what: &str| {
        if !names.is_empty() {
            let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
            let more = if names.len() > SHOWN { ", …" } else { "" };
            notes.push(format!(
                "{} {what}: {}{more}",
                names.len(),
                shown.join(", ")
            ));
        }
    };
    note(
        &found.outside,
        "images lie in no folder of a class and were left out",
    );
    note(
        &found.foreign,
        "files are no pictures by their names and were left out",
    );
    note(&found.links, "links were not followed");
    note(&found.hidden, "hidden files or folders were left out");
    let empty: Vec<String> = found
        .classes
        .iter()
        .filter(|(_, files)| files.is_empty())
        .map(|(name, _)| name.clone())
        .collect();
    note(&empty, "classes have no images");
    if found.nested > 0 {
        notes.push(format!(
            "{} images lie in folders below that of their class, to which they were counted",
            found.nested
        ));
    }
    if own_order && sorts_unlike_numbers(found.classes.keys()) {
        notes.push(
            "Classes stand in the order of their names as text, as in Keras and torchvision: \"10\" comes before \"2\". \
             If the network was trained in another order, give it as `data.classes`"
                .to_owned(),
        );
    }
    notes
}

/// Whether names are numbers that stand in another order as text than as numbers.
fn sorts_unlike_numbers<'a>(names: impl Iterator<Item = &'a String>) -> bool {
    let numbers: Option<Vec<u64>> = names.map(|name| name.parse().ok()).collect();
    numbers.is_some_and(|numbers| !numbers.is_sorted())
}
