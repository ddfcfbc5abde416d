//! A scatter of many points as a picture, for those who read the map without scripts.

use super::encode::{self, Raster};
use crate::report::ReportError;

/// Side of the square picture, in pixels.
pub const SCATTER: usize = 900;
/// Pixels left free around the points.
const MARGIN: usize = 8;

/// Points in the unit square, the second axis upwards, each in its colour; later points lie above earlier ones. Dots
/// shrink as points grow many. The ground is transparent.
///
/// # Errors
/// A picture that cannot be encoded; `path` names it.
pub fn scatter(
    path: &str,
    points: &[[f32; 2]],
    colours: impl Iterator<Item = [u8; 3]>,
) -> Result<Vec<u8>, ReportError> {
    let radius = match points.len() {
        0..=100 => 8,
        101..=1_000 => 4,
        1_001..=5_000 => 3,
        5_001..=30_000 => 2,
        _ => 1,
    };
    let mut bytes = vec![0u8; SCATTER * SCATTER * 4];
    let inner = (SCATTER - 1 - 2 * MARGIN) as f32;
    for (&[x, y], colour) in points.iter().zip(colours) {
        let column = MARGIN as f32 + x.clamp(0.0, 1.0) * inner;
        let row = MARGIN as f32 + (1.0 - y.clamp(0.0, 1.0)) * inner;
        dot(&mut bytes, (column as isize, row as isize), radius, colour);
    }
    encode::rgba_png(
        path,
        &Raster {
            width: SCATTER,
            height: SCATTER,
            bytes: &bytes,
        },
    )
}

fn dot(
    bytes: &mut [u8],
    (column, row): (isize, isize),
    radius: isize,
    [red, green, blue]: [u8; 3],
) {
    for down in -radius..=radius {
        for right in -radius..=radius {
            let is_inside = down * down + right * right <= radius * radius;
            let (x, y) = (column + right, row + down);
            let side = SCATTER as isize;
            if is_inside && (0..side).contains(&x) && (0..side).contains(&y) {
                let place = (y * side + x) as usize * 4;
                bytes[place..place + 4].copy_from_slice(&[red, green, blue, 255]);
            }
        }
    }
}

/// Tableau's ten colours, which are told apart best.
const TEN: [[u8; 3]; 10] = [
    [0x4e, 0x79, 0xa7],
    [0xf2, 0x8e, 0x2b],
    [0xe1, 0x57, 0x59],
    [0x76, 0xb7, 0xb2],
    [0x59, 0xa1, 0x4f],
    [0xed, 0xc9, 0x48],
    [0xb0, 0x7a, 0xa1],
    [0xff, 0x9d, 0xa7],
    [0x9c, 0x75, 0x5f],
    [0xba, 0xb0, 0xac],
];

/// The colour of a class on a map; beyond ten classes, hues a golden angle apart.
pub fn class_colour(class: usize, classes: usize) -> [u8; 3] {
    if classes <= TEN.len() {
        return TEN[class % TEN.len()];
    }
    let hue = (class as f64 * 137.507_764).rem_euclid(360.0) / 60.0;
    let (light, rich) = ([0.45, 0.6, 0.52][class % 3], [0.6, 0.75][class / 3 % 2]);
    let chroma = (1.0 - (2.0 * light - 1.0f64).abs()) * rich;
    let between = chroma * (1.0 - (hue % 2.0 - 1.0).abs());
    let parts = match hue as u8 {
        0 => [chroma, between, 0.0],
        1 => [between, chroma, 0.0],
        2 => [0.0, chroma, between],
        3 => [0.0, between, chroma],
        4 => [between, 0.0, chroma],
        _ => [chroma, 0.0, between],
    };
    parts.map(|part| {
        ((part + light - chroma / 2.0) * 255.0)
            .round()
            .clamp(0.0, 255.0) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::super::encode::decode;
    use super::*;

    #[test]
    fn points_lie_where_they_are_and_the_later_above() {
        let points = [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]];
        let colours = [[1, 2, 3], [4, 5, 6], [7, 8, 9]];
        let file = scatter("map.png", &points, colours.into_iter()).unwrap();
        let (width, height, bytes) = decode(&file);
        assert_eq!((width, height), (SCATTER, SCATTER));
        let pixel = |column: usize, row: usize| &bytes[(row * SCATTER + column) * 4..][..4];
        assert_eq!(pixel(MARGIN, SCATTER - 1 - MARGIN), [1, 2, 3, 255]);
        assert_eq!(pixel(SCATTER - 1 - MARGIN, MARGIN), [7, 8, 9, 255]);
        assert_eq!(pixel(SCATTER / 2, SCATTER / 2), [0, 0, 0, 0]);
    }

    #[test]
    fn a_hundred_classes_have_a_hundred_colours() {
        for classes in [2, 10, 11, 100] {
            let colours: std::collections::BTreeSet<[u8; 3]> = (0..classes)
                .map(|class| class_colour(class, classes))
                .collect();
            assert_eq!(colours.len(), classes);
        }
    }
}
