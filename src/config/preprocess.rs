//! `[preprocess]`: a preset, and the keys that hold over its parts, as one checked
//! [`Preprocess`](crate::dataset::Preprocess).

use super::check::{Checked, impossible};
use super::keys;
use super::options::{Factor, Numbers, PreprocessOptions, Sides};
use super::settings::PreprocessSettings;
use super::sources::Written;
use crate::dataset::{
    Channels, Extent, Geometry, Interpolation, Preprocess, Preset, Resize, Scale,
};

/// The longest side that images are brought to, in pixels.
const LONGEST_SIDE: i64 = 16_384;

/// The section, or the first of its keys that is wrong.
pub(super) fn preprocess(options: &PreprocessOptions) -> Checked<PreprocessSettings> {
    let preset = options
        .preset
        .as_ref()
        .map(|written| Preset::from_name(&written.value).ok_or_else(|| written.refuse("")))
        .transpose()?;
    let scale = match &options.scale {
        Some(written) => scale(written)?,
        None => preset
            .and_then(|preset| preset.scale().parse().ok())
            .unwrap_or_default(),
    };
    let (mean, std) = (&options.mean, &options.std);
    let default = |of: fn(Preset) -> Vec<f64>, otherwise| {
        preset.map_or(vec![otherwise], |preset| {
            of(preset).into_iter().map(|value| value as f32).collect()
        })
    };
    let means = numbers(mean.as_ref(), default(Preset::mean, 0.0), |_| true)?;
    let deviations = numbers(std.as_ref(), default(Preset::std, 1.0), |value| value > 0.0)?;
    // Each list is good by itself, so all that can be refused now is how they go together.
    let lengths = format!(
        "`{}` has {} numbers and `{}` {}; give both one a channel",
        keys::MEAN.path(),
        means.len(),
        keys::STD.path(),
        deviations.len()
    );
    let values = Preprocess::new(scale, means, deviations).map_err(|_| {
        match std.as_ref().or(mean.as_ref()) {
            Some(written) => written.refuse(lengths),
            None => impossible(&lengths),
        }
    })?;
    let channels = match &options.channels {
        Some(written) => Channels::from_name(&written.value).ok_or_else(|| written.refuse(""))?,
        None => preset.map_or_else(Channels::default, Preset::channels),
    };
    Ok(PreprocessSettings {
        preset,
        steps: values
            .with_geometry(geometry(options, preset)?)
            .with_channels(channels),
    })
}

fn geometry(options: &PreprocessOptions, preset: Option<Preset>) -> Checked<Geometry> {
    let mut geometry = preset.map_or_else(Geometry::default, Preset::geometry);
    if let Some(written) = &options.resize {
        geometry.resize = match sides(written)? {
            None => None,
            Some((side, None)) => Some(Resize::ShorterSide(side)),
            Some((height, Some(width))) => Some(Resize::Exact((width, height))),
        };
    }
    if let Some(written) = &options.center_crop {
        let crop = |(height, width): (usize, Option<usize>)| -> Extent {
            (width.unwrap_or(height), height)
        };
        geometry.center_crop = sides(written)?.map(crop);
    }
    if let Some(written) = &options.interpolation {
        geometry.interpolation =
            Interpolation::from_name(&written.value).ok_or_else(|| written.refuse(""))?;
    }
    if let Some(written) = &options.antialias {
        geometry.antialias = written.value;
    }
    Ok(geometry)
}

/// The first side, and the second one where there are two; none for `false`.
fn sides(written: &Written<Sides>) -> Checked<Option<(usize, Option<usize>)>> {
    let side = |side: i64| match usize::try_from(side) {
        Ok(length) if (1..=LONGEST_SIDE).contains(&side) => Ok(length),
        _ => Err(written.refuse("")),
    };
    match written.value {
        Sides::None(false) => Ok(None),
        Sides::None(true) => Err(written.refuse("")),
        Sides::One(one) => Ok(Some((side(one)?, None))),
        Sides::Both([height, width]) => Ok(Some((side(height)?, Some(side(width)?)))),
    }
}

fn scale(written: &Written<Factor>) -> Checked<Scale> {
    let scale = match &written.value {
        Factor::Number(number) => Scale::factor(*number),
        Factor::Fraction(text) => text.parse(),
    };
    scale.map_err(|_| written.refuse("\"1/255\" brings pixels from 0…255 to 0…1"))
}

fn numbers(
    written: Option<&Written<Numbers>>,
    default: Vec<f32>,
    good: impl Fn(f32) -> bool,
) -> Checked<Vec<f32>> {
    let Some(written) = written else {
        return Ok(default);
    };
    let values: Vec<f32> = match &written.value {
        Numbers::One(value) => vec![*value as f32],
        Numbers::Many(values) => values.iter().map(|value| *value as f32).collect(),
    };
    // In `float32`, the network's precision: a number may be too large for it, or become 0.
    if values.is_empty() || !values.iter().all(|value| value.is_finite() && good(*value)) {
        return Err(written.refuse(""));
    }
    Ok(values)
}
