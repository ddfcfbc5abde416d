//! [`Exemplars`]: what a channel makes of the samples that excite it most: where in the image it is strongest, and
//! its map there. A pass of its own over those samples, for which they are is known only once all were seen.

use std::collections::BTreeMap;

use super::channels;
use super::pictures::{ActivationLayout, ChannelMap, Scale};
use crate::analysis::Findings;
use crate::model::LayerId;
use crate::pipeline::{Job, PipelineError, Progress, SampleMaps, Stages, second_pass};

/// A channel of a layer, and a sample that excites it.
type Key = (LayerId, usize, usize);

/// Maps of channels that have a page, on the samples that excite them most.
#[derive(Clone, Debug, Default)]
pub struct Exemplars(BTreeMap<Key, ChannelMap>);

/// What is wanted of one sample: channels, by their layer.
type Wanted = BTreeMap<usize, Vec<(LayerId, usize)>>;

impl Exemplars {
    /// The samples that [`Self::gather`] will run, ascending.
    pub fn samples(findings: &Findings, layout: &ActivationLayout) -> Vec<usize> {
        wanted(findings, layout).into_keys().collect()
    }

    /// Runs the samples once more. Only layers that are drawn are looked at.
    ///
    /// # Errors
    /// The first [`PipelineError`] in the order of the samples.
    pub fn gather(
        job: &Job<'_>,
        findings: &Findings,
        layout: &ActivationLayout,
        progress: &dyn Progress,
    ) -> Result<Self, PipelineError> {
        let wanted = wanted(findings, layout);
        let samples: Vec<usize> = wanted.keys().copied().collect();
        let layers: Vec<LayerId> = layout.bands().iter().map(|band| band.layer).collect();
        let stages = Stages {
            begin: |sample| (sample, Vec::new()),
            layer: |state: &mut (usize, Vec<(Key, ChannelMap)>), layer, maps: SampleMaps<'_>| {
                let (sample, found) = state;
                let Some(band) = layout.band(layer) else {
                    return;
                };
                for &(_, channel) in wanted[sample].iter().filter(|(id, _)| *id == layer) {
                    let scale = scale(findings, layer, channel);
                    let values: Vec<f32> = maps.channel(channel).collect();
                    found.push((
                        (layer, channel, *sample),
                        ChannelMap::draw(band, scale, &values),
                    ));
                }
            },
            finish: |_, state: (usize, Vec<(Key, ChannelMap)>)| Ok::<_, PipelineError>(state.1),
        };
        let found = second_pass(job, &samples, &layers, stages, progress)?;
        Ok(Self(found.into_iter().flatten().collect()))
    }

    pub fn map(&self, layer: LayerId, channel: usize, sample: usize) -> Option<&ChannelMap> {
        self.0.get(&(layer, channel, sample))
    }
}

/// A channel's own colours: those of its values on all samples.
pub fn scale(findings: &Findings, layer: LayerId, channel: usize) -> Scale {
    let summary = &findings.layers[layer].channels[channel].summary;
    Scale::of(summary.min, summary.max)
}

fn wanted(findings: &Findings, layout: &ActivationLayout) -> Wanted {
    let mut wanted = Wanted::new();
    for band in layout.bands() {
        for channel in channels::with_page(findings, band.layer) {
            for ranked in &findings.layers[band.layer].channels[channel].exemplars {
                let of_sample = wanted.entry(ranked.index as usize).or_default();
                of_sample.push((band.layer, channel));
            }
        }
    }
    wanted
}
