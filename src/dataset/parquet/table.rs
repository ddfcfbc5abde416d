//! [`Table`]: what the files hold, row after row. Row groups are read one after the other, and pictures go to a file of
//! their own for the time of the run.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Row;
use sha2::{Digest, Sha256};

use super::columns::{Columns, class_names, label, picture};
use super::guard::guarded;
use super::labels::{Label, entries, own_classes};
use super::shards;
use super::spool::Spool;
use crate::dataset::encoded::EncodedImages;
use crate::dataset::files::{Ledger, hexadecimal};
use crate::dataset::open::OpenOptions;
use crate::dataset::picture::FILE_LIMIT;
use crate::dataset::{Dataset, DatasetError, Provenance};

/// Rows decoded at a time: pictures are large.
const ROWS: usize = 16;

/// Where the hub writes about the columns, among the metadata of a file.
const HUB: &str = "huggingface";

/// Opens a file, or all files of a folder in the order of their names; of one split where the config names it.
///
/// # Errors
/// If a file is no Parquet file, a column cannot be found or holds something else, or a picture cannot be decoded and
/// `on_error` does not say to list it.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let mut table = Table {
        spool: Spool::new(path)?,
        labels: Vec::new(),
        classes: None,
        files: Vec::new(),
    };
    for file in &shards::of_split(path, options.split.as_deref())? {
        guarded(|| table.read(file, options)).map_err(|problem| damaged(file, &problem))??;
        if table.is_full(options) {
            break;
        }
    }
    table.into_dataset(path, options)
}

struct Table {
    spool: Spool,
    labels: Vec<Label>,
    /// The names of the classes in the metadata of a file.
    classes: Option<Vec<String>>,
    /// With their SHA-256.
    files: Vec<(PathBuf, String)>,
}

impl Table {
    fn is_full(&self, options: &OpenOptions) -> bool {
        options
            .limit
            .is_some_and(|limit| self.labels.len() >= limit)
    }

    fn read(&mut self, path: &Path, options: &OpenOptions) -> Result<(), DatasetError> {
        let unreadable = |reason| DatasetError::Unreadable {
            path: path.to_owned(),
            reason,
        };
        let bad = |problem: String| bad(path, problem);
        let damaged = |error: ParquetError| damaged(path, &error.to_string());
        let file = File::open(path).map_err(unreadable)?;
        let name = path.file_name().unwrap_or_default();
        self.files
            .push((name.into(), checksum(&file).map_err(unreadable)?));
        let reader = SerializedFileReader::new(file).map_err(damaged)?;
        let metadata = reader.metadata().file_metadata();
        let columns = Columns::find(metadata.schema(), options).map_err(bad)?;
        if self.classes.is_none() {
            let entries = metadata.key_value_metadata().into_iter().flatten();
            self.classes = entries
                .filter(|entry| entry.key == HUB)
                .find_map(|entry| class_names(entry.value.as_deref()?, &columns.label));
        }
        let projection = columns.projection(metadata.schema()).map_err(bad)?;
        for number in 0..reader.num_row_groups() {
            let group = reader.get_row_group(number).map_err(damaged)?;
            let rows = group.get_row_iter(Some(projection.clone()));
            for row in rows.map_err(damaged)?.with_batch_size(ROWS) {
                let row = row.map_err(damaged)?;
                let at = self.labels.len();
                self.add(&row, &columns)
                    .map_err(|problem| bad(format!("row {at}: {problem}")))?;
                if self.is_full(options) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, row: &Row, columns: &Columns) -> Result<(), String> {
        let (mut image, mut class) = (None, None);
        for (name, field) in row.get_column_iter() {
            if *name == columns.image {
                image = Some(picture(field)?);
            } else if *name == columns.label {
                class = Some(label(field)?);
            }
        }
        let (bytes, name) = image.ok_or("it has no image")?;
        let class = class.ok_or("it has no label")?;
        if bytes.len() as u64 > FILE_LIMIT {
            return Err(format!(
                "the picture has {} bytes; at most {FILE_LIMIT} are read",
                bytes.len()
            ));
        }
        self.spool
            .add(bytes, name)
            .map_err(|error| format!("the picture cannot be put into a temporary file: {error}"))?;
        self.labels.push(class);
        Ok(())
    }

    fn into_dataset(
        self,
        path: &Path,
        options: &OpenOptions,
    ) -> Result<Box<dyn Dataset>, DatasetError> {
        let mut ledger = Ledger::new(path);
        let (classes, note) = match (options.classes.clone(), &self.classes) {
            (Some(names), _) => (names.resolve(&mut ledger)?, None),
            (None, Some(names)) => {
                crate::dataset::class_names::check(names, &path.display().to_string())?;
                crate::dataset::class_names::of_names(&options.model_classes, names.clone())?
            }
            (None, None) => own_classes(&self.labels, path, &options.model_classes)?,
        };
        let entries = entries(&self.labels, &classes, self.classes.as_deref())
            .map_err(|problem| bad(path, problem))?;
        let mut files = self.files;
        files.extend(ledger.into_files());
        let provenance = Provenance {
            format: "Parquet".to_owned(),
            path: path.to_owned(),
            files,
            notes: note.into_iter().collect(),
            ..Provenance::default()
        };
        Ok(Box::new(EncodedImages::survey(
            self.spool, entries, classes, provenance, options,
        )?))
    }
}

fn bad(path: &Path, problem: String) -> DatasetError {
    DatasetError::BadArrays {
        path: path.to_owned(),
        problem,
    }
}

fn damaged(path: &Path, problem: &str) -> DatasetError {
    bad(
        path,
        format!("this is no Parquet file, or it is damaged: {problem}"),
    )
}

/// The SHA-256 of a file, which is then at its start again.
fn checksum(mut file: &File) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(hexadecimal(&digest.finalize()))
}
