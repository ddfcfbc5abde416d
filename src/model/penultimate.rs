//! The penultimate layer: what enters the last layer with a kernel.

use super::{LayerId, Network, Operator};

impl Network {
    /// The layer whose values the last dense layer or convolution weighs up, from the output backwards; the
    /// layer they come from, not one that only hands them on. `None` for a network with neither.
    pub fn penultimate(&self) -> Option<LayerId> {
        let weighs = |id: LayerId| {
            matches!(
                self.layer(id).operator,
                Operator::Dense(_) | Operator::Convolution(_)
            )
        };
        let mut id = self.output();
        while !weighs(id) {
            id = *self.layer(id).inputs.first()?;
        }
        let mut id = *self.layer(id).inputs.first()?;
        while self.layer(id).operator.rule().is_identity() {
            id = *self.layer(id).inputs.first()?;
        }
        Some(id)
    }
}
