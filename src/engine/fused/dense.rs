//! Dense layers.

use super::direct::Direct;
use super::operation::{Job, Operation};
use super::parallel;

/// Every position's values times a matrix.
pub struct Dense {
    pub kernel: Direct,
    pub inputs: usize,
    pub outputs: usize,
}

impl Operation for Dense {
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        debug_assert_eq!(
            job.inputs[0].len() / self.inputs,
            job.output.len() / self.outputs
        );
        parallel::rows(
            job.parallel,
            job.output,
            self.outputs,
            |positions, output| self.kernel.positions(job.inputs[0], positions, output),
        );
        Ok(())
    }
}
