//! Convolutions of 3×3 with stride 1 by Winograd's minimal filtering: a tile of 4×4 outputs with 36
//! products instead of 144.
//!
//! An axis is cut into tiles of nearly equal size (11 = 4 + 4 + 3), so that no product is spent on
//! outputs that do not exist, with tiles of 5 where they save a whole tile (13 = 5 + 4 + 4); a layer has up
//! to four kinds of tiles, each with its own transformed weights. Tiles of one kind, from all images at hand, go through in blocks: inputs are transformed,
//! then each point is a small matrix product, then outputs are transformed back, panel by panel of
//! output channels so that the products stay in cache.

mod thin;
mod transform;

pub use thin::Thin;

use std::cell::RefCell;
use std::ops::Range;

use super::buffer::Buffer;
use super::image::Padded;
use super::simd::{InstructionSet, Kernel, Simd};
use super::tile::{Epilogue, Packed, Row, Run, row};

/// Tiles in a block at most, a multiple of the largest register tile.
const BLOCK: usize = 52;
/// Outputs of the usual tile along an axis.
const USUAL: usize = 4;
/// Outputs of the largest one, which rounds worse.
const LARGEST: usize = 5;

/// Some output rows or columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: usize,
    size: usize,
}

/// Cuts an axis into as few tiles as possible, as equal as possible: of up to [`USUAL`] outputs, or of up to
/// [`LARGEST`] where that saves at least a twelfth of the products.
fn spans(extent: usize) -> Vec<Span> {
    let (usual, fewest) = (extent.div_ceil(USUAL), extent.div_ceil(LARGEST));
    // A tile of n outputs takes n + 2 products.
    let products = |count: usize| extent + 2 * count;
    let count = if 12 * products(fewest) <= 11 * products(usual) {
        fewest
    } else {
        usual
    };
    let mut start = 0;
    (0..count)
        .map(|number| {
            let size = extent / count + usize::from(number < extent % count);
            start += size;
            Span {
                start: start - size,
                size,
            }
        })
        .collect()
}

/// The tiles of one size, with the weights transformed for it.
struct Tiles {
    rows: Vec<Span>,
    columns: Vec<Span>,
    /// One matrix a point.
    weights: Vec<Packed>,
}

/// A convolution with its weights transformed.
pub struct Winograd {
    set: InstructionSet,
    padded: Padded,
    output: (usize, usize, usize),
    kinds: Vec<Tiles>,
    bias: Buffer,
    epilogue: Epilogue,
}

thread_local! {
    /// Transformed inputs and products of a block. Nothing else runs on the thread while they are used.
    static WORKSPACE: RefCell<(Buffer, Buffer)> = RefCell::default();
}

impl Winograd {
    /// Whether the transforms cost less than they save. Does not depend on the instruction set, so
    /// that all of them compute the same.
    pub fn pays(input: usize, output: (usize, usize, usize)) -> bool {
        input >= 16 && output.2 >= 16 && output.0 >= 2 && output.1 >= 2
    }

    /// `kernel` in the order HWIO, 3×3.
    pub fn new(
        set: InstructionSet,
        padded: Padded,
        output: (usize, usize, usize),
        kernel: &[f32],
        bias: Option<&[f32]>,
        epilogue: Epilogue,
    ) -> Self {
        let (rows, columns) = (spans(output.0), spans(output.1));
        let mut kinds = Vec::new();
        for height in sizes(&rows) {
            for width in sizes(&columns) {
                kinds.push(Tiles {
                    rows: rows
                        .iter()
                        .copied()
                        .filter(|span| span.size == height)
                        .collect(),
                    columns: columns
                        .iter()
                        .copied()
                        .filter(|span| span.size == width)
                        .collect(),
                    weights: transformed(
                        set,
                        (height + 2, width + 2),
                        padded.image.2,
                        output.2,
                        kernel,
                    ),
                });
            }
        }
        let mut biases = Buffer::zeros(output.2 + 2 * set.lanes());
        if let Some(bias) = bias {
            biases.as_mut_slice()[..bias.len()].copy_from_slice(bias);
        }
        Self {
            set,
            padded,
            output,
            kinds,
            bias: biases,
            epilogue,
        }
    }

