//! [`PipelineError`]: what can stop a pass over the samples.

use crate::dataset::DatasetError;
use crate::engine::EngineError;

#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(
        "the network answers sample {index} with a value that is not a number; its weights or the \
         preprocessing overflow: check `preprocess.scale`, `mean` and `std` against the training code"
    )]
    NotANumber { index: usize },
}
