//! [`Settings`]: what holds for a job: every key with its value, checked, its paths resolved.

use std::io::Read;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use serde::Serialize;

use super::error::{ConfigError, Place, Problem};
use super::gates::Gate;
use super::options::Options;
use super::overrides::Override;
use super::paths::ConfigPath;
use super::sources::Sources;
use super::{check, keys};
use crate::dataset::{
    self, ClassNames, Dataset, DatasetError, Format, Layout, OnError, OpenOptions, Preprocess,
    Preset, Survey,
};
use crate::model::{self, ModelError, Network, OutputChoice, OutputValues};

/// The largest config read, in bytes.
const LARGEST: u64 = 1 << 20;

/// All settings of a job. What does not change the report (`report.out`, `run.jobs`) is left out
/// of [`table`](Self::table) and of the serialised form, so that a site is the same, byte for
/// byte, wherever and however fast it is made.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    pub report: ReportSettings,
    pub model: ModelSettings,
    pub data: DataSettings,
    pub preprocess: PreprocessSettings,
    pub samples: SampleSettings,
    pub layers: LayerSettings,
    pub review: ReviewSettings,
    pub analysis: AnalysisSettings,
    pub run: RunSettings,
    /// `[gates]`, each with what it asks of the report.
    pub gates: Vec<Gate>,
}

/// `[report]`
#[derive(Clone, Debug, Serialize)]
pub struct ReportSettings {
    /// Not empty; the model's file name without its ending where none is given.
    pub title: String,
    /// The folder that the site is written to.
    #[serde(skip)]
    pub out: ConfigPath,
    pub author: Option<String>,
    /// In Markdown.
    pub note: Option<String>,
    pub links: Vec<LinkSettings>,
    /// The address that the site will have, with a slash at its end.
    pub url: Option<String>,
    /// Templates and assets that take the place of the built-in ones.
    pub templates: Option<ConfigPath>,
}

/// One of `report.links`, to an `http`, `https` or `mailto` address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkSettings {
    pub text: String,
    pub url: String,
}

/// `[model]`
#[derive(Clone, Debug, Serialize)]
pub struct ModelSettings {
    pub path: ConfigPath,
    /// What the output's values are where the graph does not tell.
    pub output: OutputValues,
    /// The output that answers; the only one where none is named.
    pub output_layer: Option<String>,
    /// What another framework computes with this model, to be held against.
    pub reference: Option<ConfigPath>,
}

impl ModelSettings {
    /// Reads the model.
    ///
    /// # Errors
    /// [`ModelError`] says what is wrong with the file, where, and what to do.
    pub fn open(&self) -> Result<Network, ModelError> {
        let choice = OutputChoice {
            layer: self.output_layer.clone(),
            values: self.output,
        };
        model::load_output(&self.path, &choice)
    }
}

/// `[data]`
#[derive(Clone, Debug, Serialize)]
pub struct DataSettings {
    pub path: ConfigPath,
    /// Found out from the files where there is none.
    pub format: Option<Format>,
    pub classes: Option<ClassSettings>,
    /// The number of samples to take from the start, at least 1; all where there is none.
    pub limit: Option<usize>,
    /// The part of the data set to take, where it has several.
    pub split: Option<String>,
    /// The array or file of the images.
    pub images: Option<String>,
    /// The array or file of the labels.
    pub labels: Option<String>,
    /// Where the channels of images in arrays are.
    pub layout: Option<Layout>,
    pub on_error: OnError,
    /// Whether images are turned as their EXIF orientation says.
    pub upright: bool,
}

/// `[preprocess]`
#[derive(Clone, Debug, Serialize)]
pub struct PreprocessSettings {
    /// Already part of `steps`.
    #[serde(skip)]
    pub preset: Option<Preset>,
    /// What is done to an image.
    #[serde(flatten)]
    pub steps: Preprocess,
}

/// `data.classes`: names that take the place of the data set's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ClassSettings {
    Listed(Vec<String>),
    File(ConfigPath),
}

