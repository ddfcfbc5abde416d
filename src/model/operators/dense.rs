//! [`Dense`]: every output a weighted sum of all channels of a position.

use super::{
    Activation, Misfit, Rule, Shape, WeightSpec, ending_in_words, input_channels, only_input,
    product,
};

/// A fully connected layer. On an image it acts on each position by itself, as a 1×1 convolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dense {
    /// Output channels.
    pub units: usize,
    pub bias: bool,
    pub activation: Activation,
}

impl Rule for Dense {
    fn kind(&self) -> &'static str {
        "Dense"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let place = if output.dimensions().len() > 1 {
            " at each position"
        } else {
            ""
        };
        format!(
            "Dense, {} → {} units{place}{}",
            input_channels(inputs),
            self.units,
            ending_in_words(self.bias, self.activation)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let mut dimensions = only_input(inputs)?.dimensions().to_vec();
        match dimensions.last_mut() {
            Some(channels) => *channels = self.units,
            None => return Err("takes at least one axis, but reads a scalar".into()),
        }
        Ok(Shape::new(dimensions))
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let kernel = vec![input_channels(inputs), self.units];
        let mut weights = vec![WeightSpec::trained("kernel", kernel)];
        if self.bias {
            weights.push(WeightSpec::trained("bias", vec![self.units]));
        }
        weights
    }

    fn multiply_adds(&self, inputs: &[&Shape], output: &Shape) -> u64 {
        product(&[output.elements(), input_channels(inputs)])
    }

    fn activation(&self) -> Activation {
        self.activation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENSE: Dense = Dense {
        units: 10,
        bias: true,
        activation: Activation::Softmax,
    };

    #[test]
    fn a_vector_becomes_a_vector() {
        let input = Shape::vector(64);
        let output = DENSE.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::vector(10));
        assert_eq!(
            DENSE.describe(&[&input], &output),
            "Dense, 64 → 10 units, softmax"
        );
        assert_eq!(DENSE.multiply_adds(&[&input], &output), 640);
    }

    #[test]
    fn an_image_keeps_its_positions() {
        let input = Shape::image(4, 5, 6);
        let output = DENSE.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(4, 5, 10));
        assert_eq!(
            DENSE.describe(&[&input], &output),
            "Dense, 6 → 10 units at each position, softmax"
        );
        assert_eq!(DENSE.weights(&[&input])[0].shape, [6, 10]);
        assert!(DENSE.output_shape(&[&Shape::new([])]).is_err());
    }
}
