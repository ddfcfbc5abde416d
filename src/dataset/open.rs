//! [`Format`]: which kind of data set a path holds, and [`open()`], which finds that out where it is not said. A new
//! format is a file beside this one, a variant here, and a line in the table.

use std::path::Path;

use serde::{Serialize, Serializer};

use super::cifar_binary::{CifarBinary, CifarVariant};
use super::class_names::ClassNames;
use super::picture::is_picture;
use super::tile_sheet::{DESCRIPTION, TileSheet};
use super::{Dataset, DatasetError, First, Layout, idx, image_folder, manifest, numpy, parquet};

/// A kind of data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    TileSheet,
    Cifar10,
    Cifar100,
    Manifest,
    Idx,
    Numpy,
    Parquet,
    ImageFolder,
}

/// What becomes of an image that cannot be decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// The data set is refused, with the names of all such images.
    #[default]
    Fail,
    /// It is left out and listed.
    List,
}

/// How many pictures are read when a data set of picture files is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Survey {
    /// All: what cannot be decoded is known before the network runs.
    #[default]
    Whole,
    /// About so many, evenly spread, for a quick look.
    Spread(usize),
}

/// How a data set is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Found out from the files where there is none.
    pub format: Option<Format>,
    /// Take the place of the data set's own class names.
    pub classes: Option<ClassNames>,
    /// The names that the model tells, in the order of its outputs; none where it tells none. They hold where neither
    /// `classes` nor the data set names classes, and give the order where both name the same ones.
    pub model_classes: Vec<String>,
    /// Only so many samples from the start.
    pub limit: Option<usize>,
    /// The part of the data set to take, where a manifest or a folder has several.
    pub split: Option<String>,
    /// The array or file of the images, where the data set has several.
    pub images: Option<String>,
    /// The array or file of the labels.
    pub labels: Option<String>,
    /// Where the channels of images in arrays are, if their shape does not tell.
    pub layout: Option<Layout>,
    pub on_error: OnError,
    /// Whether images are turned as their EXIF orientation says.
    pub upright: bool,
    pub survey: Survey,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            format: None,
            classes: None,
            model_classes: Vec::new(),
            limit: None,
            split: None,
            images: None,
            labels: None,
            layout: None,
            on_error: OnError::default(),
            upright: true,
            survey: Survey::default(),
        }
    }
}

type Opened = Result<Box<dyn Dataset>, DatasetError>;

struct Entry {
    format: Format,
    /// As it stands in a config.
    name: &'static str,
    detect: fn(&Path) -> bool,
    open: fn(&Path, &OpenOptions) -> Opened,
}

/// The most telling first: a form that much else could be mistaken for stands last, and is not asked where
/// another one answers.
#[rustfmt::skip] // One line a format.
const TABLE: [Entry; 8] = [
    Entry { format: Format::TileSheet, name: "tile-sheet", detect: is_tile_sheet, open: open_tile_sheet },
    Entry { format: Format::Cifar10, name: "cifar-10", detect: |path| is_cifar(path, CifarVariant::Cifar10), open: |path, options| open_cifar(path, CifarVariant::Cifar10, options) },
    Entry { format: Format::Cifar100, name: "cifar-100", detect: |path| is_cifar(path, CifarVariant::Cifar100), open: |path, options| open_cifar(path, CifarVariant::Cifar100, options) },
    Entry { format: Format::Manifest, name: "manifest", detect: manifest::detect, open: manifest::open },
    Entry { format: Format::Idx, name: "idx", detect: idx::detect, open: idx::open },
    Entry { format: Format::Numpy, name: "numpy", detect: numpy::detect, open: numpy::open },
    Entry { format: Format::Parquet, name: "parquet", detect: parquet::detect, open: parquet::open },
    Entry { format: Format::ImageFolder, name: "image-folder", detect: image_folder::detect, open: image_folder::open },
];

