//! Duplicates: images that are there more than once, by their pixels, by how they look, and by what the network makes
//! of them. The noun is [`DuplicateGroup`].

mod close;
mod groups;
mod hamming;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use serde::Serialize;

use super::features::clusters::FeatureClusters;
use super::features::distance::median;
use super::features::principal::Principal;
use super::findings::Outcome;
use crate::appearance::Appearance;
use crate::format;
use crate::pipeline::Features;
use groups::Joined;

/// Images look alike whose perceptual hashes differ in at most so many of 64 bits…
pub const HASH_BITS: u32 = 4;
/// …and whose brightness differs by at most this, for the hash does not know it.
const BRIGHTNESS: f32 = 0.1;
/// Plainer images than this many bits of grey tones have hashes that say little.
const PLAIN: f32 = 3.0;
/// Features are nearly the same within this share of the median distance of samples to the centre of their cluster.
pub const FEATURE_SHARE: f32 = 0.3;

/// What makes samples duplicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateKind {
    /// Every pixel is the same.
    Equal,
    /// Their perceptual hashes are the same, or nearly.
    Alike,
    /// The network makes nearly the same of them.
    SameFeatures,
}

impl DuplicateKind {
    /// Whether the images themselves are the same: then the later ones are no evidence of their own.
    pub fn is_of_pixels(self) -> bool {
        self != Self::SameFeatures
    }
}

/// Samples that are duplicates of each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DuplicateGroup {
    pub kind: DuplicateKind,
    /// Ascending, at least two.
    pub samples: Vec<usize>,
    /// They do not all have one label.
    pub conflict: bool,
    /// The largest difference of a pair that joins them: bits of the hash, or distance of the features.
    pub distance: f64,
}

/// All groups of duplicates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Duplicates {
    /// Conflicting labels first, then by kind, the nearest first, by the lowest index.
    pub groups: Vec<DuplicateGroup>,
    /// Samples that repeat an earlier image: all but the first of each group by pixels, ascending.
    pub surplus: Vec<usize>,
    /// Features nearer than this are nearly the same; `None` where there is no such distance, because the features
    /// have no spread or too many samples are that near.
    pub within: Option<f64>,
}

impl Duplicates {
    /// What counts as looking the same, for a sentence.
    pub fn basis(&self) -> String {
        format!(
            "counted where the pixels are equal, or the perceptual hashes (DCT, 64 bits) differ in at most {HASH_BITS} bits and the mean brightness by at most {}",
            format::percent_short(f64::from(BRIGHTNESS))
        )
    }
}

/// What duplicates are found by; one entry a sample each, or none.
pub(super) struct Evidence<'a, D> {
    pub(super) outcomes: &'a [Outcome],
    /// Names of the images by their pixels.
    pub(super) contents: &'a [D],
    pub(super) appearances: &'a [Appearance],
    pub(super) features: &'a Features,
    pub(super) principal: Option<&'a Principal>,
    pub(super) clusters: &'a FeatureClusters,
}

/// Finds all groups.
pub(super) fn duplicates<D: Eq + Hash>(evidence: &Evidence<'_, D>) -> Duplicates {
    let samples = evidence.outcomes.len();
    let mut of_pixels = Joined::new(samples);
    let mut equal = Joined::new(samples);
    for (a, b) in equals(evidence.contents) {
        of_pixels.join(a, b);
        equal.join(a, b);
    }
    let alike = alike(evidence.appearances);
    let mut farthest: BTreeMap<usize, f64> = BTreeMap::new();
    for &(a, b, _) in &alike {
        of_pixels.join(a, b);
    }
    for &(a, _, bits) in &alike {
        let far = farthest.entry(of_pixels.representative(a)).or_default();
        *far = far.max(f64::from(bits));
    }
    let mut found: Vec<DuplicateGroup> = Vec::new();
    let mut surplus = Vec::new();
    for group in of_pixels.groups() {
        surplus.extend(&group[1..]);
        let first = equal.representative(group[0]);
        let all_equal = group
            .iter()
            .all(|&sample| equal.representative(sample) == first);
        let kind = if all_equal {
            DuplicateKind::Equal
        } else {
            DuplicateKind::Alike
        };
        let distance = if all_equal {
            0.0
        } else {
            farthest.get(&group[0]).copied().unwrap_or(0.0)
        };
        found.push(new(evidence.outcomes, kind, group, distance));
    }
    let within = spread(evidence.clusters).map(|spread| spread * FEATURE_SHARE);
    let near = within.and_then(|within| {
        close::close_pairs(evidence.features, &evidence.principal?.scores, within)
    });
    found.extend(by_features(
        evidence.outcomes,
        near.as_deref().unwrap_or(&[]),
        &mut of_pixels,
    ));
    found.sort_by(|a, b| {
        let order = (!a.conflict).cmp(&!b.conflict).then(a.kind.cmp(&b.kind));
        order
            .then(a.distance.total_cmp(&b.distance))
            .then(a.samples.cmp(&b.samples))
    });
    surplus.sort_unstable();
    Duplicates {
        groups: found,
        surplus,
        within: near.and(within).map(f64::from),
    }
}

