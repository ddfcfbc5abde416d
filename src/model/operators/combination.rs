//! [`Combination`]: several layers' outputs made one, value by value.

use super::{Misfit, Rule, Shape};

/// What is made of the values at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CombinationKind {
    Add,
    /// The first less the second; takes two inputs.
    Subtract,
    Multiply,
    /// The first over the second; takes two inputs.
    Divide,
    Average,
    Maximum,
    Minimum,
}

/// The inputs combined value by value. An axis of extent 1 is repeated along the others' (numpy's
/// broadcasting; axes are matched from the last), so that a gate of 1×1×channels multiplies an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combination {
    pub kind: CombinationKind,
}

impl CombinationKind {
    /// Whether it takes two inputs and no others.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Subtract | Self::Divide)
    }
}

impl Rule for Combination {
    fn kind(&self) -> &'static str {
        match self.kind {
            CombinationKind::Add => "Add",
            CombinationKind::Subtract => "Subtract",
            CombinationKind::Multiply => "Multiply",
            CombinationKind::Divide => "Divide",
            CombinationKind::Average => "Average",
            CombinationKind::Maximum => "Maximum",
            CombinationKind::Minimum => "Minimum",
        }
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let what = match self.kind {
            CombinationKind::Add => "Sum",
            CombinationKind::Subtract => "Difference",
            CombinationKind::Multiply => "Product",
            CombinationKind::Divide => "Quotient",
            CombinationKind::Average => "Mean",
            CombinationKind::Maximum => "Maximum",
            CombinationKind::Minimum => "Minimum",
        };
        let layers = if inputs.len() == 1 { "layer" } else { "layers" };
        let alike = inputs.iter().all(|input| *input == output);
        let shapes = if alike {
            String::new()
        } else {
            let shapes: Vec<String> = inputs.iter().map(|input| input.to_string()).collect();
            format!(", {}", shapes.join(" and "))
        };
        format!("{what} of {} {layers}{shapes}", inputs.len())
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        if self.kind.is_binary() && inputs.len() != 2 {
            return Err(format!("reads {} layers, but takes 2", inputs.len()));
        }
        broadcast(inputs)
    }

    fn multiply_adds(&self, inputs: &[&Shape], output: &Shape) -> u64 {
        match self.kind {
            CombinationKind::Maximum | CombinationKind::Minimum => 0,
            _ => (output.elements() as u64)
                .saturating_mul(inputs.len().saturating_sub(1).max(1) as u64),
        }
    }
}

/// The common shape of tensors whose axes of extent 1 are repeated; axes are matched from the last.
pub(super) fn broadcast(inputs: &[&Shape]) -> Result<Shape, Misfit> {
    let rank = inputs.iter().map(|input| input.dimensions().len()).max();
    let mut output = vec![1; rank.ok_or("reads no layer")?];
    for input in inputs {
        let extents = input.dimensions();
        let matched = output.iter_mut().rev().zip(extents.iter().rev());
        for (output, &extent) in matched {
            match (*output, extent) {
                (_, 1) => {}
                (1, _) => *output = extent,
                (output, extent) if output == extent => {}
                _ => return Err(unlike(inputs)),
            }
        }
    }
    Ok(Shape::new(output))
}

fn unlike(inputs: &[&Shape]) -> Misfit {
    let shapes: Vec<String> = inputs.iter().map(|input| input.to_string()).collect();
    format!(
        "combines values of {}, which differ in an extent that is not 1",
        shapes.join(" and ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(kind: CombinationKind, inputs: &[Shape]) -> Result<Shape, Misfit> {
        Combination { kind }.output_shape(&inputs.iter().collect::<Vec<_>>())
    }

    #[test]
    fn extents_of_one_are_repeated() {
        let (image, gate) = (Shape::image(4, 6, 8), Shape::image(1, 1, 8));
        for other in [&image, &gate, &Shape::vector(8), &Shape::new([])] {
            let inputs = [image.clone(), other.clone()];
            assert_eq!(
                shape(CombinationKind::Multiply, &inputs),
                Ok(image.clone()),
                "{other}"
            );
        }
        let outer = [Shape::new([3, 1]), Shape::new([1, 5])];
        assert_eq!(shape(CombinationKind::Add, &outer), Ok(Shape::new([3, 5])));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_shapes() {
        let inputs = [Shape::image(4, 6, 8), Shape::image(4, 6, 9)];
        let reason = shape(CombinationKind::Add, &inputs).unwrap_err();
        assert!(reason.contains("4×6×8 and 4×6×9"), "{reason}");
        let three = vec![Shape::vector(1); 3];
        assert!(shape(CombinationKind::Add, &three).is_ok());
        assert!(shape(CombinationKind::Subtract, &three).is_err());
        assert!(shape(CombinationKind::Add, &[]).is_err());
    }

    #[test]
    fn it_says_what_it_combines() {
        let (image, gate) = (Shape::image(4, 6, 8), Shape::image(1, 1, 8));
        let add = Combination {
            kind: CombinationKind::Add,
        };
        assert_eq!(
            add.describe(&[&image, &image, &image], &image),
            "Sum of 3 layers"
        );
        assert_eq!(
            add.describe(&[&image, &gate], &image),
            "Sum of 2 layers, 4×6×8 and 1×1×8"
        );
        assert_eq!(
            add.multiply_adds(&[&image, &image, &image], &image),
            2 * 4 * 6 * 8
        );
    }
}
