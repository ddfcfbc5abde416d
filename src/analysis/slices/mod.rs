//! Slices: where the network is weak. Samples are cut by what their images look like and by what the network makes of
//! them, and every part is held against the rest. The noun is [`Slice`].

mod cut;
mod tail;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::confusions::most_confident_first;
use super::features::clusters::FeatureClusters;
use super::findings::Outcome;
use crate::appearance::Appearance;
use crate::format;
use crate::stats::Proportion;
use cut::{Part, cut};
use tail::{Draw, Factorials, holm, tail};

/// A slice is weak with an adjusted p-value below this.
pub const ALPHA: f64 = 0.05;
/// Samples kept of each slice to be shown.
const SHOWN: usize = 12;

/// What samples are cut by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    Brightness,
    Contrast,
    Saturation,
    Sharpness,
    Entropy,
    /// √(width × height), in pixels.
    Size,
    /// The shorter side divided by the longer.
    Aspect,
    /// Clusters of the penultimate features.
    Cluster,
}

impl Property {
    const OF_IMAGES: [Self; 7] = [
        Self::Brightness,
        Self::Contrast,
        Self::Saturation,
        Self::Sharpness,
        Self::Entropy,
        Self::Size,
        Self::Aspect,
    ];

    /// In running text, and in data files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brightness => "brightness",
            Self::Contrast => "contrast",
            Self::Saturation => "saturation",
            Self::Sharpness => "sharpness",
            Self::Entropy => "entropy",
            Self::Size => "size",
            Self::Aspect => "aspect",
            Self::Cluster => "cluster",
        }
    }

    /// What the images with the lowest and with the highest values are.
    fn extremes(self) -> [&'static str; 2] {
        match self {
            Self::Brightness => ["the darkest images", "the brightest images"],
            Self::Contrast => [
                "the images with the least contrast",
                "the images with the most contrast",
            ],
            Self::Saturation => ["the palest images", "the most colourful images"],
            Self::Sharpness => ["the softest images", "the sharpest images"],
            Self::Entropy => ["the plainest images", "the images richest in tones"],
            Self::Size => ["the smallest images", "the largest images"],
            Self::Aspect => ["the longest images", "the squarest images"],
            Self::Cluster => ["", ""],
        }
    }

    fn of(self, looks: &Appearance) -> f64 {
        match self {
            Self::Brightness => f64::from(looks.brightness),
            Self::Contrast => f64::from(looks.contrast),
            Self::Saturation => f64::from(looks.saturation),
            Self::Sharpness => f64::from(looks.sharpness),
            Self::Entropy => f64::from(looks.entropy),
            Self::Size => looks.size(),
            Self::Aspect => looks.aspect(),
            Self::Cluster => 0.0,
        }
    }
}

/// Samples that have something in common, and how the network fares on them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    pub property: Property,
    /// Which part of the property, from 0, and of how many.
    pub part: usize,
    pub parts: usize,
    /// Values lie in `(low, high]`; the number of the cluster for both.
    pub low: f64,
    pub high: f64,
    /// Share of wrong answers in the slice.
    pub wrong: Proportion,
    /// The same in all other samples; `None` where there are none.
    pub rest: Option<Proportion>,
    /// Probability of so many mistakes if the slice were drawn blindly.
    pub p: f64,
    /// The same with Holm's correction for the number of slices.
    pub adjusted: f64,
    /// The most frequent label, the lowest number among equals, and its share.
    pub class: usize,
    pub class_share: f64,
    /// Wrong answers, the most confident first; a few.
    pub mistakes: Vec<usize>,
    /// Samples that stand for the slice, evenly spread over it; a few. Of a cluster those nearest to its centre.
    pub samples: Vec<usize>,
}

impl Slice {
    /// Weaker than the rest beyond having looked at many slices.
    pub fn is_weak(&self) -> bool {
        self.adjusted < ALPHA
    }

    /// In running text, for a sentence.
    pub fn name(&self) -> String {
        let [lowest, highest] = self.property.extremes();
        match self.property {
            Property::Cluster => format!("the images of cluster {}", self.part + 1),
            _ if self.part == 0 => format!(
                "{lowest} ({} up to {})",
                self.property.name(),
                format::decimal(self.high)
            ),
            _ if self.part + 1 == self.parts => format!(
                "{highest} ({} above {})",
                self.property.name(),
                format::decimal(self.low)
            ),
            _ => format!(
                "the images of {} {} to {}",
                self.property.name(),
                format::decimal(self.low),
                format::decimal(self.high)
            ),
        }
    }
}

/// Every slice that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Slices {
    /// By property and part.
    pub all: Vec<Slice>,
}