    /// Images whose tiles of the rarest kind fill a register tile: with fewer, weights are read for too
    /// few products each.
    pub fn together(&self) -> usize {
        let tiles = |tiles: &Tiles| tiles.rows.len() * tiles.columns.len();
        let rarest = self.kinds.iter().map(tiles).min().unwrap_or(1);
        (BLOCK / 4).div_ceil(rarest.max(1))
    }

    /// Computes whole images: `input` holds `images` padded images, `output` as many outputs.
    pub fn images(&self, input: &[f32], images: usize, output: &mut [f32]) {
        self.compute(input, images, 0..self.output.0, output);
    }

    /// Output rows at which an image can be cut for several threads, from 0 to its height.
    pub fn cuts(&self) -> Vec<usize> {
        spans(self.output.0)
            .iter()
            .map(|span| span.start)
            .chain([self.output.0])
            .collect()
    }

    /// Computes some rows of one image, from one of [`Self::cuts`] to another.
    pub fn rows(&self, input: &[f32], rows: Range<usize>, output: &mut [f32]) {
        self.compute(input, 1, rows, output);
    }

    fn compute(&self, input: &[f32], images: usize, rows: Range<usize>, output: &mut [f32]) {
        assert!(
            input.len() >= images * self.padded.len(),
            "fewer inputs than images"
        );
        WORKSPACE.with_borrow_mut(|(points, products)| {
            for tiles in &self.kinds {
                let spans = tiles.rows.iter().filter(|span| rows.contains(&span.start));
                let size = (tiles.rows[0].size, tiles.columns[0].size);
                let all = images * spans.clone().count() * tiles.columns.len();
                let mut block =
                    Block::new(self, tiles, input, rows.start, output, points, products);
                // Blocks of nearly equal size.
                block.limit = all.div_ceil(all.div_ceil(BLOCK).max(1));
                for image in 0..images {
                    for row in spans.clone() {
                        for column in &tiles.columns {
                            block.push(
                                Place {
                                    image,
                                    row: row.start,
                                    column: column.start,
                                },
                                size,
                            );
                        }
                    }
                }
                block.flush(size);
            }
        });
    }
}

fn sizes(spans: &[Span]) -> Vec<usize> {
    let mut sizes: Vec<usize> = spans.iter().map(|span| span.size).collect();
    sizes.dedup();
    sizes
}

/// `G g Gᵀ` in `f64`, one packed matrix a point.
fn transformed(
    set: InstructionSet,
    (height, width): (usize, usize),
    inputs: usize,
    outputs: usize,
    kernel: &[f32],
) -> Vec<Packed> {
    let mut points = vec![vec![0.0f32; inputs * outputs]; height * width];
    for pair in 0..inputs * outputs {
        let tap = |y: usize, x: usize| f64::from(kernel[(y * 3 + x) * inputs * outputs + pair]);
        let rows: Vec<Vec<f64>> = (0..3)
            .map(|y| transform::taps(width, [tap(y, 0), tap(y, 1), tap(y, 2)]))
            .collect();
        for x in 0..width {
            let column = transform::taps(height, [rows[0][x], rows[1][x], rows[2][x]]);
            for (y, value) in column.into_iter().enumerate() {
                points[y * width + x][pair] = value as f32;
            }
        }
    }
    let pack = |values: Vec<f32>| {
        Packed::new(
            set.lanes(),
            inputs,
            outputs,
            |input, output| values[input * outputs + output],
            None,
        )
    };
    points.into_iter().map(pack).collect()
}

/// The first output of a tile.
#[derive(Clone, Copy, Default)]
struct Place {
    image: usize,
    row: usize,
    column: usize,
}

