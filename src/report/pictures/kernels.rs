//! Kernels as pictures and as numbers: [`KernelGrid`] shows all kernels of a layer in one file,
//! [`KernelPlane`] the numbers of one plane of one kernel.

mod planes;

use serde::Serialize;

pub use planes::{KernelCell, KernelPlane, kernel_planes};

use super::encode::{self, Raster};
use super::palette::{GAP, Palette};
use super::{Crop, Scale};
use crate::report::ReportError;

/// Kernels beside each other where each is one small picture.
const COLUMNS: usize = 16;
/// Planes shown along each axis of a matrix of planes.
const PLANES: usize = 64;
/// Longest side of a picture whose extent does not follow from the kernel's own, in pixels.
const LONGEST_SIDE: usize = 512;

/// How the four axes of a kernel are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KernelKind {
    /// `[height, width, input channels, output channels]`: every output channel reads every input channel.
    /// Kernels of dense layers are `[input units, output units]`, those over sequences `[length, inputs, outputs]`.
    Full,
    /// `[height, width, channels, multiplier]`: every output channel reads one input channel.
    Depthwise,
}

/// What the picture of a layer's kernels shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KernelPicture {
    /// Every kernel as a colour picture, grey for zero: its three input channels are red, green and blue.
    Colours,
    /// Every kernel as one plane: it reads a single channel.
    Singles,
    /// A matrix of planes: a row for every output channel, a column for every input channel.
    Planes,
    /// A matrix of weights: a row for every output, a column for every input.
    Matrix,
}

/// All kernels of a layer in one picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelGrid {
    /// The bytes of the file.
    #[serde(skip)]
    pub png: Vec<u8>,
    pub picture: KernelPicture,
    /// What the colours stand for: symmetric around zero, shared by all kernels.
    pub scale: Scale,
    pub width: usize,
    pub height: usize,
    pub outputs: usize,
    pub inputs: usize,
    /// Outputs and inputs in the picture: the first of them where there are more.
    pub shown_outputs: usize,
    pub shown_inputs: usize,
    /// In a matrix, the outputs and the inputs that share a pixel; it has the weight of the largest size among them.
    pub reduced_by: (usize, usize),
    /// Extent of one crop, `(width, height)`, pixels from one to the next, and crops in a row.
    crop: (usize, usize),
    pitch: (usize, usize),
    columns: usize,
}

impl KernelGrid {
    /// The kernel of one output channel; `None` where it is not shown.
    pub fn crop(&self, output: usize, src: impl Into<String>) -> Option<Crop> {
        if output >= self.shown_outputs {
            return None;
        }
        let place = output / self.reduced_by.0;
        let corner = (
            place % self.columns * self.pitch.0,
            place / self.columns * self.pitch.1,
        );
        Some(Crop::new(src.into(), self.width, corner, self.crop))
    }

    /// The whole picture.
    pub fn whole(&self, src: impl Into<String>) -> Crop {
        Crop::new(src.into(), self.width, (0, 0), (self.width, self.height))
    }
}

/// A kernel of any layer with its axes told apart. Depthwise ones are kernels with a single input.
struct Kernel<'a> {
    height: usize,
    width: usize,
    inputs: usize,
    outputs: usize,
    values: &'a [f32],
    kind: KernelKind,
}

impl<'a> Kernel<'a> {
    /// `None` for what is no kernel: biases and other tensors of one axis, more than four axes, no values.
    fn new(shape: &[usize], values: &'a [f32], kind: KernelKind) -> Option<Self> {
        let (height, width, inputs, outputs) = match *shape {
            [inputs, outputs] => (1, 1, inputs, outputs),
            [width, inputs, outputs] => (1, width, inputs, outputs),
            [height, width, inputs, outputs] => (height, width, inputs, outputs),
            _ => return None,
        };
        let elements = shape
            .iter()
            .try_fold(1usize, |product, &extent| product.checked_mul(extent))?;
        if elements == 0 || elements != values.len() {
            return None;
        }
        let (inputs, outputs) = match kind {
            KernelKind::Full => (inputs, outputs),
            KernelKind::Depthwise => (1, inputs * outputs),
        };
        Some(Self {
            height,
            width,
            inputs,
            outputs,
            values,
            kind,
        })
    }

