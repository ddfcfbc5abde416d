//! Data sets of files: image folders, manifests, IDX, NumPy arrays and archives, good and bad.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use layerscope::dataset::{ClassNames, Dataset, Layout, OnError, OpenOptions, Pixels, open};

/// A folder of the name of this test, emptied.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(&path, bytes).expect("written");
        path
    }

    /// A picture of one grey.
    fn picture(&self, name: &str, (width, height): (u32, u32), grey: u8) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        let image = image::RgbImage::from_pixel(width, height, image::Rgb([grey; 3]));
        image.save(path).expect("a picture");
    }
}

fn opened(path: &Path, options: &OpenOptions) -> Box<dyn Dataset> {
    open(path, options).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(path: &Path, options: &OpenOptions) -> String {
    match open(path, options) {
        Ok(dataset) => panic!("{} samples were read", dataset.len()),
        Err(error) => error.to_string(),
    }
}

/// The first byte of every image with its label and name.
fn samples(dataset: &dyn Dataset) -> Vec<(u8, usize, String)> {
    let mut pixels = Pixels::default();
    (0..dataset.len())
        .map(|index| {
            dataset.read(index, &mut pixels).expect("a sample");
            assert!(pixels.is_whole());
            let name = dataset.name(index).unwrap_or_default();
            (pixels.rgb[0], dataset.label(index), name)
        })
        .collect()
}

fn named(names: &[&str]) -> Option<ClassNames> {
    Some(ClassNames::Listed(
        names.iter().map(ToString::to_string).collect(),
    ))
}

#[test]
fn a_folder_a_class() {
    let place = Place::new();
    place.picture("set/dog/2.png", (4, 4), 22);
    place.picture("set/dog/1.png", (4, 4), 21);
    place.picture("set/cat/deep/er/x.PNG", (4, 6), 11);
    place.picture("set/outside.png", (4, 4), 1);
    place.picture("set/.hidden/x.png", (4, 4), 1);
    place.write("set/dog/notes.txt", "x");
    place.write("set/dog/.DS_Store", "x");
    fs::create_dir(place.path("set/zebra")).expect("a folder");
    let dataset = opened(&place.path("set"), &OpenOptions::default());
    assert_eq!(dataset.classes(), ["cat", "dog", "zebra"]);
    let wanted = [
        (11, 0, "cat/deep/er/x.PNG".to_owned()),
        (21, 1, "dog/1.png".to_owned()),
        (22, 1, "dog/2.png".to_owned()),
    ];
    assert_eq!(samples(dataset.as_ref()), wanted);
    assert_eq!(
        (dataset.image_size(), dataset.bounds()),
        (None, Some((4, 6)))
    );
    let notes = dataset.provenance().notes.join("\n");
    for part in [
        "outside.png",
        "notes.txt",
        ".hidden",
        ".DS_Store",
        "zebra",
        "1 images lie in folders below",
    ] {
        assert!(notes.contains(part), "{part} is missing in {notes}");
    }
    // `sha256sum cat/deep/er/x.PNG dog/1.png dog/2.png | sha256sum`
    assert_eq!(dataset.provenance().files.len(), 1);
    let limited = OpenOptions {
        limit: Some(2),
        ..OpenOptions::default()
    };
    assert_eq!(opened(&place.path("set"), &limited).len(), 2);
}

#[test]
fn the_order_of_classes_is_said_where_it_surprises() {
    let place = Place::new();
    for class in ["2", "10", "1"] {
        place.picture(&format!("{class}/a.png"), (2, 2), 9);
    }
    let dataset = opened(place.0.path(), &OpenOptions::default());
    assert_eq!(dataset.classes(), ["1", "10", "2"]);
    assert!(
        dataset
            .provenance()
            .notes
            .join("")
            .contains("\"10\" comes before \"2\"")
    );
    let ordered = OpenOptions {
        classes: named(&["1", "2", "10"]),
        ..OpenOptions::default()
    };
    let dataset = opened(place.0.path(), &ordered);
    assert_eq!(
        samples(dataset.as_ref())
            .iter()
            .map(|(_, label, _)| *label)
            .collect::<Vec<_>>(),
        [0, 1, 2]
    );
    let renamed = OpenOptions {
        classes: named(&["one", "ten", "two"]),
        ..OpenOptions::default()
    };
    assert_eq!(
        opened(place.0.path(), &renamed).classes(),
        ["one", "ten", "two"]
    );
    let strange = OpenOptions {
        classes: named(&["1", "ten"]),
        ..OpenOptions::default()
    };
    assert!(
        refused(place.0.path(), &strange)
            .contains("2 of its 3 folders are called like none of the 2 classes: 10, 2")
    );
}

#[test]
fn folders_that_are_something_else_say_so() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).expect("a folder");
    assert!(
        refused(&place.path("empty"), &OpenOptions::default()).contains("this folder is empty")
    );
    place.picture("flat/1.png", (2, 2), 3);
    let folder = OpenOptions {
        format: Some(layerscope::dataset::Format::ImageFolder),
        ..OpenOptions::default()
    };
    assert!(
        refused(&place.path("flat"), &folder)
            .contains("has 1 images, but in no folder that names their class")
    );
    place.picture("split/train/cat/1.png", (2, 2), 3);
    place.picture("split/test/cat/1.png", (2, 2), 4);
    let message = refused(&place.path("split"), &OpenOptions::default());
    assert!(message.contains("`data.split = \"test\"`"), "{message}");
    let test = OpenOptions {
        split: Some("test".to_owned()),
        ..OpenOptions::default()
    };
    assert_eq!(
        samples(opened(&place.path("split"), &test).as_ref()),
        [(4, 0, "cat/1.png".to_owned())]
    );
    let outside = OpenOptions {
        split: Some("../flat".to_owned()),
        ..OpenOptions::default()
    };
    assert!(refused(&place.path("split"), &outside).contains("has no folder"));
}