impl Slices {
    /// The weak ones, the surest first, then the one with the larger share of mistakes.
    pub fn weak(&self) -> impl Iterator<Item = &Slice> {
        let mut weak: Vec<&Slice> = self.all.iter().filter(|slice| slice.is_weak()).collect();
        weak.sort_by(|a, b| {
            let order = a
                .adjusted
                .total_cmp(&b.adjusted)
                .then(b.wrong.share.total_cmp(&a.wrong.share));
            order.then((a.property, a.part).cmp(&(b.property, b.part)))
        });
        weak.into_iter()
    }
}

/// Cuts all samples by every property that varies, and by the clusters of their features.
pub(super) fn slices(
    outcomes: &[Outcome],
    appearances: &[Appearance],
    clusters: &FeatureClusters,
) -> Slices {
    let mut parts: Vec<(Property, Vec<Part>)> = Vec::new();
    if appearances.len() == outcomes.len() {
        for property in Property::OF_IMAGES {
            let values: Vec<f64> = appearances.iter().map(|looks| property.of(looks)).collect();
            parts.push((property, cut(&values)));
        }
    }
    parts.push((Property::Cluster, cluster_parts(clusters)));
    let factorials = Factorials::up_to(outcomes.len());
    let wrong = outcomes
        .iter()
        .filter(|outcome| !outcome.is_right())
        .count();
    let mut all: Vec<Slice> = Vec::new();
    for (property, parts) in parts {
        let number = parts.len();
        for (place, part) in parts.into_iter().enumerate() {
            all.extend(slice(
                outcomes,
                property,
                (place, number),
                &part,
                wrong,
                &factorials,
            ));
        }
    }
    let adjusted = holm(&all.iter().map(|slice| slice.p).collect::<Vec<f64>>());
    for (slice, adjusted) in all.iter_mut().zip(adjusted) {
        slice.adjusted = adjusted;
        if slice.property == Property::Cluster {
            slice.samples = nearest_to_centre(clusters, slice.part);
        }
    }
    Slices { all }
}

fn cluster_parts(clusters: &FeatureClusters) -> Vec<Part> {
    let mut parts: Vec<Part> = (0..clusters.count)
        .map(|cluster| Part {
            low: cluster as f64,
            high: cluster as f64,
            samples: Vec::new(),
        })
        .collect();
    for (sample, &cluster) in clusters.of.iter().enumerate() {
        parts[cluster].samples.push(sample);
    }
    parts
}

fn nearest_to_centre(clusters: &FeatureClusters, cluster: usize) -> Vec<usize> {
    let of = clusters
        .of
        .iter()
        .enumerate()
        .filter(|(_, of)| **of == cluster);
    let mut samples: Vec<usize> = of.map(|(sample, _)| sample).collect();
    samples.sort_by(|&a, &b| {
        clusters.distances[a]
            .total_cmp(&clusters.distances[b])
            .then(a.cmp(&b))
    });
    samples.truncate(SHOWN);
    samples
}

/// `None` for an empty part.
fn slice(
    outcomes: &[Outcome],
    property: Property,
    (part, parts): (usize, usize),
    cut: &Part,
    all_wrong: usize,
    factorials: &Factorials,
) -> Option<Slice> {
    let (all, drawn) = (outcomes.len(), cut.samples.len());
    let mut mistakes: Vec<usize> = cut
        .samples
        .iter()
        .copied()
        .filter(|&sample| !outcomes[sample].is_right())
        .collect();
    let drawn_wrong = mistakes.len();
    let wrong = Proportion::new(drawn_wrong as u64, drawn as u64)?;
    mistakes.sort_by(|&a, &b| most_confident_first(outcomes, a, b));
    mistakes.truncate(SHOWN);
    let (class, class_share) = main_class(outcomes, &cut.samples);
    let step = (drawn / SHOWN).max(1);
    Some(Slice {
        property,
        part,
        parts,
        low: cut.low,
        high: cut.high,
        wrong,
        rest: Proportion::new((all_wrong - drawn_wrong) as u64, (all - drawn) as u64),
        p: tail(
            factorials,
            Draw {
                all,
                wrong: all_wrong,
                drawn,
                drawn_wrong,
            },
        ),
        adjusted: 1.0,
        class,
        class_share,
        mistakes,
        samples: cut
            .samples
            .iter()
            .copied()
            .step_by(step)
            .take(SHOWN)
            .collect(),
    })
}

fn main_class(outcomes: &[Outcome], samples: &[usize]) -> (usize, f64) {
    let mut counts: Vec<usize> = Vec::new();
    for &sample in samples {
        let truth = outcomes[sample].truth;
        if counts.len() <= truth {
            counts.resize(truth + 1, 0);
        }
        counts[truth] += 1;
    }
    let most = counts
        .iter()
        .enumerate()
        .max_by_key(|&(class, count)| (count, std::cmp::Reverse(class)));
    most.map_or((0, 0.0), |(class, &count)| {
        (class, count as f64 / samples.len().max(1) as f64)
    })
}
