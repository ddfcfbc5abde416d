//! The files of a data set: one, or all of a folder or of its folder `data`. Names begin with the split:
//! `test-00000-of-00001.parquet`.

use std::path::{Path, PathBuf};

#[cfg(feature = "parquet")]
use crate::dataset::DatasetError;

/// Whether a path is such a file, or a folder of them.
pub fn detect(path: &Path) -> bool {
    if path.is_file() {
        return is_parquet(path);
    }
    files(path).is_ok_and(|found| !found.is_empty())
}

fn is_parquet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

/// The Parquet files of a folder and of its folder `data`, in the order of their names.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for place in [folder.to_owned(), folder.join("data")] {
        if !place.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&place)? {
            let path = entry?.path();
            if path.is_file() && is_parquet(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The files to read, in order: the one that is named, or those of one split.
///
/// # Errors
/// If the folder cannot be read, has several splits and none is named, or none of that name.
#[cfg(feature = "parquet")]
pub fn of_split(path: &Path, split: Option<&str>) -> Result<Vec<PathBuf>, DatasetError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = files(path).map_err(|reason| DatasetError::Unreadable {
        path: path.to_owned(),
        reason,
    })?;
    let mut splits: Vec<String> = found.iter().map(|path| split_of(path)).collect();
    splits.sort();
    splits.dedup();
    let problem = match split {
        Some(split) => {
            found.retain(|path| split_of(path) == split);
            if !found.is_empty() {
                return Ok(found);
            }
            format!(
                "has no Parquet file of the split {split:?}; it has: {}",
                splits.join(", ")
            )
        }
        None if splits.len() > 1 => format!(
            "has Parquet files of the splits {}; say which to report on as `data.split`",
            splits.join(", ")
        ),
        None => return Ok(found),
    };
    Err(DatasetError::BadFolder {
        path: path.to_owned(),
        problem,
    })
}

#[cfg(feature = "parquet")]
fn split_of(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name.split('-').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_told_by_their_endings() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path();
        assert!(!detect(folder));
        std::fs::create_dir(folder.join("data")).expect("a folder");
        assert!(!detect(folder));
        let file = folder.join("data/test-00000-of-00001.parquet");
        std::fs::write(&file, "x").expect("a file");
        assert!(detect(folder) && detect(&folder.join("data")) && detect(&file));
        assert!(!detect(&folder.join("other.parquet")));
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn splits_are_chosen_or_asked_for() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path();
        for name in ["train-1", "test-0", "train-0", "test-1"] {
            std::fs::write(folder.join(format!("{name}.parquet")), "x").expect("a file");
        }
        let names = |split: Option<&str>| match of_split(folder, split) {
            Ok(files) => files
                .iter()
                .map(|path| path.file_name().unwrap_or_default().to_string_lossy())
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        };
        assert_eq!(names(Some("test")), "test-0.parquet test-1.parquet");
        assert!(names(Some("val")).contains("it has: test, train"));
        assert!(names(None).contains("the splits test, train; say which"));
    }
}
