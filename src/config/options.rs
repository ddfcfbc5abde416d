//! [`Options`]: what the user wrote, before defaults and checks of the values.

use serde::Deserialize;
use toml::Spanned;

use super::error::ConfigError;
use super::gates::Gate;
use super::keys;
use super::report_section::WrittenLink;
use super::sources::{Sources, Written};

/// Every key, with its value where there is one.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) report: ReportOptions,
    pub(super) model_path: Written<String>,
    pub(super) output: Option<Written<String>>,
    pub(super) reference: Option<Written<String>>,
    pub(super) output_layer: Option<Written<String>>,
    pub(super) data_path: Written<String>,
    pub(super) format: Option<Written<String>>,
    pub(super) classes: Option<Written<Names>>,
    pub(super) limit: Option<Written<i64>>,
    pub(super) split: Option<Written<String>>,
    pub(super) images: Option<Written<String>>,
    pub(super) labels: Option<Written<String>>,
    pub(super) layout: Option<Written<String>>,
    pub(super) on_error: Option<Written<String>>,
    pub(super) orientation: Option<Written<String>>,
    pub(super) preprocess: PreprocessOptions,
    pub(super) selected: Option<Written<Vec<Spanned<i64>>>>,
    pub(super) gallery_page: Option<Written<i64>>,
    pub(super) sample_maps: Option<Written<i64>>,
    pub(super) include: Option<Written<Vec<String>>>,
    pub(super) exclude: Option<Written<Vec<String>>>,
    pub(super) maps: Option<Written<i64>>,
    pub(super) review_file: Option<Written<String>>,
    pub(super) ablation_samples: Option<Written<i64>>,
    pub(super) chunk: Option<Written<i64>>,
    pub(super) jobs: Option<Written<i64>>,
    pub(super) engine: Option<Written<String>>,
    pub(super) winograd: Option<Written<String>>,
    pub(super) gates: Vec<Gate>,
}

/// The keys of `[report]`.
#[derive(Clone, Debug)]
pub(super) struct ReportOptions {
    pub(super) title: Option<Written<String>>,
    pub(super) out: Option<Written<String>>,
    pub(super) author: Option<Written<String>>,
    pub(super) note: Option<Written<String>>,
    pub(super) links: Option<Written<Vec<WrittenLink>>>,
    pub(super) url: Option<Written<String>>,
    pub(super) templates: Option<Written<String>>,
}

/// `[preprocess]`
#[derive(Clone, Debug)]
pub(super) struct PreprocessOptions {
    pub(super) preset: Option<Written<String>>,
    pub(super) resize: Option<Written<Sides>>,
    pub(super) interpolation: Option<Written<String>>,
    pub(super) antialias: Option<Written<bool>>,
    pub(super) center_crop: Option<Written<Sides>>,
    pub(super) channels: Option<Written<String>>,
    pub(super) scale: Option<Written<Factor>>,
    pub(super) mean: Option<Written<Numbers>>,
    pub(super) std: Option<Written<Numbers>>,
}

/// One side, height and width, or `false` for none where a preset has them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Sides {
    None(bool),
    One(i64),
    Both([i64; 2]),
}

/// Names, or a file that holds them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    Listed(Vec<String>),
    File(String),
}

/// A number, or a fraction as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Factor {
    Number(f64),
    Fraction(String),
}

/// One number for all channels, or one a channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Numbers {
    One(f64),
    Many(Vec<f64>),
}

impl Options {
    pub(super) fn read(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            report: ReportOptions::read(sources)?,
            model_path: sources.required(&keys::MODEL_PATH)?,
            output: sources.written(&keys::OUTPUT)?,
            reference: sources.written(&keys::REFERENCE)?,
            output_layer: sources.written(&keys::OUTPUT_LAYER)?,
            data_path: sources.required(&keys::DATA_PATH)?,
            format: sources.written(&keys::FORMAT)?,
            classes: sources.written(&keys::CLASSES)?,
            limit: sources.written(&keys::LIMIT)?,
            split: sources.written(&keys::SPLIT)?,
            images: sources.written(&keys::IMAGES)?,
            labels: sources.written(&keys::LABELS)?,
            layout: sources.written(&keys::LAYOUT)?,
            on_error: sources.written(&keys::ON_ERROR)?,
            orientation: sources.written(&keys::ORIENTATION)?,
            preprocess: PreprocessOptions {
                preset: sources.written(&keys::PRESET)?,
                resize: sources.written(&keys::RESIZE)?,
                interpolation: sources.written(&keys::INTERPOLATION)?,
                antialias: sources.written(&keys::ANTIALIAS)?,
                center_crop: sources.written(&keys::CENTER_CROP)?,
                channels: sources.written(&keys::CHANNELS)?,
                scale: sources.written(&keys::SCALE)?,
                mean: sources.written(&keys::MEAN)?,
                std: sources.written(&keys::STD)?,
            },
            selected: sources.written(&keys::SELECTED)?,
            gallery_page: sources.written(&keys::GALLERY_PAGE)?,
            sample_maps: sources.written(&keys::SAMPLE_MAPS)?,
            include: sources.written(&keys::INCLUDE)?,
            exclude: sources.written(&keys::EXCLUDE)?,
            maps: sources.written(&keys::MAPS)?,
            review_file: sources.written(&keys::REVIEW_FILE)?,
            ablation_samples: sources.written(&keys::ABLATION_SAMPLES)?,
            chunk: sources.written(&keys::CHUNK)?,
            jobs: sources.written(&keys::JOBS)?,
            engine: sources.written(&keys::ENGINE)?,
            winograd: sources.written(&keys::WINOGRAD)?,
            gates: sources.gates()?,
        })
    }
}

impl ReportOptions {
    fn read(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            title: sources.written(&keys::TITLE)?,
            out: sources.written(&keys::OUT)?,
            author: sources.written(&keys::AUTHOR)?,
            note: sources.written(&keys::NOTE)?,
            links: sources.written(&keys::LINKS)?,
            url: sources.written(&keys::URL)?,
            templates: sources.written(&keys::TEMPLATES)?,
        })
    }
}