/// `[samples]`
#[derive(Clone, Debug, Serialize)]
pub struct SampleSettings {
    /// In the order in which they were written, each once. Whether they exist is known once the
    /// data set is open: see [`Settings::selected_samples`].
    pub selected: Vec<usize>,
    /// Samples a page, 1 to 10,000.
    pub gallery_page: usize,
    /// The greatest number of samples whose pages have activation maps; as many as the bound on a report's maps
    /// allows where there is no number.
    pub maps: Option<usize>,
    /// Where each of `selected` was written.
    #[serde(skip)]
    pub(super) places: Vec<Place>,
}

/// `[layers]`
#[derive(Clone, Debug, Serialize)]
pub struct LayerSettings {
    /// Patterns of layer names.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// The greatest number of channels of a layer drawn on a sample's page, 1 to 65,536. Where there is no number,
    /// 256, and fewer where a network has so many maps that a sample's picture would grow too large.
    pub maps: Option<usize>,
    #[serde(skip)]
    pub(super) included: GlobSet,
    #[serde(skip)]
    pub(super) excluded: GlobSet,
    /// Where `include` was written.
    #[serde(skip)]
    pub(super) include_place: Place,
}

/// `[review]`
#[derive(Clone, Debug, Serialize)]
pub struct ReviewSettings {
    /// Verdicts that a reader exported from the site.
    pub file: Option<ConfigPath>,
}

/// `[analysis]`
#[derive(Clone, Debug, Serialize)]
pub struct AnalysisSettings {
    /// Samples on which channels are silenced; 0 for none. Where there is no number, as many as cost no more than one
    /// pass over the test set, at most 512.
    pub ablation_samples: Option<usize>,
}

/// `[run]`
#[derive(Clone, Debug, Serialize)]
pub struct RunSettings {
    /// Samples computed together, 1 to 4096. Part of the result: sums are rounded chunk by chunk.
    pub chunk: usize,
    /// Threads; 0 for one a core.
    #[serde(skip)]
    pub jobs: usize,
    pub engine: EngineChoice,
    /// Whether the fused engine may use Winograd's transforms.
    pub winograd: bool,
}

/// `run.engine`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineChoice {
    /// The fastest that computes this network.
    Auto,
    Fused,
    Reference,
    /// The reference operations on an NVIDIA GPU.
    Cuda,
}

impl EngineChoice {
    /// As the config writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fused => "fused",
            Self::Reference => "reference",
            Self::Cuda => "cuda",
        }
    }
}

/// What became of `samples.selected` once the number of samples was known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectedSamples {
    /// Those that are there, in the order of the config.
    pub kept: Vec<usize>,
    /// Those that `data.limit` cut off; worth a note to the user.
    pub cut_off: Vec<usize>,
}

impl Settings {
    /// Reads a config file, below the overrides of the command line (the last one of a key
    /// holds).
    ///
    /// # Errors
    /// [`ConfigError`] names the file, line and column, or the option, of the first thing wrong.
    pub fn load(path: &Path, overrides: &[Override]) -> Result<Self, ConfigError> {
        Self::from_toml(&read(path)?, path, overrides)
    }

