//! Kernels of a layer on its page: a picture of all of them, and numbers for those that can be read.

use serde::Serialize;

use super::activations::ramp;
use super::kernel_numbers::{self, Numbers};
use super::parts::Picture;
use crate::format;
use crate::model::{Layer, LayerId, Network, Operator, Weight};
use crate::report::pictures::{Crop, KernelGrid, KernelKind, KernelPicture, kernel_mosaic};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

/// Kernels that stand as small pictures of their own.
const MOST_SINGLE: usize = 256;
/// Side of a kernel beside the others, in CSS pixels.
const SINGLE: usize = 60;
/// Extent of a mosaic in CSS pixels where its weights stay large enough, and the most one is enlarged.
const WIDEST: usize = 992;
const HIGHEST: usize = 800;
const LARGEST_PIXEL: usize = 16;

/// One kernel tensor.
#[derive(Serialize)]
pub struct Kernels {
    pub heading: String,
    pub caption: String,
    /// Every kernel as its own picture; empty where the mosaic shows them all.
    pub singles: Vec<Single>,
    pub mosaic: Option<Picture>,
    pub ramp: &'static str,
    pub low: String,
    pub high: String,
    pub numbers: Vec<Numbers>,
    /// Whether one kernel is shown at a time, the one that was chosen from the pictures.
    pub one_at_a_time: bool,
    pub numbers_note: String,
    /// Class and ends of the scale that the numbers are coloured on.
    pub numbers_low: String,
    pub numbers_high: String,
    /// Width and height of one plane.
    #[serde(skip)]
    extent: (usize, usize),
    #[serde(skip)]
    crops: Vec<Option<Crop>>,
}

#[derive(Serialize)]
pub struct Single {
    pub number: usize,
    pub picture: Picture,
    /// The numbers of it, on the same page.
    pub href: Option<String>,
}

impl Kernels {
    /// Whether every kernel is a picture of its own.
    pub fn is_of_pictures(&self) -> bool {
        !self.singles.is_empty()
    }

    /// The kernel of one output channel, at most `side` CSS pixels wide; `None` where it is no picture.
    pub fn picture(&self, output: usize, side: usize) -> Option<Picture> {
        Some(picture(
            self.crops.get(output)?.as_ref()?,
            output,
            self.extent,
            side,
        ))
    }
}

/// All kernel tensors of a layer, with their pictures written into the layer's folder.
pub fn kernels(book: &Book<'_>, site: &Site, id: LayerId) -> Result<Vec<Kernels>, ReportError> {
    let layer = book.network.layer(id);
    let mut found = Vec::new();
    for weight in &layer.weights {
        let kind = kind(layer, weight);
        let Some(grid) = kernel_mosaic(&weight.shape, &weight.values, kind)? else {
            continue;
        };
        let file = format!("kernels-{}.png", found.len());
        site.file(
            &format!("{}{file}", book.urls.folder(&Place::Layer(id))),
            &grid.png,
        )?;
        found.push(view(
            book.network,
            id,
            Tensor {
                weight,
                kind,
                grid: &grid,
            },
            &file,
        ));
    }
    Ok(found)
}

/// A weight with the picture of it.
#[derive(Clone, Copy)]
pub struct Tensor<'a> {
    pub weight: &'a Weight,
    pub kind: KernelKind,
    pub grid: &'a KernelGrid,
}

fn kind(layer: &Layer, weight: &Weight) -> KernelKind {
    let depthwise = matches!(layer.operator, Operator::DepthwiseConvolution(_))
        || weight.name.contains("depthwise");
    if depthwise {
        KernelKind::Depthwise
    } else {
        KernelKind::Full
    }
}

