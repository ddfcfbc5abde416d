//! [`Answer`]: how the logits of the classes are read off a network: from which layer, and what its
//! values mean. Read from the graph where it tells, set by the user where it does not.

use super::{Activation, LayerId, ModelError, Network};

use std::path::Path;

use serde::Serialize;

/// What the user says about a network's output.
#[derive(Clone, Debug, Default)]
pub struct OutputChoice {
    /// The name of the output, or of the layer, that answers; the only output where there is none.
    pub layer: Option<String>,
    pub values: OutputValues,
}

/// `model.output`: what the output's values are where the graph does not tell. A network that ends in a
/// softmax, or in a single sigmoid, tells: its logits are what these read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputValues {
    /// Logits, except behind sigmoids of several units, which are probabilities.
    #[default]
    Auto,
    /// Values of which a softmax makes probabilities.
    Logits,
    /// Shares that sum to 1.
    Probabilities,
}

impl OutputValues {
    /// As the config writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Logits => "logits",
            Self::Probabilities => "probabilities",
        }
    }
}

/// Where the values lie that the answers are made of, and what is made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub layer: LayerId,
    /// Whether to take the layer's values before its activation.
    pub before_activation: bool,
    pub reading: Reading,
}

/// What the values of one sample mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// One logit a class.
    Logits,
    /// One probability a class.
    Probabilities,
    /// The logit of the second of two classes.
    OneLogit,
    /// The probability of the second of two classes.
    OneProbability,
}

impl Answer {
    /// From the end of the graph backwards, over layers that change no value.
    pub(super) fn of(network: &Network, values: OutputValues) -> Self {
        let output = network.output();
        let single = network.layer(output).shape.elements() == 1;
        let mut layer = output;
        loop {
            let node = network.layer(layer);
            // With several positions a softmax is not over the classes.
            let over_classes = node.shape.positions() == 1;
            let reading = match node.operator.rule().activation() {
                Activation::Softmax if over_classes && !single => Some(Reading::Logits),
                Activation::Sigmoid if single => Some(Reading::OneLogit),
                _ => None,
            };
            if let Some(reading) = reading {
                return Self {
                    layer,
                    before_activation: true,
                    reading,
                };
            }
            let shares = matches!(node.operator.rule().activation(), Activation::Sigmoid);
            match node.inputs.as_slice() {
                [input] if node.operator.rule().is_identity() => layer = *input,
                _ => return Self::open(output, values, single, shares),
            }
        }
    }

    /// Where the graph does not tell.
    fn open(output: LayerId, values: OutputValues, single: bool, shares: bool) -> Self {
        let probabilities = match values {
            OutputValues::Auto => shares,
            OutputValues::Logits => false,
            OutputValues::Probabilities => true,
        };
        Self {
            layer: output,
            before_activation: false,
            reading: match (probabilities, single) {
                (false, false) => Reading::Logits,
                (true, false) => Reading::Probabilities,
                (false, true) => Reading::OneLogit,
                (true, true) => Reading::OneProbability,
            },
        }
    }

    /// The logits that a sample's values stand for: the softmax of them are the network's probabilities.
    /// `values` holds one sample after the other.
    pub fn logits(&self, values: Vec<f32>) -> Vec<f32> {
        match self.reading {
            Reading::Logits => values,
            Reading::Probabilities => values.into_iter().map(logarithm).collect(),
            Reading::OneLogit => values.into_iter().flat_map(|logit| [0.0, logit]).collect(),
            Reading::OneProbability => values
                .into_iter()
                .flat_map(|share| [logarithm(1.0 - share), logarithm(share)])
                .collect(),
        }
    }

    /// In words, for the method page: `the values before the softmax of dense`.
    pub fn words(&self, network: &Network) -> String {
        let name = &network.layer(self.layer).name;
        let activation = network
            .layer(self.layer)
            .operator
            .rule()
            .activation()
            .label();
        match (self.reading, self.before_activation) {
            (Reading::Logits, true) => format!("the values before the {activation} of {name}"),
            (Reading::Logits, false) => format!("the values of {name}, taken as logits"),
            (Reading::Probabilities, _) => {
                format!("the logarithms of the values of {name}, taken as probabilities")
            }
            (Reading::OneLogit, true) => format!(
                "0, and the value before the {activation} of {name}, the logit of the second class"
            ),
            (Reading::OneLogit, false) => {
                format!("0, and the value of {name}, taken as the logit of the second class")
            }
            (Reading::OneProbability, _) => format!(
                "the logarithms of the value of {name}, taken as the probability of the second class, and of the rest"
            ),
        }
    }
}

/// Finite for a share of 0.
fn logarithm(share: f32) -> f32 {
    if share.is_nan() {
        return share;
    }
    share.max(f32::MIN_POSITIVE).ln()
}