    /// The same from a text; `path` stands in messages, and its folder is what paths are
    /// relative to.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_toml(text: &str, path: &Path, overrides: &[Override]) -> Result<Self, ConfigError> {
        let sources = Sources::parse(path, text, overrides)?;
        check::settings(Options::read(&sources)?, &sources)
    }

    /// `samples.selected`, held against a data set of `samples` samples (after `data.limit`).
    /// What only the limit cut off is handed back apart, so that a quick look at a few samples
    /// needs no other config.
    ///
    /// # Errors
    /// If a sample does not exist; the message shows where it was selected.
    pub fn selected_samples(&self, samples: usize) -> Result<SelectedSamples, ConfigError> {
        let limited = self.data.limit.is_some_and(|limit| samples >= limit);
        let selected = &self.samples.selected;
        let (kept, beyond): (Vec<usize>, Vec<usize>) =
            selected.iter().partition(|index| **index < samples);
        let Some(first) = beyond.first().filter(|_| !limited) else {
            return Ok(SelectedSamples {
                kept,
                cut_off: beyond,
            });
        };
        let position = selected.iter().position(|index| index == first);
        let place = position.and_then(|position| self.samples.places.get(position));
        Err(Problem::error(
            place.cloned().unwrap_or_default(),
            format!(
                "sample {first} does not exist: the test set has {samples}, counted from 0 to {}",
                samples.saturating_sub(1)
            ),
            format!("take it out of `{}`", keys::SELECTED.path()),
        ))
    }

    /// Every setting that holds and shapes the report, as key and value, in the order of the
    /// config. Paths stand as they were written.
    pub fn table(&self) -> Vec<(String, String)> {
        let all = |key: &keys::Key| {
            let value = self.value(key)?;
            Some((key.path(), value))
        };
        let gates = self
            .gates
            .iter()
            .map(|gate| (format!("gates.{}", gate.name), gate.condition()));
        keys::KEYS
            .iter()
            .copied()
            .filter_map(all)
            .chain(gates)
            .collect()
    }

    fn value(&self, key: &keys::Key) -> Option<String> {
        let path = &self.data.path;
        Some(match (key.section, key.name) {
            ("report", "title") => self.report.title.clone(),
            ("report", "author") => self.report.author.clone()?,
            ("report", "note") => self.report.note.clone()?,
            ("report", "links") => links(&self.report.links)?,
            ("report", "url") => self.report.url.clone()?,
            ("report", "templates") => self.report.templates.as_ref()?.written().to_owned(),
            ("model", "path") => self.model.path.written().to_owned(),
            ("model", "output") => self.model.output.name().to_owned(),
            ("model", "reference") => self.model.reference.as_ref()?.written().to_owned(),
            ("model", "output_layer") => self.model.output_layer.clone()?,
            ("data", "path") => path.written().to_owned(),
            ("data", "format") => match self.data.format {
                Some(format) => format.name().to_owned(),
                None => "told by the files".to_owned(),
            },
            ("data", "classes") => match &self.data.classes {
                Some(ClassSettings::Listed(names)) => names.join(", "),
                Some(ClassSettings::File(path)) => path.written().to_owned(),
                None => "those of the data set".to_owned(),
            },
            ("data", "limit") => match self.data.limit {
                Some(limit) => limit.to_string(),
                None => "all samples".to_owned(),
            },
            ("data", "split") => self.data.split.clone()?,
            ("data", "images") => self.data.images.clone()?,
            ("data", "labels") => self.data.labels.clone()?,
            ("data", "layout") => self.data.layout?.name().to_owned(),
            ("data", "on_error") => match self.data.on_error {
                OnError::Fail => "fail".to_owned(),
                OnError::List => "list".to_owned(),
            },
            ("data", "orientation") => if self.data.upright { "exif" } else { "stored" }.to_owned(),
            ("preprocess", name) => self.preprocess.value(name)?,
            ("samples", "selected") => list(&self.samples.selected),
            ("samples", "gallery_page") => self.samples.gallery_page.to_string(),
            ("samples", "maps") => match self.samples.maps {
                Some(maps) => maps.to_string(),
                None => "as many as fit".to_owned(),
            },
            ("layers", "include") => list(&self.layers.include),
            ("layers", "exclude") => list(&self.layers.exclude),
            ("layers", "maps") => match self.layers.maps {
                Some(maps) => maps.to_string(),
                None => "at most 256".to_owned(),
            },
            ("review", "file") => self.review.file.as_ref()?.written().to_owned(),
            ("analysis", "ablation_samples") => match self.analysis.ablation_samples {
                Some(samples) => samples.to_string(),
                None => "at most 512, as the cost allows".to_owned(),
            },
            ("run", "chunk") => self.run.chunk.to_string(),
            ("run", "engine") => self.run.engine.name().to_owned(),
            ("run", "winograd") => if self.run.winograd { "auto" } else { "off" }.to_owned(),
            // `report.out` and `run.jobs`.
            _ => return None,
        })
    }
}

