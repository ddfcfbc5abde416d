//! The confusion matrix as a picture, for more classes than a table can show: a pixel a cell.

use super::encode::{self, Raster};
use super::palette::{GAP, Palette, Scale};
use crate::report::ReportError;
use crate::stats::ConfusionMatrix;

/// The scale of the cells beside the diagonal: logarithms of one more than the count, of which `most` is the largest.
pub fn confusion_scale(most: u64) -> Scale {
    Scale::sequential(strength(most))
}

fn strength(count: u64) -> f32 {
    (count as f64).ln_1p() as f32
}

/// A pixel a cell, rows the truth, columns the prediction, both in this order of the classes. What never happened is transparent; the
/// diagonal is grey, the lighter the larger the share of its class.
///
/// # Errors
/// [`ReportError::Picture`] if it cannot be encoded; `path` is for messages.
pub fn confusion_picture(
    path: &str,
    matrix: &ConfusionMatrix,
    order: &[usize],
    most: u64,
) -> Result<Vec<u8>, ReportError> {
    let scale = confusion_scale(most);
    let diagonal = Scale {
        min: 0.0,
        max: 1.0,
        palette: Palette::Grey,
    };
    let mut bytes = Vec::with_capacity(order.len() * order.len());
    for &truth in order {
        for &prediction in order {
            let count = matrix.count(truth, prediction);
            bytes.push(match (count, truth == prediction) {
                (0, _) => GAP,
                (_, true) => diagonal.index(count as f32 / matrix.support(truth).max(1) as f32),
                (_, false) => scale.index(strength(count)),
            });
        }
    }
    encode::indexed_png(
        path,
        &Raster {
            width: order.len(),
            height: order.len(),
            bytes: &bytes,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_pixel_at_its_place() {
        let mut matrix = ConfusionMatrix::new(3);
        for (truth, prediction) in [(0, 0), (0, 2), (0, 2), (1, 0)] {
            matrix.add(truth, prediction);
        }
        let png = confusion_picture("m.png", &matrix, &[0, 1, 2], 2).unwrap();
        let picture = image::load_from_memory(&png).unwrap().to_rgba8();
        let at = |truth, prediction| picture.get_pixel(prediction, truth).0;
        assert_eq!(at(0, 2), [0xfd, 0xe7, 0x25, 255], "the largest is yellow");
        assert_eq!(at(2, 2)[3], 0, "nothing is transparent");
        let [red, green, blue, _] = at(0, 0);
        assert!(red == green && green == blue, "the diagonal is grey");
        assert_ne!(at(1, 0), at(0, 2));
        let png = confusion_picture("m.png", &matrix, &[2, 0, 1], 2).unwrap();
        let turned = image::load_from_memory(&png).unwrap().to_rgba8();
        assert_eq!(turned.get_pixel(0, 1).0, at(0, 2));
    }
}
