//! [`Input`]: the layer through which images enter a network.

use super::{Misfit, Rule, Shape};

/// Shape of one image, `[height, width, channels]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub shape: Shape,
}

impl Rule for Input {
    fn kind(&self) -> &'static str {
        "Input"
    }

    fn describe(&self, _inputs: &[&Shape], output: &Shape) -> String {
        match output.as_image() {
            Some((height, width, channels)) => {
                let plural = if channels == 1 { "channel" } else { "channels" };
                format!("Input, {height}×{width} pixels, {channels} {plural}")
            }
            None => format!("Input, {output} values"),
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        if inputs.is_empty() {
            Ok(self.shape.clone())
        } else {
            Err(format!("is an input, but reads {} layers", inputs.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_reads_nothing() {
        let shape = Shape::image(28, 28, 1);
        let input = Input {
            shape: shape.clone(),
        };
        assert_eq!(input.output_shape(&[]), Ok(shape.clone()));
        assert!(input.output_shape(&[&shape]).is_err());
        assert_eq!(
            input.describe(&[], &shape),
            "Input, 28×28 pixels, 1 channel"
        );
    }
}
