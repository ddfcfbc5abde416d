//! [`CifarBinary`]: the binary form in which CIFAR-10 and CIFAR-100 are published. A record is
//! one label byte (CIFAR-100: two, the coarse and the fine class), then the 32×32 pixels as a red,
//! a green and a blue plane.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::class_names::{ClassNames, names_of_text, read_with};
use super::compressed::{is_gzip, members};
use super::files::{Ledger, PIXEL_LIMIT};
use super::{Dataset, DatasetError, Pixels, Provenance};

/// Extent of a CIFAR image in pixels.
const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;

/// Which CIFAR: they differ in their label bytes and in the names of their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CifarVariant {
    Cifar10,
    /// Labels are the 100 fine classes.
    Cifar100,
}

impl CifarVariant {
    fn name(self) -> &'static str {
        match self {
            Self::Cifar10 => "CIFAR-10",
            Self::Cifar100 => "CIFAR-100",
        }
    }

    /// Bytes before the planes; the last of them is the label.
    fn label_bytes(self) -> usize {
        match self {
            Self::Cifar10 => 1,
            Self::Cifar100 => 2,
        }
    }

    /// Bytes of one record.
    pub(super) fn record_bytes(self) -> usize {
        self.label_bytes() + 3 * PLANE
    }

    fn number_of_classes(self) -> usize {
        match self {
            Self::Cifar10 => 10,
            Self::Cifar100 => 100,
        }
    }

    /// The test set inside the folder that the published archive unpacks to.
    pub(super) fn test_file(self) -> &'static str {
        match self {
            Self::Cifar10 => "test_batch.bin",
            Self::Cifar100 => "test.bin",
        }
    }

    /// Whether a path is called like the archive in which it is published.
    pub(super) fn is_archive(self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let called = match self {
            Self::Cifar10 => name.contains("cifar-10-") || name.contains("cifar10-"),
            Self::Cifar100 => name.contains("cifar-100") || name.contains("cifar100"),
        };
        called && (name.ends_with(".tar.gz") || name.ends_with(".tgz")) && path.is_file()
    }

    fn names_file(self) -> &'static str {
        match self {
            Self::Cifar10 => "batches.meta.txt",
            Self::Cifar100 => "fine_label_names.txt",
        }
    }
}

/// One `.bin` file of CIFAR-10 or CIFAR-100, read once.
#[derive(Debug)]
pub struct CifarBinary {
    records: Vec<u8>,
    variant: CifarVariant,
    classes: Vec<String>,
    provenance: Provenance,
}

impl CifarBinary {
    /// Opens one `.bin` file, or the test file in a folder or in the published archive (`test_batch.bin`, `test.bin`). Class
    /// names come from `classes_override`, else from the file that the archives carry beside the
    /// data (`batches.meta.txt`, `fine_label_names.txt`), else they are the numbers as text.
    ///
    /// # Errors
    /// If the file cannot be read, is not a whole number of records, has no record, is larger
    /// than 2 GiB, or a label is no class; the message names the sample.
    pub fn open(
        path: &Path,
        variant: CifarVariant,
        classes_override: Option<ClassNames>,
    ) -> Result<Self, DatasetError> {
        let file = if path.is_dir() {
            path.join(variant.test_file())
        } else {
            path.to_owned()
        };
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let mut ledger = Ledger::new(&folder);
        let names_file = folder.join(variant.names_file());
        let read = ledger.read(&file, PIXEL_LIMIT, "the images")?;
        let (records, packed_names) = if is_gzip(&read) {
            from_archive(&read, variant, &file)?
        } else {
            (read, None)
        };
        let classes = match (classes_override, packed_names) {
            (Some(names), _) => names.resolve(&mut ledger)?,
            (None, Some(names)) => names_of_text(&names, &names_file)?,
            (None, None) if names_file.is_file() => read_with(&names_file, &mut ledger)?,
            (None, None) => (0..variant.number_of_classes())
                .map(|number| number.to_string())
                .collect(),
        };
        check_records(&records, variant, classes.len(), &file)?;
        Ok(Self {
            records,
            variant,
            classes,
            provenance: Provenance {
                format: format!("{} binary", variant.name()),
                path: path.to_owned(),
                files: ledger.into_files(),
                ..Provenance::default()
            },
        })
    }
}

/// The records and the text of class names in the published archive.
fn from_archive(
    archive: &[u8],
    variant: CifarVariant,
    path: &Path,
) -> Result<(Vec<u8>, Option<String>), DatasetError> {
    let names = [variant.test_file(), variant.names_file()];
    let mut found = members(archive, &names, path, PIXEL_LIMIT)?;
    let text = found.pop().flatten();
    let Some(records) = found.pop().flatten() else {
        return Err(DatasetError::BadArchive {
            path: path.to_owned(),
            problem: format!(
                "there is no {} in it; expected the binary version of {}",
                variant.test_file(),
                variant.name()
            ),
        });
    };
    Ok((
        records,
        text.map(|text| String::from_utf8_lossy(&text).into_owned()),
    ))
}

