//! [`Spectrum`]: a kernel as a matrix: how many directions it really uses, and how heavy the tail of its spectrum is.

use linfa_linalg::eigh::EigValshInto;
use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::Serialize;

use super::power_law::PowerLaw;
use super::quantisation::Quantisation;
use crate::model::{Layer, LayerId, Network, Operator, Weight};

/// Matrices with more rows and columns than this are left out: the eigenvalues of a larger one take minutes.
const LARGEST: usize = 2048;

/// One kernel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spectrum {
    pub layer: LayerId,
    pub layer_name: String,
    /// Rows and columns: inputs of one output, and outputs.
    pub matrix: (usize, usize),
    /// `None` for a matrix too large to decompose, or with weights that are not numbers.
    pub values: Option<SpectrumValues>,
    pub quantisation: Quantisation,
}

/// What the singular values say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpectrumValues {
    /// Of the kernel as `inputs × outputs`, the largest first.
    pub singular_values: Vec<f64>,
    /// Those above the largest times f32's epsilon times the larger extent, as `numpy.linalg.matrix_rank` counts.
    pub rank: usize,
    /// exp(−Σ p ln p) of the singular values over their sum (Roy, Vetterli 2007, *The effective rank*).
    pub effective_rank: f64,
    /// Σσ² / σ₁² (Rudelson, Vershynin 2007).
    pub stable_rank: f64,
    /// The power law of the eigenvalues σ²; of a convolution those of the matrices `inputs × outputs` at every place of
    /// the kernel, together, halved, as WeightWatcher has it. `None` where there are too few.
    pub power_law: Option<PowerLaw>,
    /// Eigenvalues that the power law was to be fitted to.
    pub eigenvalues: usize,
}

/// One a convolution and dense layer, in the network's order.
pub(super) fn spectra(network: &Network) -> Vec<Spectrum> {
    let layers: Vec<(LayerId, &Layer)> = network
        .computed()
        .filter(|(_, layer)| {
            matches!(
                layer.operator,
                Operator::Convolution(_) | Operator::Dense(_)
            )
        })
        .collect();
    layers
        .par_iter()
        .filter_map(|(id, layer)| Some(spectrum(*id, layer, layer.weight("kernel")?)))
        .collect()
}

fn spectrum(id: LayerId, layer: &Layer, kernel: &Weight) -> Spectrum {
    let columns = kernel.shape.last().copied().unwrap_or(1).max(1);
    let rows = kernel.len() / columns;
    let usable =
        rows.min(columns) <= LARGEST && kernel.values.iter().all(|value| value.is_finite());
    Spectrum {
        layer: id,
        layer_name: layer.name.clone(),
        matrix: (rows, columns),
        values: usable.then(|| values(kernel, (rows, columns))),
        quantisation: Quantisation::of(&kernel.values, columns),
    }
}

fn values(kernel: &Weight, (rows, columns): (usize, usize)) -> SpectrumValues {
    let squares = eigenvalues(&kernel.values, rows, columns);
    let singular_values: Vec<f64> = squares.iter().rev().map(|square| square.sqrt()).collect();
    let largest = singular_values.first().copied().unwrap_or(0.0);
    let tolerance = largest * f64::from(f32::EPSILON) * rows.max(columns) as f64;
    let of_law = match kernel.shape[..] {
        [height, width, inputs, outputs] => {
            let places = kernel.values.chunks_exact(inputs * outputs);
            debug_assert_eq!(places.len(), height * width);
            let mut all: Vec<f64> = places
                .flat_map(|place| eigenvalues(place, inputs, outputs))
                .map(|square| square / 2.0)
                .collect();
            all.sort_by(f64::total_cmp);
            all
        }
        _ => squares.clone(),
    };
    SpectrumValues {
        rank: singular_values
            .iter()
            .filter(|value| **value > tolerance)
            .count(),
        effective_rank: effective_rank(&singular_values),
        stable_rank: if largest > 0.0 {
            squares.iter().sum::<f64>() / (largest * largest)
        } else {
            0.0
        },
        power_law: PowerLaw::fit(&of_law),
        eigenvalues: of_law.len(),
        singular_values,
    }
}

/// Squares of the singular values of a matrix given row by row, ascending: the eigenvalues of the smaller of WᵀW and WWᵀ, in f64.
fn eigenvalues(values: &[f32], rows: usize, columns: usize) -> Vec<f64> {
    let values: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
    let Ok(matrix) = ArrayView2::from_shape((rows, columns), &values) else {
        return Vec::new();
    };
    let square = if rows < columns {
        matrix.dot(&matrix.t())
    } else {
        matrix.t().dot(&matrix)
    };
    // It fails on what is not square or empty alone.
    let found = square.eigvalsh_into().unwrap_or_default();
    let mut found: Vec<f64> = found.iter().map(|value| value.max(0.0)).collect();
    found.sort_by(f64::total_cmp);
    found
}

/// 0 for a matrix of zeros.
fn effective_rank(singular_values: &[f64]) -> f64 {
    let sum: f64 = singular_values.iter().sum();
    if sum == 0.0 {
        return 0.0;
    }
    let entropy: f64 = singular_values
        .iter()
        .map(|value| value / sum)
        .filter(|share| *share > 0.0)
        .map(|share| -share * share.ln())
        .sum();
    entropy.exp()
}
