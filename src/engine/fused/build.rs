//! [`operation`]: the fastest way to compute a layer that fits it.

use super::affine::{Affine, Elementwise};
use super::combination::Combination;
use super::convolution::{Convolution, Convolver, DepthwiseConvolution, Separable};
use super::dense::Dense;
use super::depthwise::Depthwise;
use super::direct::{Direct, Geometry};
use super::image::{Padded, ZeroPadding};
use super::operation::{Fallback, Operation};
use super::pooling::Pooling;
use super::simd::InstructionSet;
use super::tile::Epilogue;
use super::winograd::{Thin, Winograd};
use super::{Options, activation};
use crate::engine::reference::SingleLayer;
use crate::model::operators::{self, PoolingKind};
use crate::model::{Activation, Extent, Layer, LayerId, Network, Operator, Padding, Shape, Window};

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
        Some(DepthwiseConvolution { output, kernel })
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
        Some(Box::new(Pooling::new(self.set, kind, &window, input)?))
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
