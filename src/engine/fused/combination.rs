//! [`Combination`]: layers of the same shape combined value by value, such as the sums of residual networks.

use super::operation::{Job, Operation};
use super::parallel;
use super::simd::{InstructionSet, Kernel, Simd};
use crate::model::operators::CombinationKind;

pub struct Combination {
    set: InstructionSet,
    kind: CombinationKind,
}

impl Combination {
    pub fn new(set: InstructionSet, kind: CombinationKind) -> Self {
        Self { set, kind }
    }
}

/// Values that all inputs go through before the next.
const BLOCK: usize = 4096;

impl Operation for Combination {
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let [first, others @ ..] = job.inputs else {
            return Ok(());
        };
        parallel::rows(job.parallel, job.output, BLOCK, |blocks, output| {
            for (block, output) in blocks.zip(output.chunks_mut(BLOCK)) {
                let place = block * BLOCK..block * BLOCK + output.len();
                output.copy_from_slice(&first[place.clone()]);
                for other in others {
                    self.set.run(Combine {
                        kind: self.kind,
                        output: &mut *output,
                        other: &other[place.clone()],
                    });
                }
                if self.kind == CombinationKind::Average {
                    let count = job.inputs.len() as f32;
                    output.iter_mut().for_each(|value| *value /= count);
                }
            }
        });
        Ok(())
    }
}

struct Combine<'a> {
    kind: CombinationKind,
    output: &'a mut [f32],
    other: &'a [f32],
}

impl Kernel for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        // The compiler turns each of these loops into vectors of the instruction set.
        let (output, other) = (self.output, self.other);
        match self.kind {
            CombinationKind::Add | CombinationKind::Average => each(output, other, |a, b| a + b),
            CombinationKind::Subtract => each(output, other, |a, b| a - b),
            CombinationKind::Multiply => each(output, other, |a, b| a * b),
            CombinationKind::Divide => each(output, other, |a, b| a / b),
            // As the reference: the first where they do not compare.
            CombinationKind::Maximum => each(output, other, |a, b| if a < b { b } else { a }),
            CombinationKind::Minimum => each(output, other, |a, b| if a > b { b } else { a }),
        }
    }
}

#[inline(always)]
fn each(output: &mut [f32], other: &[f32], of: impl Fn(f32, f32) -> f32) {
    for (a, &b) in output.iter_mut().zip(other) {
        *a = of(*a, b);
    }
}
