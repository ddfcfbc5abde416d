//! [`LayerNormalization`] and [`GroupNormalization`]: values shifted and scaled by statistics of their own sample.

use super::{Misfit, Rule, Shape, WeightSpec, input_channels, only_input};

/// `gamma · (x − mean) / √(variance + epsilon) + beta` with mean and variance over the channels of each
/// position (Ba, Kiros and Hinton 2016).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNormalization {
    pub epsilon: f32,
    /// Whether there is a `gamma`; 1 otherwise.
    pub scale: bool,
    /// Whether there is a `beta`; 0 otherwise.
    pub center: bool,
}

/// The same with mean and variance over all positions of a group of neighbouring channels (Wu and He
/// 2018). As many groups as channels make it an instance normalisation (Ulyanov et al. 2016).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNormalization {
    pub groups: usize,
    pub epsilon: f32,
    pub scale: bool,
    pub center: bool,
}

/// What is left out, for descriptions.
fn missing((scale, center): (bool, bool)) -> &'static str {
    match (scale, center) {
        (true, true) => "",
        (false, true) => ", no scale",
        (true, false) => ", no shift",
        (false, false) => ", no scale, no shift",
    }
}

/// One value a channel for what there is.
fn weights((scale, center): (bool, bool), inputs: &[&Shape]) -> Vec<WeightSpec> {
    let shape = vec![input_channels(inputs)];
    let gamma = scale.then(|| WeightSpec::trained("gamma", shape.clone()));
    let beta = center.then(|| WeightSpec::trained("beta", shape.clone()));
    gamma.into_iter().chain(beta).collect()
}

impl Rule for LayerNormalization {
    fn kind(&self) -> &'static str {
        "Layer normalization"
    }

    fn describe(&self, inputs: &[&Shape], _output: &Shape) -> String {
        format!(
            "Layer normalization over {} channels, epsilon {}{}",
            input_channels(inputs),
            self.epsilon,
            missing((self.scale, self.center))
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        only_input(inputs).cloned()
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        weights((self.scale, self.center), inputs)
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        output.elements() as u64
    }
}

impl Rule for GroupNormalization {
    fn kind(&self) -> &'static str {
        "Group normalization"
    }

    fn describe(&self, inputs: &[&Shape], _output: &Shape) -> String {
        format!(
            "Group normalization of {} channels in {} groups, epsilon {}{}",
            input_channels(inputs),
            self.groups,
            self.epsilon,
            missing((self.scale, self.center))
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        let channels = input.channels();
        if self.groups == 0 || !channels.is_multiple_of(self.groups) {
            return Err(format!(
                "has {} groups, which do not divide its {channels} channels evenly",
                self.groups
            ));
        }
        Ok(input.clone())
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        weights((self.scale, self.center), inputs)
    }

    fn multiply_adds(&self, _inputs: &[&Shape], output: &Shape) -> u64 {
        output.elements() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_shift_drops_its_tensor() {
        let shape = Shape::new([7, 64]);
        let normalization = LayerNormalization {
            epsilon: 1e-5,
            scale: true,
            center: false,
        };
        let names: Vec<_> = normalization
            .weights(&[&shape])
            .into_iter()
            .map(|spec| (spec.name, spec.shape))
            .collect();
        assert_eq!(names, [("gamma", vec![64])]);
        assert_eq!(
            normalization.describe(&[&shape], &shape),
            "Layer normalization over 64 channels, epsilon 0.00001, no shift"
        );
    }

    #[test]
    fn groups_divide_the_channels() {
        let shape = Shape::image(2, 2, 6);
        let groups = |groups| GroupNormalization {
            groups,
            epsilon: 1e-5,
            scale: true,
            center: true,
        };
        assert!(groups(3).output_shape(&[&shape]).is_ok());
        assert!(groups(4).output_shape(&[&shape]).is_err());
        assert!(groups(0).output_shape(&[&shape]).is_err());
        assert_eq!(
            groups(3).describe(&[&shape], &shape),
            "Group normalization of 6 channels in 3 groups, epsilon 0.00001"
        );
    }
}