/// Formats that are only asked for where no other one is told by the files.
const LAST_RESORT: Format = Format::ImageFolder;

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
            Self::Manifest => "manifest",
            Self::Idx => "idx",
            Self::Numpy => "numpy",
            Self::Parquet => "parquet",
            Self::ImageFolder => "image-folder",
        }
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Opens a data set. Without a format it is told by the files: a `sheet.json`, a CIFAR test file
/// or archive by its name, a `.bin` file whose size is a whole number of records of one CIFAR only, a file of IDX
/// images by its name, the ending of a manifest, of NumPy's arrays or of Parquet, or a folder with folders of pictures.
///
/// # Errors
/// If the path does not exist, the format is unclear (the message lists them all), or the data
/// set itself is bad.
pub fn open(path: &Path, options: &OpenOptions) -> Opened {
    if let Err(reason) = std::fs::metadata(path) {
        return Err(DatasetError::Unreadable {
            path: path.to_owned(),
            reason,
        });
    }
    let entry = match options.format {
        Some(format) => TABLE.iter().find(|entry| entry.format == format),
        None => Some(told(path)?),
    };
    let Some(entry) = entry else {
        return Err(unclear(path, "this is no data set of a known format"));
    };
    let opened = (entry.open)(path, options)?;
    Ok(match options.limit {
        Some(limit) if limit < opened.len() => Box::new(First::new(opened, limit)),
        _ => opened,
    })
}

/// The format that the files tell.
///
/// # Errors
/// If they tell none or more than one.
pub fn tell(path: &Path) -> Result<Format, DatasetError> {
    told(path).map(|entry| entry.format)
}

fn told(path: &Path) -> Result<&'static Entry, DatasetError> {
    let detected = |entry: &&'static Entry| entry.format != LAST_RESORT && (entry.detect)(path);
    let mut found: Vec<&Entry> = TABLE.iter().filter(detected).collect();
    if found.is_empty() {
        let last = |entry: &&'static Entry| entry.format == LAST_RESORT && (entry.detect)(path);
        found = TABLE.iter().filter(last).collect();
    }
    match found.as_slice() {
        [entry] => Ok(entry),
        [] => Err(unclear(path, nothing_known(path))),
        _ => Err(unclear(
            path,
            "this may be a data set of more than one format",
        )),
    }
}

/// Why no format is told, as far as that can be seen.
fn nothing_known(path: &Path) -> &'static str {
    let entries = std::fs::read_dir(path).map(|entries| entries.flatten().collect::<Vec<_>>());
    let Ok(entries) = entries else {
        return "this is no data set of a known format";
    };
    let files = || {
        entries
            .iter()
            .map(std::fs::DirEntry::path)
            .filter(|path| path.is_file())
    };
    if entries.is_empty() {
        "this folder is empty"
    } else if files().any(|path| is_picture(&path)) {
        "the pictures in this folder lie in no folder of their class (such as photos/cat/1.jpg)"
    } else if files().next().is_none() {
        "the folders in this folder hold no pictures"
    } else {
        "this is no data set of a known format"
    }
}

fn unclear(path: &Path, problem: &'static str) -> DatasetError {
    DatasetError::UnclearFormat {
        path: path.to_owned(),
        problem,
        formats: Format::names(),
    }
}

fn open_tile_sheet(path: &Path, options: &OpenOptions) -> Opened {
    Ok(Box::new(TileSheet::open(path, options.classes.clone())?))
}

fn open_cifar(path: &Path, variant: CifarVariant, options: &OpenOptions) -> Opened {
    let classes = options.classes.clone();
    Ok(Box::new(CifarBinary::open(path, variant, classes)?))
}

fn is_tile_sheet(path: &Path) -> bool {
    path.join(DESCRIPTION).is_file() || (path.is_file() && has_extension(path, "json"))
}

fn is_cifar(path: &Path, variant: CifarVariant) -> bool {
    if path.join(variant.test_file()).is_file() || variant.is_archive(path) {
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
    fn a_folder_without_a_data_set_is_told_from_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let reason = || {
            let told = tell(folder.path()).map_err(|error| error.to_string());
            told.expect_err("no data set")
        };
        assert!(reason().contains("this folder is empty"), "{}", reason());
        std::fs::create_dir(folder.path().join("cat")).expect("a folder");
        assert!(reason().contains("hold no pictures"), "{}", reason());
        std::fs::write(folder.path().join("1.jpg"), "x").expect("a file");
        assert!(
            reason().contains("no folder of their class"),
            "{}",
            reason()
        );
    }

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
                "there is no data format \"tiles\"; known are: tile-sheet, cifar-10, cifar-100, manifest, idx, numpy, parquet, image-folder"
                    .to_owned()
            )
        );
    }
}
