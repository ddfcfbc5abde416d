//! [`Selection`]: some entries of an axis, in a new order or not.

use super::{Misfit, Rule, Shape, only_input};

/// Which entries are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// `length` entries from `start` on, `step` apart.
    Range {
        start: usize,
        length: usize,
        step: usize,
    },
    /// These, in this order; some may come twice.
    Places(Vec<usize>),
}

/// The entries of one axis, counted from 0 within a sample, that are handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub axis: usize,
    pub kept: Kept,
}

impl Kept {
    /// Number of entries, and the last one that is read.
    fn extent(&self) -> Option<(usize, usize)> {
        match self {
            Self::Range {
                start,
                length,
                step,
            } => {
                let last = length
                    .checked_sub(1)?
                    .checked_mul(*step)?
                    .checked_add(*start)?;
                Some((*length, last))
            }
            Self::Places(places) => Some((places.len(), places.iter().copied().max()?)),
        }
    }
}

impl Rule for Selection {
    fn kind(&self) -> &'static str {
        match self.kept {
            Kept::Range { .. } => "Slice",
            Kept::Places(_) => "Selection",
        }
    }

    fn describe(&self, inputs: &[&Shape], output: &Shape) -> String {
        let rank = output.dimensions().len();
        let what = match (rank - self.axis.min(rank), rank) {
            (1, _) => "channels",
            (2, 3) => "columns",
            (3, 3) => "rows",
            _ => "positions",
        };
        let of = inputs
            .first()
            .and_then(|input| input.dimensions().get(self.axis))
            .copied()
            .unwrap_or(0);
        match &self.kept {
            Kept::Range {
                start, length: 1, ..
            } => format!("Slice, number {start} of {of} {what}"),
            Kept::Range {
                start,
                length,
                step,
            } => {
                let apart = if *step == 1 {
                    String::new()
                } else {
                    format!(", {step} apart")
                };
                format!("Slice, {length} of {of} {what} from number {start} on{apart}")
            }
            Kept::Places(places) => format!(
                "Selection of {} of {of} {what} in an order of its own",
                places.len()
            ),
        }
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        let mut extents = input.dimensions().to_vec();
        let along = extents.get_mut(self.axis).ok_or_else(|| {
            format!(
                "selects along axis {} of {input}, counted from 0",
                self.axis
            )
        })?;
        let (count, last) = self.kept.extent().ok_or("selects nothing")?;
        if last >= *along {
            return Err(format!(
                "selects number {last} of {along} entries, counted from 0"
            ));
        }
        *along = count;
        Ok(Shape::new(extents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_shrinks_to_what_is_kept() {
        let input = Shape::image(4, 6, 8);
        let half = Selection {
            axis: 2,
            kept: Kept::Range {
                start: 1,
                length: 4,
                step: 2,
            },
        };
        let output = half.output_shape(&[&input]).unwrap();
        assert_eq!(output, Shape::image(4, 6, 4));
        assert_eq!(
            half.describe(&[&input], &output),
            "Slice, 4 of 8 channels from number 1 on, 2 apart"
        );
        let shuffled = Selection {
            axis: 0,
            kept: Kept::Places(vec![3, 3, 0]),
        };
        assert_eq!(shuffled.output_shape(&[&input]), Ok(Shape::image(3, 6, 8)));
    }

    #[test]
    fn entries_that_are_not_there_are_refused() {
        let input = Shape::vector(3);
        for (axis, kept) in [
            (1, Kept::Places(vec![0])),
            (0, Kept::Places(vec![])),
            (0, Kept::Places(vec![3])),
            (
                0,
                Kept::Range {
                    start: 2,
                    length: 2,
                    step: 1,
                },
            ),
            (
                0,
                Kept::Range {
                    start: 0,
                    length: usize::MAX,
                    step: usize::MAX,
                },
            ),
            (
                0,
                Kept::Range {
                    start: 0,
                    length: 0,
                    step: 1,
                },
            ),
        ] {
            assert!(Selection { axis, kept }.output_shape(&[&input]).is_err());
        }
    }
}
