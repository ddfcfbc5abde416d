//! Images scaled to another size.

use super::super::error::Reason;
use super::super::importer::on;
use super::call::{Call, Outputs, one};
use super::convolution::image;
use crate::model::operators::{Coordinates, Interpolation, Resize, Rounding, Scale};

/// `Resize`, and `Upsample`, as it was called up to operator set 9.
pub fn resize(call: &mut Call<'_, '_>) -> Outputs {
    let old = call.node.operator() == "Upsample";
    let view = call.view(0)?;
    let extents = call.extents(&view);
    let (sizes, scales) = target(call, old, &extents)?;
    let interpolation = match call.node.text("mode").unwrap_or("nearest") {
        "nearest" => Interpolation::Nearest,
        "linear" | "bilinear" => Interpolation::Bilinear,
        other => {
            return Err(format!(
                "scales by the rule {other}, which is not supported"
            ));
        }
    };
    if call.node.flag("antialias") || call.node.flag("exclude_outside") {
        return Err("scales with antialias or exclude_outside, which is not supported".into());
    }
    // Before operator set 11 there was one rule for places.
    let default = if old || call.node.opset < 11 {
        "asymmetric"
    } else {
        "half_pixel"
    };
    let coordinates = match call
        .node
        .text("coordinate_transformation_mode")
        .unwrap_or(default)
    {
        "half_pixel" => Coordinates::HalfPixel,
        "pytorch_half_pixel" => Coordinates::HalfPixelOrFirst,
        "asymmetric" => Coordinates::Asymmetric,
        "align_corners" => Coordinates::AlignCorners,
        other => {
            return Err(format!(
                "places pixels by the rule {other}, which is not supported"
            ));
        }
    };
    let default = if old || call.node.opset < 11 {
        "floor"
    } else {
        "round_prefer_floor"
    };
    let rounding = match call.node.text("nearest_mode").unwrap_or(default) {
        "round_prefer_floor" => Rounding::Down,
        "round_prefer_ceil" => Rounding::Up,
        "floor" => Rounding::Floor,
        "ceil" => Rounding::Ceil,
        other => {
            return Err(format!(
                "takes the nearest pixel by the rule {other}, which is not supported"
            ));
        }
    };
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
        antialias: false,
        steps: down.zip(right),
    };
    let layer = call.push(operator, vec![layer], vec![])?;
    one(on(layer, &view))
}

/// The extents of the output, and the factors where it is these that are said.
fn target(
    call: &Call<'_, '_>,
    old: bool,
    extents: &[i64],
) -> Result<(Vec<usize>, Option<Vec<f64>>), Reason> {
    if call.node.integers("axes").is_some() {
        return Err("scales some axes only (axes), which is not supported".into());
    }
    if call
        .node
        .text("keep_aspect_ratio_policy")
        .unwrap_or("stretch")
        != "stretch"
    {
        return Err("keeps the aspect ratio, which is not supported".into());
    }
    let count =
        |extent: i64| usize::try_from(extent).map_err(|_| format!("scales to {extent} values"));
    let newest = !old && call.node.opset >= 11;
    if newest
        && let Some(sizes) = call.constant(3)?
        && sizes.len() > 0
    {
        let sizes = sizes.to_integers()?;
        if sizes.len() != extents.len() || extents.len() < 3 || sizes[1] != extents[1] {
            return Err(format!(
                "scales {extents:?} to {sizes:?}; only height and width can be scaled"
            ));
        }
        return Ok((
            sizes.into_iter().map(count).collect::<Result<_, _>>()?,
            None,
        ));
    }
    let scales: Vec<f64> = match call.constant(if newest { 2 } else { 1 })? {
        Some(scales) => scales.to_floats().into_iter().map(f64::from).collect(),
        None => match call.node.floats("scales") {
            Some(scales) => scales.iter().copied().map(f64::from).collect(),
            None => return Err("says neither sizes nor scales".into()),
        },
    };
    let plain = scales.len() == extents.len() && extents.len() >= 3;
    if !plain
        || scales[..2] != [1.0, 1.0]
        || scales.iter().any(|scale| scale.is_nan() || *scale <= 0.0)
    {
        return Err(format!(
            "scales by {scales:?}; only height and width can be scaled"
        ));
    }
    let sizes = extents
        .iter()
        .zip(&scales)
        .map(|(&extent, scale)| count((extent as f64 * scale).floor() as i64))
        .collect::<Result<_, _>>()?;
    Ok((sizes, Some(scales)))
}
