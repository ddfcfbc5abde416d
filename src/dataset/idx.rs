//! IDX: the form in which MNIST and its kin are published, a file of images and one of labels, also as `.gz`.
//! Two zero bytes, the kind of number (8: bytes), the number of dimensions, each dimension as four bytes, the
//! highest first, then the numbers.

use std::path::{Path, PathBuf};

use super::arrays::{ArrayImages, ImageShape, Layout, Values, numbered};
use super::compressed::unpacked;
use super::files::{Ledger, PIXEL_LIMIT};
use super::open::OpenOptions;
use super::{Dataset, DatasetError, Provenance, class_names};

/// What marks a file of images by its name, and what stands there in the name of its labels.
const MARKS: [(&str, &str); 4] = [
    ("images-idx3", "labels-idx1"),
    ("images.idx3", "labels.idx1"),
    ("images-idx4", "labels-idx1"),
    ("images.idx4", "labels.idx1"),
];

/// The name of the test images that MNIST and its kin use.
const TEST: &str = "t10k-images";

/// Whether a path is such a file of images, or a folder with one of a test set.
pub(super) fn detect(path: &Path) -> bool {
    images_file(path).is_some()
}

fn is_images(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.is_file() && MARKS.iter().any(|(images, _)| name.contains(images))
}

fn images_file(path: &Path) -> Option<PathBuf> {
    if is_images(path) {
        return Some(path.to_owned());
    }
    let inside = std::fs::read_dir(path).ok()?.filter_map(Result::ok);
    let mut files: Vec<PathBuf> = inside
        .map(|entry| entry.path())
        .filter(|path| is_images(path))
        .collect();
    files.sort();
    let test = files.iter().find(|path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .contains(TEST)
    });
    // Without the customary name it must be the only one: training images are not to be taken for a test set.
    test.or(files.first().filter(|_| files.len() == 1)).cloned()
}

/// The labels that belong to a file of images, packed or not.
fn labels_file(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    let (mark, labels) = MARKS.iter().find(|(images, _)| name.contains(images))?;
    let name = name.replace(mark, labels);
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    [name.clone(), plain.to_owned(), format!("{plain}.gz")]
        .into_iter()
        .map(|name| images.with_file_name(name))
        .find(|path| path.is_file())
}

/// Opens a file of images, or the test images in a folder. The labels lie beside them, or where `data.labels`
/// says.
///
/// # Errors
/// If a file is missing, is no IDX file of bytes, or is cut short; if a label is no class.
pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let bad = |problem: &str| DatasetError::BadArrays {
        path: path.to_owned(),
        problem: problem.to_owned(),
    };
    let images_path = match &options.images {
        Some(name) => beside(path, name),
        None => images_file(path)
            .ok_or_else(|| bad("there is no file of images, such as t10k-images-idx3-ubyte"))?,
    };
    let labels_path = match &options.labels {
        Some(name) => beside(path, name),
        None => labels_file(&images_path).ok_or_else(|| {
            bad("there is no file of labels beside the images; name it as `data.labels`")
        })?,
    };
    let mut ledger = Ledger::new(images_path.parent().unwrap_or(Path::new("")));
    let (shape, pixels) = read(&images_path, "the images", &mut ledger)?;
    let (count, labels) = read(&labels_path, "the labels", &mut ledger)?;
    if count.len() != 1 {
        return Err(bad(
            "the file of labels holds more than one number a sample",
        ));
    }
    let shape = match shape[..] {
        [_, height, width] => ImageShape {
            height,
            width,
            channels: 1,
            layout: Layout::ChannelsLast,
        },
        [_, height, width, channels @ (1 | 3)] => ImageShape {
            height,
            width,
            channels,
            layout: Layout::ChannelsLast,
        },
        _ => {
            return Err(bad(
                "the file of images does not hold images, one or three numbers a pixel",
            ));
        }
    };
    let labels: Vec<u32> = labels.into_iter().map(u32::from).collect();
    let (classes, note) = match options.classes.clone() {
        Some(names) => (names.resolve(&mut ledger)?, None),
        None => class_names::of_numbers(&options.model_classes, || numbered(&labels, path))?,
    };
    let provenance = Provenance {
        format: "IDX".to_owned(),
        path: path.to_owned(),
        files: ledger.into_files(),
        notes: note.into_iter().collect(),
        ..Provenance::default()
    };
    let images = ArrayImages::new(Values::Bytes(pixels), shape, labels, classes, provenance)?;
    Ok(Box::new(images))
}

/// A file named in the config: relative to the folder of the data.
pub(super) fn beside(path: &Path, name: &str) -> PathBuf {
    if path.is_dir() {
        path.join(name)
    } else {
        path.with_file_name(name)
    }
}

fn read(
    path: &Path,
    what: &'static str,
    ledger: &mut Ledger,
) -> Result<(Vec<usize>, Vec<u8>), DatasetError> {
    let packed = ledger.read(path, PIXEL_LIMIT, what)?;
    let bytes = unpacked(packed, path, what, PIXEL_LIMIT)?;
    parse(bytes).map_err(|problem| DatasetError::BadArrays {
        path: path.to_owned(),
        problem,
    })
}

/// Dimensions and numbers of an IDX file.
fn parse(mut bytes: Vec<u8>) -> Result<(Vec<usize>, Vec<u8>), String> {
    let [0, 0, kind, dimensions, ..] = bytes[..] else {
        return Err("this is no IDX file: it does not begin with two zero bytes".to_owned());
    };
    if kind != 8 {
        return Err(format!(
            "it holds numbers of kind {kind}; expected bytes (8)"
        ));
    }
    let head = 4 + 4 * usize::from(dimensions);
    let Some(sizes) = bytes.get(4..head) else {
        return Err("it is cut short in its head; download it again".to_owned());
    };
    let shape: Vec<usize> = sizes
        .chunks_exact(4)
        .map(|size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize)
        .collect();
    let elements = shape
        .iter()
        .try_fold(1_usize, |product, size| product.checked_mul(*size));
    let found = bytes.len() - head;
    if elements != Some(found) {
        let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        return Err(format!(
            "its head promises {} numbers, but {found} follow; download it again",
            sizes.join("×")
        ));
    }
    bytes.drain(..head);
    Ok((shape, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn heads_are_checked() {
        let good = vec![0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9];
        assert_eq!(parse(good.clone()), Ok((vec![1, 3], vec![7, 8, 9])));
        assert!(
            parse(good[..14].to_vec())
                .unwrap_err()
                .contains("1×3 numbers, but 2 follow")
        );
        assert!(parse(good[..9].to_vec()).unwrap_err().contains("cut short"));
        assert!(
            parse(vec![0, 0, 13, 1, 0, 0, 0, 0])
                .unwrap_err()
                .contains("kind 13")
        );
        assert!(
            parse(b"PNG..".to_vec())
                .unwrap_err()
                .contains("no IDX file")
        );
        let huge = [vec![0, 0, 8, 4], vec![255; 16]].concat();
        assert!(parse(huge).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(bytes.clone());
            let _ = parse([vec![0, 0, 8], bytes].concat());
        }
    }
}
