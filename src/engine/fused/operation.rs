//! [`Operation`]: a layer ready to compute, and [`operation`], which picks the fastest way that fits.

use super::affine::Affine;
use super::combination::Combination;
use super::depthwise::Depthwise;
use super::direct::{Direct, Geometry};
use super::image::Padded;
use super::parallel;
use super::pooling::Pooling;
use super::simd::InstructionSet;
use super::tile::Epilogue;
use super::winograd::{Thin, Winograd};
use super::{Options, activation};
use crate::engine::reference::SingleLayer;
use crate::model::operators::{self, PoolingKind};
use crate::model::{Activation, Extent, Layer, LayerId, Network, Operator, Padding, Shape, Window};

/// One call of an operation: values in the order sample, position, channel.
pub struct Job<'a> {
    pub images: usize,
    /// Nothing where the operation works in place and `output` holds the input.
    pub inputs: &'a [&'a [f32]],
    pub output: &'a mut [f32],
    /// As many values as [`Operation::scratch`] asks for.
    pub scratch: &'a mut [f32],
    /// Whether other threads may help with these images.
    pub parallel: bool,
}

/// A layer with its weights in place. All but the activations that no kernel ends with.
pub trait Operation: Send + Sync {
    /// Values of scratch memory for a job of this many images.
    fn scratch(&self, _images: usize) -> usize {
        0
    }

    /// Whether it can write over its input, value by value.
    fn works_in_place(&self) -> bool {
        false
    }

    /// Writes over some positions, where it works in place.
    fn change(&self, _values: &mut [f32]) {}

    /// The line that every channel's values go along, where that is all it does.
    fn affine(&self) -> Option<&Affine> {
        None
    }

    /// Images that it wants to compute together to be fast.
    fn together(&self) -> usize {
        1
    }

    /// # Errors
    /// What candle says where the reference back end computes the layer; the kernels here do not fail.
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()>;
}

/// An operation ready to compute, and the activation that it leaves to be applied behind it.
type Prepared = (Box<dyn Operation>, Option<Activation>);

/// The operation of a layer and the activation that follows it in a pass of its own; `None` where
/// the layer hands on its input's values.
///
/// # Errors
/// Where candle does not take the weights of a layer that is left to the reference back end.
pub fn operation(
    network: &Network,
    id: LayerId,
    options: &Options,
) -> candle_core::Result<Option<Prepared>> {
    let layer = network.layer(id);
    let rule = layer.operator.rule();
    if matches!(layer.operator, Operator::Input(_)) || rule.is_identity() {
        return Ok(None);
    }
    let set = options.instruction_set;
    let (epilogue, after) = activation::split(rule.activation());
    let input = network
        .input_shapes(id)
        .first()
        .and_then(|shape| shape.as_image());
    let build = Build {
        layer,
        set,
        epilogue,
        winograd: options.winograd,
    };
    let operation: Option<Box<dyn Operation>> = match (&layer.operator, input) {
        (Operator::Convolution(operator), Some(input)) => build.convolution(operator, input),
        (Operator::DepthwiseConvolution(operator), Some(input)) if operator.multiplier == 1 => {
            build.depthwise(operator, input)
        }
        (Operator::SeparableConvolution(operator), Some(input)) if operator.multiplier == 1 => {
            build.separable(operator, input)
        }
        (Operator::Pooling(operator), Some(input)) => {
            build.pooling(operator.kind, operator.window, input)
        }
        (Operator::GlobalPooling(operator), Some(input)) => {
            let window = Window {
                size: (input.0, input.1),
                stride: (1, 1),
                dilation: (1, 1),
                padding: Padding::Valid,
            };
            build.pooling(operator.kind, window, input)
        }
        (Operator::ZeroPadding(operator), Some(input)) => Some(Box::new(padding(operator, input))),
        (Operator::Dense(_), _) => build.dense(),
        (Operator::BatchNormalization(operator), _) => build.batch_normalization(operator),
        (Operator::Combination(operator), _) => combination(network, id, operator, set),
        (Operator::Rescaling(operator), _) => Some(Box::new(Elementwise {
            set,
            affine: Some(rescaling(operator, &layer.shape)),
        })),
        (Operator::ActivationLayer(operator), _) => {
            // Nothing to end, so the whole activation is the pass that follows.
            return Ok(Some((
                Box::new(Elementwise { set, affine: None }),
                Some(operator.activation),
            )));
        }
        _ => None,
    };
    match operation {
        Some(operation) => Ok(Some((operation, after))),
        None => Ok(Some((
            Box::new(Fallback {
                layer: SingleLayer::new(network, id)?,
            }),
            Some(rule.activation()).filter(|activation| *activation != Activation::Linear),
        ))),
    }
}

