//! [`Concatenation`]: several layers' outputs side by side.

use super::{Misfit, Rule, Shape, sample_axis};

/// The inputs one after the other along an axis; all other extents are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concatenation {
    /// As frameworks count it, the batch axis being 0 and −1 the last, the channels.
    pub axis: i64,
}

impl Concatenation {
    /// The axis within a sample of this shape, counted from 0.
    ///
    /// # Errors
    /// If the shape has no such axis.
    pub fn axis_of(&self, shape: &Shape) -> Result<usize, Misfit> {
        sample_axis(self.axis, shape)
    }
}

impl Rule for Concatenation {
    fn kind(&self) -> &'static str {
        "Concatenation"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let Ok(axis) = self.axis_of(output) else {
            return self.kind().into();
        };
        let extents: Vec<String> = inputs
            .iter()
            .map(|input| {
                input
                    .dimensions()
                    .get(axis)
                    .map_or_else(String::new, usize::to_string)
            })
            .collect();
        let rank = output.dimensions().len();
        let what = match (rank - axis, rank) {
            (1, _) => "channels",
            (2, 3) => "columns",
            (3, 3) => "rows",
            _ => "positions",
        };
        format!("Concatenation of {} {what}", extents.join(" + "))
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let (first, others) = inputs.split_first().ok_or("reads no layer")?;
        let axis = self.axis_of(first)?;
        let mut output = first.dimensions().to_vec();
        for other in others {
            let extents = other.dimensions();
            let fits = extents.len() == output.len()
                && (0..extents.len()).all(|at| at == axis || extents[at] == output[at]);
            if !fits {
                return Err(format!(
                    "puts {first} and {other} side by side along axis {}, where their other extents differ",
                    self.axis
                ));
            }
            output[axis] = output[axis]
                .checked_add(extents[axis])
                .ok_or("has an output too large to be counted")?;
        }
        Ok(Shape::new(output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_grows_and_the_others_stay() {
        let (a, b) = (Shape::image(4, 6, 8), Shape::image(4, 6, 1));
        for axis in [-1, 3] {
            let concatenation = Concatenation { axis };
            let output = concatenation.output_shape(&[&a, &b, &a]).unwrap();
            assert_eq!(output, Shape::image(4, 6, 17));
            assert_eq!(
                concatenation.describe(&[&a, &b, &a], &output),
                "Concatenation of 8 + 1 + 8 channels"
            );
        }
        let rows = Concatenation { axis: 1 };
        assert_eq!(rows.output_shape(&[&a, &a]), Ok(Shape::image(8, 6, 8)));
        assert!(rows.output_shape(&[&a, &b]).is_err());
    }

    #[test]
    fn axes_that_are_not_there_are_refused() {
        let shape = Shape::vector(3);
        for axis in [0, 2, -2, i64::MIN, i64::MAX] {
            assert!(
                Concatenation { axis }
                    .output_shape(&[&shape, &shape])
                    .is_err(),
                "{axis}"
            );
        }
    }
}
