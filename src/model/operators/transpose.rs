//! [`Transpose`]: the axes of a sample in another order.

use super::{Misfit, Rule, Shape, only_input};

/// Axis `i` of the output is axis `order[i]` of the input, counted from 0 within a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transpose {
    pub order: Vec<usize>,
}

impl Rule for Transpose {
    fn kind(&self) -> &'static str {
        "Transpose"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        match inputs.first() {
            Some(input) => format!("Transpose, {input} → {output}"),
            None => self.kind().into(),
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        let extents = input.dimensions();
        let mut sorted = self.order.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..extents.len()) {
            return Err(format!(
                "orders the axes of {input} as {:?}, which names not every one once",
                self.order
            ));
        }
        Ok(Shape::new(
            self.order
                .iter()
                .map(|&axis| extents[axis])
                .collect::<Vec<_>>(),
        ))
    }

    fn is_identity(&self) -> bool {
        self.order.iter().copied().eq(0..self.order.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_change_places() {
        let input = Shape::image(4, 6, 8);
        let transpose = Transpose {
            order: vec![2, 0, 1],
        };
        let output = transpose.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(8, 4, 6));
        assert_eq!(
            transpose.describe(&[&input], &output),
            "Transpose, 4×6×8 → 8×4×6"
        );
        assert!(!transpose.is_identity());
        for order in [vec![0, 1], vec![0, 1, 1], vec![1, 2, 3], vec![]] {
            assert!(Transpose { order }.output_shape(&[&input]).is_err());
        }
    }
}
