//! Products of matrices, and many values made one.

use candle_core::{Result, Tensor};

use super::layout::Layout;
use super::{Kernel, only};
use crate::model::Shape;
use crate::model::operators::{self, ReductionKind};

pub(super) struct MatrixProduct {
    transpose_second: bool,
    inputs: Vec<Layout>,
    output: Layout,
}

impl MatrixProduct {
    pub fn new(operator: &operators::MatrixProduct, inputs: &[&Shape], output: &Shape) -> Self {
        Self {
            transpose_second: operator.transpose_second,
            inputs: inputs.iter().map(|shape| Layout::of(shape)).collect(),
            output: Layout::of(output),
        }
    }
}

impl Kernel for MatrixProduct {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let ([first, second], [one, other]) = (inputs, self.inputs.as_slice()) else {
            candle_core::bail!("{} inputs where there should be two", inputs.len())
        };
        let first = one.to_channels_last(first)?;
        let mut second = other.to_channels_last(second)?;
        if self.transpose_second {
            second = second.t()?.contiguous()?;
        }
        self.output
            .from_channels_last(&matrix_product(&first, &second)?)
    }
}

/// The product of the last two axes. candle multiplies with few axes before them, so these become one.
fn matrix_product(first: &Tensor, second: &Tensor) -> Result<Tensor> {
    let (one, other) = (first.dims(), second.dims());
    let (rank, outer) = (one.len(), one.len() - 2);
    let mut dimensions: Vec<usize> = one[..outer]
        .iter()
        .zip(&other[..outer])
        .map(|(&one, &other)| one.max(other))
        .collect();
    let flat = |x: &Tensor| {
        let mut whole = dimensions.clone();
        whole.extend(&x.dims()[outer..]);
        let x = x.broadcast_as(whole)?.contiguous()?;
        x.reshape(((), x.dim(rank - 2)?, x.dim(rank - 1)?))
    };
    let product = flat(first)?.matmul(&flat(second)?)?;
    dimensions.extend(&product.dims()[1..]);
    product.reshape(dimensions)
}

pub(super) struct Reduction {
    kind: ReductionKind,
    /// Of a batch, channels last.
    axes: Vec<usize>,
    layout: Layout,
    output: Layout,
}

impl Reduction {
    pub fn new(operator: &operators::Reduction, input: &Shape, output: &Shape) -> Self {
        Self {
            kind: operator.kind,
            axes: operator.axes.iter().map(|axis| axis + 1).collect(),
            layout: Layout::of(input),
            output: Layout::of(output),
        }
    }
}

impl Kernel for Reduction {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = self.layout.to_channels_last(only(inputs)?)?;
        let axes = self.axes.as_slice();
        let extreme = |step: fn(&Tensor, usize) -> Result<Tensor>| {
            axes.iter().try_fold(x.clone(), |x, &axis| step(&x, axis))
        };
        let reduced = match self.kind {
            ReductionKind::Mean => x.mean_keepdim(axes)?,
            ReductionKind::Sum => x.sum_keepdim(axes)?,
            ReductionKind::Maximum => extreme(|x, axis| x.max_keepdim(axis))?,
            ReductionKind::Minimum => extreme(|x, axis| x.min_keepdim(axis))?,
            ReductionKind::Norm => x.sqr()?.sum_keepdim(axes)?.sqrt()?,
            ReductionKind::AbsoluteSum => x.abs()?.sum_keepdim(axes)?,
            ReductionKind::SumOfSquares => x.sqr()?.sum_keepdim(axes)?,
        };
        self.output.from_channels_last(&reduced)
    }
}

pub(super) struct LocalResponseNormalization {
    operator: operators::LocalResponseNormalization,
    layout: Layout,
}

impl LocalResponseNormalization {
    pub fn new(operator: &operators::LocalResponseNormalization, shape: &Shape) -> Self {
        Self {
            operator: *operator,
            layout: Layout::of(shape),
        }
    }
}

impl Kernel for LocalResponseNormalization {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let x = only(inputs)?;
        let operators::LocalResponseNormalization {
            size,
            alpha,
            beta,
            bias,
        } = self.operator;
        let axis = self.layout.channel_axis(x);
        let channels = x.dim(axis)?;
        let (before, after) = ((size - 1) / 2, size / 2);
        let squares = x.sqr()?;
        let sums = (0..channels)
            .map(|channel| {
                let start = channel.saturating_sub(before);
                let end = channel
                    .saturating_add(after)
                    .saturating_add(1)
                    .min(channels);
                squares.narrow(axis, start, end - start)?.sum_keepdim(axis)
            })
            .collect::<Result<Vec<_>>>()?;
        let scale = f64::from(alpha) / size as f64;
        let divisor = Tensor::cat(&sums, axis)?
            .affine(scale, bias.into())?
            .powf(beta.into())?;
        x / divisor
    }
}
