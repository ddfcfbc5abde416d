//! [`Identity`]: layers that act while training only, and hand their input on otherwise.

use super::{Misfit, Rule, Shape, only_input};

/// Why a layer leaves its input alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Identity {
    /// Sets a share `rate` of the values to zero while training.
    Dropout { rate: f32 },
    /// Sets a share `rate` of the channels to zero while training.
    SpatialDropout { rate: f32 },
    /// Dropout that keeps mean and variance (Klambauer et al. 2017).
    AlphaDropout { rate: f32 },
    /// Multiplies with noise around 1 while training.
    GaussianDropout { rate: f32 },
    /// Adds noise while training.
    GaussianNoise { standard_deviation: f32 },
    /// Adds a term to the training loss.
    ActivityRegularization,
    /// Changes images at random while training; the name is the framework's: `RandomFlip`.
    Augmentation { name: String },
    /// Does nothing at all.
    Nothing,
}

impl Rule for Identity {
    fn kind(&self) -> &'static str {
        match self {
            Self::Dropout { .. } | Self::SpatialDropout { .. } | Self::AlphaDropout { .. } => {
                "Dropout"
            }
            Self::GaussianDropout { .. } | Self::GaussianNoise { .. } => "Noise",
            Self::ActivityRegularization => "Regularization",
            Self::Augmentation { .. } => "Augmentation",
            Self::Nothing => "Identity",
        }
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let what = match self {
            Self::Dropout { rate } => format!("Dropout {}", percent(*rate)),
            Self::SpatialDropout { rate } => {
                format!("Dropout of whole channels {}", percent(*rate))
            }
            Self::AlphaDropout { rate } => format!("Alpha dropout {}", percent(*rate)),
            Self::GaussianDropout { rate } => {
                format!("Multiplicative Gaussian noise, rate {}", percent(*rate))
            }
            Self::GaussianNoise { standard_deviation } => {
                format!("Gaussian noise, standard deviation {standard_deviation}")
            }
            Self::ActivityRegularization => "Activity regularization".into(),
            Self::Augmentation { name } => format!("Augmentation {name}"),
            Self::Nothing => return "Identity".into(),
        };
        format!("{what}, inactive outside of training")
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        only_input(inputs).cloned()
    }

    fn is_identity(&self) -> bool {
        true
    }
}

/// `50 %`, without digits that come from binary fractions.
fn percent(share: f32) -> String {
    format!("{} %", (f64::from(share) * 1e5).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropout_says_that_it_is_inactive() {
        let shape = Shape::vector(3);
        let dropout = Identity::Dropout { rate: 0.5 };
        assert_eq!(
            dropout.describe(&[&shape], &shape),
            "Dropout 50 %, inactive outside of training"
        );
        assert_eq!(dropout.output_shape(&[&shape]), Ok(shape));
        assert!(dropout.is_identity());
    }

    #[test]
    fn shares_are_written_without_binary_noise() {
        assert_eq!(percent(0.3), "30 %");
        assert_eq!(percent(0.125), "12.5 %");
    }
}
