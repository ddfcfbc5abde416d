//! [`Saving`]: what a network without one channel would not have to hold and compute.

use serde::Serialize;

use crate::model::{LayerId, Network, Operator};

/// What the removal of one channel saves, in its own layer and in those that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Saving {
    pub parameters: usize,
    /// For one image.
    pub multiply_adds: u64,
}

/// The same for every channel of a layer with kernels. `None` for other layers, for the output, and where the channel is added
/// to another's or put beside it, so that it cannot go alone.
pub(super) fn saving(network: &Network, id: LayerId) -> Option<Saving> {
    let layer = network.layer(id);
    let has_channels = match &layer.operator {
        Operator::Convolution(convolution) => convolution.groups == 1,
        Operator::Dense(_) => true,
        _ => false,
    };
    let channels = layer.shape.channels();
    if !has_channels || channels < 2 || id == network.output() {
        return None;
    }
    let mut saving = Saving {
        parameters: layer.parameters() / channels,
        multiply_adds: network.multiply_adds(id) / channels as u64,
    };
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        for reader in id + 1..network.layers().len() {
            if network.layer(reader).inputs.contains(&id)
                && read(network, reader, channels, &mut saving)?
            {
                open.push(reader);
            }
        }
    }
    Some(saving)
}

/// Adds what one reader saves; true where it hands the channel on.
fn read(network: &Network, id: LayerId, channels: usize, saving: &mut Saving) -> Option<bool> {
    let layer = network.layer(id);
    let share = channels as u64;
    match &layer.operator {
        Operator::Convolution(convolution) if convolution.groups == 1 => {
            saving.parameters += layer.weight("kernel")?.len() / channels;
            saving.multiply_adds += network.multiply_adds(id) / share;
            Some(false)
        }
        // Flattened, a channel is one row a position.
        Operator::Dense(_) => {
            saving.parameters += layer.weight("kernel")?.len() / channels;
            saving.multiply_adds += network.multiply_adds(id) / share;
            Some(false)
        }
        Operator::DepthwiseConvolution(_) | Operator::BatchNormalization(_) => {
            saving.parameters += layer.parameters() / channels;
            saving.multiply_adds += network.multiply_adds(id) / share;
            Some(true)
        }
        Operator::Pooling(_)
        | Operator::GlobalPooling(_)
        | Operator::ActivationLayer(_)
        | Operator::ZeroPadding(_)
        | Operator::Identity(_)
        | Operator::Reshape(_) => Some(true),
        _ => None,
    }
}
