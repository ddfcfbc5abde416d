//! [`ActivationLayout`]: where each layer's maps lie on a sample's activation sheet, a [`Band`] a layer.
//!
//! One file holds all layers of a sample, one band below the other. All sheets share one layout, so that a
//! page finds a channel without opening the file, and a sheet costs one request however many maps it holds.

use serde::Serialize;

use super::{Canvas, Crop};
use crate::model::{LayerId, Shape};

/// Longest side of a map on a sheet, in pixels; larger ones are averaged down.
const LONGEST_SIDE: usize = 64;
/// Maps beside each other, so that bands come out about equally wide: few large ones or many small ones.
const COLUMNS_OF_LARGE: usize = 8;
const COLUMNS_OF_SMALL: usize = 16;
/// Widest map of which [`COLUMNS_OF_SMALL`] stand in a row.
const SMALL: usize = 16;
/// Most channels of a layer that are drawn where nobody says how many.
const MOST_CHANNELS: usize = 256;
/// Fewest that the bound on a sheet leaves.
const FEWEST_CHANNELS: usize = 8;
/// Most pixels of a sheet where nobody says how many channels are drawn: half a megabyte or so as a file.
const MOST_PIXELS: usize = 1 << 20;
/// Pixels between two bands.
const BAND_GAP: usize = 2;

/// One layer's place on the sheet, in pixels: a grid of its channels' maps in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Band {
    pub layer: LayerId,
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
    pub columns: usize,
    pub rows: usize,
    /// Height and width of a map as drawn; `(1, 1)` for the units of a vector.
    pub map: (usize, usize),
    /// Pixels between two maps: none between single pixels.
    pub gap: usize,
    /// Channels drawn: the first of them where the layer has more.
    pub channels: usize,
    /// Channels of the layer.
    pub channels_in_all: usize,
    /// Each pixel is the mean of `reduced_by × reduced_by` positions; 1 where maps are drawn as they are.
    pub reduced_by: usize,
    /// Extent of the layer's output, channels last.
    pub shape: Shape,
}

impl Band {
    fn new(layer: LayerId, shape: &Shape, maximum_channels: usize, y: usize) -> Self {
        let (height, width) = positions(shape);
        let reduced_by = height.max(width).div_ceil(LONGEST_SIDE).max(1);
        let map = (
            height.div_ceil(reduced_by).max(1),
            width.div_ceil(reduced_by).max(1),
        );
        let channels = shape.channels().min(maximum_channels.max(1)).max(1);
        let single = map == (1, 1);
        let columns = columns(map, channels);
        let (gap, rows) = (usize::from(!single), channels.div_ceil(columns));
        Self {
            layer,
            x: 0,
            y,
            width: columns * (map.1 + gap) - gap,
            height: rows * (map.0 + gap) - gap,
            columns,
            rows,
            map,
            gap,
            channels,
            channels_in_all: shape.channels(),
            reduced_by,
            shape: shape.clone(),
        }
    }

    /// Upper left corner of a channel's map on the sheet.
    pub(super) fn corner(&self, channel: usize) -> (usize, usize) {
        let (height, width) = self.map;
        let (row, column) = (channel / self.columns, channel % self.columns);
        (
            self.x + column * (width + self.gap),
            self.y + row * (height + self.gap),
        )
    }

    /// Positions in a row of the layer's output.
    pub(super) fn full_width(&self) -> usize {
        positions(&self.shape).1.max(1)
    }

    /// Means of the blocks of a map, row by row; the blocks at the lower and right edge may be smaller.
    pub(super) fn means(&self, values: impl Iterator<Item = f32>) -> Vec<f32> {
        let (_, full_width) = positions(&self.shape);
        let (height, width) = self.map;
        let mut sums = vec![(0.0f64, 0u32); height * width];
        for (position, value) in values.enumerate() {
            let (row, column) = (position / full_width, position % full_width);
            let (sum, count) = &mut sums[row / self.reduced_by * width + column / self.reduced_by];
            *sum += f64::from(value);
            *count += 1;
        }
        sums.into_iter()
            .map(|(sum, count)| (sum / f64::from(count.max(1))) as f32)
            .collect()
    }
}

