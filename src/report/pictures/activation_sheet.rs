//! [`Canvas`]: the activation sheet of one sample while it is drawn. [`Drawing`]: what was drawn, for the
//! legends beside it.

use pulp::{Arch, Simd, WithSimd};
use serde::Serialize;

use super::encode::{self, Raster};
use super::palette::{Brush, GAP};
use super::{ActivationLayout, Scale};
use crate::engine::FeatureMaps;
use crate::model::LayerId;
use crate::report::ReportError;

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
    fn of(layer: LayerId, channels: &[Extremes]) -> Self {
        let (mut min, mut max, mut strongest) = (f32::INFINITY, f32::NEG_INFINITY, 0);
        for (channel, extremes) in channels.iter().enumerate() {
            min = min.min(extremes.min);
            if extremes.max > max {
                (max, strongest) = (extremes.max, channel);
            }
        }
        if min > max {
            (min, max) = (0.0, 0.0);
        }
        Self {
            layer,
            min,
            max,
            signed: min < 0.0,
            strongest,
            not_finite: channels.iter().map(|extremes| extremes.not_finite).sum(),
            scale: Scale::of(min, max),
        }
    }
}

/// The lowest and the highest finite value of a channel, infinite if it has none, and how many are not finite.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Extremes {
    min: f32,
    max: f32,
    not_finite: usize,
}

impl Extremes {
    #[inline(always)]
    fn of(values: &[f32]) -> Self {
        const LANES: usize = 16;
        let (mut lows, mut highs) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
        let mut not_finite = [0u32; LANES];
        let (groups, rest) = values.as_chunks::<LANES>();
        let mut look = |lane: usize, value: f32| {
            let is_finite = value.abs() < f32::INFINITY;
            let (low, high) = if is_finite {
                (value, value)
            } else {
                (f32::INFINITY, f32::NEG_INFINITY)
            };
            lows[lane] = if low < lows[lane] { low } else { lows[lane] };
            highs[lane] = if high > highs[lane] {
                high
            } else {
                highs[lane]
            };
            not_finite[lane] += u32::from(!is_finite);
        };
        for group in groups {
            (0..LANES).for_each(|lane| look(lane, group[lane]));
        }
        for (lane, &value) in rest.iter().enumerate() {
            look(lane, value);
        }
        Self {
            min: lows.into_iter().fold(f32::INFINITY, f32::min),
            max: highs.into_iter().fold(f32::NEG_INFINITY, f32::max),
            not_finite: not_finite.into_iter().map(|count| count as usize).sum(),
        }
    }
}

/// The extremes of each channel, found with the vectors of the processor.
struct Looked<'a> {
    /// Channel after channel.
    values: &'a [f32],
    positions: usize,
}

impl WithSimd for Looked<'_> {
    type Output = Vec<Extremes>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Extremes> {
        let channels = self.values.chunks_exact(self.positions);
        channels.map(Extremes::of).collect()
    }
}

/// What was drawn for one sample, in the order of [`ActivationLayout::bands`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drawing {
    pub ranges: Vec<BandRange>,
    /// Of each channel that is drawn with positions, how many levels its farthest value is drawn from zero; empty for
    /// vectors, and where values are not finite.
    peaks: Vec<Vec<u8>>,
}

impl Drawing {
    pub fn range(&self, layer: LayerId) -> Option<&BandRange> {
        self.ranges.iter().find(|range| range.layer == layer)
    }

    /// See [`Brush::reach`]; by channel.
    pub fn peaks(&self, layer: LayerId) -> &[u8] {
        let place = self.ranges.iter().position(|range| range.layer == layer);
        place
            .and_then(|place| self.peaks.get(place))
            .map_or(&[], Vec::as_slice)
    }
}

/// The sheet of one sample while its layers pass by.
#[derive(Clone, Debug)]
pub struct Canvas {
    indices: Vec<u8>,
    ranges: Vec<Option<BandRange>>,
    peaks: Vec<Vec<u8>>,
    /// The values of a layer in the order in which they are drawn.
    turned: Vec<f32>,
}

impl Canvas {
    /// An empty sheet.
    pub(super) fn new(layout: &ActivationLayout) -> Self {
        Self {
            indices: vec![GAP; layout.width() * layout.height()],
            ranges: vec![None; layout.bands().len()],
            peaks: vec![Vec::new(); layout.bands().len()],
            turned: Vec::new(),
        }
    }

