//! [`Palette`] and [`Scale`]: which colour a number gets. All pictures that are drawn from numbers share one
//! table of colours, so that maps on different scales fit into one indexed file.

use serde::Serialize;

/// A run of colours. The three together, a gap and a colour for NaN make the table of every indexed picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Palette {
    /// matplotlib's viridis (Nathaniel J. Smith, Stefan van der Walt, Eric Firing; CC0): perceptually
    /// uniform and safe for the colour-blind, for values of one sign.
    Sequential,
    /// Blue below zero, light grey at it, orange above: the report's own two colours.
    Diverging,
    /// Black to white.
    Grey,
}

/// Colours of a sequential palette.
pub const LEVELS: usize = 32;
/// Colours of the diverging palette: odd, so that zero has a colour of its own.
pub const DIVERGING_LEVELS: usize = LEVELS + 1;

/// The levels that a sheet of activations knows, of the sequential palette and on either side of the diverging one's
/// middle: close to each other near zero, where most values lie. With gaps and NaN they make 16 colours, so that two
/// pixels share a byte and a report of thousands of sheets is a sixth smaller.
const SHEET_LEVELS: [u8; 14] = [0, 1, 2, 4, 6, 8, 10, 13, 16, 19, 22, 25, 28, 31];
const SHEET_STEPS: [u8; 7] = [0, 1, 3, 6, 9, 12, 16];

/// Index of the transparent pixels between maps.
pub(super) const GAP: u8 = 0;
/// Index of what is not a number.
pub(super) const NOT_A_NUMBER: u8 = 1;
const SEQUENTIAL_START: u8 = 2;
const DIVERGING_START: u8 = SEQUENTIAL_START + LEVELS as u8;
const GREY_START: u8 = DIVERGING_START + DIVERGING_LEVELS as u8;
const COLOURS: usize = GREY_START as usize + LEVELS;

pub(super) type Rgb = [u8; 3];

/// NaN is a defect of a network and must not hide: a magenta that is in none of the palettes.
const NOT_A_NUMBER_COLOUR: Rgb = [0xff, 0x00, 0xc8];

/// Rows 255·i/31 of viridis' table of 256.
const VIRIDIS: [Rgb; LEVELS] = [
    [0x44, 0x01, 0x54],
    [0x47, 0x0d, 0x60],
    [0x48, 0x18, 0x6a],
    [0x48, 0x24, 0x75],
    [0x47, 0x2e, 0x7c],
    [0x45, 0x38, 0x82],
    [0x42, 0x41, 0x86],
    [0x3e, 0x4c, 0x8a],
    [0x3a, 0x54, 0x8c],
    [0x36, 0x5d, 0x8d],
    [0x32, 0x65, 0x8e],
    [0x2e, 0x6d, 0x8e],
    [0x2b, 0x75, 0x8e],
    [0x28, 0x7d, 0x8e],
    [0x25, 0x84, 0x8e],
    [0x22, 0x8c, 0x8d],
    [0x1f, 0x94, 0x8c],
    [0x1e, 0x9c, 0x89],
    [0x20, 0xa3, 0x86],
    [0x25, 0xab, 0x82],
    [0x2e, 0xb3, 0x7c],
    [0x3a, 0xba, 0x76],
    [0x48, 0xc1, 0x6e],
    [0x58, 0xc7, 0x65],
    [0x69, 0xcd, 0x5b],
    [0x7f, 0xd3, 0x4e],
    [0x93, 0xd7, 0x41],
    [0xa8, 0xdb, 0x34],
    [0xbd, 0xdf, 0x26],
    [0xd5, 0xe2, 0x1a],
    [0xea, 0xe5, 0x1a],
    [0xfd, 0xe7, 0x25],
];

/// The ends and the middle of the diverging palette: `--truth`, a light grey, `--wrong`.
const BELOW: Rgb = [0x00, 0x63, 0x9c];
const ZERO: Rgb = [0xf4, 0xf4, 0xf0];
const ABOVE: Rgb = [0xb8, 0x47, 0x0a];

impl Palette {
    /// Number of colours.
    pub fn levels(self) -> usize {
        match self {
            Self::Sequential | Self::Grey => LEVELS,
            Self::Diverging => DIVERGING_LEVELS,
        }
    }

