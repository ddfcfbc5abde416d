//! [`Review`]: verdicts joined to the samples at hand, by the content of the images and never by their
//! index, which moves whenever somebody adds or drops an image.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{Entry, ReviewFile, Reviewed};
use crate::dataset::ImageDigest;

/// What tells whether a verdict belongs to a sample.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    pub image: ImageDigest,
    /// Name of its label.
    pub truth: &'a str,
}

/// The verdicts on the samples of one test set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Review {
    /// By sample.
    pub verdicts: BTreeMap<usize, Reviewed>,
    /// Verdicts that belong to no sample any more, in the order of the file.
    pub lost: Vec<Lost>,
}

/// A verdict whose sample is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    pub image: ImageDigest,
    /// Where it stood when it was judged.
    pub index: usize,
    pub truth: String,
    pub prediction: String,
    #[serde(flatten)]
    pub reviewed: Reviewed,
    pub reason: LostReason,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostReason {
    /// No image of the test set has these pixels.
    ImageGone,
    /// The image is there under another label, so that nobody knows what the verdict on the old one says of it.
    LabelChanged { now: String },
}

impl Review {
    /// Joins a file to the samples, given by index. Of equal images with the same label, the one that stands
    /// where the verdict says is meant, else the first.
    pub fn join<'a>(file: &ReviewFile, samples: impl Iterator<Item = Sample<'a>>) -> Self {
        if file.entries.is_empty() {
            return Self::default();
        }
        let mut places: HashMap<ImageDigest, Vec<(usize, &str)>> = file
            .entries
            .iter()
            .map(|entry| (entry.image, Vec::new()))
            .collect();
        for (index, sample) in samples.enumerate() {
            if let Some(places) = places.get_mut(&sample.image) {
                places.push((index, sample.truth));
            }
        }
        let mut review = Self::default();
        for entry in &file.entries {
            match place(entry, places.get(&entry.image).map_or(&[], Vec::as_slice)) {
                Ok(index) => {
                    review.verdicts.insert(index, entry.reviewed.clone());
                }
                Err(reason) => review.lost.push(Lost {
                    image: entry.image,
                    index: entry.index,
                    truth: entry.truth.clone(),
                    prediction: entry.prediction.clone(),
                    reviewed: entry.reviewed.clone(),
                    reason,
                }),
            }
        }
        review
    }

    pub fn of(&self, sample: usize) -> Option<&Reviewed> {
        self.verdicts.get(&sample)
    }

    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.lost.is_empty()
    }
}

fn place(entry: &Entry, places: &[(usize, &str)]) -> Result<usize, LostReason> {
    let mut same = places.iter().filter(|(_, truth)| *truth == entry.truth);
    let there = same.clone().find(|(index, _)| *index == entry.index);
    match (there.or_else(|| same.next()), places.first()) {
        (Some((index, _)), _) => Ok(*index),
        (None, None) => Err(LostReason::ImageGone),
        (None, Some((_, now))) => Err(LostReason::LabelChanged {
            now: (*now).to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use proptest::prelude::*;

    fn image(number: u32) -> ImageDigest {
        format!("{number:032x}").parse().unwrap()
    }

    fn entry(number: u32, index: usize, truth: &str) -> Entry {
        Entry {
            image: image(number),
            index,
            truth: truth.into(),
            prediction: "dog".into(),
            reviewed: Reviewed {
                verdict: Verdict::LabelWrong,
                note: number.to_string(),
            },
        }
    }

    fn join(entries: &[Entry], samples: &[(u32, &str)]) -> Review {
        let file = ReviewFile {
            entries: entries.to_vec(),
        };
        Review::join(
            &file,
            samples.iter().map(|&(number, truth)| Sample {
                image: image(number),
                truth,
            }),
        )
    }

    #[test]
    fn a_verdict_follows_its_image() {
        let review = join(
            &[entry(5, 0, "horse"), entry(6, 1, "horse")],
            &[(1, "cat"), (6, "horse"), (2, "cat"), (5, "horse")],
        );
        assert_eq!(review.of(3).map(|found| found.note.as_str()), Some("5"));
        assert_eq!(review.of(1).map(|found| found.note.as_str()), Some("6"));
        assert!(review.lost.is_empty() && review.of(0).is_none());
    }

    #[test]
    fn what_is_gone_is_told_from_what_was_relabelled() {
        let review = join(&[entry(5, 0, "horse"), entry(9, 1, "horse")], &[(5, "dog")]);
        let reasons: Vec<&LostReason> = review.lost.iter().map(|lost| &lost.reason).collect();
        assert_eq!(
            reasons,
            [
                &LostReason::LabelChanged { now: "dog".into() },
                &LostReason::ImageGone
            ]
        );
        assert!(review.verdicts.is_empty());
    }

    #[test]
    fn of_equal_images_the_one_that_was_judged_is_meant() {
        let samples = [(5, "horse"), (5, "horse"), (5, "dog")];
        for (index, found) in [(1, 1), (7, 0)] {
            let review = join(&[entry(5, index, "horse")], &samples);
            assert_eq!(review.verdicts.keys().collect::<Vec<_>>(), [&found]);
        }
        let review = join(&[entry(5, 0, "dog")], &samples);
        assert_eq!(review.verdicts.keys().collect::<Vec<_>>(), [&2]);
    }

    proptest! {
        #[test]
        fn every_verdict_is_joined_or_lost(judged in prop::collection::btree_set(0u32..40, 0..20), kept in prop::collection::vec(0u32..40, 0..40)) {
            let entries: Vec<Entry> = judged.iter().map(|&number| entry(number, number as usize, "a")).collect();
            let samples: Vec<(u32, &str)> = kept.iter().map(|&number| (number, "a")).collect();
            let review = join(&entries, &samples);
            prop_assert_eq!(review.verdicts.len() + review.lost.len(), entries.len());
            for (index, reviewed) in &review.verdicts {
                prop_assert_eq!(reviewed.note.clone(), kept[*index].to_string());
            }
        }
    }
}
