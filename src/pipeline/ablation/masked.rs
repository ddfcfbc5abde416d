//! [`Masked`]: silencing channels that other connections lead around: the network runs again from the last layer that all
//! of them pass, with the channel replaced.

use super::head::unbuildable;
use super::{Answers, ChannelCounts, EngineFactory, MODES, ModeCounts, PlannedLayer, TOGETHER};
use crate::engine::{Batch, EngineError, Unwatched};
use crate::model::{Network, Section};

pub(super) struct Masked<'a> {
    pub(super) network: &'a Network,
    pub(super) planned: &'a PlannedLayer,
}

impl Masked<'_> {
    /// The answers with one channel silenced, from what is kept of all samples.
    pub(super) fn channel(
        &self,
        make: EngineFactory<'_>,
        values: &[f32],
        answers: &Answers,
        channel: usize,
        replacement: [f32; MODES],
    ) -> Result<ChannelCounts, EngineError> {
        let (network, planned) = (self.network, self.planned);
        let shape = &network.layer(planned.start).shape;
        let mut counts = [(); MODES].map(|()| ModeCounts::new(answers.classes));
        for (value, counts) in replacement.into_iter().zip(&mut counts) {
            let Some(mut section) = Section::between(network, planned.start, network.output())
            else {
                continue;
            };
            section.silence(planned.layer, planned.channels, channel, value);
            let engine = make(&section.build(network).map_err(unbuildable)?)?;
            let elements = shape.elements();
            for (batch, values) in values.chunks(TOGETHER * elements).enumerate() {
                let samples = values.len() / elements;
                let input = Batch {
                    values,
                    samples,
                    shape,
                };
                let logits = engine.run(input, &mut Unwatched)?;
                answers.count(batch * TOGETHER, &logits, counts);
            }
        }
        Ok(counts)
    }
}