/// Rows and columns of one channel: `(1, 1)` for a vector, `(1, steps)` for a sequence.
fn positions(shape: &Shape) -> (usize, usize) {
    match shape.dimensions() {
        [] | [_] => (1, 1),
        [outer @ .., width, _] => (outer.iter().product(), *width),
    }
}

fn columns(map: (usize, usize), channels: usize) -> usize {
    let columns = if map != (1, 1) {
        if map.1 <= SMALL {
            COLUMNS_OF_SMALL
        } else {
            COLUMNS_OF_LARGE
        }
    } else if channels <= 256 {
        // 64 units: 16 × 4.
        COLUMNS_OF_SMALL
    } else {
        // 1000 units: 40 × 25.
        (channels as f64 * 1.6).sqrt().ceil() as usize
    };
    columns.clamp(1, channels)
}

/// Where everything lies on the activation sheets of a report; the same for every sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActivationLayout {
    bands: Vec<Band>,
    width: usize,
    height: usize,
}

impl ActivationLayout {
    /// Lays out the layers below each other, with at most `maximum_channels` maps each.
    pub fn new(layers: &[(LayerId, Shape)], maximum_channels: usize) -> Self {
        let mut bands: Vec<Band> = Vec::with_capacity(layers.len());
        for (layer, shape) in layers.iter().filter(|(_, shape)| shape.elements() > 0) {
            let y = bands
                .last()
                .map_or(0, |last| last.y + last.height + BAND_GAP);
            bands.push(Band::new(*layer, shape, maximum_channels, y));
        }
        // A picture has at least one pixel, even if no layer is drawn.
        let width = bands.iter().map(|band| band.width).max().unwrap_or(1);
        let height = bands.last().map_or(1, |last| last.y + last.height);
        Self {
            bands,
            width,
            height,
        }
    }

    /// Lays out the layers with as many maps each as are worth a look: 256 at most, and half as many again and again
    /// (down to 8) while the sheet would have more than 2²⁰ pixels.
    pub fn within_bounds(layers: &[(LayerId, Shape)]) -> Self {
        let mut channels = MOST_CHANNELS;
        loop {
            let layout = Self::new(layers, channels);
            if layout.pixels() <= MOST_PIXELS || channels <= FEWEST_CHANNELS {
                return layout;
            }
            channels /= 2;
        }
    }

