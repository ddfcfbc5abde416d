//! [`Reduction`]: one number for all values along some axes.

use super::{Misfit, Rule, Shape, only_input};

/// The number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReductionKind {
    Mean,
    Sum,
    Maximum,
    Minimum,
    /// The root of the sum of squares.
    Norm,
    /// The sum of absolute values.
    AbsoluteSum,
    SumOfSquares,
}

/// Axes made 1, each counted from 0 within a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduction {
    pub kind: ReductionKind,
    /// In order, each once.
    pub axes: Vec<usize>,
}

impl Rule for Reduction {
    fn kind(&self) -> &'static str {
        match self.kind {
            ReductionKind::Mean => "Mean",
            ReductionKind::Sum => "Sum",
            ReductionKind::Maximum => "Maximum",
            ReductionKind::Minimum => "Minimum",
            ReductionKind::Norm => "Norm",
            ReductionKind::AbsoluteSum => "Absolute sum",
            ReductionKind::SumOfSquares => "Sum of squares",
        }
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let over = inputs.first().map_or(1, |input| input.elements()) / output.elements().max(1);
        format!("{} over {over} values each", self.kind())
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        let mut extents = input.dimensions().to_vec();
        if !self.axes.is_sorted_by(|one, other| one < other) {
            return Err(format!(
                "reduces the axes {:?}, which are not in order",
                self.axes
            ));
        }
        for &axis in &self.axes {
            *extents
                .get_mut(axis)
                .ok_or_else(|| format!("reduces axis {axis} of {input}, counted from 0"))? = 1;
        }
        Ok(Shape::new(extents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reduced_axes_stay_with_extent_one() {
        let input = Shape::image(4, 6, 8);
        let mean = Reduction {
            kind: ReductionKind::Mean,
            axes: vec![0, 2],
        };
        let output = mean.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(1, 6, 1));
        assert_eq!(
            mean.describe(&[&input], &output),
            "Mean over 32 values each"
        );
        for axes in [vec![3], vec![1, 0], vec![1, 1]] {
            assert!(
                Reduction {
                    axes,
                    ..mean.clone()
                }
                .output_shape(&[&input])
                .is_err()
            );
        }
    }
}