#[test]
fn pictures_that_cannot_be_used_are_named_or_listed() {
    let place = Place::new();
    place.picture("cat/good.png", (3, 3), 5);
    place.picture("cat/cut.png", (30, 30), 5);
    let cut = fs::read(place.path("cat/cut.png")).expect("a file");
    place.write("cat/cut.png", &cut[..cut.len() / 2]);
    place.write("cat/empty.jpg", "");
    place.write("cat/text.jpg", "this is no picture");
    let message = refused(place.0.path(), &OpenOptions::default());
    for part in [
        "3 of 4 images cannot be used",
        "cat/cut.png: ",
        "cat/empty.jpg: the file is empty",
        "cat/text.jpg: its bytes are no picture",
        "data.on_error",
    ] {
        assert!(message.contains(part), "{part} is missing in {message}");
    }
    let list = OpenOptions {
        on_error: OnError::List,
        ..OpenOptions::default()
    };
    let dataset = opened(place.0.path(), &list);
    assert_eq!(
        samples(dataset.as_ref()),
        [(5, 0, "cat/good.png".to_owned())]
    );
    let names: Vec<&str> = dataset
        .provenance()
        .left_out
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["cat/cut.png", "cat/empty.jpg", "cat/text.jpg"]);
    fs::remove_file(place.path("cat/good.png")).expect("removed");
    assert!(refused(place.0.path(), &list).contains("3 of 3 images cannot be used"));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let place = Place::new();
    place.picture("elsewhere/cat/1.png", (2, 2), 1);
    place.picture("set/dog/1.png", (2, 2), 2);
    std::os::unix::fs::symlink(place.path("elsewhere/cat"), place.path("set/cat")).expect("a link");
    std::os::unix::fs::symlink(
        place.path("elsewhere/cat/1.png"),
        place.path("set/dog/2.png"),
    )
    .expect("a link");
    let dataset = opened(&place.path("set"), &OpenOptions::default());
    assert_eq!((dataset.len(), dataset.classes().len()), (1, 1));
    assert!(
        dataset
            .provenance()
            .notes
            .join("")
            .contains("2 links were not followed: cat, dog/2.png")
    );

    let manifest = place.write("set/list.csv", "path,label\ndog/1.png,dog\ndog/2.png,dog\n");
    assert!(
        refused(&manifest, &OpenOptions::default())
            .contains("leads out of the folder of the manifest")
    );
}

#[test]
fn thousands_of_files_are_a_data_set() {
    let place = Place::new();
    place.picture("a/0.png", (2, 2), 7);
    let bytes = fs::read(place.path("a/0.png")).expect("a file");
    for number in 0..3000 {
        place.write(&format!("{}/{number:05}.png", number % 3), &bytes);
    }
    let dataset = opened(place.0.path(), &OpenOptions::default());
    assert_eq!((dataset.len(), dataset.image_size()), (3001, Some((2, 2))));
    let first: Vec<usize> = (0..4).map(|index| dataset.label(index)).collect();
    assert_eq!(first, [0, 1, 2, 3], "the beginning has all classes");
}

