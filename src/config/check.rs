//! From what was written to what holds: defaults filled in, values checked, paths resolved. The
//! nouns are [`Options`] and [`Settings`].

use std::ops::RangeInclusive;

use globset::{Glob, GlobSet, GlobSetBuilder};
use toml::Spanned;

use super::error::{ConfigError, Place, Problem};
use super::keys;
use super::options::{Factor, Names, Numbers, Options};
use super::paths::ConfigPath;
use super::report_section;
use super::settings::{
    ClassSettings, DataSettings, EngineChoice, LayerSettings, ModelSettings, RunSettings,
    SampleSettings, Settings,
};
use super::sources::{Sources, Written};
use crate::dataset::{Format, Preprocess, Scale};

const DEFAULT_GALLERY_PAGE: usize = 250;
const DEFAULT_MAPS: usize = 256;
const DEFAULT_CHUNK: usize = 64;

pub(super) type Checked<T> = Result<T, ConfigError>;

/// Every setting, or the first that is wrong.
pub(super) fn settings(options: Options, sources: &Sources<'_>) -> Checked<Settings> {
    let model = ModelSettings {
        path: path(options.model_path)?,
    };
    Ok(Settings {
        report: report_section::report(options.report, &model.path, sources)?,
        model,
        data: DataSettings {
            path: path(options.data_path)?,
            format: options.format.map(format).transpose()?,
            classes: options.classes.map(classes).transpose()?,
            limit: options
                .limit
                .map(|limit| whole(limit, 1..=usize::MAX))
                .transpose()?,
        },
        preprocess: preprocess(options.scale, options.mean, options.std)?,
        samples: samples(options.selected, options.gallery_page, sources)?,
        layers: layers(options.include, options.exclude, options.maps)?,
        run: RunSettings {
            chunk: whole_or(options.chunk, 1..=4096, DEFAULT_CHUNK)?,
            jobs: whole_or(options.jobs, 0..=4096, 0)?,
            engine: options.engine.map_or(Ok(EngineChoice::Auto), engine)?,
            winograd: options.winograd.map_or(Ok(true), winograd)?,
        },
        gates: options.gates,
    })
}

pub(super) fn path(written: Written<String>) -> Checked<ConfigPath> {
    if written.value.is_empty() || written.value.contains('\0') {
        return Err(written.refuse(""));
    }
    Ok(ConfigPath::new(written.value, &written.folder))
}

fn whole(written: Written<i64>, range: RangeInclusive<usize>) -> Checked<usize> {
    usize::try_from(written.value)
        .ok()
        .filter(|value| range.contains(value))
        .ok_or_else(|| written.refuse(""))
}

fn whole_or(
    written: Option<Written<i64>>,
    range: RangeInclusive<usize>,
    default: usize,
) -> Checked<usize> {
    written.map_or(Ok(default), |written| whole(written, range))
}

fn format(written: Written<String>) -> Checked<Format> {
    Format::from_name(&written.value).map_err(|_| written.refuse(""))
}

fn engine(written: Written<String>) -> Checked<EngineChoice> {
    match written.value.as_str() {
        "auto" => Ok(EngineChoice::Auto),
        "fused" => Ok(EngineChoice::Fused),
        "reference" => Ok(EngineChoice::Reference),
        _ => Err(written.refuse("")),
    }
}

fn winograd(written: Written<String>) -> Checked<bool> {
    match written.value.as_str() {
        "auto" => Ok(true),
        "off" => Ok(false),
        _ => Err(written.refuse("")),
    }
}

fn classes(written: Written<Names>) -> Checked<ClassSettings> {
    match written.value.clone() {
        Names::File(name) => Ok(ClassSettings::File(path(written.with(name))?)),
        Names::Listed(names) => {
            // Said here, with the line, although the data set checks all names once more.
            for (index, name) in names.iter().enumerate() {
                if name.trim().is_empty() || name.chars().any(char::is_control) {
                    return Err(written.refuse(format!("{name:?} cannot name a class")));
                }
                if names[..index].contains(name) {
                    return Err(written.refuse(format!("{name:?} names two classes")));
                }
            }
            if names.is_empty() {
                return Err(written.refuse("leave the key out for the names of the data set"));
            }
            Ok(ClassSettings::Listed(names))
        }
    }
}

