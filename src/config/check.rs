//! From what was written to what holds: defaults filled in, values checked, paths resolved. The
//! nouns are [`Options`] and [`Settings`].

use std::ops::RangeInclusive;

use globset::{Glob, GlobSet, GlobSetBuilder};
use toml::Spanned;

use super::error::{ConfigError, Place, Problem};
use super::keys;
use super::options::{Names, Options};
use super::paths::ConfigPath;
use super::preprocess::preprocess;
use super::report_section::{self, line};
use super::settings::{
    AnalysisSettings, ClassSettings, DataSettings, EngineChoice, LayerSettings, ModelSettings,
    ReviewSettings, RunSettings, SampleSettings, Settings,
};
use super::sources::{Sources, Written};
use crate::dataset::{Format, Layout, OnError};
use crate::model::OutputValues;

const DEFAULT_GALLERY_PAGE: usize = 64;
const DEFAULT_CHUNK: usize = 64;

pub(super) type Checked<T> = Result<T, ConfigError>;

/// Every setting, or the first that is wrong.
pub(super) fn settings(options: Options, sources: &Sources<'_>) -> Checked<Settings> {
    let model = ModelSettings {
        path: path(options.model_path)?,
        output: options
            .output
            .map_or(Ok(OutputValues::Auto), output_values)?,
        reference: options.reference.map(path).transpose()?,
        output_layer: options.output_layer.map(report_section::line).transpose()?,
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
            split: options.split.map(line).transpose()?,
            images: options.images.map(line).transpose()?,
            labels: options.labels.map(line).transpose()?,
            layout: options.layout.map(layout).transpose()?,
            on_error: options.on_error.map_or(Ok(OnError::Fail), on_error)?,
            upright: options.orientation.map_or(Ok(true), upright)?,
        },
        preprocess: preprocess(&options.preprocess)?,
        samples: samples(
            options.selected,
            options.gallery_page,
            options.sample_maps,
            sources,
        )?,
        layers: layers(options.include, options.exclude, options.maps)?,
        review: ReviewSettings {
            file: options.review_file.map(path).transpose()?,
        },
        analysis: AnalysisSettings {
            ablation_samples: options
                .ablation_samples
                .map(|samples| whole(samples, 0..=usize::MAX))
                .transpose()?,
        },
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
    let known = format!("known are: {}", Format::names().join(", "));
    Format::from_name(&written.value).map_err(|_| written.refuse(known))
}

fn layout(written: Written<String>) -> Checked<Layout> {
    Layout::from_name(&written.value).ok_or_else(|| written.refuse(""))
}

fn on_error(written: Written<String>) -> Checked<OnError> {
    match written.value.as_str() {
        "fail" => Ok(OnError::Fail),
        "list" => Ok(OnError::List),
        _ => Err(written.refuse("")),
    }
}

fn upright(written: Written<String>) -> Checked<bool> {
    match written.value.as_str() {
        "exif" => Ok(true),
        "stored" => Ok(false),
        _ => Err(written.refuse("")),
    }
}

fn engine(written: Written<String>) -> Checked<EngineChoice> {
    match written.value.as_str() {
        "auto" => Ok(EngineChoice::Auto),
        "fused" => Ok(EngineChoice::Fused),
        "reference" => Ok(EngineChoice::Reference),
        "cuda" => Ok(EngineChoice::Cuda),
        _ => Err(written.refuse("")),
    }
}

fn output_values(written: Written<String>) -> Checked<OutputValues> {
    match written.value.as_str() {
        "auto" => Ok(OutputValues::Auto),
        "logits" => Ok(OutputValues::Logits),
        "probabilities" => Ok(OutputValues::Probabilities),
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

fn samples(
    selected: Option<Written<Vec<Spanned<i64>>>>,
    gallery_page: Option<Written<i64>>,
    maps: Option<Written<i64>>,
    sources: &Sources<'_>,
) -> Checked<SampleSettings> {
    let mut settings = SampleSettings {
        selected: Vec::new(),
        gallery_page: whole_or(gallery_page, 1..=10_000, DEFAULT_GALLERY_PAGE)?,
        maps: maps.map(|maps| whole(maps, 0..=usize::MAX)).transpose()?,
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
        maps: maps.map(|maps| whole(maps, 1..=65_536)).transpose()?,
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
pub(super) fn impossible(reason: &str) -> ConfigError {
    Problem::error(Place::option("the defaults"), reason.to_owned(), "")
}
