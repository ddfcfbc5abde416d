//! Inside the network: where a class is told from the others, what its channels do, and what its weights are like.
//! The noun is [`Inside`], one field a question; each question is a file.

mod ablation;
mod causes;
mod channels;
mod decision;
mod follow;
mod power_law;
mod quantisation;
mod savings;
mod separability;
mod softmax;
mod spectra;
mod twins;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::ablation::{
    AblatedChannel, Ablation, Effect, NoAblation, samples as ablation_samples,
};
pub use self::causes::Cause;
pub use self::channels::ChannelHealth;
pub use self::decision::{Decision, UnitShare};
pub use self::follow::{Followed, Follower, Trace, TraceDraft};
pub use self::power_law::PowerLaw;
pub use self::quantisation::Quantisation;
pub use self::savings::Saving;
pub use self::separability::{ClassMeans, LayerSeparability, Nearest, Separability};
pub use self::softmax::{BARS as SOFTMAX_BARS, SoftmaxHistogram};
pub use self::spectra::{Spectrum, SpectrumValues};
pub use self::twins::{TWIN, Twin};

use crate::model::{LayerId, Network};
use crate::pipeline::Partial;

/// What is known of the insides of a network.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Inside {
    /// How well each layer tells the classes apart; `None` with fewer than two classes or too many to keep means of.
    pub separability: Option<Separability>,
    /// One list a layer, by its id, one entry a channel; empty for layers that hand values on.
    pub channels: Vec<Vec<ChannelHealth>>,
    /// Channels of one layer that do the same, the most alike first.
    pub twins: Vec<Twin>,
    /// One a kernel that is a matrix, in the network's order.
    pub spectra: Vec<Spectrum>,
    /// One a class.
    pub softmax: Vec<SoftmaxHistogram>,
    /// What silencing channels does, or why that was not asked.
    pub ablation: Ablation,
    /// One a shown sample, by its index: how it went through the layers.
    #[serde(skip)]
    pub traces: BTreeMap<usize, Trace>,
    /// One a confusion with traces, by truth and prediction: what speaks for the prediction on the average.
    #[serde(skip)]
    pub decisions: BTreeMap<(usize, usize), Decision>,
}

/// All that follows from the first pass and the weights; traces and ablation take passes of their own.
pub(super) fn inside(network: &Network, partial: &Partial, outcomes: &[super::Outcome]) -> Inside {
    let ((separability, twins), spectra) = rayon::join(
        || {
            rayon::join(
                || separability::separability(network, partial, outcomes),
                || twins::twins(network, partial),
            )
        },
        || spectra::spectra(network),
    );
    Inside {
        separability,
        channels: channels::channels(network, partial),
        twins,
        spectra,
        softmax: softmax::softmax(outcomes, partial.classes),
        ..Inside::default()
    }
}

/// The layers that make values of their own, the input among them.
fn own_layers(network: &Network) -> impl Iterator<Item = LayerId> + '_ {
    (0..network.layers().len()).filter(|&id| !network.layer(id).operator.rule().is_identity())
}
