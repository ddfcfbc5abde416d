//! [`Rescaling`]: a fixed factor and offset, usually from bytes to the range a network was trained on.

use super::{Misfit, Rule, Shape, only_input};

/// `x · scale + offset`, each with one value for all channels or one a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Rescaling {
    pub scale: Vec<f32>,
    pub offset: Vec<f32>,
}

impl Rule for Rescaling {
    fn kind(&self) -> &'static str {
        "Rescaling"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let offset = if self.offset.iter().all(|&offset| offset == 0.0) {
            String::new()
        } else {
            format!(" plus {}", values_in_words(&self.offset))
        };
        format!(
            "Rescaling, values times {}{offset}",
            values_in_words(&self.scale)
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        for (name, values) in [("scale", &self.scale), ("offset", &self.offset)] {
            if values.len() != 1 && values.len() != input.channels() {
                return Err(format!(
                    "has {} values as its {name}, but reads {} channels",
                    values.len(),
                    input.channels()
                ));
            }
        }
        Ok(input.clone())
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        output.elements() as u64
    }
}

/// `1/255`, or `(2, 3, 4)` for one value a channel.
fn values_in_words(values: &[f32]) -> String {
    match values {
        [value] => value_in_words(*value),
        _ => {
            let words: Vec<String> = values.iter().map(|&value| value_in_words(value)).collect();
            format!("({})", words.join(", "))
        }
    }
}

/// A value as people write it: as a fraction of one where it is exactly the inverse of a whole number.
fn value_in_words(value: f32) -> String {
    let inverse = (1.0 / value).round();
    if value > 0.0 && value < 0.1 && inverse.is_finite() && 1.0 / inverse == value {
        return format!("1/{inverse}");
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_reads_as_people_write_it() {
        let shape = Shape::image(2, 2, 3);
        let rescaling = Rescaling {
            scale: vec![1.0 / 127.5],
            offset: vec![-1.0],
        };
        assert_eq!(
            rescaling.describe(&[&shape], &shape),
            "Rescaling, values times 0.007843138 plus -1"
        );
        let rescaling = Rescaling {
            scale: vec![1.0 / 255.0],
            offset: vec![0.0],
        };
        assert_eq!(
            rescaling.describe(&[&shape], &shape),
            "Rescaling, values times 1/255"
        );
    }

    #[test]
    fn values_for_channels_must_be_as_many_as_the_channels() {
        let rescaling = Rescaling {
            scale: vec![1.0],
            offset: vec![1.0, 2.0, 3.0],
        };
        assert!(rescaling.output_shape(&[&Shape::image(2, 2, 3)]).is_ok());
        let error = rescaling
            .output_shape(&[&Shape::image(2, 2, 1)])
            .unwrap_err();
        assert_eq!(error, "has 3 values as its offset, but reads 1 channels");
    }
}
