//! [`Key`]: the keys that a config may hold, each with the words that say what it takes. The one
//! list from which unknown keys are told, wrong values are explained and settings are ordered.

/// One key of a config.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    /// What a value must be, after "expected".
    pub(super) expects: &'static str,
    /// Whether the value is text: then `--set` takes it without quotes, whatever it looks like.
    pub(super) text: bool,
}

impl Key {
    /// `section.name`.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

const fn text(section: &'static str, name: &'static str, expects: &'static str) -> Key {
    Key {
        section,
        name,
        expects,
        text: true,
    }
}

const fn other(section: &'static str, name: &'static str, expects: &'static str) -> Key {
    Key {
        section,
        name,
        expects,
        text: false,
    }
}

pub(super) const TITLE: Key = text("report", "title", "a text, such as \"My classifier\"");
pub(super) const OUT: Key = text("report", "out", "the path of a folder, as text");
pub(super) const AUTHOR: Key = text("report", "author", "a name, as text");
pub(super) const NOTE: Key = text("report", "note", "a text in Markdown");
pub(super) const LINKS: Key = other(
    "report",
    "links",
    "a list of links, such as [{ text = \"Code\", url = \"https://example.org\" }], to http, https or mailto addresses",
);
pub(super) const URL: Key = text(
    "report",
    "url",
    "the address that the site will have, such as \"https://example.org/report/\"",
);
pub(super) const TEMPLATES: Key = text("report", "templates", "the path of a folder, as text");
pub(super) const MODEL_PATH: Key = text(
    "model",
    "path",
    "the path of a trained model, such as \"model.h5\"",
);
pub(super) const OUTPUT: Key = text(
    "model",
    "output",
    "\"auto\", \"logits\" or \"probabilities\"",
);
pub(super) const REFERENCE: Key = text(
    "model",
    "reference",
    "the path of a dump that tools/dump_reference.py wrote, such as \"dump.npz\"",
);
pub(super) const OUTPUT_LAYER: Key = text(
    "model",
    "output_layer",
    "the name of an output or a layer, such as \"head\"",
);
pub(super) const DATA_PATH: Key = text("data", "path", "the path of a test set, such as \"data\"");
pub(super) const FORMAT: Key = text(
    "data",
    "format",
    "the name of a format, such as \"image-folder\"",
);
pub(super) const CLASSES: Key = other(
    "data",
    "classes",
    "a list of names, such as [\"cat\", \"dog\"], or the path of a text file",
);
pub(super) const LIMIT: Key = other("data", "limit", "a whole number from 1");
pub(super) const SPLIT: Key = text(
    "data",
    "split",
    "the name of a part of the data, such as \"test\"",
);
pub(super) const IMAGES: Key = text(
    "data",
    "images",
    "the name of the array or file of the images, such as \"x_test\"",
);
pub(super) const LABELS: Key = text(
    "data",
    "labels",
    "the name of the array or file of the labels, such as \"y_test\"",
);
pub(super) const LAYOUT: Key = text("data", "layout", "\"nhwc\" or \"nchw\"");
pub(super) const ON_ERROR: Key = text("data", "on_error", "\"fail\" or \"list\"");
pub(super) const ORIENTATION: Key = text("data", "orientation", "\"exif\" or \"stored\"");
pub(super) const PRESET: Key = text(
    "preprocess",
    "preset",
    "\"keras-tf\", \"keras-caffe\", \"keras-torch\" or \"torchvision\"",
);
pub(super) const RESIZE: Key = other(
    "preprocess",
    "resize",
    "the length of the shorter side, or [height, width], from 1 to 16384, or false",
);
pub(super) const INTERPOLATION: Key = text(
    "preprocess",
    "interpolation",
    "\"bilinear\", \"bicubic\" or \"nearest\"",
);
pub(super) const ANTIALIAS: Key = other("preprocess", "antialias", "true or false");
pub(super) const CENTER_CROP: Key = other(
    "preprocess",
    "center_crop",
    "the side of a square, or [height, width], from 1 to 16384, or false",
);
pub(super) const CHANNELS: Key = text(
    "preprocess",
    "channels",
    "\"auto\", \"rgb\", \"bgr\" or \"grey\"",
);
pub(super) const SCALE: Key = other(
    "preprocess",
    "scale",
    "a number other than 0, or a fraction as text, such as \"1/255\"",
);
pub(super) const MEAN: Key = other(
    "preprocess",
    "mean",
    "a number, or a list with one a channel",
);
pub(super) const STD: Key = other(
    "preprocess",
    "std",
    "a number above 0, or a list with one a channel",
);
pub(super) const SELECTED: Key = other(
    "samples",
    "selected",
    "a list of sample numbers counted from 0, such as [0, 7]",
);
pub(super) const GALLERY_PAGE: Key =
    other("samples", "gallery_page", "a whole number from 1 to 10000");
pub(super) const SAMPLE_MAPS: Key = other("samples", "maps", "a whole number from 0");
pub(super) const INCLUDE: Key = other(
    "layers",
    "include",
    "a list of patterns, such as [\"conv*\"]",
);
pub(super) const EXCLUDE: Key = other(
    "layers",
    "exclude",
    "a list of patterns, such as [\"dropout*\"]",
);
pub(super) const MAPS: Key = other("layers", "maps", "a whole number from 1 to 65536");
pub(super) const ABLATION_SAMPLES: Key = other(
    "analysis",
    "ablation_samples",
    "a whole number from 0 (0: no ablation)",
);
pub(super) const CHUNK: Key = other("run", "chunk", "a whole number from 1 to 4096");
pub(super) const JOBS: Key = other(
    "run",
    "jobs",
    "a whole number from 0 to 4096 (0: all cores)",
);

pub(super) const REVIEW_FILE: Key = text(
    "review",
    "file",
    "the path of a file of verdicts, such as \"review.json\"",
);

pub(super) const ENGINE: Key = text(
    "run",
    "engine",
    "\"auto\", \"fused\", \"reference\" or \"cuda\"",
);
pub(super) const WINOGRAD: Key = text("run", "winograd", "\"auto\" or \"off\"");

/// Stands for every gate: what they can be called is known once a model is.
pub(super) const GATES: Key = text("gates", "NAME", "a condition, such as \">= 0.75\"");

/// All keys, in the order in which they are shown.
pub(super) const KEYS: &[&Key] = &[
    &TITLE,
    &OUT,
    &AUTHOR,
    &NOTE,
    &LINKS,
    &URL,
    &TEMPLATES,
    &MODEL_PATH,
    &OUTPUT,
    &OUTPUT_LAYER,
    &REFERENCE,
    &DATA_PATH,
    &FORMAT,
    &CLASSES,
    &LIMIT,
    &SPLIT,
    &IMAGES,
    &LABELS,
    &LAYOUT,
    &ON_ERROR,
    &ORIENTATION,
    &PRESET,
    &RESIZE,
    &INTERPOLATION,
    &ANTIALIAS,
    &CENTER_CROP,
    &CHANNELS,
    &SCALE,
    &MEAN,
    &STD,
    &SELECTED,
    &GALLERY_PAGE,
    &SAMPLE_MAPS,
    &INCLUDE,
    &EXCLUDE,
    &MAPS,
    &REVIEW_FILE,
    &ABLATION_SAMPLES,
    &CHUNK,
    &JOBS,
    &ENGINE,
    &WINOGRAD,
];

pub(super) fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .copied()
        .find(|key| key.section == section && key.name == name)
}