    /// The colour of a level; the last one for levels beyond it.
    pub(super) fn colour(self, level: usize) -> Rgb {
        let level = level.min(self.levels() - 1);
        match self {
            Self::Sequential => VIRIDIS[level],
            Self::Diverging => {
                let middle = DIVERGING_LEVELS / 2;
                match level.checked_sub(middle) {
                    Some(above) => mix(ZERO, ABOVE, above, middle),
                    None => mix(ZERO, BELOW, middle - level, middle),
                }
            }
            Self::Grey => mix([0; 3], [255; 3], level, LEVELS - 1),
        }
    }

    fn start(self) -> u8 {
        match self {
            Self::Sequential => SEQUENTIAL_START,
            Self::Diverging => DIVERGING_START,
            Self::Grey => GREY_START,
        }
    }

    /// All colours from the lowest to the highest, six hexadecimal digits each.
    pub fn colours(self) -> String {
        (0..self.levels())
            .map(|level| hex(self.colour(level)).trim_start_matches('#').to_owned())
            .collect()
    }

    /// `linear-gradient(to right, …)` from the lowest to the highest colour, for the legend beside a picture.
    pub fn css_gradient(self) -> String {
        // Nine stops lie within one step of every colour of the palettes.
        const STOPS: usize = 8;
        let last = self.levels() - 1;
        let stops: Vec<String> = (0..=STOPS)
            .map(|stop| hex(self.colour((stop * last + STOPS / 2) / STOPS)))
            .collect();
        format!("linear-gradient(to right, {})", stops.join(", "))
    }
}

/// `from` at step 0, `to` at the last one, rounded.
fn mix(from: Rgb, to: Rgb, step: usize, steps: usize) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (usize::from(from[channel]), usize::from(to[channel]));
        ((from * (steps - step) + to * step + steps / 2) / steps) as u8
    })
}

pub(super) fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The table of colours of every indexed picture, and the opacity of its first entry.
pub(super) fn table() -> (Vec<u8>, [u8; 1]) {
    let mut colours: Vec<Rgb> = vec![[0; 3]; COLOURS];
    colours[usize::from(NOT_A_NUMBER)] = NOT_A_NUMBER_COLOUR;
    for palette in [Palette::Sequential, Palette::Diverging, Palette::Grey] {
        for level in 0..palette.levels() {
            colours[usize::from(palette.start()) + level] = palette.colour(level);
        }
    }
    (colours.into_flattened(), [0])
}

/// Which numbers the colours of a palette stand for: `min` has the first, `max` the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scale {
    pub min: f32,
    pub max: f32,
    pub palette: Palette,
}

impl Scale {
    /// From zero to `max`; a `max` that is not positive makes a scale on which everything has the first colour.
    pub fn sequential(max: f32) -> Self {
        Self {
            min: 0.0,
            max: finite(max).max(0.0),
            palette: Palette::Sequential,
        }
    }

    /// Symmetric around zero, so that neither sign looks stronger than it is.
    pub fn diverging(peak: f32) -> Self {
        let peak = finite(peak).abs();
        Self {
            min: -peak,
            max: peak,
            palette: Palette::Diverging,
        }
    }

    /// The scale that suits values between `min` and `max`: sequential from zero if none is negative,
    /// else diverging.
    pub fn of(min: f32, max: f32) -> Self {
        if min < 0.0 {
            Self::diverging(finite(min).abs().max(finite(max).abs()))
        } else {
            Self::sequential(max)
        }
    }

    /// The nearest of the palette's colours, counted from 0; `None` for NaN. Values beyond the ends, the
    /// infinities among them, have the colours of the ends.
    pub fn level(&self, value: f32) -> Option<u8> {
        if value.is_nan() {
            return None;
        }
        let last = self.palette.levels() - 1;
        let (min, max) = (f64::from(self.min), f64::from(self.max));
        if max <= min {
            // A scale of one value: zero of both signs, or the lower end.
            return Some(if self.palette == Palette::Diverging {
                (last / 2) as u8
            } else {
                0
            });
        }
        let place = (f64::from(value) - min) / (max - min) * last as f64;
        Some(place.round().clamp(0.0, last as f64) as u8)
    }

