//! [`DatasetError`]: what can be wrong with a data set, said so that its owner can mend it.

use std::path::PathBuf;

use thiserror::Error;

/// What was wrong, where, what was expected and what to do, in one sentence each.
///
/// The reason given by the operating system or a decoder stands inside the message and is not
/// repeated as a `source`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatasetError {
    #[error("{path}: cannot be read: {reason}")]
    Unreadable {
        path: PathBuf,
        reason: std::io::Error,
    },

    #[error("{path}: is not a file, but {expected} was expected there")]
    NotAFile {
        path: PathBuf,
        expected: &'static str,
    },

    #[error(
        "{path}: {size} bytes are too many for {what} (at most {limit} are read); \
         split the data set or check that this is the right file"
    )]
    TooLarge {
        path: PathBuf,
        what: &'static str,
        size: u64,
        limit: u64,
    },

    /// A line of a text file; lines count from 1.
    #[error("{path}:{line}: {problem}; expected {expected}")]
    BadLine {
        path: PathBuf,
        line: usize,
        problem: String,
        expected: String,
    },

    /// The description of a tile sheet.
    #[error("{path}: not a description of a tile sheet: {problem}")]
    BadSheet { path: PathBuf, problem: String },

    #[error(
        "{path}: \"{key}\" names {name:?}, which leaves the folder of the tile sheet; \
         put the file into that folder and name it relative to it"
    )]
    LeavesFolder {
        path: PathBuf,
        key: &'static str,
        name: String,
    },

    #[error(
        "{path}: the image cannot be decoded: {problem}; expected a whole JPEG, PNG, WebP, BMP, GIF or TIFF file"
    )]
    BadImage { path: PathBuf, problem: String },

    /// Found while every image was read once, before the network runs. `shown` are the first of them.
    #[error(
        "{path}: {} of {samples} images cannot be used:{}\nmend or remove {}, or set `data.on_error = \"list\"` to leave {} out \
         of the report and have {} listed on it",
        bad, shown.iter().map(|line| format!("\n  {line}")).collect::<String>(),
        if *bad == 1 { "it" } else { "them" }, if *bad == 1 { "it" } else { "them" }, if *bad == 1 { "it" } else { "them" }
    )]
    BadImages {
        path: PathBuf,
        bad: usize,
        samples: usize,
        shown: Vec<String>,
    },

    /// Arrays of images and labels.
    #[error("{path}: {problem}")]
    BadArrays { path: PathBuf, problem: String },

    /// A compressed file.
    #[error("{path}: {problem}")]
    BadArchive { path: PathBuf, problem: String },

    /// A folder of images that is laid out in another way than one folder a class.
    #[error("{path}: {problem}")]
    BadFolder { path: PathBuf, problem: String },

    #[error(
        "{path}: the image is {width}×{height} pixels, which is not a whole number of tiles of \
         {tile_width}×{tile_height}; check tile_width and tile_height in the sheet's description"
    )]
    NotWholeTiles {
        path: PathBuf,
        width: u32,
        height: u32,
        tile_width: u32,
        tile_height: u32,
    },

    #[error(
        "{path}: the image has {tiles} tiles, but {labels_path} has {labels} labels; \
         every label needs a tile"
    )]
    TooFewTiles {
        path: PathBuf,
        tiles: usize,
        labels_path: PathBuf,
        labels: usize,
    },

    #[error(
        "{path}: {size} bytes are not a whole number of {format} records of {record} bytes: cut \
         short after sample {samples} ({remainder} bytes are left over); download it again, or \
         check `data.format`"
    )]
    CutShort {
        path: PathBuf,
        format: &'static str,
        size: usize,
        record: usize,
        /// Number of whole samples.
        samples: usize,
        remainder: usize,
    },

    #[error(
        "{path}: sample {sample} has the label {label}, but there are only {classes} classes \
         (0 to {}); name more classes, or check `data.format`",
        classes.saturating_sub(1)
    )]
    BadLabel {
        path: PathBuf,
        sample: usize,
        label: usize,
        classes: usize,
    },

    /// Class names; `origin` says whose: a file, or the config.
    #[error("{origin}: {problem}")]
    BadClassNames { origin: String, problem: String },

    #[error("{path}: has no samples; a report needs at least one")]
    Empty { path: PathBuf },

    #[error(
        "{path}: {problem}; say it in the config as `data.format`, one of: {}",
        formats.join(", ")
    )]
    UnclearFormat {
        path: PathBuf,
        problem: &'static str,
        formats: Vec<&'static str>,
    },

    #[error("there is no data format {name:?}; known are: {}", formats.join(", "))]
    UnknownFormat {
        name: String,
        formats: Vec<&'static str>,
    },

    #[error("sample {index} does not exist: the data set has {len} (0 to {})", len.saturating_sub(1))]
    NoSuchSample { index: usize, len: usize },

    /// Sizes as `width × height`.
    #[error(
        "the images are {} pixels, but the network takes {}×{} (width×height); \
         say how the training brought them to that size: `preprocess.resize = [{}, {}]` (height, width) \
         for all of an image, or `preprocess.resize` with one number for the shorter side and `preprocess.center_crop`",
        image_size.map_or_else(|| "of different sizes".to_owned(), |(w, h)| format!("{w}×{h}")),
        network_size.0, network_size.1, network_size.1, network_size.0
    )]
    SizeMismatch {
        image_size: Option<(usize, usize)>,
        network_size: (usize, usize),
    },

    #[error(
        "resize and crop leave images of {}×{} pixels, but the network takes {}×{} (width×height); \
         change `preprocess.resize` or `preprocess.center_crop`",
        prepared.0, prepared.1, network_size.0, network_size.1
    )]
    PreparedMismatch {
        prepared: (usize, usize),
        network_size: (usize, usize),
    },

    #[error(
        "the images have different proportions, so that a resize of the shorter side leaves different sizes; \
         the network takes {}×{} (width×height): add `preprocess.center_crop = [{}, {}]`, or give `preprocess.resize` both sides",
        network_size.0, network_size.1, network_size.1, network_size.0
    )]
    UnevenSizes { network_size: (usize, usize) },

    #[error(
        "the network takes images of {channels} channels; images can be given to it as 1 (grey) \
         or 3 (red, green, blue)"
    )]
    UnsupportedChannels { channels: usize },

    #[error(
        "`preprocess.{key}` has {given} values, but the network takes {channels} channels; \
         give one number for all channels, or {channels} of them"
    )]
    ChannelMismatch {
        key: &'static str,
        given: usize,
        channels: usize,
    },

    #[error("`preprocess.{key}` is {value}; expected {expected}")]
    BadPreprocess {
        key: &'static str,
        value: String,
        expected: &'static str,
    },

    #[error("the buffer for an image holds {given} numbers, but the image has {needed}")]
    BadBuffer { given: usize, needed: usize },

    #[error("sample {sample} does not fit the CIFAR-10 form: {problem}")]
    NotCifar10 { sample: usize, problem: String },

    #[error("the data set cannot be written: {reason}")]
    Unwritable { reason: std::io::Error },
}