#[test]
fn manifests() {
    let place = Place::new();
    place.picture("images/1.png", (2, 2), 1);
    place.picture("images/2.png", (2, 2), 2);
    let csv = place.write(
        "set.csv",
        "path,label,split\nimages/2.png,dog,test\nimages/1.png,cat,train\n",
    );
    assert!(refused(&csv, &OpenOptions::default()).contains("data.split"));
    let test = OpenOptions {
        split: Some("test".to_owned()),
        classes: named(&["cat", "dog"]),
        ..OpenOptions::default()
    };
    assert_eq!(
        samples(opened(&csv, &test).as_ref()),
        [(2, 1, "images/2.png".to_owned())]
    );
    let jsonl = place.write(
        "set.jsonl",
        "{\"path\":\"images/2.png\",\"label\":1}\n{\"path\":\"images/1.png\",\"label\":0}\n",
    );
    let dataset = opened(&jsonl, &OpenOptions::default());
    assert_eq!(dataset.classes(), ["0", "1"]);
    assert_eq!(samples(dataset.as_ref()).len(), 2);
    let missing = place.write(
        "missing.csv",
        "path,label\nimages/1.png,a\nimages/3.png,b\n",
    );
    let message = refused(&missing, &OpenOptions::default());
    assert!(
        message.contains("images/3.png: ") && message.contains("cannot be read"),
        "{message}"
    );
    let empty = place.write("empty.csv", "path,label\n");
    assert!(refused(&empty, &OpenOptions::default()).contains("no samples"));
}

#[test]
fn a_manifest_of_a_million_lines_is_read() {
    let place = Place::new();
    place.picture("1.png", (1, 1), 8);
    let text = "path,label\n".to_owned() + &"1.png,7\n".repeat(1_000_000);
    let manifest = place.write("set.csv", text);
    let options = OpenOptions {
        survey: layerscope::dataset::Survey::Spread(10),
        ..OpenOptions::default()
    };
    let dataset = opened(&manifest, &options);
    assert_eq!((dataset.len(), dataset.label(999_999)), (1_000_000, 7));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("packed");
    packed.finish().expect("packed")
}

#[test]
fn idx_files_packed_or_not() {
    let images = [
        &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2][..],
        &[5, 6, 7, 8],
    ]
    .concat();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 2][..], &[3, 1]].concat();
    let place = Place::new();
    place.write("plain/t10k-images-idx3-ubyte", &images);
    place.write("plain/t10k-labels-idx1-ubyte", &labels);
    place.write("plain/train-images-idx3-ubyte", "not looked at");
    place.write("packed/t10k-images-idx3-ubyte.gz", gzip(&images));
    place.write("packed/t10k-labels-idx1-ubyte.gz", gzip(&labels));
    for folder in ["plain", "packed"] {
        let dataset = opened(&place.path(folder), &OpenOptions::default());
        assert_eq!(dataset.classes(), ["0", "1", "2", "3"]);
        let firsts: Vec<(u8, usize)> = samples(dataset.as_ref())
            .into_iter()
            .map(|(byte, label, _)| (byte, label))
            .collect();
        assert_eq!(firsts, [(5, 3), (7, 1)]);
    }
    place.write("cut/t10k-images-idx3-ubyte", &images[..19]);
    place.write("cut/t10k-labels-idx1-ubyte", &labels);
    assert!(
        refused(&place.path("cut"), &OpenOptions::default())
            .contains("2×1×2 numbers, but 3 follow")
    );
    place.write("alone/t10k-images-idx3-ubyte", &images);
    assert!(refused(&place.path("alone"), &OpenOptions::default()).contains("data.labels"));
    let packed = gzip(&images);
    place.write(
        "damaged/t10k-images-idx3-ubyte.gz",
        &packed[..packed.len() - 9],
    );
    place.write("damaged/t10k-labels-idx1-ubyte.gz", gzip(&labels));
    assert!(
        refused(&place.path("damaged"), &OpenOptions::default()).contains("cannot be unpacked")
    );
}

