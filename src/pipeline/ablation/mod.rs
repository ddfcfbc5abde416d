//! Ablation: what becomes of the answers when one channel of a convolution is silenced. The nouns are
//! [`AblationPlan`], how each layer is silenced and what that costs, and [`AblationCounts`], what came of it.
//!
//! Nothing in front of a silenced channel is computed again. The output of each convolution is kept for a block of
//! samples, as far behind it as channels do not mix; where one layer with a kernel reads it, silencing a channel takes
//! from that layer's sums what the channel put in ([`head`]), and only what follows runs again. Where other connections
//! lead around the convolution, the network runs from the last layer that all of them pass ([`masked`]).

mod counts;
mod head;
mod masked;
mod plan;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use self::counts::ChannelCounts;
pub use self::counts::{AblationCounts, MODES, ModeCounts};
use self::head::Head;
use self::masked::Masked;
use self::plan::Way;
pub use self::plan::{AblationPlan, PlannedLayer};
use super::input::Input;
use super::{Job, Partial, PipelineError, Progress, arg_max};
use crate::engine::{Engine, EngineError, FeatureMaps, Interest, Logits, Watch};
use crate::model::{LayerId, Network};

/// Makes an engine for a part of the network.
pub type EngineFactory<'a> = &'a (dyn Fn(&Network) -> Result<Box<dyn Engine>, EngineError> + Sync);

/// Values kept at once of a block of samples: 64 MiB.
const VALUES_AT_ONCE: usize = 16 << 20;
/// Samples that run through a part of the network together.
const TOGETHER: usize = 64;

/// What takes the place of each channel of each planned layer: zero, and the mean that the rest of the network is used to.
/// `None` for channels that are left out.
pub type Replacements = Vec<Vec<Option<[f32; MODES]>>>;

/// Zero and the mean over all samples and positions for every channel that is not dead.
pub fn replacements(plan: &AblationPlan, partial: &Partial) -> Replacements {
    let layers = plan.layers.iter().map(|planned| {
        let seen = partial.layers.get(planned.layer);
        let channels = seen.map_or(&[][..], |seen| &seen.channels);
        channels
            .iter()
            .map(|channel| {
                let mean = channel.moments.mean as f32;
                (!channel.moments.all_zero()).then_some([0.0, mean])
            })
            .collect()
    });
    layers.collect()
}

/// Runs the samples of `indices` with every channel of every planned layer silenced.
///
/// # Errors
/// The first error of the data set or of an engine.
pub fn ablate(
    job: &Job<'_>,
    make: EngineFactory<'_>,
    plan: &AblationPlan,
    replacements: &Replacements,
    indices: &[usize],
    progress: &dyn Progress,
) -> Result<AblationCounts, PipelineError> {
    let classes = job.network.classes();
    let ways = plan
        .layers
        .iter()
        .zip(replacements)
        .map(|(planned, values)| Silencer::new(job.network, make, planned, values))
        .collect::<Result<Vec<_>, _>>()?;
    let mut counts = AblationCounts::new(classes, plan, replacements);
    let block = (VALUES_AT_ONCE / plan.values_kept().max(1)).clamp(1, indices.len().max(1));
    for indices in indices.chunks(block) {
        let kept = Kept::gather(job, plan, indices)?;
        let answers = Answers {
            truths: indices
                .iter()
                .map(|&index| job.dataset.label(index))
                .collect(),
            before: kept.answers.clone(),
            classes,
        };
        counts.add_base(&answers);
        let tasks: Vec<(usize, usize)> = replacements
            .iter()
            .enumerate()
            .flat_map(|(layer, values)| {
                let silenced = values
                    .iter()
                    .enumerate()
                    .filter(|(_, value)| value.is_some());
                silenced.map(move |(channel, _)| (layer, channel))
            })
            .collect();
        let prepared = ways
            .iter()
            .zip(&kept.layers)
            .map(|(way, values)| way.prepare(values, indices.len()))
            .collect::<Result<Vec<_>, EngineError>>()?;
        let found: Vec<Result<ChannelCounts, EngineError>> = tasks
            .par_iter()
            .map(|&(layer, channel)| {
                let values = replacements[layer][channel].unwrap_or_default();
                let input = (&kept.layers[layer][..], &prepared[layer][..]);
                let answers = ways[layer].answers(make, input, &answers, channel, values);
                progress.advance(1);
                answers
            })
            .collect();
        for (&(layer, channel), found) in tasks.iter().zip(found) {
            counts.add(layer, channel, &found?);
        }
    }
    Ok(counts)
}

