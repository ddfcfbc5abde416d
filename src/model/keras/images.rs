//! Keras layers that crop and scale images and steps: Cropping, CenterCrop, UpSampling, Resizing.

use serde::Deserialize;

use super::config::Pair;
use super::layers::LayerEntry;
use super::part::{Part, Read};
use super::shapes::{Sides, ends};
use crate::model::operators::{Cropping, Interpolation, Resize, Scale};
use crate::model::{Margins, ModelError, Operator, Shape};

#[derive(Deserialize)]
struct CroppingConfig {
    cropping: Sides,
}

#[derive(Deserialize)]
struct SizeConfig {
    height: usize,
    width: usize,
}

#[derive(Deserialize)]
struct UpsamplingConfig {
    size: Pair,
    #[serde(default = "nearest")]
    interpolation: String,
}

#[derive(Deserialize)]
struct ResizingConfig {
    height: usize,
    width: usize,
    #[serde(default = "bilinear")]
    interpolation: String,
    #[serde(default)]
    crop_to_aspect_ratio: bool,
    #[serde(default)]
    pad_to_aspect_ratio: bool,
    #[serde(default)]
    antialias: bool,
}

fn nearest() -> String {
    "nearest".into()
}

fn bilinear() -> String {
    "bilinear".into()
}

fn interpolation(entry: &LayerEntry<'_>, name: &str) -> Result<Interpolation, ModelError> {
    match name {
        "nearest" => Ok(Interpolation::Nearest),
        "bilinear" => Ok(Interpolation::Bilinear),
        "bicubic" => Ok(Interpolation::Bicubic),
        _ => Err(entry.refuse(format!(
            "its interpolation is \"{name}\", expected \"nearest\", \"bilinear\" or \"bicubic\""
        ))),
    }
}

pub(super) fn cropping(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let CroppingConfig { cropping } = entry.read()?;
    let ((top, bottom), (left, right)) = cropping.get();
    Ok(Cropping::Margins(Margins {
        top,
        bottom,
        left,
        right,
    })
    .into())
}

pub(super) fn centre_crop(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let SizeConfig { height, width } = entry.read()?;
    Ok(Cropping::Centre { height, width }.into())
}

/// The parts of a CenterCrop: images that are too small are cut to the proportions of the crop and enlarged instead.
pub(super) fn centre_of(
    entry: &LayerEntry<'_>,
    image: &Shape,
    crop: Operator,
) -> Result<Vec<Part>, ModelError> {
    let SizeConfig { height, width } = entry.read()?;
    let small = image
        .as_image()
        .is_some_and(|(rows, columns, _)| rows < height || columns < width);
    let enlarge = Resize::new(Scale::To(height, width), Interpolation::Bilinear);
    Ok(match cut(image, height, width).filter(|_| small) {
        Some(cut) => cut_and(cut, enlarge.into()),
        None => vec![whole(crop)],
    })
}

/// The parts of a Resizing: with `crop_to_aspect_ratio` images are cut to the proportions of the target before.
pub(super) fn resized(
    entry: &LayerEntry<'_>,
    image: &Shape,
    resize: Operator,
) -> Result<Vec<Part>, ModelError> {
    let config: ResizingConfig = entry.read()?;
    let cut = cut(image, config.height, config.width).filter(|_| config.crop_to_aspect_ratio);
    Ok(match cut {
        Some(cut) => cut_and(cut, resize),
        None => vec![whole(resize)],
    })
}

/// Whether a Resizing cuts images before.
pub(super) fn cuts(entry: &LayerEntry<'_>) -> Result<bool, ModelError> {
    Ok(entry.read::<ResizingConfig>()?.crop_to_aspect_ratio)
}

fn whole(operator: Operator) -> Part {
    Part {
        suffix: "",
        operator,
        reads: vec![Read::Inputs],
    }
}

fn cut_and(cut: Cropping, operator: Operator) -> Vec<Part> {
    vec![
        Part {
            suffix: " (in proportion)",
            ..whole(cut.into())
        },
        Part {
            reads: vec![Read::Before],
            ..whole(operator)
        },
    ]
}

/// The largest part around the centre that has the proportions of a size.
fn cut(image: &Shape, height: usize, width: usize) -> Option<Cropping> {
    let (rows, columns, _) = image.as_image()?;
    let in_proportion = |side: usize, of: usize, to: usize| {
        side.checked_mul(of).and_then(|sides| sides.checked_div(to))
    };
    Some(Cropping::Centre {
        height: in_proportion(columns, height, width)?.min(rows).max(1),
        width: in_proportion(rows, width, height)?.min(columns).max(1),
    })
}

pub(super) fn upsampling(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: UpsamplingConfig = entry.read()?;
    let (down, right) = config.size.get();
    let interpolation = interpolation(entry, &config.interpolation)?;
    Ok(Resize::new(Scale::Times(down, right), interpolation).into())
}

#[derive(Deserialize)]
struct UpsamplingOfSteps {
    size: Pair,
}

/// Every step again and again; steps are an image of one row.
pub(super) fn upsampling_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let UpsamplingOfSteps { size } = entry.read()?;
    let scale = Scale::Times(1, size.in_a_row().1);
    Ok(Resize::new(scale, Interpolation::Nearest).into())
}

pub(super) fn cropping_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let (left, right) = ends(entry, "cropping")?;
    Ok(Cropping::Margins(Margins {
        left,
        right,
        ..Margins::NONE
    })
    .into())
}

pub(super) fn resizing(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: ResizingConfig = entry.read()?;
    if config.pad_to_aspect_ratio {
        return Err(entry.refuse("it resizes with pad_to_aspect_ratio, which is not supported"));
    }
    let interpolation = interpolation(entry, &config.interpolation)?;
    let scale = Scale::To(config.height, config.width);
    Ok(Resize {
        antialias: config.antialias && interpolation != Interpolation::Nearest,
        ..Resize::new(scale, interpolation)
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::super::layers::tests::build;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_would_compute_something_else_is_refused() {
        let size = json!({"height": 4, "width": 5, "pad_to_aspect_ratio": true});
        let message = build("Resizing", size, 3).unwrap_err();
        assert!(message.contains("pad_to_aspect_ratio"), "{message}");
        let area = json!({"size": [2, 2], "interpolation": "area"});
        assert!(build("UpSampling2D", area, 3).unwrap_err().contains("area"));
        assert_eq!(
            build("UpSampling2D", json!({"size": [2, 3]}), 2),
            Ok(Resize::new(Scale::Times(2, 3), Interpolation::Nearest).into())
        );
        assert_eq!(
            build("Cropping1D", json!({"cropping": [1, 2]}), 3),
            Ok(Cropping::Margins(Margins {
                left: 1,
                right: 2,
                ..Margins::NONE
            })
            .into())
        );
    }
}