#[test]
fn cifar_in_its_archive() {
    let mut record = vec![1_u8];
    record.extend(std::iter::repeat_n(9, 1024).chain(std::iter::repeat_n(8, 2048)));
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, bytes)
            .expect("added");
    };
    add("cifar-10-batches-bin/data_batch_1.bin", &[0; 100]);
    add(
        "cifar-10-batches-bin/batches.meta.txt",
        b"airplane\nautomobile\n",
    );
    add("cifar-10-batches-bin/test_batch.bin", &record);
    let packed = gzip(&archive.into_inner().expect("an archive"));
    let place = Place::new();
    let path = place.write("cifar-10-binary.tar.gz", &packed);
    let dataset = opened(&path, &OpenOptions::default());
    assert_eq!(dataset.classes(), ["airplane", "automobile"]);
    assert_eq!(samples(dataset.as_ref()), [(9, 1, String::new())]);
    let other = place.write("cifar-100-binary.tar.gz", &packed);
    assert!(refused(&other, &OpenOptions::default()).contains("there is no test.bin in it"));
    let cut = place.write("cifar-10-cut.tar.gz", &packed[..packed.len() / 2]);
    assert!(refused(&cut, &OpenOptions::default()).contains("cannot be unpacked"));
}

/// An `.npy` of bytes or of float32.
fn npy(kind: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let mut head = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + head.len() + 1) % 64 != 0 {
        head.push(' ');
    }
    head.push('\n');
    let length = u16::try_from(head.len())
        .expect("a short head")
        .to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], head.as_bytes(), bytes].concat()
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let mut archive = zip::ZipWriter::new(&mut file);
    for (name, bytes) in arrays {
        archive
            .start_file(
                format!("{name}.npy"),
                zip::write::SimpleFileOptions::default(),
            )
            .expect("a file");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("finished");
    file.into_inner()
}

#[test]
fn numpy_arrays() {
    let place = Place::new();
    let images = npy("|u1", "(2, 3, 2, 2)", &(0..24).collect::<Vec<u8>>());
    let labels = npy(
        "<i8",
        "(2, 1)",
        &[1_i64.to_le_bytes(), 0_i64.to_le_bytes()].concat(),
    );
    let path = place.write(
        "set.npz",
        npz(&[("x_test", images.clone()), ("y_test", labels.clone())]),
    );
    let dataset = opened(&path, &OpenOptions::default());
    assert_eq!(dataset.image_size(), Some((2, 2)));
    let mut pixels = Pixels::default();
    dataset.read(0, &mut pixels).expect("a sample");
    assert_eq!(pixels.rgb, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    assert_eq!(dataset.label(0), 1);

    let last = OpenOptions {
        layout: Some(Layout::ChannelsLast),
        ..OpenOptions::default()
    };
    assert!(refused(&path, &last).contains("no images"));
    let wrong = OpenOptions {
        images: Some("x_train".to_owned()),
        ..OpenOptions::default()
    };
    assert!(
        refused(&path, &wrong)
            .contains("there is no array \"x_train\"; the arrays are: x_test, y_test")
    );
    let strange = place.write(
        "strange.npz",
        npz(&[("a", images.clone()), ("b", labels.clone())]),
    );
    assert!(
        refused(&strange, &OpenOptions::default())
            .contains("`data.images` and `data.labels`; the arrays are: a, b")
    );
    let chosen = OpenOptions {
        images: Some("a".to_owned()),
        labels: Some("b".to_owned()),
        ..OpenOptions::default()
    };
    assert_eq!(opened(&strange, &chosen).len(), 2);

    let floats: Vec<u8> = [0.0_f32, 0.25, 0.5, 1.0]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    place.write("images.npy", npy("<f4", "(2, 1, 2)", &floats));
    let path = place.path("images.npy");
    assert!(refused(&path, &OpenOptions::default()).contains("data.labels"));
    place.write("labels.npy", labels);
    let dataset = opened(&path, &OpenOptions::default());
    let mut values = Vec::new();
    assert_eq!(dataset.values(1, &mut values).ok(), Some(true));
    assert_eq!(values, [0.5, 0.5, 0.5, 1.0, 1.0, 1.0]);
    assert!(dataset.provenance().notes[0].contains("0 as black and 1 as white"));

    for (bytes, part) in [
        (
            npy("|u1", "(99999999999, 99999999999, 9)", &[]),
            "cut short",
        ),
        (npy("|u1", "(2, 1, 2)", &[1]), "cut short"),
        (
            npy("|O", "(2, 1, 2)", &[1; 64]),
            "expected bytes, whole numbers or float32",
        ),
        (b"text".to_vec(), "no NumPy array"),
    ] {
        place.write("images.npy", bytes);
        let message = refused(&path, &OpenOptions::default());
        assert!(message.contains(part), "{part} is missing in {message}");
    }
}
