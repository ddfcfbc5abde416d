//! Convolutions as layers: which kernel computes them, on which copy of the input, cut up for how many threads.

use super::depthwise::Depthwise;
use super::direct::Direct;
use super::image::Padded;
use super::operation::{Job, Operation};
use super::parallel;
use super::winograd::{Thin, Winograd};

/// Padded images, copied only where there is padding.
fn with_padding<'a>(
    padded: &Padded,
    images: usize,
    input: &'a [f32],
    scratch: &'a mut [f32],
) -> &'a [f32] {
    if padded.is_none() {
        return input;
    }
    let (height, width, channels) = padded.image;
    for (image, copy) in input
        .chunks_exact(height * width * channels)
        .zip(scratch.chunks_exact_mut(padded.len()))
    {
        padded.pad(image, copy);
    }
    &scratch[..images * padded.len()]
}

/// The kernel that computes a convolution.
pub enum Convolver {
    Direct(Direct),
    Winograd(Winograd),
    Thin(Thin),
}

/// A convolution of images with many kernels over all their channels, or over groups of them.
pub struct Convolution {
    pub padded: Padded,
    /// Height, width, channels.
    pub output: (usize, usize, usize),
    pub kernel: Convolver,
}

impl Operation for Convolution {
    fn together(&self) -> usize {
        match &self.kernel {
            Convolver::Winograd(winograd) => winograd.together(),
            _ => 1,
        }
    }

    fn scratch(&self, images: usize) -> usize {
        if self.padded.is_none() {
            0
        } else {
            images * self.padded.len()
        }
    }

    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let input = with_padding(&self.padded, job.images, job.inputs[0], job.scratch);
        let (height, width, channels) = self.output;
        match &self.kernel {
            Convolver::Direct(direct) if direct.is_pointwise() => {
                parallel::rows(job.parallel, job.output, channels, |positions, output| {
                    direct.positions(input, positions, output)
                });
            }
            Convolver::Direct(direct) => {
                parallel::rows(
                    job.parallel,
                    job.output,
                    width * channels,
                    |rows, output| direct.rows(input, rows, output),
                );
            }
            Convolver::Thin(thin) => {
                parallel::rows(
                    job.parallel,
                    job.output,
                    width * channels,
                    |rows, output| thin.rows(input, rows, output),
                );
            }
            Convolver::Winograd(winograd) if !job.parallel => {
                winograd.images(input, job.images, job.output)
            }
            Convolver::Winograd(winograd) if job.images > 1 => {
                parallel::rows(
                    true,
                    job.output,
                    height * width * channels,
                    |images, output| {
                        winograd.images(
                            &input[images.start * self.padded.len()..],
                            images.len(),
                            output,
                        );
                    },
                );
            }
            Convolver::Winograd(winograd) => {
                parallel::pieces(
                    job.output,
                    width * channels,
                    &winograd.cuts(),
                    |rows, output| winograd.rows(input, rows, output),
                );
            }
        }
        Ok(())
    }
}

/// A convolution with a kernel a channel.
pub struct DepthwiseConvolution {
    /// Height, width, channels of the output.
    pub output: (usize, usize, usize),
    pub kernel: Depthwise,
}

impl Operation for DepthwiseConvolution {
    fn scratch(&self, images: usize) -> usize {
        match self.kernel.slack() {
            0 => 0,
            slack => images * self.kernel.values() + slack,
        }
    }

    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let (values, slack) = (job.images * self.kernel.values(), self.kernel.slack());
        let input = if slack == 0 {
            job.inputs[0]
        } else {
            job.scratch[..values].copy_from_slice(&job.inputs[0][..values]);
            &job.scratch[..values + slack]
        };
        let (_, width, channels) = self.output;
        parallel::rows(
            job.parallel,
            job.output,
            width * channels,
            |rows, output| self.kernel.rows(input, rows, output),
        );
        Ok(())
    }
}

/// A depthwise convolution and one of 1×1 behind it, with nothing to look at between them.
pub struct Separable {
    pub depthwise: DepthwiseConvolution,
    pub pointwise: Direct,
    pub outputs: usize,
}

impl Operation for Separable {
    fn scratch(&self, images: usize) -> usize {
        let (height, width, channels) = self.depthwise.output;
        self.depthwise.scratch(images) + images * height * width * channels
    }

    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let (scratch, middle) = job.scratch.split_at_mut(self.depthwise.scratch(job.images));
        let (height, width, channels) = self.depthwise.output;
        let middle = &mut middle[..job.images * height * width * channels];
        self.depthwise.compute(Job {
            output: &mut *middle,
            scratch,
            ..job
        })?;
        parallel::rows(
            job.parallel,
            job.output,
            self.outputs,
            |positions, output| self.pointwise.positions(middle, positions, output),
        );
        Ok(())
    }
}
