//! NumPy: arrays of images and labels in an `.npz` archive, or in `.npy` files that lie beside each other.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use npyz::{DType, NpyFile, Order, TypeChar};

use super::arrays::{ArrayImages, ImageShape, Layout, Values, numbered};
use super::files::{Ledger, PIXEL_LIMIT};
use super::idx::beside;
use super::open::OpenOptions;
use super::{Dataset, DatasetError, Provenance, class_names};

/// Names under which people keep test images, and the labels that go with each.
const NAMES: [(&str, &str); 8] = [
    ("x_test", "y_test"),
    ("X_test", "y_test"),
    ("test_images", "test_labels"),
    ("images", "labels"),
    ("image", "label"),
    ("x", "y"),
    ("X", "y"),
    ("data", "labels"),
];

pub(super) fn detect(path: &Path) -> bool {
    let ending = |ending: &str| {
        path.extension()
            .is_some_and(|found| found.eq_ignore_ascii_case(ending))
    };
    path.is_file() && (ending("npz") || ending("npy"))
}

/// An array as it lies in the file, in the order of C.
#[derive(Debug)]
struct Array {
    shape: Vec<usize>,
    values: Numbers,
}

#[derive(Debug)]
enum Numbers {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
    Whole(Vec<i64>),
}

/// Opens an `.npz`, or an `.npy` of images with its labels beside it.
///
/// # Errors
/// If the arrays cannot be found, are of a kind that images or labels cannot be, or do not fit each other.
pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let mut ledger = Ledger::new(path.parent().unwrap_or(Path::new("")));
    let npz = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("npz"));
    let (images, labels) = if npz {
        from_archive(path, options, &mut ledger)?
    } else {
        from_files(path, options, &mut ledger)?
    };
    let bad = |problem: String| DatasetError::BadArrays {
        path: path.to_owned(),
        problem,
    };
    let shape = image_shape(&images.shape, options.layout).map_err(bad)?;
    let samples = images.shape.first().copied().unwrap_or(0);
    let labels = class_numbers(labels, samples).map_err(bad)?;
    let (classes, note) = match options.classes.clone() {
        Some(names) => (names.resolve(&mut ledger)?, None),
        None => class_names::of_numbers(&options.model_classes, || numbered(&labels, path))?,
    };
    let values = match images.values {
        Numbers::Bytes(bytes) => Values::Bytes(bytes),
        Numbers::Floats(floats) => Values::Floats(floats),
        Numbers::Whole(numbers) => Values::Bytes(
            numbers
                .into_iter()
                .map(u8::try_from)
                .collect::<Result<_, _>>()
                .map_err(|_| bad("the images hold whole numbers outside of 0 to 255".to_owned()))?,
        ),
    };
    let provenance = Provenance {
        format: format!("NumPy arrays, {}", shape.layout.name().to_uppercase()),
        path: path.to_owned(),
        files: ledger.into_files(),
        notes: note.into_iter().collect(),
        ..Provenance::default()
    };
    Ok(Box::new(ArrayImages::new(
        values, shape, labels, classes, provenance,
    )?))
}

fn from_archive(
    path: &Path,
    options: &OpenOptions,
    ledger: &mut Ledger,
) -> Result<(Array, Array), DatasetError> {
    let bytes = ledger.read(path, PIXEL_LIMIT, "the arrays")?;
    let bad = |problem: String| DatasetError::BadArrays {
        path: path.to_owned(),
        problem,
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| bad(format!("this is no NPZ archive: {error}")))?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(|name| name.strip_suffix(".npy").unwrap_or(&name).to_owned())
        .collect();
    let (images, labels) = chosen(&names, options).map_err(bad)?;
    let mut array = |name: &str| {
        let mut file = archive
            .by_name(&format!("{name}.npy"))
            .map_err(|error| bad(format!("the array {name:?} cannot be read: {error}")))?;
        let mut bytes = Vec::new();
        let read = (&mut file).take(PIXEL_LIMIT + 1).read_to_end(&mut bytes);
        read.map_err(|error| bad(format!("the array {name:?} cannot be read: {error}")))?;
        if bytes.len() as u64 > PIXEL_LIMIT {
            return Err(bad(format!(
                "the array {name:?} has more than {PIXEL_LIMIT} bytes"
            )));
        }
        parse(&bytes).map_err(|problem| bad(format!("the array {name:?}: {problem}")))
    };
    Ok((array(&images)?, array(&labels)?))
}

