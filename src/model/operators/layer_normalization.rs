//! [`LayerNormalization`] and [`GroupNormalization`]: values shifted and scaled by statistics of their own sample.

use super::{Misfit, Rule, Shape, WeightSpec, input_channels, only_input, sample_axis};

/// `gamma · (x − mean) / √(variance + epsilon) + beta` with mean and variance over the channels of each
/// position (Ba, Kiros and Hinton 2016), or over other axes.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerNormalization {
    /// As frameworks count them, the batch axis being 0 and −1 the last; the channels where there are none.
    pub axes: Vec<i64>,
    pub epsilon: f32,
    /// Whether there is a `gamma`; 1 otherwise. It has one value for each place along the axes.
    pub scale: bool,
    /// Whether there is a `beta`; 0 otherwise.
    pub center: bool,
}

impl LayerNormalization {
    /// The axes of a sample, ascending, counted from 0.
    ///
    /// # Errors
    /// Where an axis is not there.
    pub fn axes_of(&self, shape: &Shape) -> Result<Vec<usize>, Misfit> {
        let axes: Result<std::collections::BTreeSet<usize>, Misfit> = self
            .stated()
            .iter()
            .map(|&axis| sample_axis(axis, shape))
            .collect();
        Ok(axes?.into_iter().collect())
    }

    /// The extents of the axes, in the order in which they are stated: so Keras lays out the weights.
    fn extents(&self, shape: &Shape) -> Vec<usize> {
        let axes = self.stated().iter();
        axes.filter_map(|&axis| sample_axis(axis, shape).ok())
            .map(|axis| shape.dimensions()[axis])
            .collect()
    }

    fn stated(&self) -> &[i64] {
        if self.axes.is_empty() {
            &[-1]
        } else {
            &self.axes
        }
    }
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

/// Weights of this shape for what there is.
fn weights((scale, center): (bool, bool), shape: Vec<usize>) -> Vec<WeightSpec> {
    let gamma = scale.then(|| WeightSpec::trained("gamma", shape.clone()));
    let beta = center.then(|| WeightSpec::trained("beta", shape.clone()));
    gamma.into_iter().chain(beta).collect()
}

impl Rule for LayerNormalization {
    fn kind(&self) -> &'static str {
        "Layer normalization"
    }

    fn describe(&self, inputs: &[&Shape], _output: &Shape) -> String {
        let over = match (inputs.first(), self.axes.len()) {
            (Some(input), 2..) => Shape::new(self.extents(input)).to_string(),
            _ => input_channels(inputs).to_string(),
        };
        let what = if self.axes.len() > 1 {
            "values"
        } else {
            "channels"
        };
        format!(
            "Layer normalization over {over} {what}, epsilon {}{}",
            self.epsilon,
            missing((self.scale, self.center))
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let input = only_input(inputs)?;
        self.axes_of(input)?;
        Ok(input.clone())
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let shape = inputs
            .first()
            .map_or(Vec::new(), |input| self.extents(input));
        weights((self.scale, self.center), shape)
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
        weights((self.scale, self.center), vec![input_channels(inputs)])
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
            axes: Vec::new(),
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
    fn several_axes_share_their_statistics() {
        let shape = Shape::image(3, 4, 5);
        let over = |axes: &[i64]| LayerNormalization {
            axes: axes.into(),
            epsilon: 1e-5,
            scale: true,
            center: false,
        };
        assert_eq!(over(&[-1, 1]).weights(&[&shape])[0].shape, [5, 3]);
        assert!(over(&[1, 4]).output_shape(&[&shape]).is_err());
        assert!(
            over(&[1, 2, 3])
                .describe(&[&shape], &shape)
                .contains("3×4×5 values")
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
