//! The pass over what a step computed: it activates, looks, and lets the steps that follow change the values, a piece of an
//! image at a time, so that they are read from memory once.

use rayon::prelude::*;

use super::activation;
use super::affine::Affine;
use super::plan::Step;
use super::run::Run;
use super::simd::InstructionSet;
use super::statistics::{Seen, Through, chunk, sample};
use crate::engine::Interest;

impl Run<'_> {
    fn interests(&self, chain: &[Step]) -> Vec<Interest> {
        let of = |step: &Step| self.watch.interest(step.layer);
        chain.iter().map(of).collect()
    }

    fn end_image(&mut self, chain: &[Step], interests: &[Interest]) {
        let set = self.engine.options.instruction_set;
        for (step, &interest) in chain.iter().zip(interests) {
            if interest == Interest::Summary {
                self.workspace.gatherers[step.layer].end_image(set);
            }
        }
    }

    /// Passes once over what the first step of a chain computed: activates, looks, and lets the others
    /// change it, some positions at a time, so that they are read from memory once.
    pub(super) fn pass(&mut self, chain: &[Step], start: usize, output: &mut [f32]) {
        let engine = self.engine;
        let shape = &engine.shapes[chain[0].layer];
        let channels = shape.channels();
        let interests = self.interests(chain);
        if is_idle(chain, &interests) {
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
            self.end_image(chain, &interests);
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
        let mut number = 0;
        while let Some(step) = chain.get(number) {
            if !counted && let Some(layers) = self.look_through(chain, interests, number, values) {
                number += layers;
                continue;
            }
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
            number += 1;
        }
    }

    /// Looks at one or two steps of a chain in one pass, where they allow it; how many they were.
    fn look_through(
        &mut self,
        chain: &[Step],
        interests: &[Interest],
        number: usize,
        values: &mut [f32],
    ) -> Option<usize> {
        let through = through(chain, interests, number)?;
        let set = self.engine.options.instruction_set;
        let gatherers = &mut self.workspace.gatherers;
        let (before, own) = (chain[number - 1].layer, chain[number].layer);
        if through.limit.is_none() {
            let [before, own] = gatherers.get_disjoint_mut([before, own]).ok()?;
            let looked = own.look_through(set, values, through, before, None);
            return looked.then_some(1);
        }
        let relu = chain[number + 1].layer;
        let [before, own, relu] = gatherers.get_disjoint_mut([before, own, relu]).ok()?;
        let looked = own.look_through(set, values, through, before, Some(relu));
        looked.then_some(2)
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
        let shape = &self.engine.shapes[chain[0].layer];
        let (channels, positions) = (shape.channels(), shape.positions());
        let gatherers = &self.workspace.gatherers;
        let seen: Vec<Vec<Seen>> = pieces
            .enumerate()
            .map(|(piece, values)| {
                let mut all: Vec<Seen> = Vec::with_capacity(chain.len());
                while let Some(step) = chain.get(all.len()) {
                    let number = all.len();
                    if !counted && let Some(through) = through(chain, interests, number) {
                        let shifts = |number: usize| gatherers[chain[number].layer].known().shifts;
                        let layers = 1 + usize::from(through.limit.is_some());
                        let of = [shifts(number), shifts(number + layers - 1)];
                        let mut seen: [Seen; 2] = Default::default();
                        let [own, relu] = &mut seen;
                        let before = all[number - 1].before(shifts(number - 1));
                        if through.look(set, values, before, of, [own, relu]) {
                            all.extend(seen.into_iter().take(layers));
                            continue;
                        }
                    }
                    let mut seen = Seen::default();
                    change(set, step, number > 0, values, channels);
                    if interests[number] == Interest::Summary {
                        let known = gatherers[step.layer].known();
                        if let Some((before, affine)) = follows_from(chain, interests, number) {
                            let shifts = gatherers[before.layer].known().shifts;
                            let before = all[number - 1].before(shifts);
                            seen.look_behind(set, values, known, affine, before);
                        } else {
                            seen.look(set, values, channels, known);
                        }
                        if counted {
                            let start = piece * chunk(channels);
                            seen.count(set, values, channels, (start, positions));
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

    fn want_shifts(&self, chain: &[Step], interests: &[Interest]) -> bool {
        let wants = |step: &Step| self.workspace.gatherers[step.layer].wants_shifts();
        let mut steps = chain.iter().zip(interests);
        steps.any(|(step, interest)| *interest == Interest::Summary && wants(step))
    }

    /// What sums of a batch are relative to, from positions of its first image.
    fn choose_shifts(
        &mut self,
        chain: &[Step],
        interests: &[Interest],
        image: &[f32],
        channels: usize,
    ) {
        if !self.want_shifts(chain, interests) {
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
}

/// Whether nothing is to be done in passing over what the first step of a chain computed.
fn is_idle(chain: &[Step], interests: &[Interest]) -> bool {
    let nobody = interests.iter().all(|one| *one == Interest::Nothing);
    nobody && chain.len() == 1 && chain[0].activation.is_none()
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

/// The way through a step of a chain and the one behind it, where both can be looked at in one pass, or through the step
/// alone.
fn through<'a>(chain: &'a [Step], interests: &[Interest], number: usize) -> Option<Through<'a>> {
    let (_, affine) = follows_from(chain, interests, number)?;
    let is_seen = |number: usize| interests.get(number) == Some(&Interest::Summary);
    is_seen(number).then(|| Through {
        affine,
        limit: chain
            .get(number + 1)
            .filter(|_| is_seen(number + 1))
            .and_then(Step::relu),
    })
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