/// Pairs of an image and the first one with the same content.
fn equals<D: Eq + Hash>(contents: &[D]) -> Vec<(usize, usize)> {
    let mut firsts: HashMap<&D, usize> = HashMap::new();
    let pairs = contents.iter().enumerate().filter_map(|(sample, content)| {
        let first = *firsts.entry(content).or_insert(sample);
        (first != sample).then_some((first, sample))
    });
    pairs.collect()
}

/// Pairs of images that look alike, with the bits in which their hashes differ. Of several images with one hash, each
/// is paired with the first that is as bright.
fn alike(appearances: &[Appearance]) -> Vec<(usize, usize, u32)> {
    let mut of_hash: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (sample, looks) in appearances
        .iter()
        .enumerate()
        .filter(|(_, looks)| looks.entropy >= PLAIN)
    {
        of_hash.entry(looks.hash).or_default().push(sample);
    }
    let fits = |a: usize, b: usize| {
        let (a, b) = (&appearances[a], &appearances[b]);
        (a.brightness - b.brightness).abs() <= BRIGHTNESS
    };
    let mut pairs = Vec::new();
    for group in of_hash.values() {
        for (place, &sample) in group.iter().enumerate().skip(1) {
            let other = group[..place]
                .iter()
                .copied()
                .find(|&other| fits(other, sample));
            pairs.extend(other.map(|other| (other, sample, 0)));
        }
    }
    let hashes: Vec<_> = of_hash.keys().copied().collect();
    let groups: Vec<&Vec<usize>> = of_hash.values().collect();
    for (a, b) in hamming::close_pairs(&hashes, HASH_BITS) {
        let (first, second) = (groups[a][0], groups[b][0]);
        if fits(first, second) {
            pairs.push((
                first.min(second),
                first.max(second),
                hashes[a].distance(hashes[b]),
            ));
        }
    }
    pairs
}

/// Groups by features that are not groups by pixels already.
fn by_features(
    outcomes: &[Outcome],
    near: &[(usize, usize, f32)],
    of_pixels: &mut Joined,
) -> Vec<DuplicateGroup> {
    let mut joined = Joined::new(outcomes.len());
    near.iter().for_each(|&(a, b, _)| joined.join(a, b));
    let mut farthest: BTreeMap<usize, f64> = BTreeMap::new();
    for &(a, _, distance) in near {
        let far = farthest.entry(joined.representative(a)).or_default();
        *far = far.max(f64::from(distance));
    }
    let groups = joined.groups().into_iter().filter(|group| {
        let first = of_pixels.representative(group[0]);
        group
            .iter()
            .any(|&sample| of_pixels.representative(sample) != first)
    });
    groups
        .map(|group| {
            let distance = farthest.get(&group[0]).copied().unwrap_or(0.0);
            new(outcomes, DuplicateKind::SameFeatures, group, distance)
        })
        .collect()
}

fn new(
    outcomes: &[Outcome],
    kind: DuplicateKind,
    samples: Vec<usize>,
    distance: f64,
) -> DuplicateGroup {
    let truth = outcomes[samples[0]].truth;
    DuplicateGroup {
        kind,
        conflict: samples
            .iter()
            .any(|&sample| outcomes[sample].truth != truth),
        samples,
        distance,
    }
}

/// The median distance of samples to the centre of their cluster; `None` without spread.
fn spread(clusters: &FeatureClusters) -> Option<f32> {
    median(clusters.distances.iter().copied()).filter(|spread| *spread > 0.0 && spread.is_finite())
}
