//! One run of a plan over a batch.

use rayon::prelude::*;

use super::affine::Affine;
use super::buffer::Buffer;
use super::operation::Job;
use super::plan::{Place, Plan, Step, Value};
use super::simd::InstructionSet;
use super::statistics::{Gatherer, Seen, chunk, sample};
use super::{FusedEngine, activation, parallel};
use crate::engine::{Batch, EngineError, FeatureMaps, Interest, Watch};
use crate::model::LayerId;

/// The memory of one run, kept for the next.
pub struct Workspace {
    slots: Vec<Buffer>,
    scratch: Buffer,
    gatherers: Vec<Gatherer>,
    /// Outputs that somebody wants to see whole.
    taps: Vec<Vec<f32>>,
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
struct Run<'a> {
    engine: &'a FusedEngine,
    workspace: &'a mut Workspace,
    batch: Batch<'a>,
    watch: &'a mut dyn Watch,
    logits: Vec<f32>,
    parallel: bool,
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

    /// Passes once over what the first step of a chain computed: activates, looks, and lets the others
    /// change it, some positions at a time, so that they are read from memory once.
    fn pass(&mut self, chain: &[Step], start: usize, output: &mut [f32]) {
        let engine = self.engine;
        let shape = &engine.shapes[chain[0].layer];
        let (channels, set) = (shape.channels(), engine.options.instruction_set);
        let interests: Vec<Interest> = chain
            .iter()
            .map(|step| self.watch.interest(step.layer))
            .collect();
        let idle = interests
            .iter()
            .all(|&interest| interest == Interest::Nothing);
        if idle && chain.len() == 1 && chain[0].activation.is_none() {
            return;
        }
        let tapped = interests.contains(&Interest::Tap);
        let parallel = self.parallel && !tapped;
        let piece = chunk(channels) * channels;
        for (number, image) in output.chunks_exact_mut(shape.elements()).enumerate() {
            let counted = self.watch.counts_in_histograms(start + number);
            self.choose_shifts(chain, &interests, image, channels);
            if parallel {
                self.pieces(chain, &interests, counted, image.par_chunks_mut(piece));
            } else {
                for values in image.chunks_mut(piece) {
                    self.piece(chain, &interests, counted, values, channels);
                }
            }
            for (step, &interest) in chain.iter().zip(&interests) {
                if interest == Interest::Summary {
                    self.workspace.gatherers[step.layer].end_image(set);
                }
            }
        }
    }

    /// One piece of an image through all steps of a chain.
    fn piece(
        &mut self,
        chain: &[Step],
        interests: &[Interest],
        counted: bool,
        values: &mut [f32],
        channels: usize,
    ) {
        let set = self.engine.options.instruction_set;
        for (number, step) in chain.iter().enumerate() {
            change(set, step, number > 0, values, channels);
            match interests[number] {
                Interest::Nothing => {}
                Interest::Summary => {
                    let behind = follows_from(chain, interests, number);
                    let gatherers = &mut self.workspace.gatherers;
                    if let Some((before, affine)) = behind
                        && let Ok([before, own]) =
                            gatherers.get_disjoint_mut([before.layer, step.layer])
                    {
                        own.look_behind(set, values, counted, affine, before);
                    } else {
                        gatherers[step.layer].look(set, values, counted);
                    }
                }
                Interest::Tap => self.workspace.taps[step.layer].extend_from_slice(values),
            }
        }
    }

    /// The pieces of an image, by all threads; what each taught is taken in their order.
    fn pieces(
        &mut self,
        chain: &[Step],
        interests: &[Interest],
        counted: bool,
        pieces: rayon::slice::ChunksMut<'_, f32>,
    ) {
        let set = self.engine.options.instruction_set;
        let channels = self.engine.shapes[chain[0].layer].channels();
        let gatherers = &self.workspace.gatherers;
        let seen: Vec<Vec<Seen>> = pieces
            .map(|values| {
                let mut all: Vec<Seen> = Vec::with_capacity(chain.len());
                for (number, step) in chain.iter().enumerate() {
                    let mut seen = Seen::default();
                    change(set, step, number > 0, values, channels);
                    if interests[number] == Interest::Summary {
                        let known = gatherers[step.layer].known();
                        if let Some((before, affine)) = follows_from(chain, interests, number) {
                            let shifts = gatherers[before.layer].known().shifts;
                            let before = (&all[number - 1], shifts);
                            seen.look_behind(set, values, known, affine, before);
                        } else {
                            seen.look(set, values, channels, known);
                        }
                        if counted {
                            seen.count(set, values, channels);
                        }
                    }
                    all.push(seen);
                }
                all
            })
            .collect();
        for seen in seen {
            for ((step, &interest), mut seen) in chain.iter().zip(interests).zip(seen) {
                if interest == Interest::Summary {
                    self.workspace.gatherers[step.layer].take(set, &mut seen);
                }
            }
        }
    }

    /// What sums of a batch are relative to, from positions of its first image.
    fn choose_shifts(
        &mut self,
        chain: &[Step],
        interests: &[Interest],
        image: &[f32],
        channels: usize,
    ) {
        let wants = |step: &Step| self.workspace.gatherers[step.layer].wants_shifts();
        let mut asked = chain
            .iter()
            .zip(interests)
            .filter(|(_, interest)| **interest == Interest::Summary);
        if !asked.any(|(step, _)| wants(step)) {
            return;
        }
        let mut values = sample(image, channels);
        for (number, (step, &interest)) in chain.iter().zip(interests).enumerate() {
            change(
                self.engine.options.instruction_set,
                step,
                number > 0,
                &mut values,
                channels,
            );
            if interest == Interest::Summary {
                self.workspace.gatherers[step.layer].choose_shifts(&values);
            }
        }
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

/// The step before one of a chain and the line along which it moves that one's values, where its statistics
/// follow from those.
fn follows_from<'a>(
    chain: &'a [Step],
    interests: &[Interest],
    number: usize,
) -> Option<(&'a Step, &'a Affine)> {
    let before = number.checked_sub(1)?;
    let step = &chain[number];
    let affine = step.operation.as_ref()?.affine()?;
    let known = interests[before] == Interest::Summary && step.activation.is_none();
    known.then_some((&chain[before], affine))
}

/// Lets a step of a chain write over some positions: all of it, or for the first step, which has
/// computed already, its activation.
fn change(set: InstructionSet, step: &Step, follows: bool, values: &mut [f32], channels: usize) {
    if let (true, Some(operation)) = (follows, &step.operation) {
        operation.change(values);
    }
    if let Some(activation) = step.activation {
        activation::apply(set, activation, values, channels);
    }
}
