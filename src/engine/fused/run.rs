//! One run of a plan over a batch.

use super::buffer::Buffer;
use super::operation::Job;
use super::plan::{Place, Plan, Step, Value};
use super::statistics::Gatherer;
use super::{FusedEngine, activation, parallel};
use crate::engine::{Batch, EngineError, FeatureMaps, Interest, Watch};
use crate::model::LayerId;

/// The memory of one run, kept for the next.
pub struct Workspace {
    slots: Vec<Buffer>,
    scratch: Buffer,
    pub(super) gatherers: Vec<Gatherer>,
    /// Outputs that somebody wants to see whole.
    pub(super) taps: Vec<Vec<f32>>,
}

impl Workspace {
    pub fn new(plan: &Plan) -> Self {
        let layers = plan.values.len();
        Self {
            slots: plan
                .slots
                .iter()
                .map(|&values| Buffer::zeros(values))
                .collect(),
            scratch: Buffer::zeros(plan.scratch),
            gatherers: (0..layers).map(|_| Gatherer::default()).collect(),
            taps: vec![Vec::new(); layers],
        }
    }

    /// The output of a layer for `images` images from `start` on.
    fn read<'a>(
        &'a self,
        value: Value,
        batch: Batch<'a>,
        start: usize,
        images: usize,
    ) -> &'a [f32] {
        let len = images * value.elements;
        match value.place {
            Place::Batch => &batch.values[start * value.elements..][..len],
            Place::Slot(slot) => {
                &self.slots[slot].as_slice()[start % value.capacity * value.elements..][..len]
            }
        }
    }
}

/// A run on its way.
pub(super) struct Run<'a> {
    pub(super) engine: &'a FusedEngine,
    pub(super) workspace: &'a mut Workspace,
    batch: Batch<'a>,
    pub(super) watch: &'a mut dyn Watch,
    logits: Vec<f32>,
    pub(super) parallel: bool,
}

impl FusedEngine {
    /// Computes a batch, shows it to `watch` and returns the logits.
    pub(super) fn run_in(
        &self,
        workspace: &mut Workspace,
        batch: Batch<'_>,
        watch: &mut dyn Watch,
    ) -> Result<Vec<f32>, EngineError> {
        for (layer, shape) in self.shapes.iter().enumerate() {
            match watch.interest(layer) {
                Interest::Nothing => {}
                Interest::Summary => {
                    workspace.gatherers[layer].begin(shape, batch.samples, self.nonnegative[layer])
                }
                Interest::Tap => {
                    workspace.taps[layer].reserve_exact(batch.samples * shape.elements())
                }
            }
        }
        let logits = Vec::with_capacity(batch.samples * self.classes);
        let parallel = self.plan.large && parallel::has_helpers();
        let mut run = Run {
            engine: self,
            workspace,
            batch,
            watch,
            logits,
            parallel,
        };
        run.level(self.plan.levels.len() - 1, 0, batch.samples)?;
        run.show();
        Ok(run.logits)
    }
}