    fn value(&self, (row, column): (usize, usize), input: usize, output: usize) -> f32 {
        self.values[((row * self.width + column) * self.inputs + input) * self.outputs + output]
    }

    /// The largest size of a finite weight.
    fn peak(&self) -> f32 {
        self.values
            .iter()
            .filter(|value| value.is_finite())
            .fold(0.0, |peak, value| peak.max(value.abs()))
    }

    fn picture(&self) -> KernelPicture {
        match (self.kind, self.inputs, self.height * self.width) {
            (KernelKind::Full, _, 1) => KernelPicture::Matrix,
            (KernelKind::Full, 3, _) => KernelPicture::Colours,
            (_, 1, _) => KernelPicture::Singles,
            _ => KernelPicture::Planes,
        }
    }
}

/// Draws all kernels of a weight into one picture: as colours, planes or a matrix, whichever its shape
/// asks for ([`KernelPicture`]). `None` for what is no kernel, such as a bias.
///
/// # Errors
/// [`ReportError::Picture`] if the picture is larger than a PNG can be.
pub fn kernel_mosaic(
    shape: &[usize],
    values: &[f32],
    kind: KernelKind,
) -> Result<Option<KernelGrid>, ReportError> {
    let Some(kernel) = Kernel::new(shape, values, kind) else {
        return Ok(None);
    };
    match kernel.picture() {
        KernelPicture::Colours => colours(&kernel),
        KernelPicture::Singles => singles(&kernel),
        KernelPicture::Planes => planes(&kernel),
        KernelPicture::Matrix => matrix(&kernel),
    }
    .map(Some)
}

const PATH: &str = "kernels.png";

/// An empty grid of cells of the kernel's extent, one pixel apart.
fn grid(kernel: &Kernel<'_>, picture: KernelPicture, columns: usize, rows: usize) -> KernelGrid {
    let pitch = (kernel.width + 1, kernel.height + 1);
    KernelGrid {
        png: Vec::new(),
        picture,
        scale: Scale::diverging(kernel.peak()),
        width: columns * pitch.0 - 1,
        height: rows * pitch.1 - 1,
        outputs: kernel.outputs,
        inputs: kernel.inputs,
        shown_outputs: kernel.outputs,
        shown_inputs: kernel.inputs,
        reduced_by: (1, 1),
        crop: (kernel.width, kernel.height),
        pitch,
        columns,
    }
}

fn colours(kernel: &Kernel<'_>) -> Result<KernelGrid, ReportError> {
    let columns = kernel.outputs.min(COLUMNS);
    let mut grid = grid(
        kernel,
        KernelPicture::Colours,
        columns,
        kernel.outputs.div_ceil(columns),
    );
    grid.scale.palette = Palette::Grey;
    let mut rgba = vec![0u8; grid.width * grid.height * 4];
    for output in 0..kernel.outputs {
        let (x, y) = (
            output % columns * grid.pitch.0,
            output / columns * grid.pitch.1,
        );
        for position in positions(kernel) {
            let pixel = ((y + position.0) * grid.width + x + position.1) * 4;
            for input in 0..3 {
                rgba[pixel + input] =
                    brightness(kernel.value(position, input, output), grid.scale.max);
            }
            rgba[pixel + 3] = u8::MAX;
        }
    }
    grid.png = encode::rgba_png(
        PATH,
        &Raster {
            width: grid.width,
            height: grid.height,
            bytes: &rgba,
        },
    )?;
    Ok(grid)
}

/// Grey for zero and NaN, white for `peak`, black for `−peak`.
fn brightness(value: f32, peak: f32) -> u8 {
    let share = if peak > 0.0 {
        f64::from(value) / f64::from(peak)
    } else {
        0.0
    };
    if share.is_nan() {
        128
    } else {
        (127.5 + 127.5 * share).round().clamp(0.0, 255.0) as u8
    }
}

