//! [`KernelPlane`]: one plane of one kernel in numbers.

use serde::Serialize;

use super::{Kernel, KernelKind};
use crate::report::pictures::Scale;

/// One plane of one kernel in numbers, row by row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelPlane {
    /// The input channel it reads.
    pub input: usize,
    pub rows: Vec<Vec<KernelCell>>,
}

/// One weight, as a table shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelCell {
    pub value: f32,
    /// Number of its colour in the diverging palette, 0 to 32; `None` for NaN.
    pub level: Option<u8>,
    /// `#rrggbb`.
    pub colour: String,
    /// Whether light text reads better on it than dark text.
    pub light_text: bool,
}

/// The numbers of the kernel of one output channel: its first `maximum` planes, coloured on the
/// diverging palette between the ends of `scale` ([`KernelGrid::scale`]). Empty for what is no kernel and for
/// channels that do not exist.
pub fn kernel_planes(
    shape: &[usize],
    values: &[f32],
    kind: KernelKind,
    scale: Scale,
    output: usize,
    maximum: usize,
) -> Vec<KernelPlane> {
    let Some(kernel) = Kernel::new(shape, values, kind).filter(|kernel| output < kernel.outputs)
    else {
        return Vec::new();
    };
    let scale = Scale::diverging(scale.max);
    // The multiplier's channels stand side by side for each input of a depthwise kernel.
    let multiplier = match (kind, shape) {
        (KernelKind::Depthwise, [.., multiplier]) => *multiplier,
        _ => 1,
    };
    (0..kernel.inputs.min(maximum))
        .map(|input| KernelPlane {
            input: if kind == KernelKind::Depthwise {
                output / multiplier
            } else {
                input
            },
            rows: (0..kernel.height)
                .map(|row| {
                    (0..kernel.width)
                        .map(|column| cell(scale, kernel.value((row, column), input, output)))
                        .collect()
                })
                .collect(),
        })
        .collect()
}

fn cell(scale: Scale, value: f32) -> KernelCell {
    KernelCell {
        value,
        level: scale.level(value),
        colour: scale.colour(value),
        light_text: scale.wants_light_text(value),
    }
}