/// An array of numbers in the order of C.
#[derive(Clone, Debug)]
pub struct NumpyArray {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Every array of an `.npz` by its name, and the archive's SHA-256.
///
/// # Errors
/// If the file cannot be read, is no such archive, or unpacks to more than 2 GiB.
pub fn read_arrays(path: &Path) -> Result<(BTreeMap<String, NumpyArray>, String), DatasetError> {
    let mut ledger = Ledger::new(path.parent().unwrap_or(Path::new("")));
    let bytes = ledger.read(path, PIXEL_LIMIT, "the arrays")?;
    let sha256 = ledger
        .into_files()
        .pop()
        .map(|(_, sha256)| sha256)
        .unwrap_or_default();
    let bad = |problem: String| DatasetError::BadArrays {
        path: path.to_owned(),
        problem,
    };
    let unreadable =
        |error: &dyn std::fmt::Display| bad(format!("this is no NPZ archive: {error}"));
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut arrays = BTreeMap::new();
    let mut left = PIXEL_LIMIT;
    for place in 0..archive.len() {
        let mut file = archive
            .by_index(place)
            .map_err(|error| unreadable(&error))?;
        let Some(name) = file
            .name()
            .ok()
            .and_then(|name| name.strip_suffix(".npy").map(str::to_owned))
        else {
            continue;
        };
        let mut bytes = Vec::new();
        let read = (&mut file).take(left + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(&error))?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| bad(format!("it unpacks to more than {PIXEL_LIMIT} bytes")))?;
        let Array { shape, values } =
            parse(&bytes).map_err(|problem| bad(format!("the array {name:?}: {problem}")))?;
        let values = match values {
            Numbers::Bytes(bytes) => bytes.into_iter().map(f32::from).collect(),
            Numbers::Floats(floats) => floats,
            Numbers::Whole(whole) => whole.into_iter().map(|number| number as f32).collect(),
        };
        arrays.insert(name, NumpyArray { shape, values });
    }
    Ok((arrays, sha256))
}

/// The names of the arrays of images and labels.
fn chosen(names: &[String], options: &OpenOptions) -> Result<(String, String), String> {
    let known = |name: &String| names.contains(name);
    let all = || format!("the arrays are: {}", names.join(", "));
    for name in [&options.images, &options.labels].into_iter().flatten() {
        if !known(name) {
            return Err(format!("there is no array {name:?}; {}", all()));
        }
    }
    let customary = NAMES.iter().find(|(images, labels)| {
        let as_asked =
            |asked: &Option<String>, name: &str| asked.as_ref().is_none_or(|asked| asked == name);
        as_asked(&options.images, images)
            && as_asked(&options.labels, labels)
            && known(&(*images).to_owned())
            && known(&(*labels).to_owned())
    });
    match (&options.images, &options.labels, customary) {
        (Some(images), Some(labels), _) => Ok((images.clone(), labels.clone())),
        (_, _, Some((images, labels))) => Ok(((*images).to_owned(), (*labels).to_owned())),
        _ => Err(format!(
            "say which arrays are the images and the labels as `data.images` and `data.labels`; {}",
            all()
        )),
    }
}

fn from_files(
    path: &Path,
    options: &OpenOptions,
    ledger: &mut Ledger,
) -> Result<(Array, Array), DatasetError> {
    let labels_path = match &options.labels {
        Some(name) => beside(path, name),
        None => labels_beside(path).ok_or_else(|| DatasetError::BadArrays {
            path: path.to_owned(),
            problem: "there is no file of labels beside it; name it as `data.labels`".to_owned(),
        })?,
    };
    let mut array = |path: &Path, what| {
        let bytes = ledger.read(path, PIXEL_LIMIT, what)?;
        parse(&bytes).map_err(|problem| DatasetError::BadArrays {
            path: path.to_owned(),
            problem,
        })
    };
    Ok((
        array(path, "the images")?,
        array(&labels_path, "the labels")?,
    ))
}

fn labels_beside(images: &Path) -> Option<PathBuf> {
    let stem = images.file_stem()?.to_str()?;
    NAMES
        .iter()
        .filter(|(name, _)| *name == stem)
        .map(|(_, labels)| images.with_file_name(format!("{labels}.npy")))
        .find(|path| path.is_file())
}