    /// Of a sheet.
    pub fn pixels(&self) -> usize {
        self.width.saturating_mul(self.height)
    }

    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    pub fn band(&self, layer: LayerId) -> Option<&Band> {
        self.bands.iter().find(|band| band.layer == layer)
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// All maps of a layer; `src` is the address of the sheet as written on the page.
    pub fn band_crop(&self, band: &Band, src: impl Into<String>) -> Crop {
        Crop::new(
            src.into(),
            self.width,
            (band.x, band.y),
            (band.width, band.height),
        )
    }

    /// The map of one channel; `None` where it is not drawn.
    pub fn channel_crop(
        &self,
        layer: LayerId,
        channel: usize,
        src: impl Into<String>,
    ) -> Option<Crop> {
        let band = self.band(layer).filter(|band| channel < band.channels)?;
        let (height, width) = band.map;
        Some(Crop::new(
            src.into(),
            self.width,
            band.corner(channel),
            (width, height),
        ))
    }

    /// An empty sheet.
    pub fn canvas(&self) -> Canvas {
        Canvas::new(self)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn demo() -> Vec<(LayerId, Shape)> {
        vec![
            (1, Shape::image(30, 30, 32)),
            (2, Shape::image(15, 15, 32)),
            (3, Shape::image(6, 6, 64)),
            (5, Shape::vector(64)),
            (6, Shape::vector(10)),
        ]
    }

    #[test]
    fn sheets_of_large_networks_show_fewer_channels() {
        let layers: Vec<_> = (0..16).map(|id| (id, Shape::image(56, 56, 256))).collect();
        let layout = ActivationLayout::within_bounds(&layers);
        // 16 layers of 8 maps across and 2 down would do with 57 × 57 pixels a map.
        assert_eq!(layout.bands()[0].channels, 16);
        assert!(layout.pixels() <= MOST_PIXELS);
        let small = ActivationLayout::within_bounds(&layers[..1]);
        assert_eq!(small.bands()[0].channels, 256);
        let huge: Vec<_> = (0..600).map(|id| (id, Shape::image(64, 64, 256))).collect();
        let layout = ActivationLayout::within_bounds(&huge);
        assert_eq!(layout.bands()[0].channels, FEWEST_CHANNELS);
    }

    #[test]
    fn the_demo_network_fits_into_one_narrow_sheet() {
        let layout = ActivationLayout::new(&demo(), 1024);
        let places: Vec<_> = layout
            .bands()
            .iter()
            .map(|band| (band.y, band.width, band.height, band.columns))
            .collect();
        assert_eq!(
            places,
            [
                (0, 247, 123, 8),
                (125, 255, 31, 16),
                (158, 111, 27, 16),
                (187, 16, 4, 16),
                (193, 10, 1, 10)
            ]
        );
        assert_eq!((layout.width(), layout.height()), (255, 194));
    }

    #[test]
    fn weird_shapes_have_a_place() {
        let place = |shape: Shape, maximum: usize| {
            let layout = ActivationLayout::new(&[(0, shape)], maximum);
            let band = layout.bands()[0].clone();
            (
                band.map,
                band.columns,
                band.rows,
                band.channels,
                band.reduced_by,
            )
        };
        assert_eq!(place(Shape::image(1, 1, 1), 9), ((1, 1), 1, 1, 1, 1));
        assert_eq!(
            place(Shape::image(1, 1, 2048), 4096),
            ((1, 1), 58, 36, 2048, 1)
        );
        assert_eq!(place(Shape::vector(1000), 4096), ((1, 1), 40, 25, 1000, 1));
        assert_eq!(
            place(Shape::image(224, 224, 64), 32),
            ((56, 56), 8, 4, 32, 4)
        );
        assert_eq!(place(Shape::image(130, 65, 1), 9), ((44, 22), 1, 1, 1, 3));
        assert_eq!(place(Shape::new([50, 12]), 99), ((1, 50), 8, 2, 12, 1));
        assert_eq!(place(Shape::new([2, 3, 4, 5]), 99), ((6, 4), 5, 1, 5, 1));
        assert_eq!(place(Shape::new([]), 0), ((1, 1), 1, 1, 1, 1));
        assert!(
            ActivationLayout::new(&[(0, Shape::image(0, 4, 4))], 9)
                .bands()
                .is_empty()
        );
    }

    /// Layers of all kinds of shapes.
    pub(in crate::report::pictures) fn shapes() -> impl Strategy<Value = Vec<(LayerId, Shape)>> {
        let shape = prop_oneof![
            (1usize..90, 1usize..90, 1usize..40)
                .prop_map(|(height, width, channels)| Shape::image(height, width, channels)),
            (1usize..300).prop_map(Shape::vector),
            prop::collection::vec(1usize..5, 0..5).prop_map(Shape::new),
        ];
        prop::collection::vec(shape, 0..4)
            .prop_map(|shapes| shapes.into_iter().enumerate().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_map_lies_inside_and_apart_from_all_others(layers in shapes(), maximum in 0usize..40) {
            let layout = ActivationLayout::new(&layers, maximum);
            let mut owner = vec![0usize; layout.width() * layout.height()];
            for (number, (layer, channel)) in layout.bands().iter().flat_map(|band| (0..band.channels).map(|channel| (band.layer, channel))).enumerate() {
                let band = layout.band(layer).expect("a band");
                let (x, y) = band.corner(channel);
                for row in y..y + band.map.0 {
                    for column in x..x + band.map.1 {
                        prop_assert!(column < layout.width() && row < layout.height());
                        prop_assert!(column < band.x + band.width && row < band.y + band.height);
                        let place = &mut owner[row * layout.width() + column];
                        prop_assert_eq!(*place, 0);
                        *place = number + 1;
                    }
                }
                prop_assert!(layout.channel_crop(layer, channel, "x").is_some());
            }
            for band in layout.bands() {
                prop_assert!(band.map.0 <= LONGEST_SIDE && band.map.1 <= LONGEST_SIDE);
                prop_assert!(layout.channel_crop(band.layer, band.channels, "x").is_none());
            }
        }
    }
}
