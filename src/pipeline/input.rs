//! Filling a batch: samples read, preprocessed and laid side by side.

use super::{Job, PipelineError};
use crate::dataset::Pixels;
use crate::engine::Batch;

/// Buffers of one thread, reused from chunk to chunk.
#[derive(Default)]
pub(super) struct Input {
    pixels: Pixels,
    floats: Vec<f32>,
    values: Vec<f32>,
}

impl Input {
    /// Reads the samples of these indices into one batch, and shows each decoded image to `seen` on its way.
    pub(super) fn fill<'a>(
        &'a mut self,
        job: &Job<'a>,
        indices: impl ExactSizeIterator<Item = usize>,
        mut seen: impl FnMut(&Pixels),
    ) -> Result<Batch<'a>, PipelineError> {
        let shape = job.network.input_shape();
        let (samples, elements) = (indices.len(), shape.elements());
        self.values.resize(samples * elements, 0.0);
        for (index, values) in indices.zip(self.values.chunks_exact_mut(elements)) {
            job.dataset.read(index, &mut self.pixels)?;
            seen(&self.pixels);
            if job.dataset.values(index, &mut self.floats)? {
                job.preprocess
                    .apply_to_values(&self.floats, shape.channels(), values)?;
            } else {
                job.preprocess
                    .apply(&self.pixels, shape.channels(), values)?;
            }
        }
        Ok(Batch {
            values: &self.values,
            samples,
            shape,
        })
    }
}