fn view(network: &Network, id: LayerId, tensor: Tensor<'_>, file: &str) -> Kernels {
    let grid = tensor.grid;
    let apart = matches!(
        grid.picture,
        KernelPicture::Colours | KernelPicture::Singles
    );
    let planes = kernel_numbers::plane_names(network, id, grid.inputs);
    let numbers = kernel_numbers::numbers(tensor, &planes);
    let crops: Vec<Option<Crop>> = (0..grid.outputs)
        .map(|output| grid.crop(output, file).filter(|_| apart))
        .collect();
    let singles = singles(&crops, &numbers, extent(tensor));
    let one_at_a_time = !singles.is_empty() && numbers.len() == grid.outputs;
    let end = format::decimal(f64::from(grid.scale.max));
    Kernels {
        heading: format!(
            "{}, {}",
            tensor.weight.name,
            format::shape(&tensor.weight.shape)
        ),
        caption: caption(tensor, planes.is_some()),
        mosaic: singles.is_empty().then(|| mosaic(grid, file)),
        singles,
        ramp: ramp(grid.scale.palette),
        low: format::decimal(f64::from(grid.scale.min)),
        high: end.clone(),
        numbers_note: kernel_numbers::note(grid, numbers.len(), one_at_a_time),
        one_at_a_time,
        numbers_low: format!("−{end}"),
        numbers_high: format!("+{end}"),
        numbers,
        extent: extent(tensor),
        crops,
    }
}

/// Kernels as pictures of their own, leading to their numbers.
fn singles(crops: &[Option<Crop>], numbers: &[Numbers], extent: (usize, usize)) -> Vec<Single> {
    let crops = crops.iter().enumerate().take(MOST_SINGLE);
    crops
        .filter_map(|(number, crop)| {
            let written = numbers.iter().find(|numbers| numbers.number == number);
            Some(Single {
                number,
                picture: picture(crop.as_ref()?, number, extent, SINGLE),
                href: written.map(|numbers| format!("#{}", numbers.id)),
            })
        })
        .collect()
}

/// All kernels in one picture.
fn mosaic(grid: &KernelGrid, file: &str) -> Picture {
    let factor = (WIDEST / grid.width.max(1))
        .min(HIGHEST / grid.height.max(1))
        .clamp(1, LARGEST_PIXEL);
    Picture::new(&grid.whole(file), mosaic_alt(grid))
        .at_most(grid.width * factor)
        .at_once()
}

fn picture(crop: &Crop, number: usize, extent: (usize, usize), side: usize) -> Picture {
    Picture::new(crop, format!("kernel {number}"))
        .within(extent, side)
        .at_once()
}

/// Width and height of one plane.
fn extent(tensor: Tensor<'_>) -> (usize, usize) {
    match *tensor.weight.shape {
        [height, width, _, _] => (width, height),
        [width, _, _] => (width, 1),
        _ => (1, 1),
    }
}

fn mosaic_alt(grid: &KernelGrid) -> String {
    format!(
        "weights of {} for {}",
        format::plural(grid.outputs, "output", "outputs"),
        format::plural(grid.inputs, "input", "inputs")
    )
}

/// What the picture shows and what it leaves out, from the numbers of the tensor.
fn caption(tensor: Tensor<'_>, colours_are_known: bool) -> String {
    let grid = tensor.grid;
    let (width, height) = extent(tensor);
    let extent = if tensor.weight.shape.len() == 3 {
        width.to_string()
    } else {
        format!("{height}×{width}")
    };
    let outputs = |one, many| format::plural(grid.outputs, one, many);
    let mut text = match grid.picture {
        KernelPicture::Colours => format!(
            "{} of {extent}, the weights of its three inputs{} as red, green and blue. Grey is zero.",
            outputs("kernel", "kernels"),
            if colours_are_known {
                ""
            } else {
                " (which are no colours)"
            }
        ),
        KernelPicture::Singles => format!(
            "{} of {extent}, each reading one channel.",
            outputs("kernel", "kernels")
        ),
        KernelPicture::Planes => format!(
            "A row for each of {}, a column for each of {}: {extent} weights where they meet.",
            outputs("output channel", "output channels"),
            format::plural(grid.inputs, "input channel", "input channels")
        ),
        KernelPicture::Matrix => format!(
            "A row for each of {}, a column for each of {}: one weight where they meet.",
            outputs("output", "outputs"),
            format::plural(grid.inputs, "input", "inputs")
        ),
    };
    if grid.shown_outputs < grid.outputs || grid.shown_inputs < grid.inputs {
        text.push_str(&format!(
            " Shown are the first {} and the first {}.",
            grid.shown_outputs, grid.shown_inputs
        ));
    }
    if grid.reduced_by != (1, 1) {
        let (outputs, inputs) = grid.reduced_by;
        text.push_str(&format!(" {outputs}×{inputs} weights share a pixel, which has the colour of the largest among them."));
    }
    text.push_str(" All share one scale.");
    text
}
