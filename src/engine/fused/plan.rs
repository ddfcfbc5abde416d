//! [`Plan`]: everything about a run that depends on the network alone: the order of the steps, where
//! each layer's output lies, and how many images go through a layer together.
//!
//! Few images at a time keep what one layer writes in the second-level cache until the next layer and
//! the statistics have read it. Late layers are small, and their weights want many images. So each
//! layer has a group of images of its own, 1, 2, 4, …, [`LARGEST_GROUP`], which never shrinks along the
//! network: a level of layers with equal groups runs again and again until the group of the next level
//! is full.

use super::Options;
use super::activation;
use super::build::operation;
use super::operation::Operation;
use super::tile::Epilogue;
use crate::engine::EngineError;
use crate::model::{Activation, Answer, LayerId, Network};

/// Bytes that a layer may read and write for one group.
const BUDGET: usize = 512 * 1024;

/// Bytes for the sake of an operation that is slow on few images.
const LARGE_BUDGET: usize = 4 * BUDGET;

/// Images that go through small layers together.
const LARGEST_GROUP: usize = 64;

/// Multiplications for one image from which on other threads may help with it.
const LARGE: u64 = 25_000_000;

/// One layer.
pub struct Step {
    pub layer: LayerId,
    pub name: String,
    pub kind: &'static str,
    /// `None` where the layer shows the values of its input.
    pub operation: Option<Box<dyn Operation>>,
    /// What follows in a pass of its own.
    pub activation: Option<Activation>,
    pub inputs: Vec<LayerId>,
    /// Whether the output already holds the input.
    pub in_place: bool,
    /// Whether it changes what the step before it wrote, a few positions at a time.
    pub follows: bool,
}

impl Step {
    /// The highest value that it leaves, where it is a ReLU with nothing before it; +∞ without a bound.
    pub fn relu(&self) -> Option<f32> {
        let only_activates = self.operation.as_ref()?.only_activates();
        match activation::split(self.activation.filter(|_| only_activates)?) {
            (Epilogue::Relu, None) => Some(f32::INFINITY),
            (Epilogue::Clipped { limit }, None) => Some(limit),
            _ => None,
        }
    }
}

/// Where the output of a layer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the batch itself.
    Batch,
    /// In a slot of the workspace.
    Slot(usize),
}

/// The output of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    pub place: Place,
    /// Values of one image.
    pub elements: usize,
    /// Images that the slot holds.
    pub capacity: usize,
}

/// Steps that run on groups of the same size.
pub struct Level {
    pub group: usize,
    pub steps: Vec<Step>,
}

impl Level {
    /// Steps with those that follow each at once.
    pub fn chains(&self) -> impl Iterator<Item = &[Step]> {
        self.steps.chunk_by(|_, next| next.follows)
    }
}

pub struct Plan {
    pub levels: Vec<Level>,
    /// One a layer.
    pub values: Vec<Value>,
    /// Values that each slot holds.
    pub slots: Vec<usize>,
    pub scratch: usize,
    /// Where the logits are found.
    pub answer: Answer,
    /// Whether one image is work enough for several threads.
    pub large: bool,
}

impl Plan {
    /// # Errors
    /// [`EngineError::Layer`] names the layer whose weights cannot be used.
    pub fn new(network: &Network, options: &Options) -> Result<Self, EngineError> {
        let mut steps = Vec::with_capacity(network.layers().len());
        for id in 0..network.layers().len() {
            steps.push(step(network, id, options)?);
        }
        let groups = groups(network, &steps);
        let memory = Memory::new(network, &mut steps, &groups);
        let answer = network.answer();
        for id in 1..steps.len() {
            let step = &steps[id];
            steps[id].follows = step.in_place
                && step.inputs == [id - 1]
                && groups[id - 1] == groups[id]
                && network.layer(id).shape.positions() > 1
                // Logits are taken from whole outputs.
                && ![id - 1, id].contains(&answer.layer)
                && steps[id - 1].operation.is_some();
        }
        let scratch = steps
            .iter()
            .zip(&groups)
            .filter_map(|(step, &group)| Some(step.operation.as_ref()?.scratch(group)))
            .max();
        let work = (0..steps.len())
            .map(|id| network.multiply_adds(id))
            .fold(0, u64::saturating_add);
        Ok(Self {
            levels: levels(steps, &groups),
            values: memory.values,
            slots: memory.slots,
            scratch: scratch.unwrap_or(0),
            answer: *network.answer(),
            large: work >= LARGE,
        })
    }
}

fn step(network: &Network, id: LayerId, options: &Options) -> Result<Step, EngineError> {
    let layer = network.layer(id);
    let kind = layer.operator.rule().kind();
    let (operation, activation) = match operation(network, id, options) {
        Ok(Some((operation, activation))) => (Some(operation), activation),
        Ok(None) => (None, None),
        Err(source) => {
            return Err(EngineError::Layer {
                layer: layer.name.clone(),
                kind,
                source: Box::new(source),
            });
        }
    };
    Ok(Step {
        layer: id,
        name: layer.name.clone(),
        kind,
        operation,
        activation,
        inputs: layer.inputs.clone(),
        in_place: false,
        follows: false,
    })
}

