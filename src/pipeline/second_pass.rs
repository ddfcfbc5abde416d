//! The second pass: only the samples that are to be shown, with every value of every layer that is
//! wanted, straight into whatever the caller makes of them.

use rayon::prelude::*;

use super::input::Input;
use super::{Job, PipelineError, Progress};
use crate::engine::{FeatureMaps, Interest, Watch};
use crate::model::LayerId;

/// The output of one layer for one sample, borrowed for the length of a call.
#[derive(Clone, Copy, Debug)]
pub struct SampleMaps<'a> {
    pub maps: FeatureMaps<'a>,
    /// The sample's number in its batch.
    pub sample: usize,
}

impl<'a> SampleMaps<'a> {
    /// The values of one channel, position after position.
    pub fn channel(&self, channel: usize) -> impl ExactSizeIterator<Item = f32> + 'a {
        self.maps.channel(self.sample, channel)
    }
}

/// Values of one batch that may be alive at once, so that few large images need no more memory than
/// many small ones.
const VALUES_AT_ONCE: usize = 16 << 20;

/// Runs the samples of `indices` and shows the layers of `wanted` to a state of each sample:
/// `begin(index)` makes it, `layer` is called for every wanted layer in the network's order, `finish`
/// ends it. Results come in the order of `indices`; nothing else is kept.
///
/// # Errors
/// The first error, in the order of the samples, of the pass or of `finish`.
pub fn second_pass<S, T, E>(
    job: &Job<'_>,
    indices: &[usize],
    wanted: &[LayerId],
    stages: Stages<
        impl Fn(usize) -> S + Sync,
        impl Fn(&mut S, LayerId, SampleMaps<'_>) + Sync,
        impl Fn(usize, S) -> Result<T, E> + Sync,
    >,
    progress: &dyn Progress,
) -> Result<Vec<T>, E>
where
    S: Send,
    T: Send,
    E: Send + From<PipelineError>,
{
    let alive: usize = job
        .network
        .layers()
        .iter()
        .map(|layer| layer.shape.elements())
        .sum();
    let size = (VALUES_AT_ONCE / alive.max(1)).clamp(1, job.chunk.max(1));
    let results: Vec<Result<Vec<T>, E>> = indices
        .par_chunks(size)
        .map_init(Input::default, |input, indices| {
            let batch = input.fill(job, indices.iter().copied(), |_| {})?;
            let states = indices.iter().map(|&index| (stages.begin)(index)).collect();
            let mut taps = Taps {
                states,
                wanted,
                layer: &stages.layer,
            };
            job.engine
                .run(batch, &mut taps)
                .map_err(PipelineError::from)?;
            let finished = indices
                .iter()
                .zip(taps.states)
                .map(|(&index, state)| (stages.finish)(index, state))
                .collect::<Result<Vec<T>, E>>();
            progress.advance(indices.len());
            finished
        })
        .collect();
    let mut finished = Vec::with_capacity(indices.len());
    for result in results {
        finished.extend(result?);
    }
    Ok(finished)
}

/// What happens to a sample in the second pass.
pub struct Stages<B, L, F> {
    pub begin: B,
    pub layer: L,
    pub finish: F,
}

struct Taps<'a, S, L> {
    states: Vec<S>,
    wanted: &'a [LayerId],
    layer: &'a L,
}

impl<S, L: Fn(&mut S, LayerId, SampleMaps<'_>)> Watch for Taps<'_, S, L> {
    fn interest(&self, layer: LayerId) -> Interest {
        if self.wanted.contains(&layer) {
            Interest::Tap
        } else {
            Interest::Nothing
        }
    }

    fn tap(&mut self, layer: LayerId, maps: FeatureMaps<'_>) {
        for (sample, state) in self.states.iter_mut().enumerate() {
            (self.layer)(state, layer, SampleMaps { maps, sample });
        }
    }
}
