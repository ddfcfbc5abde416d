//! [`Principal`]: the two directions in which the features of samples spread most (PCA).

use rayon::prelude::*;

use crate::pipeline::Features;
use crate::stats::SplitMix64;

/// Values that the directions are found on; of more, evenly spread samples.
const MOST_VALUES: usize = 4 << 20;
/// Directions followed at once: the more, the faster the first two settle.
const FOLLOWED: usize = 8;
const ROUNDS: usize = 500;
const SETTLED: f64 = 1e-13;
const SEED: u64 = 0x5eed_0bca;

/// The projection of every sample on the first two principal components, as `sklearn.decomposition.PCA` gives it;
/// the largest loading of each component is positive.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Principal {
    /// One a sample.
    pub(in crate::analysis) scores: Vec<[f32; 2]>,
    /// Shares of the variance, in [0, 1].
    pub(in crate::analysis) explained: [f64; 2],
    /// Samples that the directions were found on.
    pub(in crate::analysis) fitted_on: usize,
}

/// `None` for features without spread: fewer than two samples, no features, or all the same.
pub fn principal(features: &Features) -> Option<Principal> {
    let (samples, width) = (features.len(), features.width);
    if samples < 2 || width == 0 {
        return None;
    }
    let step = (samples * width).div_ceil(MOST_VALUES).max(1);
    let rows: Vec<&[f32]> = features.rows().step_by(step).collect();
    let means = means(&rows, width);
    let covariance = covariance(&rows, &means);
    let total: f64 = (0..width).map(|unit| covariance[unit * width + unit]).sum();
    if !(total > 0.0 && total.is_finite()) {
        return None;
    }
    let (values, vectors) = leading(&covariance, width);
    let of = |place: usize| -> (f64, &[f64]) {
        (
            values.get(place).copied().unwrap_or(0.0),
            vectors.get(place).map_or(&[], Vec::as_slice),
        )
    };
    let (first, second) = (of(0), of(1));
    let project = |row: &[f32], axis: &[f64]| -> f32 {
        let centred = row
            .iter()
            .zip(&means)
            .map(|(&value, mean)| f64::from(value) - mean);
        centred
            .zip(axis)
            .map(|(value, axis)| value * axis)
            .sum::<f64>() as f32
    };
    Some(Principal {
        scores: (0..samples)
            .into_par_iter()
            .with_min_len(256)
            .map(|sample| {
                let row = features.row(sample);
                [project(row, first.1), project(row, second.1)]
            })
            .collect(),
        explained: [first.0 / total, second.0 / total],
        fitted_on: rows.len(),
    })
}

fn means(rows: &[&[f32]], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    for row in rows {
        for (sum, &value) in sums.iter_mut().zip(*row) {
            *sum += f64::from(value);
        }
    }
    sums.iter().map(|sum| sum / rows.len() as f64).collect()
}