/// Checks that bytes are whole records with labels below `classes`; never panics.
fn check_records(
    records: &[u8],
    variant: CifarVariant,
    classes: usize,
    path: &Path,
) -> Result<(), DatasetError> {
    let record = variant.record_bytes();
    let path = || PathBuf::from(path);
    if records.is_empty() {
        return Err(DatasetError::Empty { path: path() });
    }
    if !records.len().is_multiple_of(record) {
        return Err(DatasetError::CutShort {
            path: path(),
            format: variant.name(),
            size: records.len(),
            record,
            samples: records.len() / record,
            remainder: records.len() % record,
        });
    }
    for (sample, bytes) in records.chunks_exact(record).enumerate() {
        let label = usize::from(bytes[variant.label_bytes() - 1]);
        if label >= classes {
            return Err(DatasetError::BadLabel {
                path: path(),
                sample,
                label,
                classes,
            });
        }
    }
    Ok(())
}

impl Dataset for CifarBinary {
    fn len(&self) -> usize {
        self.records.len() / self.variant.record_bytes()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> usize {
        let start = index * self.variant.record_bytes();
        usize::from(self.records[start + self.variant.label_bytes() - 1])
    }

    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError> {
        let record = self.variant.record_bytes();
        let Some(bytes) = self.records.chunks_exact(record).nth(index) else {
            return Err(DatasetError::NoSuchSample {
                index,
                len: self.len(),
            });
        };
        let planes = &bytes[self.variant.label_bytes()..];
        let (red, rest) = planes.split_at(PLANE);
        let (green, blue) = rest.split_at(PLANE);
        pixels.width = SIDE;
        pixels.height = SIDE;
        pixels.rgb.clear();
        for ((red, green), blue) in red.iter().zip(green).zip(blue) {
            pixels.rgb.extend_from_slice(&[*red, *green, *blue]);
        }
        Ok(())
    }

    fn image_size(&self) -> Option<(usize, usize)> {
        Some((SIDE, SIDE))
    }

    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

/// Writes a data set of 32×32 images in the binary form of CIFAR-10, so that its checksum can be
/// held against the published one.
///
/// # Errors
/// If an image is not 32×32, a label does not fit a byte, or writing fails.
pub fn write_cifar10(dataset: &dyn Dataset, out: &mut impl Write) -> Result<(), DatasetError> {
    let unwritable = |reason| DatasetError::Unwritable { reason };
    let mut pixels = Pixels::default();
    let mut record = Vec::with_capacity(CifarVariant::Cifar10.record_bytes());
    for sample in 0..dataset.len() {
        let unfit = |problem| DatasetError::NotCifar10 { sample, problem };
        dataset.read(sample, &mut pixels)?;
        if (pixels.width, pixels.height) != (SIDE, SIDE) {
            return Err(unfit(format!(
                "the image is {}×{} pixels, not {SIDE}×{SIDE}",
                pixels.width, pixels.height
            )));
        }
        let label = u8::try_from(dataset.label(sample))
            .map_err(|_| unfit(format!("its class {} is above 255", dataset.label(sample))))?;
        record.clear();
        record.push(label);
        for channel in 0..3 {
            record.extend(pixels.rgb.iter().skip(channel).step_by(3));
        }
        out.write_all(&record).map_err(unwritable)?;
    }
    out.flush().map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(bytes: &[u8], variant: CifarVariant) -> String {
        let path = Path::new("batch.bin");
        match check_records(bytes, variant, variant.number_of_classes(), path) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_cut_file_says_where_it_was_cut() {
        assert_eq!(
            check(&vec![0; 3 * 3073 + 100], CifarVariant::Cifar10),
            "batch.bin: 9319 bytes are not a whole number of CIFAR-10 records of 3073 bytes: cut \
             short after sample 3 (100 bytes are left over); download it again, or check \
             `data.format`"
        );
        assert!(check(&[], CifarVariant::Cifar100).contains("no samples"));
    }

    #[test]
    fn a_label_out_of_range_names_its_sample() {
        let mut bytes = vec![0; 3 * 3073];
        bytes[2 * 3073] = 10;
        assert_eq!(
            check(&bytes, CifarVariant::Cifar10),
            "batch.bin: sample 2 has the label 10, but there are only 10 classes (0 to 9); \
             name more classes, or check `data.format`"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_check_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..8000),
            classes in 0_usize..300,
        ) {
            for variant in [CifarVariant::Cifar10, CifarVariant::Cifar100] {
                let _ = check_records(&bytes, variant, classes, Path::new("batch.bin"));
            }
        }
    }
}