fn preprocess(
    scale_written: Option<Written<Factor>>,
    mean: Option<Written<Numbers>>,
    std: Option<Written<Numbers>>,
) -> Checked<Preprocess> {
    let scale = scale_written.map_or(Ok(Scale::default()), scale)?;
    let means = numbers(mean.as_ref(), 0.0, |_| true)?;
    let deviations = numbers(std.as_ref(), 1.0, |value| value > 0.0)?;
    // Each list is good by itself, so all that can be refused now is how they go together.
    let lengths = format!(
        "`{}` has {} numbers and `{}` {}; give both one a channel",
        keys::MEAN.path(),
        means.len(),
        keys::STD.path(),
        deviations.len()
    );
    Preprocess::new(scale, means, deviations).map_err(|_| match std.as_ref().or(mean.as_ref()) {
        Some(written) => written.refuse(lengths),
        None => impossible(&lengths),
    })
}

fn scale(written: Written<Factor>) -> Checked<Scale> {
    let scale = match &written.value {
        Factor::Number(number) => Scale::factor(*number),
        Factor::Fraction(text) => text.parse(),
    };
    scale.map_err(|_| written.refuse("\"1/255\" brings pixels from 0…255 to 0…1"))
}

fn numbers(
    written: Option<&Written<Numbers>>,
    default: f32,
    good: impl Fn(f32) -> bool,
) -> Checked<Vec<f32>> {
    let Some(written) = written else {
        return Ok(vec![default]);
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

fn samples(
    selected: Option<Written<Vec<Spanned<i64>>>>,
    gallery_page: Option<Written<i64>>,
    sources: &Sources<'_>,
) -> Checked<SampleSettings> {
    let mut settings = SampleSettings {
        selected: Vec::new(),
        gallery_page: whole_or(gallery_page, 1..=10_000, DEFAULT_GALLERY_PAGE)?,
        places: Vec::new(),
    };
    let Some(written) = selected else {
        return Ok(settings);
    };
    let mut seen = std::collections::HashSet::new();
    for number in &written.value {
        let place = sources.place_within(&written, number.span());
        let Ok(index) = usize::try_from(*number.get_ref()) else {
            let problem = format!(
                "{} is no sample; expected {}",
                number.get_ref(),
                keys::SELECTED.expects
            );
            return Err(Problem::error(place, problem, ""));
        };
        if seen.insert(index) {
            settings.selected.push(index);
            settings.places.push(place);
        }
    }
    Ok(settings)
}

fn layers(
    include: Option<Written<Vec<String>>>,
    exclude: Option<Written<Vec<String>>>,
    maps: Option<Written<i64>>,
) -> Checked<LayerSettings> {
    let include_place = include
        .as_ref()
        .map_or_else(Place::default, |written| written.place.clone());
    let (include, included) = patterns(include, &["*"])?;
    let (exclude, excluded) = patterns(exclude, &[])?;
    Ok(LayerSettings {
        include,
        exclude,
        maps: whole_or(maps, 1..=65_536, DEFAULT_MAPS)?,
        included,
        excluded,
        include_place,
    })
}

fn patterns(
    written: Option<Written<Vec<String>>>,
    default: &[&str],
) -> Checked<(Vec<String>, GlobSet)> {
    let patterns = match &written {
        Some(written) => written.value.clone(),
        None => default.iter().map(ToString::to_string).collect(),
    };
    let refuse = |error: &globset::Error| match &written {
        Some(written) => written.refuse(error.to_string()),
        None => impossible(&error.to_string()),
    };
    let mut set = GlobSetBuilder::new();
    for pattern in &patterns {
        set.add(Glob::new(pattern).map_err(|error| refuse(&error))?);
    }
    let set = set.build().map_err(|error| refuse(&error))?;
    Ok((patterns, set))
}

/// What no config can bring about, because the defaults are good; an error rather than a panic
/// all the same.
fn impossible(reason: &str) -> ConfigError {
    Problem::error(Place::option("the defaults"), reason.to_owned(), "")
}
