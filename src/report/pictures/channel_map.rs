//! [`ChannelMap`]: one channel's map on one sample in the channel's own colours, and where it is strongest.

use super::encode::{self, Raster};
use super::palette::GAP;
use super::{Band, Crop, Scale};
use crate::report::ReportError;

/// Pixels between two maps of a [`strip`].
const MARGIN: usize = 1;

/// A map as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMap {
    /// Row and column of the highest value in the layer's output, the first among equals.
    pub peak: (usize, usize),
    /// Height and width as drawn.
    extent: (usize, usize),
    /// Entries of the palette's table, row by row.
    indices: Vec<u8>,
}

impl ChannelMap {
    /// Draws a channel's values, position after position, as large as the layer's maps are on activation sheets.
    pub fn draw(band: &Band, scale: Scale, values: &[f32]) -> Self {
        let mut best = 0;
        for (position, value) in values.iter().enumerate() {
            // NaN is never higher.
            if *value > values[best] || values[best].is_nan() {
                best = position;
            }
        }
        let width = band.full_width();
        let indices = if band.reduced_by == 1 {
            values.iter().map(|&value| scale.index(value)).collect()
        } else {
            let means = band.means(values.iter().copied());
            means.into_iter().map(|value| scale.index(value)).collect()
        };
        Self {
            peak: (best / width, best % width),
            extent: band.map,
            indices,
        }
    }

    /// Height and width as drawn.
    pub fn extent(&self) -> (usize, usize) {
        self.extent
    }
}

/// Maps of one extent side by side as PNG; `path` is for messages.
///
/// # Errors
/// [`ReportError::Picture`] if there is no map, or they are larger than a PNG can be.
pub fn strip(path: &str, maps: &[&ChannelMap]) -> Result<Vec<u8>, ReportError> {
    let (height, width) = maps.first().map_or((0, 0), |map| map.extent);
    let full = strip_width(width, maps.len());
    let mut bytes = vec![GAP; full * height];
    for (place, map) in maps.iter().enumerate() {
        let left = place * (width + MARGIN);
        for (row, indices) in map
            .indices
            .chunks_exact(width.max(1))
            .take(height)
            .enumerate()
        {
            let start = row * full + left;
            bytes[start..start + width].copy_from_slice(indices);
        }
    }
    encode::indexed_png(
        path,
        &Raster {
            width: full,
            height,
            bytes: &bytes,
        },
    )
}

/// One of the maps of a [`strip`].
pub fn strip_crop(src: &str, maps: usize, place: usize, (height, width): (usize, usize)) -> Crop {
    let left = place * (width + MARGIN);
    Crop::new(
        src.into(),
        strip_width(width, maps),
        (left, 0),
        (width, height),
    )
}

fn strip_width(width: usize, maps: usize) -> usize {
    (maps * (width + MARGIN)).saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;
    use crate::report::pictures::ActivationLayout;

    fn map(values: &[f32]) -> ChannelMap {
        let layout = ActivationLayout::new(&[(1, Shape::image(2, 3, 4))], 4);
        let band = layout.band(1).expect("a band");
        ChannelMap::draw(band, Scale::sequential(9.0), values)
    }

    #[test]
    fn the_peak_is_the_first_of_the_highest_and_never_nan() {
        assert_eq!(map(&[0.0, 1.0, 2.0, 9.0, 9.0, 0.0]).peak, (1, 0));
        assert_eq!(map(&[f32::NAN, 1.0, 2.0, 0.0, 0.0, 0.0]).peak, (0, 2));
        assert_eq!(map(&[-5.0, -4.0, -6.0, -7.0, -8.0, -9.0]).peak, (0, 1));
    }

    #[test]
    fn maps_lie_side_by_side_where_their_crops_say() {
        let (low, high) = (map(&[0.0; 6]), map(&[9.0; 6]));
        let file = strip("x.png", &[&low, &high]).expect("a picture");
        let (width, height, indices) = encode::decode(&file);
        assert_eq!((width, height), (7, 2));
        assert_eq!(indices[3], GAP);
        assert_eq!(indices[..3], low.indices[..3]);
        assert_eq!(indices[4..7], high.indices[..3]);
        let crop = strip_crop("x.png", 2, 1, (2, 3));
        assert!((crop.left * 3.0 - 4.0).abs() < 1e-12 && (crop.scale * 3.0 - 7.0).abs() < 1e-12);
    }
}
