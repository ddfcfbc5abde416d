//! [`AblationPlan`]: where each convolution's output is kept, and what silencing a channel of it costs.

use crate::model::{Activation, LayerId, Network, Operator, Section};

/// Every convolution of a network, and how its channels are silenced.
#[derive(Clone, Debug, PartialEq)]
pub struct AblationPlan {
    pub layers: Vec<PlannedLayer>,
    /// Values of one sample at the layers that are kept.
    kept: usize,
}

/// One convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedLayer {
    pub layer: LayerId,
    pub channels: usize,
    /// The layer whose output is kept and changed.
    pub start: LayerId,
    pub(super) way: Way,
    /// Multiply-adds for one sample and one channel, both ways of silencing it together.
    pub work: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    /// One layer with a kernel, `head`, reads the channels.
    Head { head: LayerId },
    /// Everything from `start` on runs again.
    Masked,
}

impl AblationPlan {
    pub fn new(network: &Network) -> Self {
        let is_convolution = |id: &LayerId| {
            matches!(
                network.layer(*id).operator,
                Operator::Convolution(_)
                    | Operator::DepthwiseConvolution(_)
                    | Operator::SeparableConvolution(_)
            )
        };
        let layers: Vec<PlannedLayer> = (0..network.layers().len())
            .filter(is_convolution)
            .filter(|&layer| layer != network.output())
            .filter_map(|layer| planned(network, layer))
            .collect();
        Self::of(network, layers)
    }

    /// Of layers whose ways are known.
    pub(super) fn of(network: &Network, layers: Vec<PlannedLayer>) -> Self {
        let values = |planned: &PlannedLayer| {
            let head = match planned.way {
                Way::Head { head } => network.layer(head).shape.elements(),
                Way::Masked => 0,
            };
            network.layer(planned.start).shape.elements() + head
        };
        Self {
            kept: layers.iter().map(values).sum(),
            layers,
        }
    }

    /// Multiply-adds for one sample with every channel silenced in every way.
    pub fn work(&self) -> u64 {
        let layers = self.layers.iter();
        layers
            .map(|planned| planned.work.saturating_mul(planned.channels as u64))
            .fold(0, u64::saturating_add)
    }

    /// Values of one sample that are kept.
    pub(super) fn values_kept(&self) -> usize {
        self.kept
    }
}

fn planned(network: &Network, layer: LayerId) -> Option<PlannedLayer> {
    let channels = network.layer(layer).shape.channels();
    with_head(network, layer, channels).or_else(|| masked(network, layer, channels))
}

/// Where one layer with a kernel reads the channels and the rest depends on nothing else.
fn with_head(network: &Network, layer: LayerId, channels: usize) -> Option<PlannedLayer> {
    let start = last_unmixed(network, layer);
    let mut head = only_reader(network, start)?;
    // Flattening and dropout hand the values on.
    while network.layer(head).operator.rule().is_identity() {
        head = only_reader(network, head)?;
    }
    let [read] = network.layer(head).inputs[..] else {
        return None;
    };
    let (shape, read) = (&network.layer(start).shape, &network.layer(read).shape);
    let has_kernel = match &network.layer(head).operator {
        Operator::Convolution(convolution) => convolution.groups == 1 && shape == read,
        Operator::Dense(_) => read.positions() == 1 && shape.elements() == read.elements(),
        _ => false,
    };
    let rest = Section::between(network, head, network.output())?;
    if !has_kernel {
        return None;
    }
    let own = network.multiply_adds(head) / channels.max(1) as u64;
    let behind: u64 = rest.layers().map(|id| network.multiply_adds(id)).sum();
    Some(PlannedLayer {
        layer,
        channels,
        start,
        way: Way::Head { head },
        work: own.saturating_add(behind.saturating_mul(super::MODES as u64)),
    })
}

/// Everything again from the last layer that all connections pass.
pub(super) fn masked(network: &Network, layer: LayerId, channels: usize) -> Option<PlannedLayer> {
    let (start, section) = (0..layer).rev().find_map(|start| {
        let section = Section::between(network, start, network.output())?;
        section.computes(layer).then_some((start, section))
    })?;
    let work: u64 = section.layers().map(|id| network.multiply_adds(id)).sum();
    Some(PlannedLayer {
        layer,
        channels,
        start,
        way: Way::Masked,
        work: work.saturating_mul(super::MODES as u64),
    })
}

/// The last layer behind this one whose channels are each made of the one channel alone.
fn last_unmixed(network: &Network, layer: LayerId) -> LayerId {
    let mut last = layer;
    while let Some(next) = only_reader(network, last) {
        let mixes = match &network.layer(next).operator {
            Operator::Pooling(_)
            | Operator::GlobalPooling(_)
            | Operator::BatchNormalization(_)
            | Operator::ZeroPadding(_)
            | Operator::Identity(_) => false,
            Operator::ActivationLayer(_) => {
                network.layer(next).operator.rule().activation() == Activation::Softmax
            }
            _ => true,
        };
        if mixes || network.layer(next).shape.channels() != network.layer(layer).shape.channels() {
            break;
        }
        last = next;
    }
    last
}

/// The one layer that reads another, if there is one and the other is not the output.
fn only_reader(network: &Network, layer: LayerId) -> Option<LayerId> {
    let mut readers =
        (layer + 1..network.layers().len()).filter(|&id| network.layer(id).inputs.contains(&layer));
    let reader = readers.next()?;
    (readers.next().is_none() && layer != network.output()).then_some(reader)
}