/// One array of a kind that can be images or labels.
fn parse(bytes: &[u8]) -> Result<Array, String> {
    let file = NpyFile::new(bytes).map_err(|error| format!("this is no NumPy array: {error}"))?;
    if file.order() != Order::C {
        return Err(
            "it lies in the order of Fortran; save it with numpy.ascontiguousarray".to_owned(),
        );
    }
    let shape: Option<Vec<usize>> = file
        .shape()
        .iter()
        .map(|&size| usize::try_from(size).ok())
        .collect();
    let shape = shape.ok_or("its shape is beyond bounds")?;
    let DType::Plain(kind) = file.dtype() else {
        return Err("it holds records; expected plain numbers".to_owned());
    };
    let size = kind.num_bytes().unwrap_or(0).max(1);
    let needed = shape
        .iter()
        .try_fold(size, |product, size| product.checked_mul(*size));
    // Checked before anything is allocated for it.
    if needed.is_none_or(|needed| needed > bytes.len()) {
        return Err("it is cut short".to_owned());
    }
    let short = |_: std::io::Error| "it is cut short".to_owned();
    let values = match (kind.type_char(), size) {
        (TypeChar::Uint, 1) => Numbers::Bytes(file.into_vec::<u8>().map_err(short)?),
        (TypeChar::Float, 4) => Numbers::Floats(file.into_vec::<f32>().map_err(short)?),
        (TypeChar::Float, 8) => Numbers::Floats(
            file.into_vec::<f64>()
                .map_err(short)?
                .into_iter()
                .map(|value| value as f32)
                .collect(),
        ),
        (TypeChar::Bool, 1) => Numbers::Whole(
            file.into_vec::<bool>()
                .map_err(short)?
                .into_iter()
                .map(i64::from)
                .collect(),
        ),
        (TypeChar::Int, 1) => Numbers::Whole(
            file.into_vec::<i8>()
                .map_err(short)?
                .into_iter()
                .map(i64::from)
                .collect(),
        ),
        (TypeChar::Int, 2) => Numbers::Whole(
            file.into_vec::<i16>()
                .map_err(short)?
                .into_iter()
                .map(i64::from)
                .collect(),
        ),
        (TypeChar::Int, 4) => Numbers::Whole(
            file.into_vec::<i32>()
                .map_err(short)?
                .into_iter()
                .map(i64::from)
                .collect(),
        ),
        (TypeChar::Int, 8) => Numbers::Whole(file.into_vec::<i64>().map_err(short)?),
        (TypeChar::Uint, 2) => Numbers::Whole(
            file.into_vec::<u16>()
                .map_err(short)?
                .into_iter()
                .map(i64::from)
                .collect(),
        ),
        (TypeChar::Uint, 4) => Numbers::Whole(
            file.into_vec::<u32>()
                .map_err(short)?
                .into_iter()
                .map(i64::from)
                .collect(),
        ),
        (TypeChar::Uint, 8) => Numbers::Whole(
            file.into_vec::<u64>()
                .map_err(short)?
                .into_iter()
                .map(|value| i64::try_from(value).unwrap_or(-1))
                .collect(),
        ),
        _ => {
            return Err(format!(
                "it holds values of the type {kind}; expected bytes, whole numbers or float32"
            ));
        }
    };
    Ok(Array { shape, values })
}

/// What an image is in an array of this shape.
fn image_shape(shape: &[usize], layout: Option<Layout>) -> Result<ImageShape, String> {
    let colours = |channels: usize| channels == 1 || channels == 3;
    match *shape {
        [_, height, width] => Ok(ImageShape {
            height,
            width,
            channels: 1,
            layout: Layout::ChannelsLast,
        }),
        [_, a, b, c] => {
            let last = colours(c) && layout != Some(Layout::ChannelsFirst);
            let first = colours(a) && layout != Some(Layout::ChannelsLast);
            match (last, first) {
                (true, false) => Ok(ImageShape {
                    height: a,
                    width: b,
                    channels: c,
                    layout: Layout::ChannelsLast,
                }),
                (false, true) => Ok(ImageShape {
                    height: b,
                    width: c,
                    channels: a,
                    layout: Layout::ChannelsFirst,
                }),
                (true, true) => Err(format!(
                    "an array of {} may be images with the channels first or last; say which as `data.layout = \"nhwc\"` or \"nchw\"",
                    product(shape)
                )),
                (false, false) => Err(format!(
                    "an array of {} is no images: one or three channels are expected, first or last",
                    product(shape)
                )),
            }
        }
        _ => Err(format!(
            "an array of {} is no images: expected samples × height × width, with channels first or last",
            product(shape)
        )),
    }
}