impl OutputChoice {
    /// The output that was asked for: one of the model's outputs by its name, or any layer by its own; the
    /// only one where nothing was asked.
    ///
    /// # Errors
    /// If there are several and none was asked for, or there is none of the name; the message names all.
    pub fn pick(
        &self,
        outputs: &[(String, LayerId)],
        layer: impl Fn(&str) -> Option<LayerId>,
        path: &Path,
    ) -> Result<LayerId, ModelError> {
        let names = || {
            let names: Vec<&str> = outputs.iter().map(|(name, _)| name.as_str()).collect();
            names.join(", ")
        };
        match (&self.layer, outputs) {
            (None, [(_, only)]) => Ok(*only),
            (None, []) => Err(ModelError::Empty { path: path.into() }),
            (None, _) => Err(ModelError::SeveralOutputs {
                path: path.into(),
                outputs: names(),
            }),
            (Some(wanted), _) => outputs
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, id)| *id)
                .or_else(|| layer(wanted))
                .ok_or_else(|| ModelError::NoSuchOutput {
                    path: path.into(),
                    wanted: wanted.clone(),
                    outputs: names(),
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::operators::{ActivationLayer, Identity, Input, Operator, Reshape};
    use super::super::{LayerDraft, Shape, Source};
    use super::*;

    fn network(shape: Shape, operators: Vec<Operator>) -> Network {
        let operators = std::iter::once(Input { shape }.into()).chain(operators);
        let drafts: Vec<LayerDraft> = operators
            .enumerate()
            .map(|(id, operator): (usize, Operator)| LayerDraft {
                name: format!("layer {id}"),
                operator,
                inputs: id.checked_sub(1).into_iter().collect(),
                weights: Vec::new(),
            })
            .collect();
        let output = drafts.len() - 1;
        Network::new("test".into(), Source::default(), drafts, output).unwrap()
    }

    fn layer(activation: Activation) -> Operator {
        ActivationLayer { activation }.into()
    }

    fn read(shape: Shape, operators: Vec<Operator>, values: OutputValues) -> (Answer, usize) {
        let network = network(shape, operators).reading(values);
        (*network.answer(), network.classes())
    }

    #[test]
    fn a_softmax_is_never_applied_twice() {
        for values in [
            OutputValues::Auto,
            OutputValues::Logits,
            OutputValues::Probabilities,
        ] {
            let operators = vec![
                layer(Activation::Relu),
                layer(Activation::Softmax),
                Identity::Nothing.into(),
                Reshape::Flatten.into(),
            ];
            let (answer, classes) = read(Shape::image(1, 1, 3), operators, values);
            assert_eq!(
                (answer.layer, answer.before_activation, classes),
                (2, true, 3)
            );
            assert_eq!(answer.reading, Reading::Logits);
        }
        let softmax = vec![layer(Activation::Softmax), Reshape::Flatten.into()];
        let (answer, _) = read(Shape::image(2, 1, 3), softmax, OutputValues::Auto);
        assert_eq!((answer.layer, answer.before_activation), (2, false));
    }

    #[test]
    fn one_unit_is_a_problem_of_two_classes() {
        let sigmoid = || vec![layer(Activation::Sigmoid)];
        let (answer, classes) = read(Shape::vector(1), sigmoid(), OutputValues::Auto);
        assert_eq!((answer.reading, classes), (Reading::OneLogit, 2));
        assert_eq!(answer.logits(vec![3.0, -1.0]), [0.0, 3.0, 0.0, -1.0]);
        let (answer, _) = read(Shape::vector(1), vec![], OutputValues::Probabilities);
        assert_eq!(answer.reading, Reading::OneProbability);
        let logits = answer.logits(vec![0.25, 0.0]);
        assert_eq!(logits[..2], [0.75f32.ln(), 0.25f32.ln()]);
        assert!(logits[3].is_finite() && logits[3] < -80.0);
    }

    #[test]
    fn what_the_graph_leaves_open_is_set() {
        let open = |values| read(Shape::vector(2), vec![], values).0;
        assert_eq!(open(OutputValues::Auto).reading, Reading::Logits);
        let answer = open(OutputValues::Probabilities);
        assert_eq!(answer.logits(vec![1.0, 0.5]), [0.0, 0.5f32.ln()]);
        let (answer, _) = read(
            Shape::vector(2),
            vec![layer(Activation::Sigmoid)],
            OutputValues::Auto,
        );
        assert_eq!(answer.reading, Reading::Probabilities);
    }

    #[test]
    fn one_of_several_outputs_has_to_be_named() {
        let outputs = [("main".to_string(), 3), ("side".to_string(), 2)];
        let pick = |layer: Option<&str>| {
            let choice = OutputChoice {
                layer: layer.map(String::from),
                values: OutputValues::Auto,
            };
            choice
                .pick(
                    &outputs,
                    |name| (name == "conv").then_some(1),
                    Path::new("m.h5"),
                )
                .map_err(|error| error.to_string())
        };
        assert_eq!(pick(Some("side")), Ok(2));
        assert_eq!(pick(Some("conv")), Ok(1));
        assert!(pick(None).unwrap_err().contains("main, side"));
        assert!(pick(Some("gone")).unwrap_err().contains("`gone`"));
    }
}
