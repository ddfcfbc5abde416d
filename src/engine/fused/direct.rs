//! Convolution without a detour: every output is a sum over the inputs under its window. Dense layers
//! and 1×1 convolutions are the case of a window of one position.

use std::ops::Range;

use super::image::Padded;
use super::simd::{InstructionSet, Kernel, Simd};
use super::tile::{Epilogue, Packed, Row, Run, row};

/// Inputs of a block of rows that all panels of weights read before the next block: stays in the
/// second-level cache beside a panel.
const BLOCK: usize = 64 * 1024;

/// What to compute, in the terms of the kernel.
pub struct Geometry {
    /// Height and width of the kernel.
    pub size: (usize, usize),
    pub stride: (usize, usize),
    pub dilation: (usize, usize),
    pub groups: usize,
    /// Output height, width and channels.
    pub output: (usize, usize, usize),
}

/// A convolution with its weights packed.
pub struct Direct {
    set: InstructionSet,
    stride: (usize, usize),
    /// Height, width, channels of the padded input.
    input: (usize, usize, usize),
    output: (usize, usize, usize),
    groups: Vec<Group>,
    epilogue: Epilogue,
}

struct Group {
    runs: Vec<Run>,
    packed: Packed,
    /// First output channel.
    channel: usize,
}

impl Direct {
    /// `kernel` in the order HWIO; `input` is the padded image.
    pub fn new(
        set: InstructionSet,
        geometry: &Geometry,
        padded: &Padded,
        kernel: &[f32],
        bias: Option<&[f32]>,
        epilogue: Epilogue,
    ) -> Self {
        let input = padded.padded();
        let (read, written) = (
            input.2 / geometry.groups,
            geometry.output.2 / geometry.groups,
        );
        let inputs = geometry.size.0 * geometry.size.1 * read;
        let groups = (0..geometry.groups)
            .map(|group| {
                let channel = group * written;
                let weight =
                    |tap: usize, offset: usize| kernel[tap * geometry.output.2 + channel + offset];
                let bias = bias.map(|bias| &bias[channel..channel + written]);
                Group {
                    runs: runs(geometry, input, group * read, read),
                    packed: Packed::new(set.lanes(), inputs, written, weight, bias),
                    channel,
                }
            })
            .collect();
        Self {
            set,
            stride: geometry.stride,
            input,
            output: geometry.output,
            groups,
            epilogue,
        }
    }

    /// A matrix product: every position of `inputs` values gives `outputs` values.
    pub fn dense(
        set: InstructionSet,
        inputs: usize,
        outputs: usize,
        kernel: &[f32],
        bias: Option<&[f32]>,
        epilogue: Epilogue,
    ) -> Self {
        let geometry = Geometry {
            size: (1, 1),
            stride: (1, 1),
            dilation: (1, 1),
            groups: 1,
            output: (1, 1, outputs),
        };
        Self::new(
            set,
            &geometry,
            &Padded::none((1, 1, inputs)),
            kernel,
            bias,
            epilogue,
        )
    }

    /// Whether each output position reads the input position of the same number and no other, so that
    /// rows and images can be joined.
    pub fn is_pointwise(&self) -> bool {
        self.stride == (1, 1)
            && (self.input.0, self.input.1) == (self.output.0, self.output.1)
            && self.groups.iter().all(|group| group.runs.len() == 1)
    }

    /// Computes output positions of a pointwise convolution, those of all images as one row.
    pub fn positions(&self, input: &[f32], positions: Range<usize>, output: &mut [f32]) {
        let input = &input[positions.start * self.input.2..];
        self.set.run(Rows {
            of: self,
            input,
            rows: 0..1,
            width: positions.len(),
            output,
        });
    }

    /// Computes some rows, counted through all images. `input` is all padded images, `output` these
    /// rows alone.
    pub fn rows(&self, input: &[f32], rows: Range<usize>, output: &mut [f32]) {
        self.set.run(Rows {
            of: self,
            input,
            rows,
            width: self.output.1,
            output,
        });
    }
}

/// What an output position of a group reads: rows of taps where these lie side by side, single taps otherwise.
fn runs(
    geometry: &Geometry,
    (_, width, channels): (usize, usize, usize),
    first: usize,
    count: usize,
) -> Vec<Run> {
    let (height, taps) = geometry.size;
    let joined = count == channels && (geometry.dilation.1 == 1 || taps == 1);
    let mut runs = Vec::new();
    for ky in 0..height {
        let offset = ky * geometry.dilation.0 * width * channels + first;
        if joined {
            runs.push(Run {
                offset,
                len: taps * count,
            });
        } else {
            runs.extend((0..taps).map(|kx| Run {
                offset: offset + kx * geometry.dilation.1 * channels,
                len: count,
            }));
        }
    }
    runs
}

struct Rows<'a> {
    of: &'a Direct,
    input: &'a [f32],
    rows: Range<usize>,
    width: usize,
    output: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            of,
            input,
            rows,
            width,
            output,
        } = self;
        let (height, columns, channels) = of.input;
        let line = of.stride.0 * columns * channels;
        let block = (BLOCK / line.max(1)).max(1);
        let mut first = rows.start;
        while first < rows.end {
            let last = (first + block).min(rows.end);
            for group in &of.groups {
                for panel in &group.packed.panels {
                    for y in first..last {
                        let (image, place) =
                            (y / of.output.0, (y - rows.start) * width * of.output.2);
                        let start = image * height * columns * channels + (y % of.output.0) * line;
                        let positions = Row {
                            input: &input[start..],
                            step: of.stride.1 * channels,
                            runs: &group.runs,
                            output: &mut output[place..],
                            output_step: of.output.2,
                            positions: width,
                        };
                        row(
                            simd,
                            &group.packed,
                            panel,
                            positions,
                            group.channel + panel.channel,
                            of.epilogue,
                        );
                    }
                }
            }
            first = last;
        }
    }
}