/// The sections, in order.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> = KEYS.iter().map(|key| key.section).collect();
    sections.dedup();
    sections.push(GATES.section);
    sections
}

fn names(section: &str) -> Vec<&'static str> {
    KEYS.iter()
        .filter(|key| key.section == section)
        .map(|key| key.name)
        .collect()
}

/// What to do about a key that does not exist in a section that does: the nearest key, first of
/// that section, then of any, and all that the section has.
pub(super) fn help_for_key(section: &str, name: &str) -> String {
    let known = format!("[{section}] has: {}", names(section).join(", "));
    let nearest_here = nearest(name, names(section));
    let elsewhere = KEYS.iter().find(|key| key.name == name);
    match (nearest_here, elsewhere) {
        (_, Some(key)) => format!(
            "`{name}` belongs to [{}]: did you mean `{}`? {known}",
            key.section,
            key.path()
        ),
        (Some(key), None) => format!("did you mean `{section}.{key}`? {known}"),
        (None, None) => known,
    }
}

/// What to do about a section that does not exist, or a key that stands outside all sections.
pub(super) fn help_for_section(name: &str) -> String {
    let known = format!("the sections are: [{}]", sections().join("], ["));
    if let Some(section) = nearest(name, sections()) {
        return format!("did you mean [{section}]? {known}");
    }
    let keys = KEYS.iter().map(|key| key.name).collect();
    match nearest(name, keys).and_then(|near| KEYS.iter().find(|key| key.name == near)) {
        Some(key) => format!(
            "did you mean `{}`, the key `{}` of [{}]? {known}",
            key.path(),
            key.name,
            key.section
        ),
        None => known,
    }
}

/// The candidate most like a mistyped word, if any is alike at all.
fn nearest<'a>(word: &str, candidates: Vec<&'a str>) -> Option<&'a str> {
    // From 0 (nothing in common) to 1 (the same). Below this a suggestion puzzles more than it
    // helps.
    const ALIKE: f64 = 0.5;
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let alike = strsim::normalized_damerau_levenshtein(&word, candidate);
            (alike, candidate)
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}
