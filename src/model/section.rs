//! [`Section`]: a part of a network as a network of its own, which the same engines run.

use super::operators::{ActivationLayer, BatchNormalization, Input};
use super::{LayerDraft, LayerId, ModelError, Network, Operator, Weight};

/// The layers that compute one layer from another. The first draft is an input that stands for the output of
/// the layer before; the last one is the layer that is computed.
#[derive(Clone, Debug)]
pub struct Section {
    drafts: Vec<LayerDraft>,
    /// The layer of the whole network that each draft is.
    origins: Vec<LayerId>,
}

impl Section {
    /// What computes `to` from the output of `from` alone; `None` where it reads something else as well: the
    /// cut would sever a connection that leads around `from`.
    pub fn between(network: &Network, from: LayerId, to: LayerId) -> Option<Self> {
        let mut needed = vec![false; network.layers().len()];
        needed[to] = true;
        for id in (from.saturating_add(1)..=to).rev() {
            if needed[id] {
                for &input in &network.layer(id).inputs {
                    if input < from {
                        return None;
                    }
                    needed[input] = true;
                }
            }
        }
        if to < from || !needed[from] {
            return None;
        }
        let start = network.layer(from);
        let shape = start.shape.clone();
        let mut drafts = vec![LayerDraft {
            name: start.name.clone(),
            operator: Input { shape }.into(),
            inputs: Vec::new(),
            weights: Vec::new(),
        }];
        let mut origins = vec![from];
        for id in (from + 1..=to).filter(|&id| needed[id]) {
            let layer = network.layer(id);
            let places = layer
                .inputs
                .iter()
                .map(|input| origins.iter().position(|origin| origin == input));
            drafts.push(LayerDraft {
                name: layer.name.clone(),
                operator: layer.operator.clone(),
                inputs: places.collect::<Option<Vec<usize>>>()?,
                weights: layer.weights.clone(),
            });
            origins.push(id);
        }
        Some(Self { drafts, origins })
    }

    /// Whether a layer of the whole network is computed in it.
    pub fn computes(&self, layer: LayerId) -> bool {
        self.origins.iter().skip(1).any(|&origin| origin == layer)
    }

    /// Layers of the whole network that are computed in it.
    pub fn layers(&self) -> impl Iterator<Item = LayerId> + '_ {
        self.origins.iter().skip(1).copied()
    }

    /// The drafts, the input first, for changes of what they compute.
    pub fn drafts_mut(&mut self) -> &mut [LayerDraft] {
        &mut self.drafts
    }

    /// Puts an activation between the input and all that read it: the input becomes values before it.
    pub fn activate_input(&mut self, activation: ActivationLayer) {
        self.insert(0, Operator::from(activation), Vec::new());
    }

    /// Replaces one channel of a layer by a number at all positions, for everything that reads the layer.
    pub fn silence(&mut self, layer: LayerId, channels: usize, channel: usize, value: f32) {
        let Some(place) = self.origins.iter().position(|&origin| origin == layer) else {
            return;
        };
        let vector = |name: &str, usual: f32, here: f32| {
            let mut values = vec![usual; channels];
            values[channel] = here;
            Weight {
                name: name.into(),
                shape: vec![channels],
                values: values.into(),
                trainable: false,
            }
        };
        let normalization = BatchNormalization {
            epsilon: 0.0,
            scale: true,
            center: true,
            axis: -1,
        };
        let weights = vec![
            vector("gamma", 1.0, 0.0),
            vector("beta", 0.0, value),
            vector("moving_mean", 0.0, 0.0),
            vector("moving_variance", 1.0, 1.0),
        ];
        self.insert(place, normalization.into(), weights);
    }

    /// A layer behind another, which all that read the other read instead.
    fn insert(&mut self, place: usize, operator: Operator, weights: Vec<Weight>) {
        for draft in self.drafts.iter_mut().skip(place + 1) {
            for input in draft.inputs.iter_mut().filter(|input| **input >= place) {
                *input += 1;
            }
        }
        let mut name = format!("{} changed", self.drafts[place].name);
        while self.drafts.iter().any(|draft| draft.name == name) {
            name.push('\'');
        }
        let draft = LayerDraft {
            name,
            operator,
            inputs: vec![place],
            weights,
        };
        self.drafts.insert(place + 1, draft);
        // No layer of the whole network; the number is that of none.
        self.origins.insert(place + 1, LayerId::MAX);
    }

    /// The section as a network.
    ///
    /// # Errors
    /// As [`Network::new`], for layers that were changed so that they no longer fit.
    pub fn build(self, whole: &Network) -> Result<Network, ModelError> {
        let output = self.drafts.len() - 1;
        Network::new(
            whole.name.clone(),
            whole.source.clone(),
            self.drafts,
            output,
        )
    }
}
