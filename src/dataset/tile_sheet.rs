//! [`TileSheet`]: a test set as one picture of equal tiles, with a text file of labels. Lossless
//! PNG or WebP; small enough for a repository, and everybody can look at it.

use std::io::Cursor;
use std::path::{Component, Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use serde::Deserialize;

use super::class_names::{ClassNames, read_with};
use super::files::{Ledger, PIXEL_LIMIT};
use super::{Dataset, DatasetError, Pixels, Provenance};

/// Name of the description inside the folder of a tile sheet.
pub(super) const DESCRIPTION: &str = "sheet.json";

/// A folder with a picture of tiles, decoded once.
#[derive(Debug)]
pub struct TileSheet {
    /// The whole picture, RGB, row by row.
    sheet: Vec<u8>,
    /// Tiles side by side.
    columns: usize,
    /// Extent of one tile in pixels.
    width: usize,
    height: usize,
    labels: Vec<u32>,
    classes: Vec<String>,
    provenance: Provenance,
}

/// `sheet.json`. File names are relative to its folder and stay in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    image: String,
    /// Pixels.
    tile_width: u32,
    tile_height: u32,
    labels: String,
    classes: Option<String>,
}

impl TileSheet {
    /// Opens a folder with a `sheet.json`, or that file itself, and decodes the picture.
    /// `classes_override` takes the place of the class names of the sheet.
    ///
    /// # Errors
    /// If a file is missing, leaves the folder, is too large (2 GiB of pixels) or cut short; if
    /// the picture is not a whole number of tiles or has fewer tiles than there are labels; if a
    /// label is no class.
    pub fn open(
        dir_or_json: &Path,
        classes_override: Option<ClassNames>,
    ) -> Result<Self, DatasetError> {
        let description_path = if dir_or_json.is_dir() {
            dir_or_json.join(DESCRIPTION)
        } else {
            dir_or_json.to_owned()
        };
        let folder = description_path.parent().unwrap_or(Path::new(""));
        let mut ledger = Ledger::new(folder);
        let description = Description::read(&description_path, &mut ledger)?;

        let classes = match classes_override {
            Some(names) => names.resolve(&mut ledger)?,
            None => description.read_classes(&description_path, &mut ledger)?,
        };
        let labels_path = inside(&description_path, "labels", &description.labels)?;
        let labels_text = ledger.read_text(&labels_path, "the labels")?;
        let labels = parse_labels(&labels_text, &classes, &labels_path)?;
        if labels.is_empty() {
            return Err(DatasetError::Empty { path: labels_path });
        }

        let image_path = inside(&description_path, "image", &description.image)?;
        let packed = ledger.read(&image_path, PIXEL_LIMIT, "the tiles")?;
        let tile = (description.tile_width, description.tile_height);
        let picture = decode(&packed, &image_path, |width, height| {
            check_tiles(
                &image_path,
                (width, height),
                tile,
                &labels_path,
                labels.len(),
            )
        })?;
        Ok(Self {
            columns: (picture.width() / tile.0) as usize,
            width: tile.0 as usize,
            height: tile.1 as usize,
            sheet: picture.into_rgb8().into_raw(),
            labels,
            classes,
            provenance: Provenance {
                format: "tile sheet".to_owned(),
                path: dir_or_json.to_owned(),
                files: ledger.into_files(),
                ..Provenance::default()
            },
        })
    }
}

impl Description {
    fn read(path: &Path, ledger: &mut Ledger) -> Result<Self, DatasetError> {
        let text = ledger.read_text(path, "the description of the tile sheet")?;
        let bad = |problem: String| DatasetError::BadSheet {
            path: path.to_owned(),
            problem,
        };
        let description: Self =
            serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if description.tile_width == 0 || description.tile_height == 0 {
            return Err(bad(format!(
                "tiles of {}×{} pixels; expected at least 1×1",
                description.tile_width, description.tile_height
            )));
        }
        Ok(description)
    }

    fn read_classes(&self, path: &Path, ledger: &mut Ledger) -> Result<Vec<String>, DatasetError> {
        match &self.classes {
            Some(name) => read_with(&inside(path, "classes", name)?, ledger),
            None => Err(DatasetError::BadSheet {
                path: path.to_owned(),
                problem: "\"classes\" is missing; name a text file with one class name a line, or \
                          set `data.classes` in the config"
                    .to_owned(),
            }),
        }
    }
}

/// The path of a file named in a description, refused where it leaves the description's folder
/// by its name or by a link.
fn inside(description: &Path, key: &'static str, name: &str) -> Result<PathBuf, DatasetError> {
    let leaves = || DatasetError::LeavesFolder {
        path: description.to_owned(),
        key,
        name: name.to_owned(),
    };
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    // A backslash separates folders on Windows only; refused everywhere, so that a sheet that
    // opens on one system opens on all.
    if name.is_empty() || name.contains('\\') || !Path::new(name).components().all(plain) {
        return Err(leaves());
    }
    let folder = match description.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let path = folder.join(name);
    let unreadable = |path: &Path, reason| DatasetError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let real_folder = folder
        .canonicalize()
        .map_err(|reason| unreadable(folder, reason))?;
    let real = path
        .canonicalize()
        .map_err(|reason| unreadable(&path, reason))?;
    if !real.starts_with(&real_folder) {
        return Err(leaves());
    }
    Ok(path)
}

