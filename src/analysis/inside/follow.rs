//! [`Follower`]: goes with the shown samples through the second pass and notes, layer by layer, which class each lies nearest
//! to, and at the end what spoke for the answer. What is noted of a sample is its [`Trace`].

use std::collections::BTreeMap;

use super::decision::{Decision, LastLayer, UnitShare};
use super::separability::{ClassMeans, Nearest};
use crate::analysis::{Findings, Outcome};
use crate::model::{LayerId, Network};
use crate::pipeline::SampleMaps;

/// How one sample went through the layers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// In the network's order.
    pub layers: Vec<(LayerId, Nearest)>,
    /// Why it was answered so, against the truth, or against the second likeliest class where the answer is right.
    pub decision: Option<Decision>,
}

impl Trace {
    /// The last layer in which the sample lies nearest to this class.
    pub fn last_at(&self, class: usize) -> Option<LayerId> {
        let mut layers = self.layers.iter().rev();
        layers
            .find(|(_, nearest)| nearest.class == class)
            .map(|(layer, _)| *layer)
    }
}

/// What is noted while a sample passes.
#[derive(Default)]
pub struct TraceDraft {
    index: usize,
    layers: Vec<(LayerId, Nearest)>,
    parts: Vec<UnitShare>,
}

/// What the second pass is compared with.
pub struct Follower<'a> {
    means: Option<&'a ClassMeans>,
    last: Option<LastLayer<'a>>,
    outcomes: &'a [Outcome],
}

impl<'a> Follower<'a> {
    pub fn new(
        network: &'a Network,
        means: Option<&'a ClassMeans>,
        outcomes: &'a [Outcome],
    ) -> Self {
        Self {
            means,
            last: LastLayer::of(network).filter(|_| network.classes() > 1),
            outcomes,
        }
    }

    /// The layers it wants to see.
    pub fn wanted(&self) -> Vec<LayerId> {
        let mut wanted: Vec<LayerId> = self
            .means
            .map_or(Vec::new(), |means| means.layers().collect());
        wanted.extend(self.last.as_ref().map(|last| last.layer));
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    pub fn begin(&self, index: usize) -> TraceDraft {
        TraceDraft {
            index,
            ..TraceDraft::default()
        }
    }

    /// Takes the output of one layer for the sample.
    pub fn layer(&self, draft: &mut TraceDraft, layer: LayerId, maps: SampleMaps<'_>) {
        let shape = maps.maps.shape();
        let outcome = &self.outcomes[draft.index];
        if let Some(means) = self.means {
            let positions = shape.positions().max(1) as f64;
            let mean = |channel| {
                let sum: f64 = maps.channel(channel).map(f64::from).sum();
                (sum / positions) as f32
            };
            let row: Vec<f32> = (0..shape.channels()).map(mean).collect();
            let nearest = means.nearest(layer, &row, outcome.truth);
            draft.layers.extend(nearest.map(|nearest| (layer, nearest)));
        }
        if let Some(last) = self.last.as_ref().filter(|last| last.layer == layer) {
            let (class, against) = sides(outcome);
            let channels = shape.channels();
            let mut values = vec![0.0; shape.elements()];
            for channel in 0..channels {
                let places = values.iter_mut().skip(channel).step_by(channels);
                for (value, found) in places.zip(maps.channel(channel)) {
                    *value = found;
                }
            }
            draft.parts = last.parts(&values, class, against);
        }
    }

    /// Puts what was noted of all samples into the findings.
    pub fn finish(&self, drafts: Vec<TraceDraft>) -> Followed {
        let mut followed = Followed::default();
        let mut sums: BTreeMap<(usize, usize), (Vec<UnitShare>, usize)> = BTreeMap::new();
        for draft in drafts {
            let outcome = &self.outcomes[draft.index];
            let (class, against) = sides(outcome);
            if !outcome.is_right() && !draft.parts.is_empty() {
                let (sum, samples) = sums.entry((against, class)).or_default();
                *samples += 1;
                if sum.is_empty() {
                    sum.clone_from(&draft.parts);
                } else {
                    for (sum, part) in sum.iter_mut().zip(&draft.parts) {
                        sum.part += part.part;
                        sum.value += part.value;
                    }
                }
            }
            let decision = self
                .last
                .as_ref()
                .filter(|_| !draft.parts.is_empty())
                .map(|last| last.decision((class, against), draft.parts, 1));
            let trace = Trace {
                layers: draft.layers,
                decision,
            };
            followed.traces.insert(draft.index, trace);
        }
        if let Some(last) = &self.last {
            let means = sums
                .into_iter()
                .map(|((truth, prediction), (sums, samples))| {
                    let decision = last.decision((prediction, truth), sums, samples);
                    ((truth, prediction), decision)
                });
            followed.decisions = means.collect();
        }
        followed
    }
}

/// What the second pass found out.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    traces: BTreeMap<usize, Trace>,
    decisions: BTreeMap<(usize, usize), Decision>,
}

impl Findings {
    /// Takes in what the second pass found out.
    pub fn add_followed(&mut self, followed: Followed) {
        self.inside.traces = followed.traces;
        self.inside.decisions = followed.decisions;
    }
}

/// The answer, and what it is held against: the truth, or of a right answer the second likeliest class, the lower number
/// among equals.
fn sides(outcome: &Outcome) -> (usize, usize) {
    if !outcome.is_right() {
        return (outcome.prediction, outcome.truth);
    }
    let others = (0..outcome.probabilities.len()).filter(|&class| class != outcome.prediction);
    let second = others.min_by(|&a, &b| {
        outcome.probabilities[b]
            .total_cmp(&outcome.probabilities[a])
            .then(a.cmp(&b))
    });
    (outcome.prediction, second.unwrap_or(outcome.prediction))
}
