//! Data sets made for the test, one of each format, good and bad.

use std::error::Error;
use std::path::{Path, PathBuf};

use image::{ImageFormat, Rgb, RgbImage};
use layerscope::dataset::{
    CifarBinary, CifarVariant, ClassNames, Dataset, DatasetError, First, Format, OpenOptions,
    Pixels, TileSheet, open, read_class_names, write_cifar10,
};
use proptest::prelude::*;

type Outcome = Result<(), Box<dyn Error>>;

/// The pixel of tile `tile` at a position: different in every tile, position and channel.
fn pixel(tile: u32, x: u32, y: u32) -> Rgb<u8> {
    Rgb([(tile * 20) as u8, (x * 30 + 1) as u8, (y * 40 + 2) as u8])
}

/// A folder with a sheet of 3×2 tiles of 4×2 pixels, the last tile unused.
fn sheet() -> Result<tempfile::TempDir, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let picture = RgbImage::from_fn(12, 4, |x, y| pixel(y / 2 * 3 + x / 4, x % 4, y % 2));
    picture.save_with_format(folder.path().join("tiles.webp"), ImageFormat::WebP)?;
    std::fs::write(folder.path().join("labels.txt"), "0\n1\ndog\n0\ncat\n")?;
    std::fs::write(folder.path().join("classes.txt"), "cat\ndog\n")?;
    describe(folder.path(), "tiles.webp", (4, 2))?;
    Ok(folder)
}

fn describe(folder: &Path, image: &str, tile: (u32, u32)) -> std::io::Result<()> {
    let text = format!(
        r#"{{"image": {image:?}, "tile_width": {}, "tile_height": {},
            "labels": "labels.txt", "classes": "classes.txt"}}"#,
        tile.0, tile.1
    );
    std::fs::write(folder.join("sheet.json"), text)
}

/// What is wrong with the sheet in a folder.
fn problem(folder: &Path) -> String {
    match TileSheet::open(folder, None) {
        Ok(_) => "no error".to_owned(),
        Err(error) => error
            .to_string()
            .replace(&folder.display().to_string(), "sheet"),
    }
}

#[test]
fn tiles_are_read_row_by_row() -> Outcome {
    let folder = sheet()?;
    for path in [folder.path().to_owned(), folder.path().join("sheet.json")] {
        let sheet = open(&path, &OpenOptions::default())?;
        assert_eq!(sheet.len(), 5);
        assert_eq!(sheet.image_size(), Some((4, 2)));
        assert_eq!(sheet.classes(), ["cat", "dog"]);
        let labels: Vec<usize> = (0..5).map(|index| sheet.label(index)).collect();
        assert_eq!(labels, [0, 1, 1, 0, 0]);
        let mut pixels = Pixels::default();
        for tile in (0..5).rev() {
            sheet.read(tile as usize, &mut pixels)?;
            assert_eq!((pixels.width, pixels.height), (4, 2));
            let expected: Vec<u8> = (0..8)
                .flat_map(|at| pixel(tile, at % 4, at / 4).0)
                .collect();
            assert_eq!(pixels.rgb, expected, "tile {tile}");
        }
    }
    Ok(())
}

#[test]
fn every_file_is_on_record_with_its_checksum() -> Outcome {
    let folder = sheet()?;
    let sheet = TileSheet::open(folder.path(), None)?;
    let provenance = sheet.provenance();
    assert_eq!(provenance.format, "tile sheet");
    let names: Vec<&str> = provenance
        .files
        .iter()
        .filter_map(|(path, _)| path.to_str())
        .collect();
    assert_eq!(
        names,
        ["sheet.json", "classes.txt", "labels.txt", "tiles.webp"]
    );
    // `printf 'cat\ndog\n' | sha256sum`
    assert_eq!(
        provenance.files[1].1,
        "f641fdcd8af73b2f6334ab63c13d2eb857cd16f2aa4ea0ba20ba0eb9627918b5"
    );
    Ok(())
}

