//! [`analyse`]: from what was counted to what it means.

use super::duplicates::Duplicates;
use super::features::clusters::clusters as feature_clusters;
use super::features::principal::Principal;
use super::findings::{Confusion, FeatureSpace, Findings, Outcome, TopAccuracy};
use super::map::SampleMap;
use super::odd::OddKind;
use super::slices::Slices;
use super::{
    adjusted, calibration, classes, clusters, confusions, duplicates, inside, layers, likeness,
    odd, outcomes, quality, slices, statements, suspects, weights,
};
use crate::model::Network;
use crate::pipeline::{Partial, histogram_step};
use crate::review::{Review, ReviewFile, Sample};
use crate::stats::Proportion;

/// Turns the merged partial of all samples into findings; `principal` are the components of its features, `review` holds what
/// readers said of the samples. What takes passes or threads of its own is added later: [`Findings::map`],
/// [`Findings::add_ablation`], [`Findings::add_followed`].
///
/// Returns `None` for a partial without samples: nothing can be found out about nothing.
pub fn analyse(
    network: &Network,
    classes: &[String],
    partial: &Partial,
    principal: Option<&Principal>,
    review: &ReviewFile,
) -> Option<Findings> {
    let outcomes = outcomes::outcomes(partial);
    let accuracy = Proportion::new(partial.confusion.correct(), partial.confusion.total())?;
    let mistakes = (0..outcomes.len())
        .filter(|&index| !outcomes[index].is_right())
        .collect();
    let mut confusions: Vec<Confusion> = confusions::confusions(&partial.confusion, &outcomes);
    likeness::with_likeness(&mut confusions, &partial.features);
    let per_class = classes::per_class(classes, &partial.confusion, &outcomes);
    let pairs: Vec<(usize, usize)> = outcomes
        .iter()
        .map(|outcome| (outcome.truth, outcome.prediction))
        .collect();
    let (data, (inside, quality, calibration)) = rayon::join(
        || Data::of(partial, &outcomes, principal),
        || {
            (
                inside::inside(network, partial, &outcomes),
                quality::quality(&partial.confusion, &outcomes),
                calibration::calibration(partial, &outcomes),
            )
        },
    );
    let review = joined(review, classes, partial);
    let suspects = suspects::suspects(&outcomes, partial.classes);
    let mut findings = Findings {
        classes: classes.to_vec(),
        digests: partial.digests.clone(),
        adjusted: adjusted::adjusted(
            &outcomes,
            &suspects,
            &data.duplicates.surplus,
            &review.verdicts,
        ),
        review,
        appearances: partial.appearances.clone(),
        features: features(partial),
        map: SampleMap::default(),
        slices: data.slices,
        duplicates: data.duplicates,
        odd: data.odd,
        accuracy,
        histogram_step: histogram_step(outcomes.len()),
        top: top(partial, &outcomes),
        confusion: partial.confusion.clone(),
        confusions,
        per_class,
        mistakes,
        layers: layers::layers(network, partial),
        weights: weights::weights(network),
        quality,
        calibration,
        suspects,
        clusters: clusters::clusters(&partial.confusion, &pairs),
        audit: None,
        parity: None,
        inside,
        statements: Vec::new(),
        outcomes,
    };
    quality::with_shares(&mut findings);
    findings.statements = statements::statements(&findings);
    Some(findings)
}

/// What is known of the data: by what images look like, and by what the network makes of them.
struct Data {
    slices: Slices,
    duplicates: Duplicates,
    odd: Vec<OddKind>,
}

impl Data {
    fn of(partial: &Partial, outcomes: &[Outcome], principal: Option<&Principal>) -> Self {
        let (features, appearances) = (&partial.features, &partial.appearances);
        let clusters = feature_clusters(features, partial.classes);
        let (slices, duplicates) = rayon::join(
            || slices::slices(outcomes, appearances, &clusters),
            || {
                duplicates::duplicates(&duplicates::Evidence {
                    outcomes,
                    contents: &partial.digests,
                    appearances,
                    features,
                    principal,
                    clusters: &clusters,
                })
            },
        );
        Self {
            slices,
            duplicates,
            odd: odd::odd(outcomes, appearances, &clusters),
        }
    }
}

fn features(partial: &Partial) -> FeatureSpace {
    let features = &partial.features;
    FeatureSpace {
        layer: features.layer,
        units: features.units,
        width: features.width,
        is_projected: features.is_projected(),
    }
}

/// The verdicts on the samples that are there.
fn joined(review: &ReviewFile, classes: &[String], partial: &Partial) -> Review {
    let samples = partial.digests.iter().zip(&partial.truths);
    Review::join(
        review,
        samples.map(|(&image, &truth)| Sample {
            image,
            truth: &classes[truth as usize],
        }),
    )
}

/// Top-k accuracies that say more than the accuracy and less than 100 %.
fn top(partial: &Partial, outcomes: &[Outcome]) -> Vec<TopAccuracy> {
    [1, 3, 5]
        .into_iter()
        .filter(|&k| k == 1 || k < partial.classes)
        .filter_map(|k| {
            let rows = partial.logits.chunks_exact(partial.classes.max(1));
            let hits = rows
                .zip(outcomes)
                .filter(|(row, outcome)| outcomes::rank(row, outcome.truth) < k)
                .count();
            Proportion::new(hits as u64, outcomes.len() as u64)
                .map(|share| TopAccuracy { k, share })
        })
        .collect()
}