/// Tiles of one kind that go through together.
struct Block<'a> {
    of: &'a Winograd,
    tiles: &'a Tiles,
    input: &'a [f32],
    /// The image row that `output` begins with.
    first_row: usize,
    output: &'a mut [f32],
    places: [Place; BLOCK],
    count: usize,
    /// Tiles that are computed together.
    limit: usize,
    points: &'a mut Buffer,
    products: &'a mut Buffer,
}

/// An odd number of cache lines: points at a distance of a power of two would share few cache sets.
fn stride(values: usize) -> usize {
    (values.div_ceil(16) | 1) * 16
}

impl<'a> Block<'a> {
    fn new(
        of: &'a Winograd,
        tiles: &'a Tiles,
        input: &'a [f32],
        first_row: usize,
        output: &'a mut [f32],
        points: &'a mut Buffer,
        products: &'a mut Buffer,
    ) -> Self {
        let number = tiles.weights.len();
        points.grow(number * stride(BLOCK * of.padded.image.2));
        products.grow(number * stride(BLOCK * 2 * of.set.lanes()));
        Self {
            of,
            tiles,
            input,
            first_row,
            output,
            places: [Place::default(); BLOCK],
            count: 0,
            limit: BLOCK,
            points,
            products,
        }
    }

    fn push(&mut self, place: Place, size: (usize, usize)) {
        self.places[self.count] = place;
        self.count += 1;
        if self.count == self.limit {
            self.flush(size);
        }
    }

    /// Computes the tiles gathered so far.
    fn flush(&mut self, size: (usize, usize)) {
        macro_rules! kinds {
            ($(($height:literal $width:literal))*) => {
                match size {
                    $(($height, $width) => self.of.set.run(Flush::<{ $height + 2 }, { $width + 2 }>(self)),)*
                    _ => unreachable!("tiles of {size:?}"),
                }
            };
        }
        if self.count > 0 {
            kinds!((2 2) (2 3) (2 4) (2 5) (3 2) (3 3) (3 4) (3 5) (4 2) (4 3) (4 4) (4 5) (5 2) (5 3) (5 4) (5 5));
        }
        self.count = 0;
    }
}

/// A block of tiles that read `H × W` inputs each.
struct Flush<'a, 'b, const H: usize, const W: usize>(&'a mut Block<'b>);

impl<const H: usize, const W: usize> Kernel for Flush<'_, '_, H, W> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let block = self.0;
        let channels = block.of.padded.image.2;
        let apart = stride(block.count * channels);
        for tile in 0..block.count {
            simd.run(ToPoints::<H, W> {
                block: &mut *block,
                tile,
                apart,
            });
        }
        let runs = [Run {
            offset: 0,
            len: channels,
        }];
        let panels = block.tiles.weights[0].panels.len();
        for number in 0..panels {
            let width = block.tiles.weights[0].panels[number].vectors * S::LANES;
            let products_apart = stride(block.count * width);
            for (point, packed) in block.tiles.weights.iter().enumerate() {
                let positions = Row {
                    input: &block.points.as_slice()[point * apart..],
                    step: channels,
                    runs: &runs,
                    output: &mut block.products.as_mut_slice()[point * products_apart..],
                    output_step: width,
                    positions: block.count,
                };
                // Vectors are stored whole: what is behind the last channel is zero, and in the way of nobody.
                row(
                    simd,
                    packed,
                    &packed.panels[number].whole(S::LANES),
                    positions,
                    0,
                    Epilogue::Linear,
                );
            }
            for tile in 0..block.count {
                simd.run(FromPoints::<H, W> {
                    block: &mut *block,
                    tile,
                    panel: number,
                    apart: products_apart,
                });
            }
        }
    }
}

/// Transforms the inputs of one tile.
struct ToPoints<'a, 'b, const H: usize, const W: usize> {
    block: &'a mut Block<'b>,
    tile: usize,
    apart: usize,
}