/// What the builders below share.
struct Build<'a> {
    layer: &'a Layer,
    set: InstructionSet,
    epilogue: Epilogue,
    winograd: bool,
}

type Built = Option<Box<dyn Operation>>;

impl Build<'_> {
    fn weight(&self, name: &str) -> Option<&[f32]> {
        self.layer.weight(name).map(|weight| &*weight.values)
    }

    fn convolution(
        &self,
        operator: &operators::Convolution,
        input: (usize, usize, usize),
    ) -> Built {
        let window = operator.window;
        let padded = padded(&window, input)?;
        let output = self.layer.shape.as_image()?;
        let (kernel, bias) = (self.weight("kernel")?, self.weight("bias"));
        let plain = window.size == (3, 3)
            && window.stride == (1, 1)
            && window.dilation == (1, 1)
            && operator.groups == 1;
        if self.winograd && plain && Thin::pays(input.2, output) {
            let padded = Thin::padding(padded, output);
            let kernel = Convolver::Thin(Thin::new(
                self.set,
                padded,
                output,
                kernel,
                bias,
                self.epilogue,
            ));
            return Some(Box::new(Convolution {
                padded,
                output,
                kernel,
            }));
        }
        let kernel = if self.winograd && plain && Winograd::pays(input.2, output) {
            Convolver::Winograd(Winograd::new(
                self.set,
                padded,
                output,
                kernel,
                bias,
                self.epilogue,
            ))
        } else {
            let geometry = Geometry {
                size: window.size,
                stride: window.stride,
                dilation: window.dilation,
                groups: operator.groups,
                output,
            };
            Convolver::Direct(Direct::new(
                self.set,
                &geometry,
                &padded,
                kernel,
                bias,
                self.epilogue,
            ))
        };
        Some(Box::new(Convolution {
            padded,
            output,
            kernel,
        }))
    }

    fn depthwise_kernel(
        &self,
        window: Window,
        input: (usize, usize, usize),
        bias: Option<&[f32]>,
        epilogue: Epilogue,
    ) -> Option<DepthwiseConvolution> {
        let padded = padded(&window, input)?;
        let (vertical, horizontal) = window.extents(input.0, input.1)?;
        let output = (vertical.output, horizontal.output, input.2);
        let kernel = self.weight("depthwise_kernel")?;
        let kernel = Depthwise::new(
            self.set,
            window,
            &padded,
            (output.0, output.1),
            kernel,
            bias,
            epilogue,
        );
        Some(DepthwiseConvolution {
            image: input,
            output,
            kernel,
        })
    }

    fn depthwise(
        &self,
        operator: &operators::DepthwiseConvolution,
        input: (usize, usize, usize),
    ) -> Built {
        Some(Box::new(self.depthwise_kernel(
            operator.window,
            input,
            self.weight("bias"),
            self.epilogue,
        )?))
    }

    fn separable(
        &self,
        operator: &operators::SeparableConvolution,
        input: (usize, usize, usize),
    ) -> Built {
        let depthwise = self.depthwise_kernel(operator.window, input, None, Epilogue::Linear)?;
        let pointwise = Direct::dense(
            self.set,
            input.2,
            operator.filters,
            self.weight("pointwise_kernel")?,
            self.weight("bias"),
            self.epilogue,
        );
        Some(Box::new(Separable {
            depthwise,
            pointwise,
            outputs: operator.filters,
        }))
    }

    fn pooling(&self, kind: PoolingKind, window: Window, input: (usize, usize, usize)) -> Built {
        Some(Box::new(Pool(Pooling::new(
            self.set, kind, &window, input,
        )?)))
    }

    fn dense(&self) -> Built {
        let kernel = self.layer.weight("kernel")?;
        let &[inputs, outputs] = kernel.shape.as_slice() else {
            return None;
        };
        let dense = Direct::dense(
            self.set,
            inputs,
            outputs,
            &kernel.values,
            self.weight("bias"),
            self.epilogue,
        );
        Some(Box::new(Dense {
            kernel: dense,
            inputs,
            outputs,
        }))
    }

    fn batch_normalization(&self, operator: &operators::BatchNormalization) -> Built {
        let variance = self.weight("moving_variance")?;
        let mut scale: Vec<f32> = variance
            .iter()
            .map(|variance| (variance + operator.epsilon).sqrt())
            .collect();
        match self.weight("gamma") {
            Some(gamma) => scale
                .iter_mut()
                .zip(gamma)
                .for_each(|(scale, gamma)| *scale = gamma / *scale),
            None => scale.iter_mut().for_each(|scale| *scale = 1.0 / *scale),
        }
        let none = vec![0.0; scale.len()];
        let affine = Affine::new(
            self.weight("moving_mean")?,
            &scale,
            self.weight("beta").unwrap_or(&none),
        );
        Some(Box::new(Elementwise {
            set: self.set,
            affine: Some(affine),
        }))
    }
}