#[test]
fn class_names_can_be_replaced() -> Outcome {
    let folder = sheet()?;
    std::fs::write(folder.path().join("labels.txt"), "0\n1\n")?;
    let names = ClassNames::from(vec!["Katze".to_owned(), "Hund".to_owned()]);
    assert_eq!(
        TileSheet::open(folder.path(), Some(names))?.classes(),
        ["Katze", "Hund"]
    );

    let elsewhere = tempfile::tempdir()?;
    let file = elsewhere.path().join("names.txt");
    std::fs::write(&file, "\u{feff}chat\r\nchien\r\n\r\n")?;
    assert_eq!(read_class_names(&file)?, ["chat", "chien"]);
    let sheet = TileSheet::open(folder.path(), Some(ClassNames::File(file.clone())))?;
    assert_eq!(sheet.classes(), ["chat", "chien"]);
    let recorded = sheet.provenance().files.iter().map(|(path, _)| path);
    assert!(
        recorded
            .into_iter()
            .any(|path| path == Path::new("names.txt"))
    );

    let one = ClassNames::from(vec!["Katze".to_owned()]);
    let refused = TileSheet::open(folder.path(), Some(one)).map(|_| ());
    let message = refused
        .map_err(|error| error.to_string())
        .err()
        .unwrap_or_default();
    assert!(
        message.contains("labels.txt:2: the label 1 is out of range"),
        "{message}"
    );

    for bad in ["cat\ncat\n", "cat\n\ndog\n", "\n"] {
        std::fs::write(&file, bad)?;
        assert!(read_class_names(&file).is_err(), "{bad:?}");
    }
    Ok(())
}

#[test]
fn the_first_samples_alone() -> Outcome {
    let folder = sheet()?;
    let first = First::new(open(folder.path(), &OpenOptions::default())?, 2);
    assert_eq!((first.len(), first.label(1)), (2, 1));
    let mut pixels = Pixels::default();
    first.read(1, &mut pixels)?;
    let beyond = first.read(2, &mut pixels);
    assert!(matches!(
        beyond,
        Err(DatasetError::NoSuchSample { index: 2, len: 2 })
    ));
    assert_eq!(
        First::new(open(folder.path(), &OpenOptions::default())?, 99).len(),
        5
    );
    Ok(())
}

#[test]
fn sheets_that_do_not_fit_are_refused() -> Outcome {
    let folder = sheet()?;
    let path = folder.path();
    describe(path, "tiles.webp", (5, 2))?;
    insta::assert_snapshot!(problem(path), @"sheet/tiles.webp: the image is 12×4 pixels, which is not a whole number of tiles of 5×2; check tile_width and tile_height in the sheet's description");
    describe(path, "tiles.webp", (0, 2))?;
    insta::assert_snapshot!(problem(path), @"sheet/sheet.json: not a description of a tile sheet: tiles of 0×2 pixels; expected at least 1×1");
    describe(path, "tiles.webp", (4, 4))?;
    insta::assert_snapshot!(problem(path), @"sheet/tiles.webp: the image has 3 tiles, but sheet/labels.txt has 5 labels; every label needs a tile");
    describe(path, "absent.webp", (4, 2))?;
    insta::assert_snapshot!(problem(path), @"sheet/absent.webp: cannot be read: No such file or directory (os error 2)");
    describe(path, "classes.txt", (4, 2))?;
    insta::assert_snapshot!(problem(path), @"sheet/classes.txt: the image cannot be decoded: The image format could not be determined; expected a whole JPEG, PNG, WebP, BMP, GIF or TIFF file");
    std::fs::write(
        path.join("sheet.json"),
        "{\"image\": \"tiles.webp\",\n \"tile\": 32}",
    )?;
    insta::assert_snapshot!(problem(path), @"sheet/sheet.json: not a description of a tile sheet: unknown field `tile`, expected one of `image`, `tile_width`, `tile_height`, `labels`, `classes` at line 2 column 7");
    describe(path, "tiles.webp", (4, 2))?;
    std::fs::write(path.join("labels.txt"), "0\n1\n7\n")?;
    insta::assert_snapshot!(problem(path), @"sheet/labels.txt:3: the label 7 is out of range, there are 2 classes; expected a class number from 0 to 1 or a class name");
    std::fs::write(path.join("labels.txt"), "")?;
    insta::assert_snapshot!(problem(path), @"sheet/labels.txt: has no samples; a report needs at least one");
    std::fs::write(path.join("labels.txt"), b"0\n\xff\n")?;
    insta::assert_snapshot!(problem(path), @"sheet/labels.txt:2: the file is not UTF-8 text; expected the labels as plain text");
    Ok(())
}

