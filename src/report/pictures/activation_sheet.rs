//! [`ActivationLayout`]: where each layer's maps lie on a sample's activation sheet. [`Canvas`]: the sheet of
//! one sample while it is drawn. [`Drawing`]: what was drawn, for the legends beside it.
//!
//! One file holds all layers of a sample, one band below the other. All sheets share one layout, so that a
//! page finds a channel without opening the file, and a sheet costs one request however many maps it holds.

use serde::Serialize;

use super::encode::{self, Raster};
use super::palette::GAP;
use super::{Crop, Scale};
use crate::engine::FeatureMaps;
use crate::model::{LayerId, Shape};
use crate::report::ReportError;

/// Longest side of a map on a sheet, in pixels; larger ones are averaged down.
const LONGEST_SIDE: usize = 64;
/// Maps beside each other, so that bands come out about equally wide: few large ones or many small ones.
const COLUMNS_OF_LARGE: usize = 8;
const COLUMNS_OF_SMALL: usize = 16;
/// Widest map of which [`COLUMNS_OF_SMALL`] stand in a row.
const SMALL: usize = 16;
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
        let map = (height.div_ceil(reduced_by).max(1), width.div_ceil(reduced_by).max(1));
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
    fn corner(&self, channel: usize) -> (usize, usize) {
        let (height, width) = self.map;
        let (row, column) = (channel / self.columns, channel % self.columns);
        (self.x + column * (width + self.gap), self.y + row * (height + self.gap))
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
        if map.1 <= SMALL { COLUMNS_OF_SMALL } else { COLUMNS_OF_LARGE }
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
            let y = bands.last().map_or(0, |last| last.y + last.height + BAND_GAP);
            bands.push(Band::new(*layer, shape, maximum_channels, y));
        }
        // A picture has at least one pixel, even if no layer is drawn.
        let width = bands.iter().map(|band| band.width).max().unwrap_or(1);
        let height = bands.last().map_or(1, |last| last.y + last.height);
        Self { bands, width, height }
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
        Crop::new(src.into(), self.width, (band.x, band.y), (band.width, band.height))
    }

    /// The map of one channel; `None` where it is not drawn.
    pub fn channel_crop(&self, layer: LayerId, channel: usize, src: impl Into<String>) -> Option<Crop> {
        let band = self.band(layer).filter(|band| channel < band.channels)?;
        let (height, width) = band.map;
        Some(Crop::new(src.into(), self.width, band.corner(channel), (width, height)))
    }

    /// An empty sheet.
    pub fn canvas(&self) -> Canvas {
        Canvas { indices: vec![GAP; self.width * self.height], ranges: vec![None; self.bands.len()] }
    }
}

/// What the colours of one band stand for, and where it is strongest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BandRange {
    pub layer: LayerId,
    /// The lowest and the highest finite value over all channels, drawn or not; 0 if there is none.
    pub min: f32,
    pub max: f32,
    /// Whether a value is negative: then the colours diverge, symmetric around zero.
    pub signed: bool,
    /// The channel that holds `max`, the lowest number among equals. It need not be one that is drawn.
    pub strongest: usize,
    /// Values that are NaN or infinite.
    pub not_finite: usize,
    /// The colours, for the legend.
    pub scale: Scale,
}

impl BandRange {
    fn of(layer: LayerId, maps: FeatureMaps<'_>, sample: usize) -> Self {
        let (mut min, mut max, mut strongest, mut not_finite) = (f32::INFINITY, f32::NEG_INFINITY, 0, 0);
        for channel in 0..maps.shape().channels() {
            for value in maps.channel(sample, channel) {
                if !value.is_finite() {
                    not_finite += 1;
                    continue;
                }
                min = min.min(value);
                if value > max {
                    (max, strongest) = (value, channel);
                }
            }
        }
        if min > max {
            (min, max) = (0.0, 0.0);
        }
        Self { layer, min, max, signed: min < 0.0, strongest, not_finite, scale: Scale::of(min, max) }
    }
}

/// What was drawn for one sample, in the order of [`ActivationLayout::bands`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drawing {
    pub ranges: Vec<BandRange>,
}

impl Drawing {
    pub fn range(&self, layer: LayerId) -> Option<&BandRange> {
        self.ranges.iter().find(|range| range.layer == layer)
    }
}

/// The sheet of one sample while its layers pass by.
#[derive(Clone, Debug)]
pub struct Canvas {
    indices: Vec<u8>,
    ranges: Vec<Option<BandRange>>,
}

impl Canvas {
    /// Draws one layer of the sample with this number in the batch. All its channels share one scale, so
    /// that they compare. Layers that the layout does not hold, or holds with another shape, are left out.
    pub fn draw(&mut self, layout: &ActivationLayout, layer: LayerId, maps: FeatureMaps<'_>, sample: usize) {
        let place = layout.bands.iter().position(|band| band.layer == layer && band.shape == *maps.shape());
        let Some((number, band)) = place.map(|number| (number, &layout.bands[number])) else { return };
        let range = BandRange::of(layer, maps, sample);
        for channel in 0..band.channels {
            let (x, y) = band.corner(channel);
            let target = &mut self.indices[y * layout.width + x..];
            let mut paint = |position: usize, value: f32| {
                let (row, column) = (position / band.map.1, position % band.map.1);
                target[row * layout.width + column] = range.scale.index(value);
            };
            let values = maps.channel(sample, channel);
            if band.reduced_by == 1 {
                values.enumerate().for_each(|(position, value)| paint(position, value));
            } else {
                let means = reduced(band, values);
                means.into_iter().enumerate().for_each(|(position, value)| paint(position, value));
            }
        }
        self.ranges[number] = Some(range);
    }

    /// The picture as the bytes of a PNG file, and what it shows. A band that was never drawn stays
    /// transparent, with a range of zero.
    ///
    /// # Errors
    /// [`ReportError::Picture`] if the sheet is larger than a PNG can be.
    pub fn finish(self, layout: &ActivationLayout) -> Result<(Vec<u8>, Drawing), ReportError> {
        let raster = Raster { width: layout.width, height: layout.height, bytes: &self.indices };
        let file = encode::indexed_png("maps.png", &raster)?;
        let quiet = |layer| BandRange {
            layer,
            min: 0.0,
            max: 0.0,
            signed: false,
            strongest: 0,
            not_finite: 0,
            scale: Scale::sequential(0.0),
        };
        let ranges = self.ranges.into_iter().zip(&layout.bands);
        Ok((file, Drawing { ranges: ranges.map(|(range, band)| range.unwrap_or(quiet(band.layer))).collect() }))
    }
}

/// Means of the blocks of a map, row by row; the blocks at the lower and right edge may be smaller.
fn reduced(band: &Band, values: impl Iterator<Item = f32>) -> Vec<f32> {
    let (_, full_width) = positions(&band.shape);
    let (height, width) = band.map;
    let mut sums = vec![(0.0f64, 0u32); height * width];
    for (position, value) in values.enumerate() {
        let (row, column) = (position / full_width, position % full_width);
        let (sum, count) = &mut sums[row / band.reduced_by * width + column / band.reduced_by];
        *sum += f64::from(value);
        *count += 1;
    }
    sums.into_iter().map(|(sum, count)| (sum / f64::from(count.max(1))) as f32).collect()
}
