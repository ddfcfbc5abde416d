//! Images scaled to another size.

use super::super::error::Reason;
use super::super::importer::on;
use super::super::node::axis;
use super::call::{Call, Outputs, one};
use super::convolution::image;
use crate::model::operators::{Coordinates, Cubic, Interpolation, Resize, Rounding, Scale};

/// `Resize`, and `Upsample`, as it was called up to operator set 9.
pub fn resize(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let Target { sizes, scales } = target(call, &call.extents(&view))?;
    let interpolation = match call.node.text("mode").unwrap_or("nearest") {
        "nearest" => Interpolation::Nearest,
        "linear" | "bilinear" => Interpolation::Bilinear,
        "cubic" => Interpolation::Bicubic,
        other => {
            return Err(format!(
                "scales by the rule {other}, which is not supported"
            ));
        }
    };
    let (coordinates, rounding) = (coordinates(call)?, rounding(call)?);
    let cubic = Cubic {
        a: call.node.float("cubic_coeff_a").unwrap_or(-0.75).into(),
        rounds: false,
    };
    let antialias = call.node.flag("antialias");
    let repeats_border = !call.node.flag("exclude_outside");
    let (layer, view) = image(call)?;
    let along = |axis: usize| {
        (
            sizes[axis],
            scales.as_ref().map(|scales| 1.0 / scales[axis]),
        )
    };
    let last = sizes.len() - 1;
    let (width, right) = along(last);
    let (height, down) = if last == 3 { along(2) } else { (1, Some(1.0)) };
    let operator = Resize {
        scale: Scale::To(height, width),
        interpolation,
        coordinates,
        rounding,
        cubic,
        antialias,
        repeats_border,
        steps: down.zip(right),
    };
    let layer = call.push(operator, vec![layer], vec![])?;
    one(on(layer, &view))
}

/// Whether it says as little as `Upsample`, and as `Resize` before operator set 11.
fn is_old(call: &Call<'_, '_>) -> bool {
    call.node.operator() == "Upsample" || call.node.opset < 11
}

fn coordinates(call: &Call<'_, '_>) -> Result<Coordinates, Reason> {
    let default = if is_old(call) {
        "asymmetric"
    } else {
        "half_pixel"
    };
    match call
        .node
        .text("coordinate_transformation_mode")
        .unwrap_or(default)
    {
        "half_pixel" => Ok(Coordinates::HalfPixel),
        "half_pixel_symmetric" => Ok(Coordinates::HalfPixelSymmetric),
        "pytorch_half_pixel" => Ok(Coordinates::HalfPixelOrFirst),
        "asymmetric" => Ok(Coordinates::Asymmetric),
        "align_corners" => Ok(Coordinates::AlignCorners),
        other => Err(format!(
            "places pixels by the rule {other}, which is not supported"
        )),
    }
}

fn rounding(call: &Call<'_, '_>) -> Result<Rounding, Reason> {
    let default = if is_old(call) {
        "floor"
    } else {
        "round_prefer_floor"
    };
    match call.node.text("nearest_mode").unwrap_or(default) {
        "round_prefer_floor" => Ok(Rounding::Down),
        "round_prefer_ceil" => Ok(Rounding::Up),
        "floor" => Ok(Rounding::Floor),
        "ceil" => Ok(Rounding::Ceil),
        other => Err(format!(
            "takes the nearest pixel by the rule {other}, which is not supported"
        )),
    }
}

/// The extents of the output, and the factors where it is these that are said.
struct Target {
    sizes: Vec<usize>,
    scales: Option<Vec<f64>>,
}

fn target(call: &Call<'_, '_>, extents: &[i64]) -> Result<Target, Reason> {
    // Sizes and scales are of all axes, or of those that are named.
    let axes: Vec<usize> = match call.node.integers("axes") {
        Some(named) => named
            .iter()
            .map(|&along| axis(along, extents.len()))
            .collect::<Result<_, _>>()?,
        None => (0..extents.len()).collect(),
    };
    if !is_old(call)
        && let Some(sizes) = call.constant(3)?
        && sizes.len() > 0
    {
        return by_sizes(call, extents, &axes, &sizes.to_integers()?);
    }
    let given: Vec<f64> = match call.constant(if is_old(call) { 1 } else { 2 })? {
        Some(scales) => scales.to_floats().into_iter().map(f64::from).collect(),
        None => match call.node.floats("scales") {
            Some(scales) => scales.iter().copied().map(f64::from).collect(),
            None => return Err("says neither sizes nor scales".into()),
        },
    };
    let scales = spread(&given, &axes, &vec![1.0; extents.len()]);
    let refuse = || format!("scales by {given:?}; only height and width can be scaled");
    let scales = scales
        .filter(|scales| scales.len() >= 3 && scales[..2] == [1.0, 1.0])
        .filter(|scales| scales.iter().all(|scale| *scale > 0.0))
        .ok_or_else(refuse)?;
    let sizes = extents
        .iter()
        .zip(&scales)
        .map(|(&extent, scale)| count((extent as f64 * scale).floor()))
        .collect::<Result<_, _>>()?;
    Ok(Target {
        sizes,
        scales: Some(scales),
    })
}

fn by_sizes(
    call: &Call<'_, '_>,
    extents: &[i64],
    axes: &[usize],
    given: &[i64],
) -> Result<Target, Reason> {
    let sizes = spread(given, axes, extents)
        .filter(|sizes| sizes.len() >= 3 && sizes[1] == extents[1])
        .ok_or_else(|| {
            format!("scales {extents:?} to {given:?}; only height and width can be scaled")
        })?;
    let ratio = |axis: &usize| sizes[*axis] as f64 / extents[*axis].max(1) as f64;
    let ratios = axes.iter().map(ratio);
    let kept = match call.node.text("keep_aspect_ratio_policy") {
        None | Some("stretch") => {
            let sizes = sizes.iter().map(|&size| count(size as f64));
            return Ok(Target {
                sizes: sizes.collect::<Result<_, _>>()?,
                scales: None,
            });
        }
        Some("not_larger") => ratios.reduce(f64::min),
        Some("not_smaller") => ratios.reduce(f64::max),
        Some(other) => {
            return Err(format!(
                "keeps the aspect ratio by the rule {other}, which is not supported"
            ));
        }
    };
    let kept = kept.unwrap_or(1.0);
    let mut scales = vec![1.0; extents.len()];
    axes.iter().for_each(|&axis| scales[axis] = kept);
    let sizes = extents.iter().zip(&scales);
    let sizes = sizes.map(|(&extent, scale)| count((extent as f64 * scale + 0.5).floor()));
    Ok(Target {
        sizes: sizes.collect::<Result<_, _>>()?,
        scales: Some(scales),
    })
}

/// What is given for some axes, and for the others the usual. `None` where it is not as many as the axes.
fn spread<T: Copy>(given: &[T], axes: &[usize], usual: &[T]) -> Option<Vec<T>> {
    let mut all = usual.to_vec();
    for (value, &axis) in given.iter().zip(axes) {
        *all.get_mut(axis)? = *value;
    }
    (given.len() == axes.len()).then_some(all)
}

/// Up to here floating-point numbers count.
const MOST: f64 = (1_u64 << 53) as f64;

fn count(extent: f64) -> Result<usize, Reason> {
    if (1.0..=MOST).contains(&extent) {
        return Ok(extent as usize);
    }
    Err(format!("scales to {extent} values"))
}
