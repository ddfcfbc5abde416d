//! The pipeline: chunks × engine × probes → one merged [`Partial`], and the second pass over the
//! samples that are to be shown. It knows no analysis and no page.

mod ablation;
mod answers;
mod chunks;
mod error;
mod features;
mod first_pass;
mod input;
mod partial;
mod probes;
mod progress;
mod second_pass;

pub use ablation::{
    AblationCounts, AblationPlan, EngineFactory, MODES, ModeCounts, Replacements, ablate,
    replacements,
};
pub use answers::answers;
pub use chunks::chunks;
pub use error::PipelineError;
pub use features::Features;
pub use first_pass::first_pass;
pub use partial::{ChannelPartial, EXEMPLARS, LayerPartial, Partial};
pub(crate) use probes::arg_max;
pub use probes::{histogram_step, keeps_class_means};
pub use progress::{Progress, Silent};
pub use second_pass::{SampleMaps, Stages, second_pass};

use crate::dataset::{Dataset, Preprocess};
use crate::engine::Engine;
use crate::model::Network;

/// All that a pass needs, borrowed.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    pub network: &'a Network,
    pub engine: &'a dyn Engine,
    pub dataset: &'a dyn Dataset,
    pub preprocess: &'a Preprocess,
    /// Samples a chunk; part of the result's definition, so it never depends on the machine.
    pub chunk: usize,
}