/// Images that go through each layer together: as many as the caches take, never fewer than later
/// layers... take in one go.
fn groups(network: &Network, steps: &[Step]) -> Vec<usize> {
    let mut smallest = LARGEST_GROUP;
    let mut groups: Vec<usize> = steps
        .iter()
        .rev()
        .map(|step| {
            if let Some(operation) = &step.operation {
                let read: usize = step
                    .inputs
                    .iter()
                    .map(|&input| network.layer(input).shape.elements())
                    .sum();
                let bytes = (read + network.layer(step.layer).shape.elements()) * size_of::<f32>();
                let wanted = operation.together().min(LARGE_BUDGET / bytes.max(1));
                let fit = (BUDGET / bytes.max(1)).max(wanted).max(1);
                // The largest power of two that fits: groups must divide each other.
                smallest = smallest.min(1 << fit.ilog2());
            }
            smallest
        })
        .collect();
    groups.reverse();
    groups
}

fn levels(steps: Vec<Step>, groups: &[usize]) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for (step, &group) in steps.into_iter().zip(groups) {
        match levels.last_mut() {
            Some(level) if level.group == group => level.steps.push(step),
            _ => levels.push(Level {
                group,
                steps: vec![step],
            }),
        }
    }
    levels
}

/// Steps between which a piece of memory is in use, both included.
#[derive(Clone, Copy, Debug)]
struct Lifetime {
    first: usize,
    last: usize,
    values: usize,
}

/// Which layers share memory, and where.
struct Memory {
    values: Vec<Value>,
    slots: Vec<usize>,
}

impl Memory {
    fn new(network: &Network, steps: &mut [Step], groups: &[usize]) -> Self {
        let last_reads = last_reads(network);
        let capacities: Vec<usize> = (0..steps.len())
            .map(|id| capacity(network, id, groups))
            .collect();
        // The layer whose memory each layer's output lies in.
        let mut owners: Vec<LayerId> = Vec::with_capacity(steps.len());
        for id in 0..steps.len() {
            let owner = match (steps[id].inputs.first(), &steps[id].operation) {
                (Some(&input), None) => owners[input],
                (Some(&input), Some(operation))
                    if operation.works_in_place() && owners[input] != 0 =>
                {
                    let sharers = (0..id).filter(|&other| owners[other] == owners[input]);
                    let done = sharers.clone().all(|other| last_reads[other] <= id);
                    let alike = sharers
                        .clone()
                        .all(|other| capacities[other] == capacities[id]);
                    steps[id].in_place = done && alike;
                    if steps[id].in_place {
                        owners[input]
                    } else {
                        id
                    }
                }
                _ => id,
            };
            owners.push(owner);
        }
        Self::assign(network, &owners, &last_reads, &capacities, groups)
    }

    /// Gives every owner the first slot that is free during its lifetime.
    fn assign(
        network: &Network,
        owners: &[LayerId],
        last_reads: &[LayerId],
        capacities: &[usize],
        groups: &[usize],
    ) -> Self {
        let mut slots: Vec<Vec<Lifetime>> = Vec::new();
        let mut places = vec![Place::Batch; owners.len()];
        let mut held = vec![0; owners.len()];
        for owner in (1..owners.len()).filter(|&id| owners[id] == id) {
            let sharers: Vec<LayerId> = (owner..owners.len())
                .filter(|&id| owners[id] == owner)
                .collect();
            let capacity = sharers.iter().map(|&id| capacities[id]).max().unwrap_or(1);
            let values = network.layer(owner).shape.elements() * capacity;
            let last = sharers
                .iter()
                .map(|&id| last_reads[id])
                .max()
                .unwrap_or(owner);
            // What waits for a larger group lives while all smaller groups run again.
            let waits = capacity > groups[owner];
            let lifetime = Lifetime {
                first: if waits { 0 } else { owner },
                last,
                values,
            };
            let overlaps =
                |other: &Lifetime| lifetime.first <= other.last && other.first <= lifetime.last;
            let free = slots.iter().position(|slot| !slot.iter().any(overlaps));
            let slot = free.unwrap_or(slots.len());
            if slot == slots.len() {
                slots.push(Vec::new());
            }
            slots[slot].push(lifetime);
            places[owner] = Place::Slot(slot);
            held[owner] = capacity;
        }
        let value = |id: LayerId| Value {
            place: places[owners[id]],
            elements: network.layer(id).shape.elements(),
            capacity: held[owners[id]],
        };
        Self {
            values: (0..owners.len()).map(value).collect(),
            slots: slots
                .iter()
                .map(|slot| {
                    slot.iter()
                        .map(|lifetime| lifetime.values)
                        .max()
                        .unwrap_or(0)
                })
                .collect(),
        }
    }
}

/// For every layer the last one that reads it; itself where none does.
fn last_reads(network: &Network) -> Vec<LayerId> {
    let mut last: Vec<LayerId> = (0..network.layers().len()).collect();
    for (id, layer) in network.layers().iter().enumerate() {
        for &input in &layer.inputs {
            last[input] = id;
        }
    }
    last
}

/// Images whose output must be held: those of the largest group that reads it.
fn capacity(network: &Network, id: LayerId, groups: &[usize]) -> usize {
    let readers = network
        .layers()
        .iter()
        .enumerate()
        .filter(|(_, layer)| layer.inputs.contains(&id));
    readers
        .map(|(reader, _)| groups[reader])
        .max()
        .unwrap_or(groups[id])
        .max(groups[id])
}
