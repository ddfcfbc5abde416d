//! [`ParametricRelu`]: a leaky ReLU whose slope is learnt.

use super::{Misfit, Rule, Shape, WeightSpec, only_input};

/// x where x ≥ 0; `alpha` · x below (He et al. 2015). `slopes` is the shape of the weight `alpha`: as many
/// axes as the input, 1 along those that share a slope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParametricRelu {
    pub slopes: Vec<usize>,
}

impl Rule for ParametricRelu {
    fn kind(&self) -> &'static str {
        "Activation"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let count: usize = self.slopes.iter().product();
        let plural = if count == 1 { "slope" } else { "slopes" };
        format!("Activation PReLU with {count} learnt {plural}")
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        let extents = input.dimensions();
        let fits = extents.len() == self.slopes.len()
            && extents
                .iter()
                .zip(&self.slopes)
                .all(|(&extent, &slopes)| slopes == 1 || slopes == extent);
        if !fits {
            return Err(format!(
                "has slopes of {} for {input}",
                Shape::new(self.slopes.clone())
            ));
        }
        Ok(input.clone())
    }

    fn weights(&self, _inputs: &[&Shape]) -> Vec<WeightSpec> {
        vec![WeightSpec::trained("alpha", self.slopes.clone())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_may_be_shared() {
        let image = Shape::image(4, 4, 3);
        let shared = ParametricRelu {
            slopes: vec![1, 1, 3],
        };
        assert_eq!(shared.output_shape(&[&image]), Ok(image.clone()));
        assert_eq!(
            shared.describe(&[&image], &image),
            "Activation PReLU with 3 learnt slopes"
        );
        assert!(
            ParametricRelu { slopes: vec![3] }
                .output_shape(&[&image])
                .is_err()
        );
        assert!(
            ParametricRelu {
                slopes: vec![2, 1, 3]
            }
            .output_shape(&[&image])
            .is_err()
        );
    }
}
