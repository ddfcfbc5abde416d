//! [`CommandError`]: everything that can end a command, and who can mend it.

use std::path::PathBuf;

use crate::analysis::ParityError;
use crate::config::ConfigError;
use crate::dataset::DatasetError;
use crate::engine::EngineError;
use crate::model::ModelError;
use crate::pipeline::PipelineError;
use crate::report::ReportError;
use crate::review::ReviewError;
use crate::serve::ServeError;
use crate::site::SiteError;

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("cannot print: {0}")]
    Print(#[source] std::io::Error),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Parity(#[from] ParityError),
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Review(#[from] ReviewError),
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(
        "the model {model} answers with {outputs} classes, but {data} has {classes}: {names}. \
         Give the names in the order of the model's outputs with `data.classes`, or use the data it was trained for"
    )]
    ClassCount {
        model: PathBuf,
        outputs: usize,
        data: PathBuf,
        classes: usize,
        names: String,
    },
    #[error(
        "the model {model} has {outputs} outputs, but its metadata names {classes} classes: {names}; name all {outputs} as `data.classes`, in the order of the outputs"
    )]
    MetadataCount {
        model: PathBuf,
        outputs: usize,
        classes: usize,
        names: String,
    },
    #[error(
        "the model {model} reads {shape} values a sample; layerscope reports on networks that read images, height × width × channels"
    )]
    NotImages { model: PathBuf, shape: String },
    #[error("{path} holds no samples; there is nothing to report on")]
    NoSamples { path: PathBuf },
    #[error(
        "{path}: there is a file of that name already, and nothing was written; choose another with --out, or --force to write over it"
    )]
    ConfigExists { path: PathBuf },
    #[error("{path}: the config could not be written: {source}")]
    ConfigUnwritable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{} wrong:{}",
        if problems.len() == 1 { "one thing is".to_owned() } else { format!("{} things are", problems.len()) },
        problems.iter().map(|problem| format!("\n- {problem}")).collect::<String>()
    )]
    CheckFailed { problems: Vec<CommandError> },
    #[error("the timings could not be written to {path}: {source}")]
    Timings {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the gates could not be written to {path}: {source}")]
    Junit {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{failed} of {all} gates not met; the report is complete:{words}")]
    GatesFailed {
        failed: usize,
        all: usize,
        words: String,
    },
    #[error("{jobs} threads could not be started: {reason}. Ask for fewer with --jobs")]
    Threads { jobs: usize, reason: String },
}

impl CommandError {
    /// Whether no input of the user's could have caused it.
    pub(super) fn is_defect(&self) -> bool {
        match self {
            Self::Engine(EngineError::Device { .. }) => false,
            Self::Engine(_)
            | Self::Pipeline(PipelineError::Engine(_))
            | Self::Parity(ParityError::Engine(_)) => true,
            Self::CheckFailed { problems } => problems.iter().any(Self::is_defect),
            Self::Site(error) | Self::Report(ReportError::Site(error)) => error.is_defect(),
            Self::Report(error) => matches!(
                error,
                ReportError::Chart { .. } | ReportError::Picture { .. } | ReportError::Data { .. }
            ),
            _ => false,
        }
    }
}