#[test]
fn truncated_images_are_refused() -> Outcome {
    let folder = sheet()?;
    let picture = RgbImage::from_fn(12, 4, |x, y| pixel(x, y, x));
    picture.save_with_format(folder.path().join("tiles.png"), ImageFormat::Png)?;
    for name in ["tiles.webp", "tiles.png"] {
        let file = folder.path().join(name);
        let bytes = std::fs::read(&file)?;
        describe(folder.path(), name, (4, 2))?;
        assert_eq!(problem(folder.path()), "no error");
        for kept in [0, 8, 30, bytes.len() / 2, bytes.len() - 20] {
            std::fs::write(&file, &bytes[..kept])?;
            let message = problem(folder.path());
            assert!(
                message.contains("cannot be decoded"),
                "{name}, {kept} bytes: {message}"
            );
        }
    }
    Ok(())
}

#[test]
fn names_that_leave_the_folder_are_refused() -> Outcome {
    let outer = tempfile::tempdir()?;
    let path = outer.path().join("sheet");
    std::fs::create_dir(&path)?;
    for entry in std::fs::read_dir(sheet()?.path())? {
        let entry = entry?;
        std::fs::copy(entry.path(), path.join(entry.file_name()))?;
    }
    std::fs::copy(path.join("tiles.webp"), outer.path().join("tiles.webp"))?;
    let absolute = outer.path().join("tiles.webp").display().to_string();
    for name in [
        "../tiles.webp",
        "a/../../tiles.webp",
        &absolute,
        "",
        "..\\tiles.webp",
    ] {
        describe(&path, name, (4, 2))?;
        let message = problem(&path);
        assert!(message.contains("leaves the folder"), "{name}: {message}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../tiles.webp", path.join("link.webp"))?;
        describe(&path, "link.webp", (4, 2))?;
        assert!(problem(&path).contains("leaves the folder"));
    }
    Ok(())
}

/// The header of a PNG file that promises this size and has no pixels.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut crc = u32::MAX;
    for byte in &chunk {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
    }
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend(chunk);
    file.extend((!crc).to_be_bytes());
    file.extend(b"\0\0\0\x01IDAT\0");
    file
}

#[test]
fn a_small_file_that_promises_a_huge_image_takes_no_memory() -> Outcome {
    let folder = sheet()?;
    std::fs::write(folder.path().join("bomb.png"), png_header(40_000, 40_000))?;
    describe(folder.path(), "bomb.png", (4, 2))?;
    let message = problem(folder.path());
    assert!(
        message.contains("too many for a decoded image"),
        "{message}"
    );
    Ok(())
}

/// A made CIFAR file: each record its label bytes and pixels.
fn records(variant: CifarVariant, samples: &[(u8, u8)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (label, seed) in samples {
        if variant == CifarVariant::Cifar100 {
            bytes.push(label / 5);
        }
        bytes.push(*label);
        for channel in 0..3_usize {
            bytes.extend(
                (0..1024_usize).map(|at| (at * 7 + channel * 91 + usize::from(*seed)) as u8),
            );
        }
    }
    bytes
}

fn cifar_file(name: &str, bytes: &[u8]) -> std::io::Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(name);
    std::fs::write(&path, bytes)?;
    Ok((folder, path))
}

