//! [`FusedEngine`]: the fast back end for CPUs.
//!
//! Channels lie last, so that vectors are runs of channels; weights are packed once; bias and activation
//! belong to the kernel that computes a sum, and statistics are gathered while an image is still in
//! cache. Kernels are written once for all instruction sets and picked at run time.
//!
//! [`plan`] decides what lies where and runs in which order; [`run`] walks through it. One file each for
//! the kernels: [`tile`] under [`direct`] and [`winograd`], [`depthwise`], [`pooling`], [`affine`],
//! [`combination`], [`activation`], and [`statistics`].

#![allow(
    clippy::needless_range_loop,
    reason = "constant bounds keep accumulators in registers, and several arrays share an index"
)]

mod activation;
mod affine;
mod buffer;
mod build;
mod combination;
mod convolution;
mod dense;
mod depthwise;
mod direct;
mod image;
mod operation;
mod parallel;
mod pass;
mod plan;
mod pooling;
mod run;
mod sign;
mod simd;
mod statistics;
mod tile;
mod winograd;

use std::sync::{Mutex, PoisonError};

use self::plan::Plan;
use self::run::Workspace;
pub use self::simd::InstructionSet;
use super::{Batch, Engine, EngineError, Logits, Watch};
use crate::model::{Network, Shape};

/// How to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether convolutions of 3×3 may go through Winograd's transforms, which halve the time and
    /// round a few bits worse.
    pub winograd: bool,
    pub instruction_set: InstructionSet,
}

impl Default for Options {
    /// The fastest way on this machine.
    fn default() -> Self {
        Self {
            winograd: true,
            instruction_set: InstructionSet::detect(),
        }
    }
}

/// Computes a network with its own kernels, on the CPU.
pub struct FusedEngine {
    options: Options,
    plan: Plan,
    shapes: Vec<Shape>,
    /// Layers none of whose values is below zero.
    nonnegative: Vec<bool>,
    classes: usize,
    /// Memory of runs that ended, for those to come: one for each thread at most that was ever inside
    /// at the same time.
    workspaces: Mutex<Vec<Workspace>>,
}

impl FusedEngine {
    /// Prepares a network: packs its weights and plans its memory, once.
    ///
    /// # Errors
    /// [`EngineError::Layer`] names the layer whose weights cannot be used.
    pub fn new(network: &Network, options: Options) -> Result<Self, EngineError> {
        Ok(Self {
            options,
            plan: Plan::new(network, &options)?,
            shapes: network
                .layers()
                .iter()
                .map(|layer| layer.shape.clone())
                .collect(),
            nonnegative: sign::nonnegative(network),
            classes: network.classes(),
            workspaces: Mutex::default(),
        })
    }

    fn check(&self, batch: Batch<'_>) -> Result<(), EngineError> {
        let shape = &self.shapes[0];
        let values = batch.samples.checked_mul(shape.elements());
        if batch.shape == shape && values == Some(batch.values.len()) && batch.samples > 0 {
            return Ok(());
        }
        Err(EngineError::Input {
            expected: shape.to_string(),
            found: format!(
                "{} values for {} images of {}",
                batch.values.len(),
                batch.samples,
                batch.shape
            ),
        })
    }

    fn workspaces(&self) -> std::sync::MutexGuard<'_, Vec<Workspace>> {
        // A workspace is only put there whole, so that a panic elsewhere does no harm.
        self.workspaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for FusedEngine {
    fn name(&self) -> String {
        // The instruction set is left out: it changes no result, and a site tells nothing of the machine.
        let winograd = if self.options.winograd {
            ", Winograd for 3×3"
        } else {
            ""
        };
        format!("fused kernels{winograd}, CPU")
    }

    fn run(&self, batch: Batch<'_>, watch: &mut dyn Watch) -> Result<Logits, EngineError> {
        self.check(batch)?;
        let workspace = self.workspaces().pop();
        let mut workspace = workspace.unwrap_or_else(|| Workspace::new(&self.plan));
        let values = self.run_in(&mut workspace, batch, watch)?;
        self.workspaces().push(workspace);
        Ok(Logits {
            values: self.plan.answer.logits(values),
            classes: self.classes,
        })
    }
}

#[cfg(test)]
mod tests;