fn product(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    sizes.join("×")
}

/// A class number a sample, from numbers or from one-hot rows.
fn class_numbers(labels: Array, samples: usize) -> Result<Vec<u32>, String> {
    let width = match labels.shape[..] {
        [count] | [count, 1] if count == samples => 1,
        [count, classes] if count == samples => classes,
        _ => {
            return Err(format!(
                "labels of the shape {} do not fit {samples} images; expected one number a sample, or one a sample and class",
                product(&labels.shape)
            ));
        }
    };
    let numbers: Vec<f64> = match labels.values {
        Numbers::Bytes(bytes) => bytes.into_iter().map(f64::from).collect(),
        Numbers::Floats(floats) => floats.into_iter().map(f64::from).collect(),
        Numbers::Whole(whole) => whole.into_iter().map(|number| number as f64).collect(),
    };
    if width == 1 {
        return numbers
            .into_iter()
            .enumerate()
            .map(|(sample, number)| {
                if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
                    Ok(number as u32)
                } else {
                    Err(format!(
                        "sample {sample} has the label {number}, which is no class number"
                    ))
                }
            })
            .collect();
    }
    let hot = |(sample, row): (usize, &[f64])| {
        let ones = row.iter().filter(|value| **value == 1.0).count();
        let zeros = row.iter().filter(|value| **value == 0.0).count();
        match row.iter().position(|value| *value == 1.0) {
            Some(class) if ones == 1 && zeros == row.len() - 1 => Ok(class as u32),
            _ => Err(format!(
                "sample {sample} has a row of labels that is not one 1 among zeros"
            )),
        }
    };
    numbers.chunks_exact(width).enumerate().map(hot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_tell_where_the_channels_are() {
        let told = |shape: &[usize], layout| {
            image_shape(shape, layout)
                .map(|found| (found.height, found.width, found.channels, found.layout))
        };
        assert_eq!(
            told(&[9, 28, 30], None),
            Ok((28, 30, 1, Layout::ChannelsLast))
        );
        assert_eq!(
            told(&[9, 28, 30, 3], None),
            Ok((28, 30, 3, Layout::ChannelsLast))
        );
        assert_eq!(
            told(&[9, 3, 28, 30], None),
            Ok((28, 30, 3, Layout::ChannelsFirst))
        );
        assert_eq!(
            told(&[9, 3, 5, 3], Some(Layout::ChannelsFirst)),
            Ok((5, 3, 3, Layout::ChannelsFirst))
        );
        assert!(
            told(&[9, 3, 5, 3], None)
                .unwrap_err()
                .contains("first or last")
        );
        assert!(told(&[9, 4, 5, 4], None).unwrap_err().contains("no images"));
        assert!(told(&[9], None).is_err());
    }

    #[test]
    fn labels_are_numbers_or_one_hot_rows() {
        let labels = |shape: &[usize], values: Vec<i64>| {
            class_numbers(
                Array {
                    shape: shape.to_vec(),
                    values: Numbers::Whole(values),
                },
                2,
            )
        };
        assert_eq!(labels(&[2], vec![3, 1]), Ok(vec![3, 1]));
        assert_eq!(labels(&[2, 1], vec![3, 1]), Ok(vec![3, 1]));
        assert_eq!(labels(&[2, 3], vec![0, 1, 0, 1, 0, 0]), Ok(vec![1, 0]));
        assert!(
            labels(&[2, 3], vec![0, 1, 1, 1, 0, 0])
                .unwrap_err()
                .contains("sample 0")
        );
        assert!(labels(&[2], vec![3, -1]).unwrap_err().contains("sample 1"));
        assert!(
            labels(&[3], vec![3, 1, 1])
                .unwrap_err()
                .contains("do not fit")
        );
    }
}