    /// A value's entry in the [`table`] of indexed pictures.
    pub(super) fn index(&self, value: f32) -> u8 {
        self.level(value)
            .map_or(NOT_A_NUMBER, |level| self.palette.start() + level)
    }

    /// `#rrggbb` of a value.
    pub fn colour(&self, value: f32) -> String {
        hex(self.rgb(value))
    }

    /// Whether light text reads better than dark text on the colour of a value (WCAG 2 relative luminance).
    pub fn wants_light_text(&self, value: f32) -> bool {
        luminance(self.rgb(value)) < 0.179
    }

    fn rgb(&self, value: f32) -> Rgb {
        self.level(value).map_or(NOT_A_NUMBER_COLOUR, |level| {
            self.palette.colour(usize::from(level))
        })
    }

    /// See [`Palette::css_gradient`].
    pub fn css_gradient(&self) -> String {
        self.palette.css_gradient()
    }
}

/// Values as entries of the [`table`], as sheets of activations show them: the nearest of few levels.
#[derive(Clone, Debug)]
pub(super) struct Brush {
    min: f32,
    /// Levels of the palette a unit of the values.
    steps: f32,
    /// The highest level.
    last: f32,
    /// The entry of each level.
    entries: [u8; 256],
}

impl Brush {
    pub(super) fn new(scale: &Scale) -> Self {
        let levels = scale.palette.levels();
        let (min, max) = (f64::from(scale.min), f64::from(scale.max));
        let is_flat = max <= min;
        let steps = if is_flat {
            0.0
        } else {
            (levels - 1) as f64 / (max - min)
        };
        let entry = |level: usize| {
            let level = if is_flat {
                scale.level(0.0).map_or(0, usize::from)
            } else {
                level
            };
            scale.palette.start() + coarse(scale.palette, level)
        };
        Self {
            min: scale.min,
            steps: steps as f32,
            last: (levels - 1) as f32,
            entries: std::array::from_fn(|level| entry(level.min(levels - 1))),
        }
    }

    /// How many levels of the palette a value is drawn away from zero.
    pub(super) fn reach(&self, value: f32) -> u8 {
        self.entry(value).abs_diff(self.entry(0.0))
    }

    #[inline]
    pub(super) fn entry(&self, value: f32) -> u8 {
        if value.is_nan() {
            return NOT_A_NUMBER;
        }
        // Bounded at both ends, and at the infinities.
        let place = ((value - self.min) * self.steps + 0.5).min(self.last);
        self.entries[usize::from(place as u8)]
    }
}

/// The nearest level that sheets know, the lower one of two as near.
fn coarse(palette: Palette, level: usize) -> u8 {
    let middle = DIVERGING_LEVELS / 2;
    let near = |levels: &[u8], level: usize| {
        let nearest = levels
            .iter()
            .min_by_key(|&&known| level.abs_diff(known.into()));
        nearest.copied().unwrap_or(0)
    };
    match palette {
        Palette::Sequential => near(&SHEET_LEVELS, level),
        Palette::Diverging if level < middle => middle as u8 - near(&SHEET_STEPS, middle - level),
        Palette::Diverging => middle as u8 + near(&SHEET_STEPS, level - middle),
        Palette::Grey => level as u8,
    }
}

fn finite(value: f32) -> f32 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(f32::MIN, f32::MAX)
    }
}

