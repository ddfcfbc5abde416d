//! Decoding, resizing and cropping against Pillow and torchvision: `tools/make_preprocess.py` wrote what they make
//! of the pictures in `tests/oracles/preprocess/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use layerscope::dataset::{
    Geometry, Interpolation, OpenOptions, Pixels, Preprocess, Preset, Resize, open,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    codecs: Vec<Codec>,
    resizes: Vec<Resized>,
    normalised: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Codec {
    file: String,
    upright: String,
    stored: String,
}

#[derive(Deserialize)]
struct Resized {
    source: String,
    resize: Option<Sides>,
    interpolation: String,
    center_crop: Option<Sides>,
    expected: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Sides {
    One(usize),
    Both([usize; 2]),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/preprocess")
}

fn cases() -> Cases {
    let text = std::fs::read_to_string(folder().join("cases.json")).expect("cases.json");
    serde_json::from_str(&text).expect("cases")
}

/// The pictures of the oracle as a data set of one class, by name.
fn pictures(upright: bool) -> BTreeMap<String, Pixels> {
    let options = OpenOptions {
        upright,
        ..OpenOptions::default()
    };
    let place = tempfile::tempdir().expect("a folder");
    let class = place.path().join("all");
    std::fs::create_dir(&class).expect("a folder");
    for entry in std::fs::read_dir(folder()).expect("a folder").flatten() {
        std::fs::copy(entry.path(), class.join(entry.file_name())).expect("a copy");
    }
    let dataset = open(place.path(), &options).expect("an image folder");
    (0..dataset.len())
        .map(|index| {
            let mut pixels = Pixels::default();
            dataset.read(index, &mut pixels).expect("a picture");
            let name = dataset.name(index).expect("a name");
            (name.trim_start_matches("all/").to_owned(), pixels)
        })
        .collect()
}

/// The largest and the mean difference of two images of one extent.
fn difference(left: &Pixels, right: &Pixels) -> (u8, f64) {
    assert_eq!((left.width, left.height), (right.width, right.height));
    let differences: Vec<u8> = left
        .rgb
        .iter()
        .zip(&right.rgb)
        .map(|(left, right)| left.abs_diff(*right))
        .collect();
    let sum: f64 = differences.iter().copied().map(f64::from).sum();
    (
        differences.iter().copied().max().unwrap_or(0),
        sum / differences.len() as f64,
    )
}

#[test]
fn every_codec_is_read_as_pillow_reads_it() {
    let mut failures = String::new();
    for upright in [true, false] {
        let pictures = pictures(upright);
        for codec in cases().codecs {
            let expected = if upright {
                &codec.upright
            } else {
                &codec.stored
            };
            let (largest, mean) = difference(&pictures[&codec.file], &pictures[expected]);
            // Decoders of lossy codecs may round differently, and upsample chroma in their own way.
            let (most, most_mean) = match codec.file.as_str() {
                "subsampled.jpg" | "progressive.jpg" | "rgb.jpg" | "turned-6.jpg" => (LOSSY, 2.0),
                "lossy.webp" => (LOSSY, 2.0),
                "cmyk.jpg" => (4, 1.5),
                "grey.jpg" => (1, 0.5),
                _ if codec.file.starts_with("grey16") => (1, 1.0),
                _ => (0, 0.0),
            };
            if largest > most || mean > most_mean {
                failures += &format!(
                    "{} (upright: {upright}): at most {largest}, {mean} in the mean\n",
                    codec.file
                );
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Of one byte of one pixel, for codecs that subsample colour.
const LOSSY: u8 = 48;

#[test]
fn resize_and_crop_are_those_of_torchvision() {
    let pictures = pictures(true);
    let mut failures = String::new();
    for case in cases().resizes {
        let geometry = Geometry {
            resize: case.resize.map(|resize| match resize {
                Sides::One(side) => Resize::ShorterSide(side),
                Sides::Both([height, width]) => Resize::Exact((width, height)),
            }),
            interpolation: Interpolation::from_name(&case.interpolation).expect("a name"),
            antialias: true,
            center_crop: case.center_crop.map(|crop| match crop {
                Sides::One(side) => (side, side),
                Sides::Both([height, width]) => (width, height),
            }),
        };
        let found = geometry.apply(&pictures[&case.source]);
        let (largest, _) = difference(&found, &pictures[&case.expected]);
        if largest > 1 {
            failures += &format!("{} {geometry:?}: {largest}\n", case.source);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn torchvision_normalises_like_the_preset() {
    let preset = Preset::Torchvision;
    let float32 = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    let scale = preset.scale().parse().expect("a scale");
    let preprocess =
        Preprocess::new(scale, float32(preset.mean()), float32(preset.std())).expect("good");
    let pixels = Pixels {
        width: 256,
        height: 1,
        rgb: (0..=255_u8).flat_map(|byte| [byte; 3]).collect(),
    };
    let mut values = vec![0.0; 768];
    preprocess.apply(&pixels, 3, &mut values).expect("applied");
    for (channel, expected) in cases().normalised.iter().enumerate() {
        for (byte, expected) in expected.iter().enumerate() {
            let found = values[byte * 3 + channel];
            assert!(
                (found - expected).abs() <= 2e-7 * expected.abs().max(1.0),
                "{found} {expected}"
            );
        }
    }
}