/// `width × width`, of the sample (divided by one less than there are).
fn covariance(rows: &[&[f32]], means: &[f64]) -> Vec<f64> {
    let (count, width) = (rows.len(), means.len());
    // Unit after unit, so that two of them are two runs of values.
    let mut columns = vec![0.0f64; count * width];
    columns
        .par_chunks_exact_mut(count)
        .enumerate()
        .for_each(|(unit, column)| {
            for (value, row) in column.iter_mut().zip(rows) {
                *value = f64::from(row[unit]) - means[unit];
            }
        });
    let column = |unit: usize| &columns[unit * count..(unit + 1) * count];
    let mut matrix = vec![0.0; width * width];
    matrix
        .par_chunks_exact_mut(width)
        .enumerate()
        .for_each(|(unit, cells)| {
            for (other, cell) in cells.iter_mut().enumerate().skip(unit) {
                *cell = dot(column(unit), column(other)) / (count - 1) as f64;
            }
        });
    for row in 1..width {
        for column in 0..row {
            matrix[row * width + column] = matrix[column * width + row];
        }
    }
    matrix
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left
        .remainder()
        .iter()
        .zip(right.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in left.zip(right) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The largest eigenvalues of a symmetric matrix with their vectors, by orthogonal iteration.
fn leading(matrix: &[f64], width: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut random = SplitMix64::new(SEED, 0);
    let mut vectors: Vec<Vec<f64>> = (0..FOLLOWED.min(width))
        .map(|_| (0..width).map(|_| random.unit() - 0.5).collect())
        .collect();
    orthonormalise(&mut vectors);
    let mut values = vec![0.0; vectors.len()];
    for _ in 0..ROUNDS {
        let images: Vec<Vec<f64>> = vectors
            .par_iter()
            .map(|vector| {
                matrix
                    .chunks_exact(width)
                    .map(|row| dot(row, vector))
                    .collect()
            })
            .collect();
        let found = rotate(&vectors, &images);
        let change = found
            .0
            .iter()
            .zip(&values)
            .take(2)
            .map(|(now, before)| (now - before).abs());
        let change = change.fold(0.0, f64::max);
        let largest = found.0.first().copied().unwrap_or(0.0);
        let off = residual(&found);
        (values, vectors) = (found.0, found.1);
        if change <= SETTLED * largest && off <= 1e-9 * largest {
            break;
        }
        vectors = found.2;
        orthonormalise(&mut vectors);
    }
    for vector in &mut vectors {
        let largest = vector.iter().copied().fold(0.0f64, |most, value| {
            if value.abs() > most.abs() {
                value
            } else {
                most
            }
        });
        if largest < 0.0 {
            vector.iter_mut().for_each(|value| *value = -*value);
        }
    }
    (values, vectors)
}

/// Values, their vectors, and what the matrix makes of these.
type Ritz = (Vec<f64>, Vec<Vec<f64>>, Vec<Vec<f64>>);

/// The best eigenpairs within the span of the vectors (Rayleigh and Ritz), the largest value first.
fn rotate(vectors: &[Vec<f64>], images: &[Vec<f64>]) -> Ritz {
    let count = vectors.len();
    let mut small = vec![0.0; count * count];
    for (row, vector) in vectors.iter().enumerate() {
        for (column, image) in images.iter().enumerate() {
            small[row * count + column] = dot(vector, image);
        }
    }
    let (values, rotation) = jacobi(small, count);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    let combine = |of: &[Vec<f64>]| -> Vec<Vec<f64>> {
        order
            .iter()
            .map(|&column| {
                let mut sum = vec![0.0; of[0].len()];
                for (row, vector) in of.iter().enumerate() {
                    let weight = rotation[row * count + column];
                    sum.iter_mut()
                        .zip(vector)
                        .for_each(|(sum, value)| *sum += weight * value);
                }
                sum
            })
            .collect()
    };
    (
        order.iter().map(|&place| values[place]).collect(),
        combine(vectors),
        combine(images),
    )
}

/// How far the first two are from being eigenvectors.
fn residual((values, vectors, images): &Ritz) -> f64 {
    let pairs = values.iter().zip(vectors).zip(images).take(2);
    pairs
        .map(|((value, vector), image)| {
            let squares = vector
                .iter()
                .zip(image)
                .map(|(vector, image)| (image - value * vector).powi(2));
            squares.sum::<f64>().sqrt()
        })
        .fold(0.0, f64::max)
}

/// Gram and Schmidt, twice, for once is not enough for nearly dependent vectors.
fn orthonormalise(vectors: &mut [Vec<f64>]) {
    for place in 0..vectors.len() {
        let (before, rest) = vectors.split_at_mut(place);
        let vector = &mut rest[0];
        for _ in 0..2 {
            for other in before.iter() {
                let along = dot(other, vector);
                vector
                    .iter_mut()
                    .zip(other)
                    .for_each(|(value, other)| *value -= along * other);
            }
        }
        let length = dot(vector, vector).sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|value| *value /= length);
        }
    }
}

/// All eigenpairs of a small symmetric matrix by Jacobi's rotations; vectors are columns.
fn jacobi(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|place| vectors[place * n + place] = 1.0);
    for _ in 0..50 {
        let off: f64 = (0..n)
            .flat_map(|row| (0..row).map(move |column| (row, column)))
            .map(|(row, column)| a[row * n + column].powi(2))
            .sum();
        let all: f64 = a.iter().map(|value| value * value).sum();
        if off <= 1e-30 * all {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                turn(&mut a, &mut vectors, n, (p, q));
            }
        }
    }
    ((0..n).map(|place| a[place * n + place]).collect(), vectors)
}

fn turn(a: &mut [f64], vectors: &mut [f64], n: usize, (p, q): (usize, usize)) {
    let across = a[p * n + q];
    if across == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * across);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let tangent = if theta == 0.0 { 1.0 } else { tangent };
    let cosine = (tangent * tangent + 1.0).sqrt().recip();
    let sine = tangent * cosine;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        (a[k * n + p], a[k * n + q]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        (a[p * n + k], a[q * n + k]) = (cosine * x - sine * y, sine * x + cosine * y);
        let (x, y) = (vectors[k * n + p], vectors[k * n + q]);
        (vectors[k * n + p], vectors[k * n + q]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
}