#[test]
fn planes_become_pixels() -> Outcome {
    let bytes = records(CifarVariant::Cifar100, &[(99, 0), (7, 50)]);
    let (folder, file) = cifar_file("test.bin", &bytes)?;
    std::fs::write(
        folder.path().join("fine_label_names.txt"),
        (0..100)
            .map(|number| format!("thing {number}\n"))
            .collect::<String>()
            + "\n",
    )?;
    for path in [folder.path(), &file] {
        let dataset = open(path, &OpenOptions::default())?;
        assert_eq!(dataset.provenance().format, "CIFAR-100 binary");
        assert_eq!(
            (dataset.len(), dataset.label(0), dataset.label(1)),
            (2, 99, 7)
        );
        assert_eq!(dataset.classes()[7], "thing 7");
        let mut pixels = Pixels::default();
        dataset.read(1, &mut pixels)?;
        let second = [1, 92, 183].map(|value: u8| value.wrapping_add(56));
        assert_eq!(pixels.rgb[3..6], second);
    }
    Ok(())
}

#[test]
fn without_names_the_classes_are_numbers() -> Outcome {
    let bytes = records(CifarVariant::Cifar10, &[(3, 0)]);
    let (folder, _) = cifar_file("test_batch.bin", &bytes)?;
    let dataset = CifarBinary::open(folder.path(), CifarVariant::Cifar10, None)?;
    assert_eq!(dataset.classes().join(" "), "0 1 2 3 4 5 6 7 8 9");
    Ok(())
}

#[test]
fn an_unclear_format_is_refused_with_a_list() -> Outcome {
    let empty = tempfile::tempdir()?;
    let message = |path: &Path, format| match open(
        path,
        &OpenOptions {
            format,
            ..OpenOptions::default()
        },
    ) {
        Ok(dataset) => dataset.provenance().format.clone(),
        Err(error) => error
            .to_string()
            .replace(&empty.path().display().to_string(), "data"),
    };
    insta::assert_snapshot!(message(empty.path(), None), @"data: this folder is empty; say it in the config as `data.format`, one of: tile-sheet, cifar-10, cifar-100, manifest, idx, numpy, parquet, image-folder");
    // 3073 × 3074 bytes are whole records of both.
    let (_folder, both) = cifar_file("images.bin", &vec![0; 3073 * 3074])?;
    let text = message(&both, None);
    assert!(
        text.contains("may be a data set of more than one format"),
        "{text}"
    );
    assert_eq!(message(&both, Some(Format::Cifar10)), "CIFAR-10 binary");
    assert!(message(&empty.path().join("absent"), None).contains("cannot be read"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn cifar_comes_back_as_it_was_written(
        samples in proptest::collection::vec((0_u8..10, any::<u8>()), 1..5),
    ) {
        let bytes = records(CifarVariant::Cifar10, &samples);
        let (_folder, path) = cifar_file("a.bin", &bytes)?;
        let dataset = CifarBinary::open(&path, CifarVariant::Cifar10, None)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let mut written = Vec::new();
        write_cifar10(&dataset, &mut written)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(written, bytes);
    }

    #[test]
    fn no_bytes_make_a_sheet_panic(
        description in proptest::collection::vec(any::<u8>(), 0..200),
        picture in proptest::collection::vec(any::<u8>(), 0..200),
        labels in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let folder = sheet().map_err(|error| TestCaseError::fail(error.to_string()))?;
        std::fs::write(folder.path().join("labels.txt"), labels)?;
        let _ = TileSheet::open(folder.path(), None);
        let mut tiles = std::fs::read(folder.path().join("tiles.webp"))?;
        let kept = tiles.len().min(20);
        tiles.truncate(kept);
        tiles.extend(picture);
        std::fs::write(folder.path().join("tiles.webp"), tiles)?;
        std::fs::write(folder.path().join("labels.txt"), "0\n")?;
        let _ = TileSheet::open(folder.path(), None);
        std::fs::write(folder.path().join("sheet.json"), description)?;
        let _ = TileSheet::open(folder.path(), None);
    }
}
