//! Convolutions and pooling: operators that slide windows over images.

use super::super::array::Array;
use super::super::error::Reason;
use super::super::importer::{on, weight};
use super::super::view::{View, in_words, product};
use super::call::{Call, Outputs, one};
use crate::model::operators::{
    Activation, Convolution, DepthwiseConvolution, GlobalPooling, Pooling, PoolingKind, Reduction,
    ReductionKind, TransposedConvolution,
};
use crate::model::{LayerId, Margins, Padding, Window};

pub fn conv(call: &mut Call<'_, '_>) -> Outputs {
    let (layer, view) = image(call)?;
    let kernel = image_kernel(&call.needed(1)?)?;
    let bias = call.constant(2)?;
    let &[filters, per_group, height, width] = kernel.dimensions() else {
        return Err(format!(
            "has a kernel of the shape {:?}",
            kernel.dimensions()
        ));
    };
    let groups = usize::try_from(call.node.integer("group").unwrap_or(1)).unwrap_or(0);
    let channels = call.importer.shape(layer).channels();
    if groups == 0 || per_group.checked_mul(groups) != Some(channels) {
        return Err(format!(
            "has a kernel for {groups} groups of {per_group} channels, but reads {channels} channels"
        ));
    }
    let window = window(call, (height, width), layer)?;
    let mut weights = Vec::new();
    if let Some(bias) = &bias {
        weights.push(weight("bias", bias.dimensions(), bias.to_floats()));
    }
    let bias = bias.is_some();
    let activation = Activation::Linear;
    let depthwise = per_group == 1 && groups > 1 && filters.is_multiple_of(groups);
    let layer = if depthwise {
        let multiplier = filters / groups;
        let kernel = kernel
            .reshape(&[groups, multiplier, height, width])?
            .transpose(&[2, 3, 0, 1])?;
        weights.push(weight(
            "depthwise_kernel",
            kernel.dimensions(),
            kernel.to_floats(),
        ));
        let operator = DepthwiseConvolution {
            multiplier,
            window,
            bias,
            activation,
        };
        call.push(operator, vec![layer], weights)?
    } else {
        let kernel = kernel.transpose(&[2, 3, 1, 0])?;
        weights.push(weight("kernel", kernel.dimensions(), kernel.to_floats()));
        let operator = Convolution {
            filters,
            window,
            groups,
            bias,
            activation,
        };
        call.push(operator, vec![layer], weights)?
    };
    one(on(layer, &view))
}

/// `ConvTranspose`: every input position spreads a kernel over the output.
pub fn conv_transpose(call: &mut Call<'_, '_>) -> Outputs {
    let (layer, view) = image(call)?;
    let kernel = image_kernel(&call.needed(1)?)?;
    let bias = call.constant(2)?;
    let &[channels, per_group, height, width] = kernel.dimensions() else {
        return Err(format!(
            "has a kernel of the shape {:?}",
            kernel.dimensions()
        ));
    };
    let groups = usize::try_from(call.node.integer("group").unwrap_or(1)).unwrap_or(0);
    let filters = per_group.saturating_mul(groups);
    if channels != call.importer.shape(layer).channels() {
        return Err(format!("has a kernel for {channels} channels"));
    }
    let mut operator = TransposedConvolution {
        filters,
        size: (height, width),
        stride: pair(call.node.integers("strides"), 1)?,
        dilation: pair(call.node.integers("dilations"), 1)?,
        groups,
        padding: Padding::Valid,
        output_padding: Some(ends(call.node.integers("output_padding"))?),
        bias: bias.is_some(),
        activation: Activation::Linear,
    };
    let (padding, beyond) = match call.node.text("auto_pad").unwrap_or("NOTSET") {
        "NOTSET" if call.node.integers("output_shape").is_none() => (explicit(call)?, (0, 0)),
        "VALID" if call.node.integers("output_shape").is_none() => (Padding::Valid, (0, 0)),
        "SAME_UPPER" => spread_same(call, &operator, layer, true)?,
        // What it says of an output shape alone, too: the odd pixel is cut off before.
        _ => spread_same(call, &operator, layer, false)?,
    };
    operator.padding = padding;
    let (down, right) = operator.output_padding.unwrap_or_default();
    operator.output_padding = Some((
        down.saturating_add(beyond.0),
        right.saturating_add(beyond.1),
    ));
    let kernel = kernel.transpose(&[2, 3, 1, 0])?;
    let mut weights = vec![weight("kernel", kernel.dimensions(), kernel.to_floats())];
    if let Some(bias) = &bias {
        weights.push(weight("bias", bias.dimensions(), bias.to_floats()));
    }
    let layer = call.push(operator, vec![layer], weights)?;
    one(on(layer, &view))
}

