//! [`Embedding`]: numbers as rows of a table.

use super::{Misfit, Rule, Shape, WeightSpec, only_input};

/// For every value, without what it has behind the point, the row of that number in the weight `embeddings`;
/// NaN where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedding {
    pub rows: usize,
    /// Values of a row.
    pub width: usize,
}

impl Rule for Embedding {
    fn kind(&self) -> &'static str {
        "Embedding"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        format!("Embedding, {} learnt rows of {}", self.rows, self.width)
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let mut extents = only_input(inputs)?.dimensions().to_vec();
        extents.push(self.width);
        Ok(Shape::new(extents))
    }

    fn weights(&self, _inputs: &[&Shape]) -> Vec<WeightSpec> {
        vec![WeightSpec::trained(
            "embeddings",
            vec![self.rows, self.width],
        )]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_becomes_a_row() {
        let embedding = Embedding {
            rows: 256,
            width: 8,
        };
        let output = embedding.output_shape(&[&Shape::new([5, 6])]);
        assert_eq!(output, Ok(Shape::new([5, 6, 8])));
        assert!(embedding.output_shape(&[]).is_err());
        assert_eq!(
            embedding.describe(&[], &Shape::vector(1)),
            "Embedding, 256 learnt rows of 8"
        );
    }
}
