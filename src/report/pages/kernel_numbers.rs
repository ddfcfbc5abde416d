//! Kernels in numbers: the planes of those that are written out, each weight on its colour.

use serde::Serialize;

use super::kernels::Tensor;
use crate::format;
use crate::model::{LayerId, Network};
use crate::report::pictures::{
    DIVERGING_LEVELS, KernelGrid, KernelPicture, KernelPlane, Scale, kernel_planes,
};

/// Numbers on a page: with more weights than this, only those of a few kernels are written out.
const MOST_NUMBERS: usize = 4_000;
/// The few, and the planes of each.
const FEW_KERNELS: usize = 4;
const FEW_PLANES: usize = 6;

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
    /// Class of its colour in the stylesheet of the maps.
    pub class: String,
}

/// Red, green and blue where a layer reads the image itself, or the image rescaled or padded; `None` where
/// its inputs are no colours.
pub fn plane_names(network: &Network, mut id: LayerId, inputs: usize) -> Option<[&'static str; 3]> {
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
pub fn numbers(tensor: Tensor<'_>, names: &Option<[&'static str; 3]>) -> Vec<Numbers> {
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
                class: class(cell.level),
            })
            .collect()
    });
    Plane {
        name,
        rows: rows.collect(),
    }
}

/// A plane of any weights, `width` in a row.
pub fn plane_of(name: String, width: usize, weights: &[f32], scale: Scale) -> Plane {
    let cell = |&value: &f32| Cell {
        text: format::signed(f64::from(value), 2),
        class: class(scale.level(value)),
    };
    let rows = weights.chunks(width.max(1));
    Plane {
        name,
        rows: rows.map(|row| row.iter().map(cell).collect()).collect(),
    }
}

/// Of a level of the diverging palette, or of what is not a number.
fn class(level: Option<u8>) -> String {
    level.map_or_else(|| "nan".into(), |level| format!("w{level}"))
}

/// The rules of these classes: the colour of each level, and text that reads well on it.
pub fn rules() -> String {
    let last = DIVERGING_LEVELS as f32 - 1.0;
    let scale = Scale::diverging(last / 2.0);
    let levels = (0..DIVERGING_LEVELS).map(|level| level as f32 - last / 2.0);
    levels
        .chain([f32::NAN])
        .map(|value| {
            let text = if scale.wants_light_text(value) {
                "#fff"
            } else {
                "#171a1d"
            };
            let (class, colour) = (class(scale.level(value)), scale.colour(value));
            format!(".{class}{{background:{colour};color:{text}}}\n")
        })
        .collect()
}

/// Which kernels are written out.
pub fn note(grid: &KernelGrid, shown: usize, one_at_a_time: bool) -> String {
    if one_at_a_time {
        return "choose a kernel above".into();
    }
    let planes = if grid.inputs > FEW_PLANES {
        format!(", their first {FEW_PLANES} of {} planes", grid.inputs)
    } else {
        String::new()
    };
    if shown == grid.outputs {
        return format!("every kernel{planes}");
    }
    format!(
        "the {shown} of {} kernels with the largest Euclidean norm{planes}",
        grid.outputs
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_a_rule() {
        let rules = rules();
        assert!(rules.starts_with(".w0{background:#00639c;color:#fff}\n"));
        assert!(rules.contains(".w16{background:#f4f4f0;color:#171a1d}\n"));
        assert!(
            rules.contains(".w32{background:#b8470a;")
                && rules.contains(".nan{background:#ff00c8;")
        );
        assert_eq!(rules.lines().count(), DIVERGING_LEVELS + 1);
    }

    #[test]
    fn norms_are_those_of_the_outputs() {
        // Two inputs, three outputs.
        assert_eq!(norms(&[3.0, 0.0, 1.0, 4.0, 2.0, 0.0], 3), [5.0, 2.0, 1.0]);
    }
}