fn luminance(colour: Rgb) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_a_scale_have_the_ends_of_its_palette() {
        let scale = Scale::of(0.0, 2.5);
        assert_eq!(
            (scale.colour(0.0), scale.colour(2.5)),
            ("#440154".into(), "#fde725".into())
        );
        let scale = Scale::of(-1.0, 0.5);
        assert_eq!((scale.min, scale.max), (-1.0, 1.0));
        assert_eq!(
            (scale.colour(-1.0), scale.colour(0.0), scale.colour(1.0)),
            ("#00639c".into(), "#f4f4f0".into(), "#b8470a".into())
        );
    }

    #[test]
    fn a_scale_of_nothing_but_zero_is_quiet() {
        assert_eq!(Scale::sequential(0.0).level(0.0), Some(0));
        assert_eq!(Scale::diverging(0.0).colour(0.0), hex(ZERO));
        assert_eq!(Scale::of(f32::NAN, f32::NAN).level(7.0), Some(0));
    }

    #[test]
    fn the_table_keeps_the_palettes_apart() {
        let (colours, opacity) = table();
        assert_eq!((colours.len(), opacity), (3 * COLOURS, [0]));
        let at = |index: u8| {
            hex(std::array::from_fn(|channel| {
                colours[3 * usize::from(index) + channel]
            }))
        };
        for scale in [
            Scale::of(0.0, 1.0),
            Scale::of(-1.0, 1.0),
            Scale {
                min: -1.0,
                max: 1.0,
                palette: Palette::Grey,
            },
        ] {
            for value in [-1.0, -0.3, 0.0, 0.2, 1.0, f32::NAN] {
                assert_eq!(at(scale.index(value)), scale.colour(value));
            }
        }
    }

    #[test]
    fn sheets_know_few_levels_and_zero_and_the_ends_among_them() {
        for scale in [
            Scale::of(0.0, 2.0),
            Scale::of(-2.0, 1.0),
            Scale::sequential(0.0),
            Scale::diverging(0.0),
        ] {
            let brush = Brush::new(&scale);
            for value in [0.0, scale.min, scale.max] {
                assert_eq!(
                    brush.entry(value),
                    scale.index(value),
                    "{value} on {scale:?}"
                );
            }
            assert_eq!(brush.entry(f32::NAN), NOT_A_NUMBER);
            let last = scale.palette.levels() as u8 - 1;
            let farthest = match scale.palette {
                _ if scale.max == 0.0 => 0,
                Palette::Diverging => last / 2,
                Palette::Sequential | Palette::Grey => last,
            };
            assert_eq!((brush.reach(0.0), brush.reach(scale.max)), (0, farthest));
            assert_eq!(brush.entry(f32::INFINITY), scale.index(scale.max));
            assert_eq!(brush.entry(f32::NEG_INFINITY), scale.index(scale.min));
            let entries: std::collections::BTreeSet<u8> = (-400..=400)
                .map(|step| brush.entry(step as f32 / 100.0))
                .collect();
            assert!(entries.len() <= SHEET_LEVELS.len(), "{entries:?}");
        }
    }

    #[test]
    fn text_is_light_on_dark_colours_only() {
        let scale = Scale::diverging(1.0);
        assert_eq!(
            [-1.0, 0.0, 1.0].map(|value| scale.wants_light_text(value)),
            [true, false, true]
        );
    }

    #[test]
    fn a_gradient_goes_from_end_to_end() {
        let gradient = Scale::sequential(1.0).css_gradient();
        assert!(
            gradient.starts_with("linear-gradient(to right, #440154, ")
                && gradient.ends_with("#fde725)")
        );
        assert!(Palette::Diverging.css_gradient().contains("#f4f4f0"));
    }

    proptest! {
        #[test]
        fn any_value_on_any_scale_has_a_colour(min in any::<f32>(), max in any::<f32>(), value in any::<f32>()) {
            for scale in [Scale::of(min, max), Scale::sequential(max), Scale::diverging(min), Scale { min, max, palette: Palette::Grey }] {
                prop_assert!(scale.level(value).is_none_or(|level| usize::from(level) < scale.palette.levels()));
                prop_assert!(usize::from(scale.index(value)) < COLOURS && scale.index(value) != GAP);
            }
        }

        #[test]
        fn sheets_are_off_by_little(max in 1e-3f32..1e6, share in 0f32..1.0) {
            let scale = Scale::sequential(max);
            let off = Brush::new(&scale).entry(share * max).abs_diff(scale.index(share * max));
            prop_assert!(off <= 2, "{}", off);
        }

        #[test]
        fn levels_rise_with_values(peak in 1e-3f32..1e6, a in -1f32..1.0, b in -1f32..1.0) {
            let scale = Scale::diverging(peak);
            prop_assert!(scale.level(a.min(b) * peak) <= scale.level(a.max(b) * peak));
        }
    }
}
