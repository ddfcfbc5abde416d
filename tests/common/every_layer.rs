//! [`EveryLayer`]: what an engine computes, whole, for the tests that hold engines against something.

use std::collections::BTreeMap;

use layerscope::engine::{FeatureMaps, Interest, Watch};
use layerscope::model::LayerId;

/// Keeps the output of every layer, channels last.
#[derive(Default)]
pub struct EveryLayer {
    pub outputs: BTreeMap<LayerId, Vec<f32>>,
}

impl Watch for EveryLayer {
    fn interest(&self, _layer: LayerId) -> Interest {
        Interest::Tap
    }

    fn tap(&mut self, layer: LayerId, maps: FeatureMaps<'_>) {
        let (positions, channels) = (maps.shape().positions(), maps.shape().channels());
        let mut output = vec![0.0; maps.samples() * positions * channels];
        for sample in 0..maps.samples() {
            for channel in 0..channels {
                for (position, value) in maps.channel(sample, channel).enumerate() {
                    output[(sample * positions + position) * channels + channel] = value;
                }
            }
        }
        assert!(
            self.outputs.insert(layer, output).is_none(),
            "layer {layer} was shown twice"
        );
    }
}