/// Two numbers for height and width, 0 where there are none; of a sequence the height has none.
fn ends(values: Option<&[i64]>) -> Result<(usize, usize), Reason> {
    match values {
        Some(&[along]) => Ok((0, pair(Some(&[along]), 0)?.1)),
        values => pair(values, 0),
    }
}

/// What is cut off for an output of a said size, or of `stride` positions for each of the input; and how many positions it
/// has beyond those that the kernels reach.
fn spread_same(
    call: &Call<'_, '_>,
    operator: &TransposedConvolution,
    input: LayerId,
    upper: bool,
) -> Result<(Padding, (usize, usize)), Reason> {
    let wrong = || Reason::from("spreads kernels over an output that cannot be");
    let (height, width, _) = call.importer.shape(input).as_image().ok_or_else(wrong)?;
    let whole = TransposedConvolution {
        padding: Padding::Valid,
        ..*operator
    };
    let (vertical, horizontal) = whole.spans(height, width).ok_or_else(wrong)?;
    let (down, right) = match call.node.integers("output_shape") {
        Some(stated) => pair(Some(&stated[stated.len().saturating_sub(2)..]), 1)?,
        None => (height * operator.stride.0, width * operator.stride.1),
    };
    let cut = |reached: usize, output: usize| {
        let all = reached.saturating_sub(output);
        if upper {
            (all / 2, all - all / 2)
        } else {
            (all - all / 2, all / 2)
        }
    };
    let (top, bottom) = cut(vertical.output, down);
    let (left, after) = cut(horizontal.output, right);
    let padding = Padding::Explicit {
        margins: Margins {
            top,
            bottom,
            left,
            right: after,
        },
        ceil: false,
    };
    let beyond = (
        down.saturating_sub(vertical.output),
        right.saturating_sub(horizontal.output),
    );
    Ok((padding, beyond))
}

/// The first input as batch × height × width × channels; a sequence as an image one pixel high.
pub fn image(call: &mut Call<'_, '_>) -> Result<(LayerId, View), Reason> {
    let view = call.view(0)?;
    let shape = in_words(&call.extents(&view));
    let wrong = || format!("takes images or sequences as batch × channels × …, but reads {shape}");
    let order: &[usize] = match view.axes.len() {
        4 => &[2, 3, 1],
        3 => &[2, 1],
        _ => return Err(wrong()),
    };
    let alone = product(&view.axes[0], call.importer.shape(view.layer), 1) == 1;
    if !view.holds_batch(0) || !alone {
        return Err(wrong());
    }
    let name = call.name();
    if order.len() == 3 {
        return call.importer.in_order(&view, order, name);
    }
    let mut high = view.clone();
    high.axes.insert(2, Vec::new());
    let (layer, mut found) = call.importer.in_order(&high, &[2, 3, 1], name)?;
    found.axes.remove(2);
    Ok((layer, found))
}

/// Refuses a tensor whose first axis is more than the batch: what is computed of each sample would be
/// computed of several of its parts.
pub fn samples_first(call: &Call<'_, '_>, view: &View) -> Result<(), Reason> {
    let alone = product(&view.axes[0], call.importer.shape(view.layer), 1) == 1;
    if view.holds_batch(0) && alone {
        return Ok(());
    }
    Err(format!(
        "takes batch × channels × …, but reads {}",
        in_words(&call.extents(view))
    ))
}

fn image_kernel(kernel: &Array) -> Result<Array, Reason> {
    match *kernel.dimensions() {
        [filters, channels, length] => kernel.reshape(&[filters, channels, 1, length]),
        _ => Ok(kernel.clone()),
    }
}

/// Two numbers for height and width; one is for the width of a sequence.
fn pair(values: Option<&[i64]>, default: usize) -> Result<(usize, usize), Reason> {
    let number =
        |value: i64| usize::try_from(value).map_err(|_| format!("has a window of {values:?}"));
    match values {
        None | Some([]) => Ok((default, default)),
        Some(&[along]) => Ok((1, number(along)?)),
        Some(&[vertical, horizontal]) => Ok((number(vertical)?, number(horizontal)?)),
        Some(values) => Err(format!(
            "slides over {} axes, but only 1 and 2 are supported",
            values.len()
        )),
    }
}