/// How one layer's channels are silenced.
enum Silencer<'a> {
    Head(Head<'a>),
    Masked(Masked<'a>),
}

impl<'a> Silencer<'a> {
    fn new(
        network: &'a Network,
        make: EngineFactory<'_>,
        planned: &'a PlannedLayer,
        replacements: &[Option<[f32; MODES]>],
    ) -> Result<Self, EngineError> {
        Ok(match &planned.way {
            Way::Head { head } => {
                Self::Head(Head::new(network, make, planned, *head, replacements)?)
            }
            Way::Masked => Self::Masked(Masked { network, planned }),
        })
    }

    /// What all channels of the layer need: the sums of the layer behind it.
    fn prepare(&self, values: &[f32], samples: usize) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Head(head) => head.sums(values, samples),
            Self::Masked(_) => Ok(Vec::new()),
        }
    }

    fn answers(
        &self,
        make: EngineFactory<'_>,
        (values, prepared): (&[f32], &[f32]),
        answers: &Answers,
        channel: usize,
        replacement: [f32; MODES],
    ) -> Result<ChannelCounts, EngineError> {
        match self {
            Self::Head(head) => head.channel(make, (values, prepared), answers, channel),
            Self::Masked(masked) => masked.channel(make, values, answers, channel, replacement),
        }
    }
}

/// Truths and answers of a block before anything is silenced.
struct Answers {
    truths: Vec<usize>,
    before: Vec<usize>,
    classes: usize,
}

impl Answers {
    /// What became of the samples from `start` on with these logits.
    fn count(&self, start: usize, logits: &Logits, counts: &mut ModeCounts) {
        for (offset, row) in logits.rows().enumerate() {
            let sample = start + offset;
            counts.add(self.truths[sample], self.before[sample], arg_max(row));
        }
    }
}

/// The outputs that are kept of a block of samples.
struct Kept {
    /// For each planned layer `samples × values`, channels last.
    layers: Vec<Vec<f32>>,
    answers: Vec<usize>,
}

impl Kept {
    fn gather(
        job: &Job<'_>,
        plan: &AblationPlan,
        indices: &[usize],
    ) -> Result<Self, PipelineError> {
        let parts: Vec<Result<Self, PipelineError>> = indices
            .par_chunks(TOGETHER)
            .map_init(Input::default, |input, indices| {
                let batch = input.fill(job, indices.iter().copied(), |_| {})?;
                let mut taps = Taps {
                    plan,
                    layers: vec![Vec::new(); plan.layers.len()],
                };
                let logits = job.engine.run(batch, &mut taps)?;
                Ok(Self {
                    layers: taps.layers,
                    answers: logits.rows().map(arg_max).collect(),
                })
            })
            .collect();
        let mut all = Self {
            layers: vec![Vec::new(); plan.layers.len()],
            answers: Vec::with_capacity(indices.len()),
        };
        for part in parts {
            let part = part?;
            all.answers.extend(part.answers);
            for (all, part) in all.layers.iter_mut().zip(part.layers) {
                all.extend(part);
            }
        }
        Ok(all)
    }
}

struct Taps<'a> {
    plan: &'a AblationPlan,
    layers: Vec<Vec<f32>>,
}

impl Watch for Taps<'_> {
    fn interest(&self, layer: LayerId) -> Interest {
        if self
            .plan
            .layers
            .iter()
            .any(|planned| planned.start == layer)
        {
            Interest::Tap
        } else {
            Interest::Nothing
        }
    }

    fn tap(&mut self, layer: LayerId, maps: FeatureMaps<'_>) {
        let channels = maps.shape().channels();
        for (planned, values) in self.plan.layers.iter().zip(&mut self.layers) {
            if planned.start != layer {
                continue;
            }
            let start = values.len();
            values.resize(start + maps.samples() * maps.shape().elements(), 0.0);
            for sample in 0..maps.samples() {
                let place = start + sample * maps.shape().elements();
                let row = &mut values[place..place + maps.shape().elements()];
                if maps.is_channels_last() {
                    row.copy_from_slice(maps.sample(sample));
                    continue;
                }
                for channel in 0..channels {
                    let places = row.iter_mut().skip(channel).step_by(channels);
                    for (value, found) in places.zip(maps.channel(sample, channel)) {
                        *value = found;
                    }
                }
            }
        }
    }
}