impl<const H: usize, const W: usize> Kernel for ToPoints<'_, '_, H, W> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { block, tile, apart } = self;
        let padded = &block.of.padded;
        let (height, columns, channels) = padded.padded();
        let Place { image, row, column } = block.places[tile];
        let start = image * padded.len() + (row * columns + column) * channels;
        // What the reads and writes below rely on.
        assert!(row + H <= height && column + W <= columns && channels >= S::LANES);
        assert!(start + ((H - 1) * columns + W) * channels <= block.input.len());
        let points = block.points.as_mut_slice();
        assert!((H * W - 1) * apart + (tile + 1) * channels <= points.len());
        let mut channel = 0;
        while channel < channels {
            // The last vector overlaps the one before it where the channels do not fill it.
            let at = channel.min(channels - S::LANES);
            // SAFETY: the assertions above; `at + LANES ≤ channels`.
            unsafe {
                let from = block.input.as_ptr().add(start + at);
                let to = points.as_mut_ptr().add(tile * channels + at);
                let mut rows = [[simd.splat(0.0); W]; H];
                for x in 0..W {
                    let mut d = [simd.splat(0.0); H];
                    for (y, value) in d.iter_mut().enumerate() {
                        *value = simd.load(from.add((y * columns + x) * channels));
                    }
                    let d = transform::input::<S, H>(simd, d);
                    for y in 0..H {
                        rows[y][x] = d[y];
                    }
                }
                for (y, &values) in rows.iter().enumerate() {
                    for (x, &value) in transform::input::<S, W>(simd, values).iter().enumerate() {
                        simd.store(to.add((y * W + x) * apart), value);
                    }
                }
            }
            channel += S::LANES;
        }
    }
}

/// Transforms the products of one tile back and stores its outputs, for one panel of channels.
struct FromPoints<'a, 'b, const H: usize, const W: usize> {
    block: &'a mut Block<'b>,
    tile: usize,
    panel: usize,
    apart: usize,
}

impl<const H: usize, const W: usize> Kernel for FromPoints<'_, '_, H, W> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            block,
            tile,
            panel,
            apart,
        } = self;
        let of = block.of;
        let panel = &block.tiles.weights[0].panels[panel];
        let (height, columns, channels) = of.output;
        let Place { image, row, column } = block.places[tile];
        let first = image * height * columns * channels
            + ((row - block.first_row) * columns + column) * channels;
        let (products, bias) = (block.products.as_slice(), of.bias.as_slice());
        let width = panel.vectors * S::LANES;
        // What the reads and writes below rely on.
        assert!((H * W - 1) * apart + (tile + 1) * width <= products.len());
        assert!(first + ((H - 3) * columns + W - 2) * channels <= block.output.len());
        assert!(panel.channel + width <= bias.len() && panel.channel + panel.channels <= channels);
        for vector in 0..panel.vectors {
            let channel = panel.channel + vector * S::LANES;
            let count = (channels - channel).min(S::LANES);
            // SAFETY: the assertions above; only `count` channels are written.
            unsafe {
                let from = products.as_ptr().add(tile * width + vector * S::LANES);
                let to = block.output.as_mut_ptr().add(first + channel);
                let bias = simd.load(bias.as_ptr().add(channel));
                let mut rows = [[simd.splat(0.0); W]; H];
                for x in 0..W {
                    let mut m = [simd.splat(0.0); H];
                    for (y, value) in m.iter_mut().enumerate() {
                        *value = simd.load(from.add((y * W + x) * apart));
                    }
                    let m = transform::output::<S, H>(simd, m);
                    for y in 0..H - 2 {
                        rows[y][x] = m[y];
                    }
                }
                for (y, &values) in rows.iter().take(H - 2).enumerate() {
                    let values = transform::output::<S, W>(simd, values);
                    for (x, &value) in values.iter().take(W - 2).enumerate() {
                        let value = of.epilogue.apply(simd, simd.add(value, bias));
                        let to = to.add((y * columns + x) * channels);
                        if count == S::LANES {
                            simd.store(to, value);
                        } else {
                            let mut edge = [0.0f32; 16];
                            simd.store(edge.as_mut_ptr(), value);
                            std::ptr::copy_nonoverlapping(edge.as_ptr(), to, count);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