impl Run<'_> {
    /// Runs a level and all below it on the images `start..end`, group by group.
    fn level(&mut self, number: usize, start: usize, end: usize) -> Result<(), EngineError> {
        let engine = self.engine;
        let level = &engine.plan.levels[number];
        for start in (start..end).step_by(level.group) {
            let end = (start + level.group).min(end);
            if number > 0 {
                self.level(number - 1, start, end)?;
            }
            for chain in level.chains() {
                self.chain(chain, start, end - start)?;
            }
        }
        Ok(())
    }

    /// Computes a step, and those that follow it at once.
    fn chain(&mut self, chain: &[Step], start: usize, images: usize) -> Result<(), EngineError> {
        let step = &chain[0];
        let value = self.engine.plan.values[step.layer];
        let positions = self.engine.shapes[step.layer].positions();
        let answer = self.engine.plan.answer;
        if let (Some(_), Place::Slot(slot)) = (&step.operation, value.place) {
            // The output is taken out of the workspace while inputs are lent from it.
            let mut buffer = std::mem::take(&mut self.workspace.slots[slot]);
            let offset = start % value.capacity * value.elements;
            let output = &mut buffer.as_mut_slice()[offset..][..images * value.elements];
            let result = self.compute(step, start, images, output);
            let together = positions > 1 && step.layer != answer.layer;
            if together && result.is_ok() {
                self.pass(chain, start, output);
            } else {
                self.activate(step, output);
            }
            self.workspace.slots[slot] = buffer;
            result.map_err(|source| EngineError::Layer {
                layer: step.name.clone(),
                kind: step.kind,
                source: Box::new(source),
            })?;
            if together {
                return Ok(());
            }
        }
        let output = self.workspace.read(value, self.batch, start, images);
        if step.layer == answer.layer && !(answer.before_activation && step.operation.is_some()) {
            self.logits.extend_from_slice(output);
        }
        self.look(step.layer, start, images);
        Ok(())
    }

    /// Applies the activation that no kernel ended with.
    fn activate(&self, step: &Step, output: &mut [f32]) {
        if let Some(activation) = step.activation {
            let channels = self.engine.shapes[step.layer].channels();
            let set = self.engine.options.instruction_set;
            parallel::rows(self.parallel, output, channels, |_, output| {
                activation::apply(set, activation, output, channels)
            });
        }
    }

    /// Computes a step but for its activation.
    fn compute(
        &mut self,
        step: &Step,
        start: usize,
        images: usize,
        output: &mut [f32],
    ) -> candle_core::Result<()> {
        let Some(operation) = &step.operation else {
            return Ok(());
        };
        let (plan, batch) = (&self.engine.plan, self.batch);
        let mut scratch = std::mem::take(&mut self.workspace.scratch);
        let workspace = &*self.workspace;
        let read = |input: LayerId| workspace.read(plan.values[input], batch, start, images);
        let (one, many);
        let inputs: &[&[f32]] = match step.inputs.as_slice() {
            _ if step.in_place => &[],
            [input] => {
                one = [read(*input)];
                &one
            }
            inputs => {
                many = inputs.iter().map(|&input| read(input)).collect::<Vec<_>>();
                &many
            }
        };
        let job = Job {
            images,
            inputs,
            output: &mut *output,
            scratch: scratch.as_mut_slice(),
            parallel: self.parallel,
        };
        let result = operation.compute(job);
        self.workspace.scratch = scratch;
        if step.layer == plan.answer.layer && plan.answer.before_activation {
            self.logits.extend_from_slice(output);
        }
        result
    }

    /// Gathers what the watch wants to know of the images just computed.
    fn look(&mut self, layer: LayerId, start: usize, images: usize) {
        let interest = self.watch.interest(layer);
        if interest == Interest::Nothing {
            return;
        }
        let value = self.engine.plan.values[layer];
        let mut gatherer = std::mem::take(&mut self.workspace.gatherers[layer]);
        let mut tap = std::mem::take(&mut self.workspace.taps[layer]);
        let output = self.workspace.read(value, self.batch, start, images);
        if interest == Interest::Summary {
            let watch = &*self.watch;
            gatherer.add(self.engine.options.instruction_set, output, |image| {
                watch.counts_in_histograms(start + image)
            });
        } else {
            tap.extend_from_slice(output);
        }
        self.workspace.gatherers[layer] = gatherer;
        self.workspace.taps[layer] = tap;
    }

    /// Hands over what was gathered, layer by layer.
    fn show(&mut self) {
        for (layer, shape) in self.engine.shapes.iter().enumerate() {
            match self.watch.interest(layer) {
                Interest::Nothing => {}
                Interest::Summary => self
                    .watch
                    .summary(layer, self.workspace.gatherers[layer].finish()),
                Interest::Tap => {
                    // Not kept: whole outputs of a batch are large, and seldom asked for.
                    let values = std::mem::take(&mut self.workspace.taps[layer]);
                    self.watch.tap(
                        layer,
                        FeatureMaps::channels_last(&values, self.batch.samples, shape),
                    );
                }
            }
        }
    }
}
