//! [`Reshape`]: the same values in the same order (channels last), with other axes.

use super::{Misfit, Rule, Shape, only_input};

/// A change of axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reshape {
    /// One axis for all values.
    Flatten,
    /// These extents; `None`, at most once, for what is left over.
    To(Vec<Option<usize>>),
    /// Steps × channels as an image of one row.
    AddRow,
    /// An image of one row as steps × channels.
    DropRow,
    /// A vector again and again, so many times, as steps × channels.
    Repeat(usize),
}

impl Rule for Reshape {
    fn kind(&self) -> &'static str {
        match self {
            Self::Flatten => "Flatten",
            Self::To(_) | Self::AddRow | Self::DropRow => "Reshape",
            Self::Repeat(_) => "Repetition",
        }
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        match inputs.first() {
            Some(input) => format!("{}, {input} → {output}", self.kind()),
            None => self.kind().into(),
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        let target = match (self, input.dimensions()) {
            (Self::Flatten, _) => return Ok(Shape::vector(input.elements())),
            (Self::To(target), _) => target,
            (Self::AddRow, &[steps, channels]) => return Ok(Shape::image(1, steps, channels)),
            (Self::DropRow, &[1, steps, channels]) => return Ok(Shape::new([steps, channels])),
            (&Self::Repeat(times), &[units]) => return Ok(Shape::new([times, units])),
            _ => return Err(format!("takes steps × channels, but reads {input}")),
        };
        let known = target
            .iter()
            .flatten()
            .try_fold(1usize, |product, &extent| product.checked_mul(extent));
        let open = target.iter().filter(|extent| extent.is_none()).count();
        let misfit = || {
            format!(
                "reshapes {input} to {}, which holds another number of values",
                in_words(target)
            )
        };
        let known = known.ok_or_else(misfit)?;
        let rest = match open {
            0 if known == input.elements() => 1,
            1 if known > 0 && input.elements().is_multiple_of(known) => input.elements() / known,
            _ => return Err(misfit()),
        };
        Ok(Shape::new(
            target
                .iter()
                .map(|extent| extent.unwrap_or(rest))
                .collect::<Vec<_>>(),
        ))
    }

    fn is_identity(&self) -> bool {
        !matches!(self, Self::Repeat(_))
    }
}

fn in_words(target: &[Option<usize>]) -> String {
    let extents: Vec<String> = target
        .iter()
        .map(|extent| extent.map_or_else(|| "?".into(), |extent| extent.to_string()))
        .collect();
    extents.join("×")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flatten_leaves_one_axis() {
        let input = Shape::image(4, 4, 64);
        assert_eq!(
            Reshape::Flatten.output_shape(&[&input]),
            Ok(Shape::vector(1024))
        );
        assert_eq!(
            Reshape::Flatten.describe(&[&input], &Shape::vector(1024)),
            "Flatten, 4×4×64 → 1024"
        );
    }

    #[test]
    fn the_open_extent_is_what_is_left_over() {
        let input = Shape::image(4, 4, 6);
        let reshape = Reshape::To(vec![None, Some(3)]);
        assert!(
            Reshape::To(vec![Some(5), None])
                .output_shape(&[&input])
                .is_err()
        );
        assert!(
            Reshape::To(vec![None, None])
                .output_shape(&[&input])
                .is_err()
        );
        assert!(
            Reshape::To(vec![Some(0), None])
                .output_shape(&[&input])
                .is_err()
        );
        assert!(
            Reshape::To(vec![Some(usize::MAX), Some(3)])
                .output_shape(&[&input])
                .is_err()
        );
        assert_eq!(reshape.output_shape(&[&input]), Ok(Shape::new([32, 3])));
    }
}
