//! Kernels of a layer on its page: a picture of all of them, and numbers for those that can be read.

use serde::Serialize;

use super::activations::ramp;
use super::parts::Picture;
use crate::format;
use crate::model::{Layer, LayerId, Network, Operator, Weight};
use crate::report::pictures::{
    Crop, KernelGrid, KernelKind, KernelPicture, KernelPlane, kernel_mosaic, kernel_planes,
};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

/// Kernels that stand as small pictures of their own.
const MOST_SINGLE: usize = 256;
/// Numbers on a page: with more weights than this, only those of a few kernels are written out.
const MOST_NUMBERS: usize = 4_000;
/// The few, and the planes of each.
const FEW_KERNELS: usize = 4;
const FEW_PLANES: usize = 6;
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

/// One kernel in numbers.
#[derive(Serialize)]
pub struct Numbers {
    pub id: String,
    pub number: usize,
    pub norm: String,
    pub planes: Vec<Plane>,
}

#[derive(Serialize)]
pub struct Plane {
    pub name: String,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Serialize)]
pub struct Cell {
    pub text: String,
    pub style: String,
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
struct Tensor<'a> {
    weight: &'a Weight,
    kind: KernelKind,
    grid: &'a KernelGrid,
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
    let planes = plane_names(network, id, grid.inputs);
    let numbers = numbers(tensor, &planes);
    let crops: Vec<Option<Crop>> = (0..grid.outputs)
        .map(|output| grid.crop(output, file).filter(|_| apart))
        .collect();
    let single = |(number, crop): (usize, &Option<Crop>)| {
        let crop = crop.as_ref()?;
        let href = numbers
            .iter()
            .find(|numbers| numbers.number == number)
            .map(|numbers| format!("#{}", numbers.id));
        Some(Single {
            number,
            picture: picture(crop, number, extent(tensor), SINGLE),
            href,
        })
    };
    let singles: Vec<Single> = crops
        .iter()
        .enumerate()
        .take(MOST_SINGLE)
        .filter_map(single)
        .collect();
    let whole = grid.whole(file);
    let factor = (WIDEST / grid.width.max(1))
        .min(HIGHEST / grid.height.max(1))
        .clamp(1, LARGEST_PIXEL);
    let end = format::decimal(f64::from(grid.scale.max));
    Kernels {
        heading: format!(
            "{}, {}",
            tensor.weight.name,
            format::shape(&tensor.weight.shape)
        ),
        caption: caption(tensor, planes.is_some()),
        mosaic: singles.is_empty().then(|| {
            Picture::new(&whole, mosaic_alt(grid))
                .at_most(grid.width * factor)
                .at_once()
        }),
        singles,
        ramp: ramp(grid.scale.palette),
        low: format::decimal(f64::from(grid.scale.min)),
        high: end.clone(),
        one_at_a_time: apart && numbers.len() == grid.outputs,
        numbers_note: numbers_note(grid, numbers.len()),
        numbers_low: format!("−{end}"),
        numbers_high: format!("+{end}"),
        numbers,
        extent: extent(tensor),
        crops,
    }
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

/// Red, green and blue where a layer reads the image itself, or the image rescaled or padded; `None` where
/// its inputs are no colours.
fn plane_names(network: &Network, mut id: LayerId, inputs: usize) -> Option<[&'static str; 3]> {
    if inputs != 3 {
        return None;
    }
    while let [input] = network.layer(id).inputs[..] {
        let layer = network.layer(input);
        if layer.shape.channels() != 3 || !layer.weights.is_empty() {
            return None;
        }
        id = input;
    }
    network
        .layer(id)
        .inputs
        .is_empty()
        .then_some(["red", "green", "blue"])
}

/// The kernels that are written out: all where they are few and small, else those with the largest weights.
fn numbers(tensor: Tensor<'_>, names: &Option<[&'static str; 3]>) -> Vec<Numbers> {
    let Tensor { weight, kind, grid } = tensor;
    if grid.picture == KernelPicture::Matrix {
        return Vec::new();
    }
    let norms = norms(&weight.values, grid.outputs);
    let all = weight.values.len() <= MOST_NUMBERS && grid.picture != KernelPicture::Planes;
    let mut chosen: Vec<usize> = (0..grid.outputs).collect();
    if !all {
        chosen.sort_by(|&a, &b| norms[b].total_cmp(&norms[a]).then(a.cmp(&b)));
        chosen.truncate(FEW_KERNELS);
    }
    let planes = if all { usize::MAX } else { FEW_PLANES };
    let name = |input: usize| match names {
        Some(names) => names
            .get(input)
            .map_or_else(|| format!("input {input}"), |name| (*name).to_owned()),
        None => format!("input {input}"),
    };
    chosen
        .into_iter()
        .map(|number| Numbers {
            id: format!(
                "{}-{number}",
                weight
                    .name
                    .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
            ),
            number,
            norm: format::decimal(norms[number]),
            planes: kernel_planes(
                &weight.shape,
                &weight.values,
                kind,
                grid.scale,
                number,
                planes,
            )
            .iter()
            .map(|plane| view_of(plane, name(plane.input)))
            .collect(),
        })
        .collect()
}

/// Euclidean norm of the weights of each output: the last axis of every layout holds the outputs.
fn norms(values: &[f32], outputs: usize) -> Vec<f64> {
    let mut squares = vec![0.0f64; outputs];
    for (place, &value) in values.iter().enumerate() {
        squares[place % outputs.max(1)] += f64::from(value).powi(2);
    }
    squares.into_iter().map(f64::sqrt).collect()
}

fn view_of(plane: &KernelPlane, name: String) -> Plane {
    let rows = plane.rows.iter().map(|row| {
        row.iter()
            .map(|cell| Cell {
                text: format::signed(f64::from(cell.value), 2),
                style: format!(
                    "background:{};color:{}",
                    cell.colour,
                    if cell.light_text { "#fff" } else { "#171a1d" }
                ),
            })
            .collect()
    });
    Plane {
        name,
        rows: rows.collect(),
    }
}

fn numbers_note(grid: &KernelGrid, shown: usize) -> String {
    if shown == grid.outputs {
        return "choose a kernel above".into();
    }
    let planes = if grid.inputs > FEW_PLANES {
        format!(", their first {FEW_PLANES} of {} planes", grid.inputs)
    } else {
        String::new()
    };
    format!(
        "the {shown} of {} kernels with the largest Euclidean norm{planes}",
        grid.outputs
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_those_of_the_outputs() {
        // Two inputs, three outputs.
        assert_eq!(norms(&[3.0, 0.0, 1.0, 4.0, 2.0, 0.0], 3), [5.0, 2.0, 1.0]);
    }
}
