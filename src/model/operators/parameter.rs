//! [`Parameter`]: learnt values that are the same for every sample, such as a class token.

use super::{Misfit, Rule, Shape, WeightSpec, only_input, product};

/// The weight `values` of this shape. It reads a layer only to be there once for each of its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub shape: Shape,
}

impl Rule for Parameter {
    fn kind(&self) -> &'static str {
        "Parameter"
    }

    fn describe(&self, _inputs: &[&Shape], output: &Shape) -> String {
        format!("Learnt values of {output}, the same for every image")
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        only_input(inputs)?;
        if product(self.shape.dimensions()) == u64::MAX {
            return Err("holds more values than can be counted".into());
        }
        Ok(self.shape.clone())
    }

    fn weights(&self, _inputs: &[&Shape]) -> Vec<WeightSpec> {
        vec![WeightSpec::trained(
            "values",
            self.shape.dimensions().to_vec(),
        )]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_shape_is_its_own() {
        let parameter = Parameter {
            shape: Shape::new([1, 64]),
        };
        let image = Shape::image(8, 8, 3);
        assert_eq!(parameter.output_shape(&[&image]), Ok(Shape::new([1, 64])));
        assert_eq!(parameter.weights(&[&image])[0].shape, [1, 64]);
        assert!(parameter.output_shape(&[]).is_err());
    }
}