impl DataSettings {
    /// Opens the test set with the class names and the limit that hold. `model_classes` are the names that the model
    /// tells, none where it tells none.
    ///
    /// # Errors
    /// As [`dataset::open`].
    pub fn open(
        &self,
        survey: Survey,
        model_classes: &[String],
    ) -> Result<Box<dyn Dataset>, DatasetError> {
        let classes = self.classes.as_ref().map(|classes| match classes {
            ClassSettings::Listed(names) => ClassNames::Listed(names.clone()),
            ClassSettings::File(path) => ClassNames::File(path.as_path().to_owned()),
        });
        let options = OpenOptions {
            format: self.format,
            classes,
            model_classes: model_classes.to_vec(),
            limit: self.limit,
            split: self.split.clone(),
            images: self.images.clone(),
            labels: self.labels.clone(),
            layout: self.layout,
            on_error: self.on_error,
            upright: self.upright,
            survey,
        };
        dataset::open(self.path.as_path(), &options)
    }
}

impl PreprocessSettings {
    /// The value of a key of the section, as it holds; none where it does nothing.
    fn value(&self, name: &str) -> Option<String> {
        let geometry = self.steps.geometry();
        Some(match name {
            "preset" => self.preset?.name().to_owned(),
            "resize" => geometry.resize?.to_string(),
            "interpolation" => geometry
                .resize
                .map(|_| geometry.interpolation.name())?
                .to_owned(),
            "antialias" => geometry.resize.map(|_| geometry.antialias)?.to_string(),
            "center_crop" => {
                let (width, height) = geometry.center_crop?;
                list(&[height, width])
            }
            "channels" => self.steps.channels().name().to_owned(),
            "scale" => self.steps.scale().to_string(),
            "mean" => list(self.steps.mean()),
            "std" => list(self.steps.std()),
            _ => return None,
        })
    }
}

impl LayerSettings {
    /// Whether nobody said which layers to show: then a large network is shown by its outline.
    pub fn is_open(&self) -> bool {
        self.include == ["*"]
    }

    /// Whether a layer is shown: its name matches a pattern of `include` and none of `exclude`.
    pub fn shows(&self, layer: &str) -> bool {
        self.included.is_match(layer) && !self.excluded.is_match(layer)
    }

    /// Which of a network's layers are shown, one answer a name.
    ///
    /// # Errors
    /// If a pattern of `include` matches no layer: it is mistyped, or meant for another network.
    /// `exclude` may hold such patterns, since what is not there needs no leaving out.
    pub fn select(&self, layers: &[&str]) -> Result<Vec<bool>, ConfigError> {
        let mut used = vec![false; self.include.len()];
        for layer in layers {
            for pattern in self.included.matches(layer) {
                used[pattern] = true;
            }
        }
        if let Some((pattern, _)) = self.include.iter().zip(used).find(|(_, used)| !used) {
            return Err(Problem::error(
                self.include_place.clone(),
                format!("no layer matches {pattern:?}"),
                format!("the layers are: {}", layers.join(", ")),
            ));
        }
        Ok(layers.iter().map(|layer| self.shows(layer)).collect())
    }
}

/// `Code (https://…), Data (https://…)`.
fn links(links: &[LinkSettings]) -> Option<String> {
    let all: Vec<String> = links
        .iter()
        .map(|link| format!("{} ({})", link.text, link.url))
        .collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// `[1, 2]`; a single value stands alone.
fn list<T: ToString>(values: &[T]) -> String {
    match values {
        [value] => value.to_string(),
        values => {
            let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("[{}]", texts.join(", "))
        }
    }
}

/// The text of a config file.
fn read(path: &Path) -> Result<String, ConfigError> {
    let owned = || PathBuf::from(path);
    let unreadable = |reason: std::io::Error| match reason.kind() {
        std::io::ErrorKind::NotFound => ConfigError::NoSuchFile {
            path: owned(),
            also: None,
        },
        _ => ConfigError::Unreadable {
            path: owned(),
            reason,
        },
    };
    // Asked before opening, because opening a pipe would wait for ever.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(ConfigError::NotAFile { path: owned() });
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ConfigError::TooLarge {
            path: owned(),
            limit: LARGEST,
        });
    }
    // Some editors begin a file with a byte order mark.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line_start = valid.iter().rposition(|byte| *byte == b'\n');
        let last_line = &valid[line_start.map_or(0, |position| position + 1)..];
        ConfigError::NotText {
            path: owned(),
            line: 1 + valid.iter().filter(|byte| **byte == b'\n').count(),
            column: 1 + String::from_utf8_lossy(last_line).chars().count(),
        }
    })
}