/// The window of a convolution or pooling with kernels of this size.
fn window(call: &Call<'_, '_>, size: (usize, usize), input: LayerId) -> Result<Window, Reason> {
    let node = &call.node;
    if let Some(stated) = node.integers("kernel_shape")
        && pair(Some(stated), 1)? != size
    {
        return Err(format!(
            "says that its kernel is {stated:?}, but it is {size:?}"
        ));
    }
    let mut window = Window {
        size,
        stride: pair(node.integers("strides"), 1)?,
        dilation: pair(node.integers("dilations"), 1)?,
        padding: Padding::Valid,
    };
    window.padding = match node.text("auto_pad").unwrap_or("NOTSET") {
        "NOTSET" => explicit(call)?,
        "VALID" => Padding::Valid,
        "SAME_UPPER" => Padding::Same,
        "SAME_LOWER" => same_lower(call, &window, input)?,
        other => return Err(format!("pads by the rule {other}, which is not known")),
    };
    Ok(window)
}

fn explicit(call: &Call<'_, '_>) -> Result<Padding, Reason> {
    let pads = call.node.integers("pads").unwrap_or_default();
    let number = |value: i64| {
        usize::try_from(value)
            .map_err(|_| format!("pads by {pads:?}; cutting off pixels is not supported"))
    };
    let margins = match *pads {
        [] => Margins::NONE,
        [before, after] => Margins {
            left: number(before)?,
            right: number(after)?,
            ..Margins::NONE
        },
        [top, left, bottom, right] => Margins {
            top: number(top)?,
            bottom: number(bottom)?,
            left: number(left)?,
            right: number(right)?,
        },
        _ => {
            return Err(format!(
                "pads by {pads:?}, which is not two numbers an axis"
            ));
        }
    };
    let ceil = call.node.flag("ceil_mode");
    Ok(if margins == Margins::NONE && !ceil {
        Padding::Valid
    } else {
        Padding::Explicit { margins, ceil }
    })
}

/// As much as `Same`, the odd pixel before the image.
fn same_lower(call: &Call<'_, '_>, window: &Window, input: LayerId) -> Result<Padding, Reason> {
    let same = Window {
        padding: Padding::Same,
        ..*window
    };
    let image = call.importer.shape(input).as_image();
    let extents = image.and_then(|(height, width, _)| same.extents(height, width));
    let (vertical, horizontal) = extents.ok_or("slides a window that does not fit")?;
    Ok(Padding::Explicit {
        margins: Margins {
            top: vertical.after,
            bottom: vertical.before,
            left: horizontal.after,
            right: horizontal.before,
        },
        ceil: false,
    })
}

pub fn max_pool(call: &mut Call<'_, '_>) -> Outputs {
    pool(call, PoolingKind::Max)
}

pub fn average_pool(call: &mut Call<'_, '_>) -> Outputs {
    let kind = if call.node.flag("count_include_pad") {
        PoolingKind::AverageWithPadding
    } else {
        PoolingKind::Average
    };
    pool(call, kind)
}

fn pool(call: &mut Call<'_, '_>, kind: PoolingKind) -> Outputs {
    let (layer, view) = image(call)?;
    let size = call
        .node
        .integers("kernel_shape")
        .ok_or("has no kernel_shape")?;
    let window = window(call, pair(Some(size), 1)?, layer)?;
    let layer = call.push(Pooling { kind, window }, vec![layer], vec![])?;
    one(on(layer, &view))
}

pub fn global_average_pool(call: &mut Call<'_, '_>) -> Outputs {
    global_pool(call, PoolingKind::Average, ReductionKind::Mean)
}

pub fn global_max_pool(call: &mut Call<'_, '_>) -> Outputs {
    global_pool(call, PoolingKind::Max, ReductionKind::Maximum)
}

fn global_pool(call: &mut Call<'_, '_>, kind: PoolingKind, reduction: ReductionKind) -> Outputs {
    let view = call.view(0)?;
    if view.axes.len() == 4 {
        let (layer, view) = image(call)?;
        let operator = GlobalPooling {
            kind,
            keep_dimensions: true,
        };
        let layer = call.push(operator, vec![layer], vec![])?;
        return one(on(layer, &view));
    }
    if view.axes.len() < 3 {
        return Err("pools a tensor that is no image".into());
    }
    samples_first(call, &view)?;
    let (layer, view) = call.channels_last(&view, 1)?;
    let axes = (0..call.importer.shape(layer).dimensions().len() - 1).collect();
    let layer = call.push(
        Reduction {
            kind: reduction,
            axes,
        },
        vec![layer],
        vec![],
    )?;
    one(on(layer, &view))
}
