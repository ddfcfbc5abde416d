//! [`MatrixProduct`]: the outputs of two layers multiplied as matrices, as attention does.

use super::{Misfit, Rule, Shape, product};

/// The product of the last two axes, for every place along the axes before, which are repeated where
/// their extent is 1 (numpy's `matmul`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixProduct {
    /// Whether the second input holds columns as rows: queries · keysᵀ.
    pub transpose_second: bool,
}

impl MatrixProduct {
    /// Rows, shared extent, columns.
    fn extents(&self, inputs: &[&Shape]) -> Option<(usize, usize, usize)> {
        let [first, second] = inputs else { return None };
        let (&[.., rows, shared], &[.., one, other]) = (first.dimensions(), second.dimensions())
        else {
            return None;
        };
        let (inner, columns) = if self.transpose_second {
            (other, one)
        } else {
            (one, other)
        };
        (inner == shared).then_some((rows, shared, columns))
    }
}

impl Rule for MatrixProduct {
    fn kind(&self) -> &'static str {
        "Matrix product"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let shapes: Vec<String> = inputs.iter().map(|shape| shape.to_string()).collect();
        let turned = if self.transpose_second {
            " transposed"
        } else {
            ""
        };
        format!("Matrix product, {}{turned} → {output}", shapes.join(" · "))
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let misfit = || {
            let shapes: Vec<String> = inputs.iter().map(|shape| shape.to_string()).collect();
            format!(
                "multiplies {} as matrices, which do not fit",
                shapes.join(" and ")
            )
        };
        let (rows, _, columns) = self.extents(inputs).ok_or_else(misfit)?;
        let [first, second] = inputs else {
            return Err(misfit());
        };
        let outer = |shape: &Shape| shape.dimensions()[..shape.dimensions().len() - 2].to_vec();
        let (first, second) = (outer(first), outer(second));
        if first.len() != second.len() {
            return Err(misfit());
        }
        let mut extents = first
            .into_iter()
            .zip(second)
            .map(|pair| match pair {
                (one, other) if one == other || other == 1 => Ok(one),
                (1, other) => Ok(other),
                _ => Err(misfit()),
            })
            .collect::<Result<Vec<_>, _>>()?;
        extents.extend([rows, columns]);
        Ok(Shape::new(extents))
    }

    fn multiply_adds(&self, inputs: &[&Shape], output: &Shape) -> u64 {
        let shared = self.extents(inputs).map_or(0, |(_, shared, _)| shared);
        product(&[output.elements(), shared])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_multiplied_one_by_one() {
        let (queries, keys) = (Shape::new([3, 7, 4]), Shape::new([3, 5, 4]));
        let product = MatrixProduct {
            transpose_second: true,
        };
        let output = product.output_shape(&[&queries, &keys]).unwrap();
        assert_eq!(output, Shape::new([3, 7, 5]));
        assert_eq!(
            product.multiply_adds(&[&queries, &keys], &output),
            3 * 7 * 5 * 4
        );
        assert_eq!(
            product.describe(&[&queries, &keys], &output),
            "Matrix product, 3×7×4 · 3×5×4 transposed → 3×7×5"
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let product = MatrixProduct {
            transpose_second: false,
        };
        let matrix = Shape::new([2, 3]);
        assert!(product.output_shape(&[&matrix, &matrix]).is_err());
        assert!(product.output_shape(&[&matrix]).is_err());
        assert!(product.output_shape(&[&matrix, &Shape::vector(3)]).is_err());
        assert!(
            product
                .output_shape(&[&Shape::new([2, 2, 3]), &Shape::new([3, 3, 2])])
                .is_err()
        );
    }
}