/// Layers of the same shape combined; others are left to the reference back end.
fn combination(
    network: &Network,
    id: LayerId,
    operator: &operators::Combination,
    set: InstructionSet,
) -> Built {
    let shapes = network.input_shapes(id);
    let alike = shapes
        .iter()
        .all(|shape| **shape == network.layer(id).shape);
    (alike && !shapes.is_empty()).then(|| Box::new(Combination::new(set, operator.kind)) as _)
}

/// The padding that a window asks for.
fn padded(window: &Window, input: (usize, usize, usize)) -> Option<Padded> {
    let (vertical, horizontal) = window.extents(input.0, input.1)?;
    let Extent {
        before: top,
        after: bottom,
        ..
    } = vertical;
    Some(Padded {
        image: input,
        top,
        left: horizontal.before,
        bottom,
        right: horizontal.after,
    })
}

fn padding(operator: &operators::ZeroPadding, image: (usize, usize, usize)) -> ZeroPadding {
    let operators::ZeroPadding {
        top,
        bottom,
        left,
        right,
    } = *operator;
    ZeroPadding(Padded {
        image,
        top,
        left,
        bottom,
        right,
    })
}

fn rescaling(operator: &operators::Rescaling, shape: &Shape) -> Affine {
    let channels = shape.channels();
    let each = |values: &[f32]| {
        if values.len() == 1 {
            vec![values[0]; channels]
        } else {
            values.to_vec()
        }
    };
    Affine::new(
        &vec![0.0; channels],
        &each(&operator.scale),
        &each(&operator.offset),
    )
}

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

enum Convolver {
    Direct(Direct),
    Winograd(Winograd),
    Thin(Thin),
}

struct Convolution {
    padded: Padded,
    output: (usize, usize, usize),
    kernel: Convolver,
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

struct DepthwiseConvolution {
    image: (usize, usize, usize),
    output: (usize, usize, usize),
    kernel: Depthwise,
}

impl DepthwiseConvolution {
    /// Values of an image.
    fn values(&self) -> usize {
        self.image.0 * self.image.1 * self.image.2
    }
}

impl Operation for DepthwiseConvolution {
    fn scratch(&self, images: usize) -> usize {
        match self.kernel.slack() {
            0 => 0,
            slack => images * self.values() + slack,
        }
    }

    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let (values, slack) = (job.images * self.values(), self.kernel.slack());
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

struct Separable {
    depthwise: DepthwiseConvolution,
    pointwise: Direct,
    outputs: usize,
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

struct Pool(Pooling);

impl Operation for Pool {
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        parallel::rows(job.parallel, job.output, self.0.row(), |rows, output| {
            self.0.rows(job.inputs[0], rows, output)
        });
        Ok(())
    }
}

struct Dense {
    kernel: Direct,
    inputs: usize,
    outputs: usize,
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

/// Values copied at a time where an operation that works in place must not: they stay in the
/// first-level cache until they are changed.
const COPIED: usize = 4096;

/// Value for value, in place where nobody else reads the input.
struct Elementwise {
    set: InstructionSet,
    affine: Option<Affine>,
}

impl Operation for Elementwise {
    fn works_in_place(&self) -> bool {
        true
    }

    fn affine(&self) -> Option<&Affine> {
        self.affine.as_ref()
    }

    fn change(&self, values: &mut [f32]) {
        if let Some(affine) = &self.affine {
            affine.apply(self.set, values);
        }
    }

    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let channels = self.affine.as_ref().map_or(1, Affine::channels).max(1);
        let input = job.inputs.first();
        parallel::rows(job.parallel, job.output, channels, |positions, output| {
            let size = (COPIED / channels).max(1) * channels;
            let mut start = positions.start * channels;
            for values in output.chunks_mut(size) {
                if let Some(input) = input {
                    values.copy_from_slice(&input[start..start + values.len()]);
                    start += values.len();
                }
                self.change(values);
            }
        });
        Ok(())
    }
}

struct ZeroPadding(Padded);

impl Operation for ZeroPadding {
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        let (height, width, channels) = self.0.image;
        let images = job.inputs[0].chunks_exact(height * width * channels);
        for (image, output) in images.zip(job.output.chunks_exact_mut(self.0.len())) {
            self.0.pad(image, output);
        }
        Ok(())
    }
}

/// What has no kernel here: the reference back end's operation on the same data.
struct Fallback {
    layer: SingleLayer,
}

impl Operation for Fallback {
    fn compute(&self, job: Job<'_>) -> candle_core::Result<()> {
        job.output
            .copy_from_slice(&self.layer.compute(job.inputs, job.images)?);
        Ok(())
    }
}
