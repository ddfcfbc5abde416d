//! [`Pad`]: values added around those of a layer, along any axis and of any kind.

use super::{Misfit, Rule, Shape, only_input};

/// What is added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadKind {
    /// One number.
    Constant(f32),
    /// The outermost value again.
    Edge,
    /// The values mirrored at the outermost one.
    Reflect,
    /// The values from the other side.
    Wrap,
}

/// Entries to add before and after each axis of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Pad {
    pub kind: PadKind,
    /// `(before, after)` for each axis.
    pub margins: Vec<(usize, usize)>,
}

impl Rule for Pad {
    fn kind(&self) -> &'static str {
        "Padding"
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let with = match self.kind {
            PadKind::Constant(value) => format!("with {value}"),
            PadKind::Edge => "with the outermost values".into(),
            PadKind::Reflect => "with the values mirrored".into(),
            PadKind::Wrap => "with the values of the other side".into(),
        };
        match inputs.first() {
            Some(input) => format!("Padding {with}, {input} → {output}"),
            None => format!("Padding {with}"),
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        if input.dimensions().len() != self.margins.len() {
            return Err(format!("pads {} axes of {input}", self.margins.len()));
        }
        let padded =
            input
                .dimensions()
                .iter()
                .zip(&self.margins)
                .map(|(&extent, &(before, after))| {
                    let room = match self.kind {
                        PadKind::Reflect => extent.saturating_sub(1),
                        PadKind::Wrap => extent,
                        _ => usize::MAX,
                    };
                    if before > room || after > room {
                        return Err(format!(
                            "pads {extent} values by {before} and {after} of them"
                        ));
                    }
                    let total = extent
                        .checked_add(before)
                        .and_then(|sum| sum.checked_add(after));
                    total.ok_or_else(|| "pads by more values than can be counted".into())
                });
        Ok(Shape::new(padded.collect::<Result<Vec<_>, Misfit>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_need_as_many_values_as_they_show() {
        let input = Shape::image(3, 3, 2);
        let pad = |kind, before| Pad {
            kind,
            margins: vec![(before, 0), (0, 1), (0, 0)],
        };
        assert_eq!(
            pad(PadKind::Reflect, 2).output_shape(&[&input]),
            Ok(Shape::image(5, 4, 2))
        );
        assert!(pad(PadKind::Reflect, 3).output_shape(&[&input]).is_err());
        assert!(pad(PadKind::Wrap, 3).output_shape(&[&input]).is_ok());
        assert!(
            pad(PadKind::Constant(1.0), usize::MAX)
                .output_shape(&[&input])
                .is_err()
        );
        assert!(
            pad(PadKind::Edge, 1)
                .output_shape(&[&Shape::vector(3)])
                .is_err()
        );
    }
}