fn singles(kernel: &Kernel<'_>) -> Result<KernelGrid, ReportError> {
    let columns = kernel.outputs.min(COLUMNS);
    let grid = grid(
        kernel,
        KernelPicture::Singles,
        columns,
        kernel.outputs.div_ceil(columns),
    );
    let mut indices = vec![GAP; grid.width * grid.height];
    for output in 0..kernel.outputs {
        let corner = (
            output % columns * grid.pitch.0,
            output / columns * grid.pitch.1,
        );
        plane(kernel, &grid, &mut indices, corner, 0, output);
    }
    indexed(grid, &indices)
}

fn planes(kernel: &Kernel<'_>) -> Result<KernelGrid, ReportError> {
    // Of uncommonly large kernels fewer are shown, so that the picture stays a picture.
    let bound = |side: usize| (2 * LONGEST_SIDE / (side + 1)).clamp(1, PLANES);
    let shown_inputs = kernel.inputs.min(bound(kernel.width));
    let shown_outputs = kernel.outputs.min(bound(kernel.height));
    let mut grid = grid(kernel, KernelPicture::Planes, shown_inputs, shown_outputs);
    (grid.shown_inputs, grid.shown_outputs) = (shown_inputs, shown_outputs);
    // A crop is the row of one output channel.
    (grid.columns, grid.crop) = (1, (grid.width, kernel.height));
    let mut indices = vec![GAP; grid.width * grid.height];
    for output in 0..shown_outputs {
        for input in 0..shown_inputs {
            let corner = (input * grid.pitch.0, output * grid.pitch.1);
            plane(kernel, &grid, &mut indices, corner, input, output);
        }
    }
    indexed(grid, &indices)
}

/// Draws one plane of one kernel.
fn plane(
    kernel: &Kernel<'_>,
    grid: &KernelGrid,
    indices: &mut [u8],
    (x, y): (usize, usize),
    input: usize,
    output: usize,
) {
    for position in positions(kernel) {
        let pixel = (y + position.0) * grid.width + x + position.1;
        indices[pixel] = grid.scale.index(kernel.value(position, input, output));
    }
}

/// Row and column of every value of a plane.
fn positions(kernel: &Kernel<'_>) -> impl Iterator<Item = (usize, usize)> {
    let (height, width) = (kernel.height, kernel.width);
    (0..height).flat_map(move |row| (0..width).map(move |column| (row, column)))
}

fn matrix(kernel: &Kernel<'_>) -> Result<KernelGrid, ReportError> {
    let reduced_by = (
        kernel.outputs.div_ceil(LONGEST_SIDE),
        kernel.inputs.div_ceil(LONGEST_SIDE),
    );
    let (height, width) = (
        kernel.outputs.div_ceil(reduced_by.0),
        kernel.inputs.div_ceil(reduced_by.1),
    );
    let mut strongest = vec![0f32; height * width];
    for input in 0..kernel.inputs {
        for output in 0..kernel.outputs {
            let value = kernel.value((0, 0), input, output);
            let place = &mut strongest[output / reduced_by.0 * width + input / reduced_by.1];
            // NaN stays: it must not hide behind its neighbours.
            if value.is_nan() || value.abs() > place.abs() {
                *place = value;
            }
        }
    }
    let mut grid = grid(kernel, KernelPicture::Matrix, 1, 1);
    (grid.width, grid.height, grid.reduced_by) = (width, height, reduced_by);
    (grid.crop, grid.pitch) = ((width, 1), (width, 1));
    let indices: Vec<u8> = strongest
        .into_iter()
        .map(|value| grid.scale.index(value))
        .collect();
    indexed(grid, &indices)
}

fn indexed(mut grid: KernelGrid, indices: &[u8]) -> Result<KernelGrid, ReportError> {
    grid.png = encode::indexed_png(
        PATH,
        &Raster {
            width: grid.width,
            height: grid.height,
            bytes: indices,
        },
    )?;
    Ok(grid)
}

#[cfg(test)]
mod tests;