/// One class number, or class name, a line. A line of digits is always a number.
fn parse_labels(text: &str, classes: &[String], path: &Path) -> Result<Vec<u32>, DatasetError> {
    let numbers: std::collections::HashMap<&str, u32> =
        classes.iter().map(String::as_str).zip(0..).collect();
    let mut labels = Vec::new();
    for (index, line) in text.trim_end().lines().enumerate() {
        let line = line.trim();
        let label = match line.parse::<u32>() {
            Ok(number) if (number as usize) < classes.len() => Some(number),
            Ok(_) => None,
            Err(_) => numbers.get(line).copied(),
        };
        labels.push(label.ok_or_else(|| DatasetError::BadLine {
            path: path.to_owned(),
            line: index + 1,
            problem: bad_label(line, classes.len()),
            expected: format!(
                "a class number from 0 to {} or a class name",
                classes.len().saturating_sub(1)
            ),
        })?);
    }
    Ok(labels)
}

fn bad_label(line: &str, classes: usize) -> String {
    const SHOWN: usize = 40;
    if line.is_empty() {
        return "the label is missing".to_owned();
    }
    let shown: String = line.chars().take(SHOWN).collect();
    if line.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("the label {shown} is out of range, there are {classes} classes")
    } else {
        format!("the label {shown:?} is no class")
    }
}

/// Decodes a picture after `check` has seen its size, so that a wrong one costs no memory.
fn decode(
    packed: &[u8],
    path: &Path,
    check: impl FnOnce(u32, u32) -> Result<(), DatasetError>,
) -> Result<DynamicImage, DatasetError> {
    let bad = |error: image::ImageError| DatasetError::BadImage {
        path: path.to_owned(),
        problem: error.to_string(),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(PIXEL_LIMIT);
    let mut reader = ImageReader::new(Cursor::new(packed))
        .with_guessed_format()
        .map_err(|error| bad(error.into()))?;
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(bad)?;
    let (width, height) = decoder.dimensions();
    check(width, height)?;
    // Not every decoder heeds the limit, hence once more, for the RGB picture too.
    let size = decoder.total_bytes().max(
        u64::from(width)
            .saturating_mul(u64::from(height))
            .saturating_mul(3),
    );
    if size > PIXEL_LIMIT {
        return Err(DatasetError::TooLarge {
            path: path.to_owned(),
            what: "a decoded image",
            size,
            limit: PIXEL_LIMIT,
        });
    }
    DynamicImage::from_decoder(decoder).map_err(bad)
}

fn check_tiles(
    path: &Path,
    (width, height): (u32, u32),
    (tile_width, tile_height): (u32, u32),
    labels_path: &Path,
    labels: usize,
) -> Result<(), DatasetError> {
    if width % tile_width != 0 || height % tile_height != 0 {
        return Err(DatasetError::NotWholeTiles {
            path: path.to_owned(),
            width,
            height,
            tile_width,
            tile_height,
        });
    }
    let tiles = (width / tile_width) as usize * (height / tile_height) as usize;
    if tiles < labels {
        return Err(DatasetError::TooFewTiles {
            path: path.to_owned(),
            tiles,
            labels_path: labels_path.to_owned(),
            labels,
        });
    }
    Ok(())
}

impl Dataset for TileSheet {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> usize {
        self.labels[index] as usize
    }

    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError> {
        if index >= self.len() {
            return Err(DatasetError::NoSuchSample {
                index,
                len: self.len(),
            });
        }
        let row_bytes = self.width * 3;
        let left = (index % self.columns) * row_bytes;
        let top = (index / self.columns) * self.height;
        let sheet_row_bytes = self.columns * row_bytes;
        pixels.width = self.width;
        pixels.height = self.height;
        pixels.rgb.clear();
        for row in top..top + self.height {
            let start = row * sheet_row_bytes + left;
            pixels
                .rgb
                .extend_from_slice(&self.sheet[start..start + row_bytes]);
        }
        Ok(())
    }

    fn image_size(&self) -> Option<(usize, usize)> {
        Some((self.width, self.height))
    }

    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Vec<String> {
        vec!["cat".to_owned(), "dog".to_owned()]
    }

    #[test]
    fn labels_are_numbers_or_names() {
        let labels = parse_labels("1\r\ncat\n dog \n0\n\n", &classes(), Path::new("l"));
        assert_eq!(labels.ok(), Some(vec![1, 0, 1, 0]));
    }

    #[test]
    fn a_bad_label_names_its_line() {
        let message = |text| match parse_labels(text, &classes(), Path::new("labels.txt")) {
            Ok(labels) => format!("{labels:?}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            message("0\n1\n2\n"),
            "labels.txt:3: the label 2 is out of range, there are 2 classes; \
             expected a class number from 0 to 1 or a class name"
        );
        assert!(message("0\n\n1\n").starts_with("labels.txt:2: the label is missing"));
        assert!(message("0\ncow\n").starts_with("labels.txt:2: the label \"cow\" is no class"));
        assert!(message("99999999999999999999").contains("out of range"));
        assert!(message("-1").contains("\"-1\" is no class"));
    }
}
