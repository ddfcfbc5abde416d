//! [`Comparison`]: where one layer's values are above, below or equal to another's. [`Choice`]: values of one layer or
//! another, as a third one says.

use super::combination::broadcast;
use super::{Misfit, Rule, Shape};

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonKind {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
}

/// 1 where the first layer's value compares so with the second's, else 0. Axes of extent 1 are repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub kind: ComparisonKind,
}

/// The second layer's value where the first layer's is not 0, else the third's. Axes of extent 1 are repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice;

impl Rule for Comparison {
    fn kind(&self) -> &'static str {
        "Comparison"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let how = match self.kind {
            ComparisonKind::Above => "is above",
            ComparisonKind::AtLeast => "is at least",
            ComparisonKind::Below => "is below",
            ComparisonKind::AtMost => "is at most",
            ComparisonKind::Equal => "equals",
        };
        format!("1 where the first layer {how} the second, else 0")
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        match inputs {
            [_, _] => broadcast(inputs),
            _ => Err(format!("reads {} layers, but takes 2", inputs.len())),
        }
    }
}

impl Rule for Choice {
    fn kind(&self) -> &'static str {
        "Choice"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        "Values of the second layer where the first is not 0, else of the third".into()
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        match inputs {
            [_, _, _] => broadcast(inputs),
            _ => Err(format!("reads {} layers, but takes 3", inputs.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_repeated_and_layers_counted() {
        let (image, gate) = (Shape::image(4, 6, 8), Shape::image(1, 1, 8));
        let above = Comparison {
            kind: ComparisonKind::Above,
        };
        assert_eq!(above.output_shape(&[&gate, &image]), Ok(image.clone()));
        assert!(above.output_shape(&[&gate]).is_err());
        assert_eq!(
            Choice.output_shape(&[&image, &gate, &gate]),
            Ok(image.clone())
        );
        assert!(Choice.output_shape(&[&image, &gate]).is_err());
    }
}
