//! [`answers`]: what the network answers to some samples, and nothing else.

use rayon::prelude::*;

use super::input::Input;
use super::{Job, PipelineError, arg_max};
use crate::engine::Unwatched;

/// Samples computed together.
const BATCH: usize = 8;

/// The class with the highest logit for each of these samples, in their order.
///
/// # Errors
/// The first error in the order of the samples.
pub fn answers(job: &Job<'_>, indices: &[usize]) -> Result<Vec<usize>, PipelineError> {
    let batches: Vec<Result<Vec<usize>, PipelineError>> = indices
        .par_chunks(BATCH)
        .map_init(Input::default, |input, indices| {
            let batch = input.fill(job, indices.iter().copied(), |_| {})?;
            let logits = job.engine.run(batch, &mut Unwatched)?;
            Ok(logits.rows().map(arg_max).collect())
        })
        .collect();
    let mut answers = Vec::with_capacity(indices.len());
    for batch in batches {
        answers.extend(batch?);
    }
    Ok(answers)
}
