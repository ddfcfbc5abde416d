//! [`Format`]: which kind of data set a path holds, and [`open()`], which finds that out. A new
//! format is a file beside this one, a variant here, and a line in the table.

use std::path::Path;

use serde::{Serialize, Serializer};

use super::cifar_binary::{CifarBinary, CifarVariant};
use super::class_names::ClassNames;
use super::tile_sheet::{DESCRIPTION, TileSheet};
use super::{Dataset, DatasetError};

/// A kind of data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    TileSheet,
    Cifar10,
    Cifar100,
}

type Opened = Result<Box<dyn Dataset>, DatasetError>;

struct Entry {
    format: Format,
    /// As it stands in a config.
    name: &'static str,
    detect: fn(&Path) -> bool,
    open: fn(&Path, Option<ClassNames>) -> Opened,
}

#[rustfmt::skip] // One line a format.
const TABLE: [Entry; 3] = [
    Entry { format: Format::TileSheet, name: "tile-sheet", detect: is_tile_sheet, open: open_tile_sheet },
    Entry { format: Format::Cifar10, name: "cifar-10", detect: |path| is_cifar(path, CifarVariant::Cifar10), open: |path, classes| open_cifar(path, CifarVariant::Cifar10, classes) },
    Entry { format: Format::Cifar100, name: "cifar-100", detect: |path| is_cifar(path, CifarVariant::Cifar100), open: |path, classes| open_cifar(path, CifarVariant::Cifar100, classes) },
];

impl Format {
    /// The names of all formats, as they stand in a config.
    pub fn names() -> Vec<&'static str> {
        TABLE.iter().map(|entry| entry.name).collect()
    }

    /// The format of that name.
    ///
    /// # Errors
    /// If there is none; the message lists those there are.
    pub fn from_name(name: &str) -> Result<Self, DatasetError> {
        match TABLE.iter().find(|entry| entry.name == name) {
            Some(entry) => Ok(entry.format),
            None => Err(DatasetError::UnknownFormat {
                name: name.to_owned(),
                formats: Self::names(),
            }),
        }
    }

    /// As it stands in a config: `tile-sheet`.
    pub fn name(self) -> &'static str {
        match self {
            Self::TileSheet => "tile-sheet",
            Self::Cifar10 => "cifar-10",
            Self::Cifar100 => "cifar-100",
        }
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Opens a data set. Without a format it is told by the files: a `sheet.json`, a CIFAR test file
/// by its name, or a `.bin` file whose size is a whole number of records of one CIFAR only.
/// `classes` takes the place of the data set's own class names.
///
/// # Errors
/// If the path does not exist, the format is unclear (the message lists them all), or the data
/// set itself is bad.
pub fn open(path: &Path, format: Option<Format>, classes: Option<ClassNames>) -> Opened {
    if let Err(reason) = std::fs::metadata(path) {
        return Err(DatasetError::Unreadable {
            path: path.to_owned(),
            reason,
        });
    }
    let chosen: Vec<&Entry> = TABLE
        .iter()
        .filter(|entry| match format {
            Some(format) => entry.format == format,
            None => (entry.detect)(path),
        })
        .collect();
    match chosen.as_slice() {
        [entry] => (entry.open)(path, classes),
        several => Err(DatasetError::UnclearFormat {
            path: path.to_owned(),
            problem: if several.is_empty() {
                "this is no data set of a known format"
            } else {
                "this may be a data set of more than one format"
            },
            formats: Format::names(),
        }),
    }
}

fn open_tile_sheet(path: &Path, classes: Option<ClassNames>) -> Opened {
    Ok(Box::new(TileSheet::open(path, classes)?))
}

fn open_cifar(path: &Path, variant: CifarVariant, classes: Option<ClassNames>) -> Opened {
    Ok(Box::new(CifarBinary::open(path, variant, classes)?))
}

fn is_tile_sheet(path: &Path) -> bool {
    path.join(DESCRIPTION).is_file() || (path.is_file() && has_extension(path, "json"))
}

fn is_cifar(path: &Path, variant: CifarVariant) -> bool {
    if path.join(variant.test_file()).is_file() {
        return true;
    }
    let Ok(metadata) = std::fs::metadata(path) else {
        return false;
    };
    metadata.is_file()
        && has_extension(path, "bin")
        && metadata.len() > 0
        && metadata.len().is_multiple_of(variant.record_bytes() as u64)
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_formats_and_back() {
        for entry in TABLE {
            assert_eq!(entry.format.name(), entry.name);
            assert_eq!(Format::from_name(entry.name).ok(), Some(entry.format));
        }
        let unknown = Format::from_name("tiles").map_err(|error| error.to_string());
        assert_eq!(
            unknown,
            Err(
                "there is no data format \"tiles\"; known are: tile-sheet, cifar-10, cifar-100"
                    .to_owned()
            )
        );
    }
}