    /// Draws one layer of the sample with this number in the batch. All its channels share one scale, so
    /// that they compare. Layers that the layout does not hold, or holds with another shape, are left out.
    pub fn draw(
        &mut self,
        layout: &ActivationLayout,
        layer: LayerId,
        maps: FeatureMaps<'_>,
        sample: usize,
    ) {
        let place = layout
            .bands()
            .iter()
            .position(|band| band.layer == layer && band.shape == *maps.shape());
        let Some((number, band)) = place.map(|number| (number, &layout.bands()[number])) else {
            return;
        };
        let (band_width, sheet_width) = (band.map.1.max(1), layout.width());
        let values = maps.by_channel(sample, &mut self.turned);
        let positions = maps.shape().positions().max(1);
        let channels = Arch::new().dispatch(Looked { values, positions });
        let range = BandRange::of(layer, &channels);
        let brush = Brush::new(&range.scale);
        let with_peaks = band.map != (1, 1) && range.not_finite == 0;
        for (channel, extremes) in channels.iter().enumerate().take(band.channels) {
            let (x, y) = band.corner(channel);
            let target = &mut self.indices[y * sheet_width + x..];
            let mut paint = |row: usize, values: &[f32]| {
                let target = &mut target[row * sheet_width..][..values.len()];
                let pixels = target.iter_mut().zip(values);
                pixels.for_each(|(pixel, &value)| *pixel = brush.entry(value));
            };
            let values = &values[channel * positions..][..positions];
            let mut farthest = extremes.min.abs().max(extremes.max.abs());
            if band.reduced_by == 1 {
                let rows = values.chunks(band_width).enumerate();
                rows.for_each(|(row, values)| paint(row, values));
            } else {
                let means = band.means(values.iter().copied());
                let rows = means.chunks(band_width).enumerate();
                rows.for_each(|(row, values)| paint(row, values));
                farthest = means.iter().fold(0.0, |far, value| far.max(value.abs()));
            }
            if with_peaks {
                self.peaks[number].push(brush.reach(farthest));
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
        let raster = Raster {
            width: layout.width(),
            height: layout.height(),
            bytes: &self.indices,
        };
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
        let ranges = self.ranges.into_iter().zip(layout.bands());
        Ok((
            file,
            Drawing {
                ranges: ranges
                    .map(|(range, band)| range.unwrap_or(quiet(band.layer)))
                    .collect(),
                peaks: self.peaks,
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;
    use crate::report::pictures::activation_layout::tests::shapes;
    use crate::report::pictures::palette::NOT_A_NUMBER;
    use proptest::prelude::*;

    #[test]
    fn a_sheet_without_layers_is_a_picture() {
        let layout = ActivationLayout::new(&[], 64);
        let (file, drawing) = layout.canvas().finish(&layout).expect("a picture");
        assert_eq!((encode::decode(&file).0, drawing.ranges.len()), (1, 0));
    }

    #[test]
    fn a_picture_shows_the_values_where_the_crops_say() {
        let shape = Shape::image(2, 3, 2);
        let layout = ActivationLayout::new(&[(4, Shape::vector(3)), (7, shape.clone())], 8);
        // Two samples; the second one is drawn.
        let values: Vec<f32> = (0..24)
            .map(|value| {
                if value < 12 {
                    99.0
                } else {
                    value as f32 - 12.0
                }
            })
            .collect();
        let mut canvas = layout.canvas();
        canvas.draw(
            &layout,
            7,
            FeatureMaps::channels_last(&values, 2, &shape),
            1,
        );
        canvas.draw(
            &layout,
            9,
            FeatureMaps::channels_last(&values, 2, &shape),
            1,
        );
        let (file, drawing) = canvas.finish(&layout).expect("a picture");
        let (width, height, indices) = encode::decode(&file);
        assert_eq!((width, height), (layout.width(), layout.height()));

        let range = drawing.range(7).expect("drawn");
        assert_eq!(
            (
                range.min,
                range.max,
                range.signed,
                range.strongest,
                range.not_finite
            ),
            (0.0, 11.0, false, 1, 0)
        );
        assert_eq!(drawing.ranges[0].max, 0.0, "never drawn");
        for channel in 0..2 {
            let crop = layout.channel_crop(7, channel, "maps.png").expect("a crop");
            let (left, top) = ((crop.left * 3.0) as usize, (crop.top * 2.0) as usize);
            for position in 0..6 {
                let pixel = indices[(top + position / 3) * width + left + position % 3];
                let exact = range.scale.index((position * 2 + channel) as f32);
                assert!(pixel.abs_diff(exact) <= 2, "{pixel} for {exact}");
            }
        }
        assert_eq!(indices[width * 2], GAP, "between the bands");
    }

    #[test]
    fn signed_values_diverge_and_nan_is_seen() {
        let shape = Shape::vector(4);
        let layout = ActivationLayout::new(&[(0, shape.clone())], 8);
        let mut canvas = layout.canvas();
        canvas.draw(
            &layout,
            0,
            FeatureMaps::channels_last(&[-2.0, f32::NAN, 1.0, f32::INFINITY], 1, &shape),
            0,
        );
        let (file, drawing) = canvas.finish(&layout).expect("a picture");
        let range = drawing.ranges[0];
        assert_eq!(
            (
                range.min,
                range.max,
                range.signed,
                range.strongest,
                range.not_finite
            ),
            (-2.0, 1.0, true, 2, 2)
        );
        assert_eq!((range.scale.min, range.scale.max), (-2.0, 2.0));
        let (_, _, indices) = encode::decode(&file);
        assert_eq!(
            (indices[1], indices[3]),
            (NOT_A_NUMBER, range.scale.index(2.0))
        );
    }

    #[test]
    fn large_maps_are_averaged() {
        let shape = Shape::image(65, 3, 1);
        let values: Vec<f32> = (0..195).map(|value| (value / 3) as f32).collect();
        let layout = ActivationLayout::new(&[(0, shape.clone())], 8);
        let band = &layout.bands()[0];
        assert_eq!((band.map, band.reduced_by), ((33, 2), 2));
        let means = band.means(values.iter().copied());
        assert_eq!(
            (means[0], means[1], means[64], means[65]),
            (0.5, 0.5, 64.0, 64.0)
        );
        let mut canvas = layout.canvas();
        canvas.draw(
            &layout,
            0,
            FeatureMaps::channels_last(&values, 1, &shape),
            0,
        );
        assert!(canvas.finish(&layout).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn anything_can_be_drawn(layers in shapes(), value in any::<f32>()) {
            let layout = ActivationLayout::new(&layers, 16);
            let mut canvas = layout.canvas();
            for (layer, shape) in &layers {
                let values = vec![value; shape.elements()];
                canvas.draw(&layout, *layer, FeatureMaps::channels_first(&values, 1, shape), 0);
            }
            let (_, drawing) = canvas.finish(&layout).expect("a picture");
            prop_assert_eq!(drawing.ranges.len(), layout.bands().len());
            prop_assert!(drawing.ranges.iter().all(|range| range.min.is_finite() && range.max.is_finite()));
        }
    }
}
