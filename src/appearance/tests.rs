//! Against Pillow, imagehash, cleanvision, scipy and colorsys; made by `tools/expected_appearance.py`.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::dataset::{Dataset, TileSheet};

fn expected(group: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/appearance_expected.json");
    let mut all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    serde_json::from_value(all[group].take()).unwrap()
}

/// Bytes of a xorshift generator, as in the script.
pub(crate) fn noise(seed: u64, number: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..number)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 56) as u8
        })
        .collect()
}

/// The script's images.
fn made(kind: &str, width: usize, height: usize) -> Pixels {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rgb = match kind {
        "noise" => noise((width * 1000 + height) as u64, width * height * 3),
        "smooth" => places
            .flat_map(|(x, y)| {
                let (red, green) = (x * 255 / (width - 1).max(1), y * 255 / (height - 1).max(1));
                [red, green, x * y % 256].map(|value| value as u8)
            })
            .collect(),
        "grey" => places
            .flat_map(|(x, y)| [((x * 7 + y * y * 3) % 256) as u8; 3])
            .collect(),
        tone => {
            let tone = match tone {
                "black" => 0,
                "white" => 255,
                _ => 40,
            };
            vec![tone; width * height * 3]
        }
    };
    Pixels { width, height, rgb }
}

fn check(found: &Appearance, wanted: &Value, what: &str) {
    for (key, value) in [
        ("brightness", f64::from(found.brightness)),
        ("brightness_5", f64::from(found.brightness_5)),
        ("brightness_99", f64::from(found.brightness_99)),
        ("contrast", f64::from(found.contrast)),
        ("saturation", f64::from(found.saturation)),
        ("sharpness", f64::from(found.sharpness)),
        ("entropy", f64::from(found.entropy)),
        ("edges", f64::from(found.edges)),
        ("tones", f64::from(found.tones)),
        ("blur_score", found.blur_score()),
        ("aspect", found.aspect()),
    ] {
        let wanted = wanted[key].as_f64().unwrap();
        assert!(
            (value - wanted).abs() <= 1e-6 * wanted.abs().max(1.0),
            "{what}: {key} {value} for {wanted}"
        );
    }
    assert_eq!(found.hash.to_string(), wanted["hash"], "{what}");
}

#[test]
fn images_look_as_the_references_say() {
    for case in expected("made") {
        let (kind, side) = (case["kind"].as_str().unwrap(), |key: &str| {
            case[key].as_u64().unwrap() as usize
        });
        let (width, height) = (side("width"), side("height"));
        let found = Appearance::of(&made(kind, width, height));
        check(&found, &case, &format!("{kind} {width}×{height}"));
        assert_eq!(found.is_grey, !matches!(kind, "noise" | "smooth"));
    }
}

#[test]
fn the_demo_images_look_as_the_references_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cifar10");
    let sheet = TileSheet::open(&folder, None).unwrap();
    let mut pixels = Pixels::default();
    for (index, case) in expected("demo").iter().enumerate() {
        sheet.read(index, &mut pixels).unwrap();
        check(&Appearance::of(&pixels), case, &format!("sample {index}"));
    }
}

#[test]
fn an_image_without_pixels_has_no_looks() {
    assert_eq!(Appearance::of(&Pixels::default()), Appearance::default());
    let short = Pixels {
        width: 2,
        height: 2,
        rgb: vec![1; 5],
    };
    assert_eq!(Appearance::of(&short), Appearance::default());
}
