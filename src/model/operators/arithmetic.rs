//! [`Arithmetic`]: a layer's values combined with numbers that training left fixed.

use super::{Misfit, Rule, Shape, WeightSpec, only_input};

/// What is made of a value and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithmeticKind {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// The first to the power of the second.
    Power,
    Maximum,
    Minimum,
}

/// The second operand.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// One number for all values.
    Number(f32),
    /// The weight `constant` of this shape, repeated along its axes of extent 1; as many axes as the input.
    Weight(Vec<usize>),
}

/// A combination of each value with a number: an offset, a scale for each channel, position embeddings.
#[derive(Clone, Debug, PartialEq)]
pub struct Arithmetic {
    pub kind: ArithmeticKind,
    pub constant: Constant,
    /// Whether the number comes first: `1 − x`.
    pub constant_first: bool,
}

impl Rule for Arithmetic {
    fn kind(&self) -> &'static str {
        match self.kind {
            ArithmeticKind::Add => "Offset",
            ArithmeticKind::Subtract => "Difference",
            ArithmeticKind::Multiply => "Scale",
            ArithmeticKind::Divide => "Quotient",
            ArithmeticKind::Power => "Power",
            ArithmeticKind::Maximum => "Lower bound",
            ArithmeticKind::Minimum => "Upper bound",
        }
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let constant = match &self.constant {
            Constant::Number(number) => number.to_string(),
            Constant::Weight(shape) => format!("learnt values of {}", Shape::new(shape.clone())),
        };
        let (first, second) = if self.constant_first {
            (constant.as_str(), "x")
        } else {
            ("x", constant.as_str())
        };
        match self.kind {
            ArithmeticKind::Add => format!("{first} + {second}"),
            ArithmeticKind::Subtract => format!("{first} − {second}"),
            ArithmeticKind::Multiply => format!("{first} · {second}"),
            ArithmeticKind::Divide => format!("{first} / {second}"),
            ArithmeticKind::Power => format!("{first} to the power of {second}"),
            ArithmeticKind::Maximum => format!("The larger of {first} and {second}"),
            ArithmeticKind::Minimum => format!("The smaller of {first} and {second}"),
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        let Constant::Weight(shape) = &self.constant else {
            return Ok(input.clone());
        };
        let misfit = || {
            format!(
                "combines {input} with {}, which differ in an extent that is not 1",
                Shape::new(shape.clone())
            )
        };
        if shape.len() != input.dimensions().len() {
            return Err(misfit());
        }
        let extents = input.dimensions().iter().zip(shape);
        let extents = extents.map(|(&one, &other)| match (one, other) {
            (one, other) if one == other || other == 1 => Ok(one),
            (1, other) => Ok(other),
            _ => Err(misfit()),
        });
        Ok(Shape::new(extents.collect::<Result<Vec<_>, _>>()?))
    }

    fn weights(&self, _inputs: &[&Shape]) -> Vec<WeightSpec> {
        match &self.constant {
            Constant::Number(_) => Vec::new(),
            Constant::Weight(shape) => vec![WeightSpec::trained("constant", shape.clone())],
        }
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        match self.kind {
            ArithmeticKind::Maximum | ArithmeticKind::Minimum => 0,
            _ => output.elements() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(shape: &[usize]) -> Arithmetic {
        Arithmetic {
            kind: ArithmeticKind::Multiply,
            constant: Constant::Weight(shape.into()),
            constant_first: false,
        }
    }

    #[test]
    fn extents_of_one_are_repeated_on_both_sides() {
        let image = Shape::image(4, 1, 8);
        assert_eq!(
            scale(&[1, 6, 8]).output_shape(&[&image]),
            Ok(Shape::image(4, 6, 8))
        );
        assert!(scale(&[1, 6, 7]).output_shape(&[&image]).is_err());
        assert!(scale(&[8]).output_shape(&[&image]).is_err());
    }

    #[test]
    fn it_says_the_formula() {
        let vector = Shape::vector(3);
        let one_minus = Arithmetic {
            kind: ArithmeticKind::Subtract,
            constant: Constant::Number(1.0),
            constant_first: true,
        };
        assert_eq!(one_minus.describe(&[&vector], &vector), "1 − x");
        assert_eq!(
            scale(&[3]).describe(&[&vector], &vector),
            "x · learnt values of 3"
        );
        assert_eq!(scale(&[3]).weights(&[&vector])[0].shape, [3]);
    }
}
