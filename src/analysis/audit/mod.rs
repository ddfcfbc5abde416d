//! The audit of the preprocessing: whether another setting, or another order of the classes, answers more of
//! some hundred images right than the configured one, by more than chance. The noun is [`Audit`].

mod assignment;
mod labels;
mod mcnemar;

use serde::Serialize;

pub use self::labels::Relabelling;
use super::findings::{Evidence, Level, Phrase, Statement, Subject, Unit};
use crate::dataset::{Channels, Preprocess, Preset};
use crate::pipeline::{Job, PipelineError, answers};
use crate::stats::SplitMix64;

/// Below this probability, times the number of settings tried, a setting is better by more than chance.
const SIGNIFICANT: f64 = 0.01;
/// Images on which all settings are tried; only those that do well there see the rest.
const SCREENED: usize = 64;
const SEED: u64 = 0x5eed;

/// What the audit found.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// Images tried, drawn by lot with a fixed seed.
    pub samples: usize,
    /// Of them the configured setting answers right.
    pub right: usize,
    /// The other settings, the best first.
    pub settings: Vec<Tried>,
    /// Another order of the classes that explains the answers better; `None` where there is none.
    pub labels: Option<Relabelling>,
}

/// Another setting of the preprocessing.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// In words: `pixels from −1 to 1`.
    pub name: &'static str,
    /// The keys of the section that make it, as TOML.
    pub config: String,
    /// Images it was tried on: fewer than all where it did badly on the first.
    pub samples: usize,
    pub right: usize,
    /// Of these images the configured setting answers right.
    pub configured: usize,
    /// Images that only this setting answers right, and that only the configured one does.
    pub gained: usize,
    pub lost: usize,
    /// McNemar's exact test, two-sided.
    pub p: f64,
    /// Whether it is better by more than chance, at 1 % over all settings together.
    pub better: bool,
}

impl Audit {
    /// The best other setting, where it is better by more than chance.
    pub fn better(&self) -> Option<&Tried> {
        self.settings.iter().find(|tried| tried.better)
    }

    /// The sentence about it, where there is something to say.
    pub fn statement(&self) -> Option<Statement> {
        let (figure, sentence, p) = if let Some(tried) = self.better() {
            let sentence = format!(
                "of {} images would be right with {} ({}), {} are with the configured preprocessing.",
                tried.samples, tried.name, tried.config, tried.configured
            );
            (tried.right, sentence, tried.p)
        } else {
            let labels = self.labels.as_ref()?;
            let sentence = format!(
                "of {} images would be right if the classes stood in another order ({}), {} are in the configured one.",
                labels.samples,
                labels.words(),
                labels.configured
            );
            (labels.right, sentence, labels.p)
        };
        Some(Statement {
            key: "audit",
            level: Level::Alarm,
            strength: SIGNIFICANT / p.max(f64::MIN_POSITIVE),
            figure: figure.to_string(),
            phrases: vec![Phrase {
                text: sentence,
                subject: Some(Subject::Quality),
            }],
            evidence: Evidence {
                unit: Unit::Number,
                value: figure as f64,
                interval: None,
                basis: format!(
                    "images answered right; said where McNemar's exact test of both on the same images is below 1 % over all that was tried (here {p:.2e})"
                ),
            },
            samples: Vec::new(),
        })
    }
}

/// A setting to try, before it is known whether it differs from the configured one.
struct Candidate {
    name: &'static str,
    config: String,
    preprocess: Preprocess,
}

/// Tries other settings on at most `most` images. `known` are the answers with the configured setting to all samples,
/// where they are there already. Floating-point images are not audited: what scale they have is theirs to say.
///
/// # Errors
/// As the pipeline's.
pub fn audit(job: &Job<'_>, most: usize, known: Option<&[usize]>) -> Result<Audit, PipelineError> {
    let drawn = draw(job.dataset.len(), most);
    let configured = match known {
        Some(known) => drawn.iter().map(|&index| known[index]).collect(),
        None => answers(job, &drawn)?,
    };
    let truth = |index: &usize| job.dataset.label(*index);
    let truths: Vec<usize> = drawn.iter().map(truth).collect();
    let mut settings = Vec::new();
    let candidates = if job.dataset.values(0, &mut Vec::new())? {
        Vec::new()
    } else {
        candidates(job)
    };
    let tests = candidates.len() + 1;
    for candidate in candidates {
        let with = Job {
            preprocess: &candidate.preprocess,
            ..*job
        };
        let screened = SCREENED.min(drawn.len());
        let mut given = answers(&with, &drawn[..screened])?;
        if right(&given, &truths) >= right(&configured[..screened], &truths) {
            given.extend(answers(&with, &drawn[screened..])?);
        }
        settings.push(Tried::new(candidate, &given, &configured, &truths, tests));
    }
    settings.sort_by(|a, b| {
        let order = |tried: &Tried| (tried.samples, tried.right);
        order(b).cmp(&order(a)).then(a.name.cmp(b.name))
    });
    let labels = match known {
        Some(known) => {
            let all: Vec<usize> = (0..job.dataset.len()).map(|index| truth(&index)).collect();
            labels::relabelling(
                &all,
                known,
                job.dataset.classes(),
                SIGNIFICANT / tests as f64,
            )
        }
        None => labels::relabelling(
            &truths,
            &configured,
            job.dataset.classes(),
            SIGNIFICANT / tests as f64,
        ),
    };
    Ok(Audit {
        samples: drawn.len(),
        right: right(&configured, &truths),
        settings,
        labels,
    })
}

/// How many images a report spends on it: the first look at all settings costs at most a tenth of the pass.
pub fn in_a_report(samples: usize) -> usize {
    (samples / 20).clamp(16, 256)
}

/// Samples drawn by lot, in the order of the lot.
fn draw(samples: usize, most: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..samples).collect();
    let mut random = SplitMix64::new(SEED, 0);
    let drawn = most.min(samples);
    for place in 0..drawn {
        let other = place + random.below(samples - place);
        all.swap(place, other);
    }
    all.truncate(drawn);
    all
}

fn right(answers: &[usize], truths: &[usize]) -> usize {
    answers
        .iter()
        .zip(truths)
        .filter(|(answer, truth)| answer == truth)
        .count()
}

impl Tried {
    fn new(
        candidate: Candidate,
        given: &[usize],
        configured: &[usize],
        truths: &[usize],
        tests: usize,
    ) -> Self {
        let (mut gained, mut lost) = (0, 0);
        for ((given, configured), truth) in given.iter().zip(configured).zip(truths) {
            gained += usize::from(given == truth && configured != truth);
            lost += usize::from(given != truth && configured == truth);
        }
        let p = mcnemar::exact(gained, lost);
        Self {
            name: candidate.name,
            config: candidate.config,
            samples: given.len(),
            right: right(given, truths),
            configured: right(&configured[..given.len()], truths),
            gained,
            lost,
            p,
            better: gained > lost && p * (tests as f64) < SIGNIFICANT,
        }
    }
}

/// Settings that networks are trained with, in the geometry of the configured one and without those that are the same.
fn candidates(job: &Job<'_>) -> Vec<Candidate> {
    let configured = job.preprocess;
    let colours = job.network.input_shape().channels() == 3;
    let mut all: Vec<Candidate> = Vec::new();
    let mut add = |name, config: &str, preprocess: Option<Preprocess>| {
        let Some(preprocess) = preprocess else { return };
        let preprocess = preprocess.with_geometry(*configured.geometry());
        let taken = |other: &Preprocess| other.gives_the_same_as(&preprocess);
        if !taken(configured) && !all.iter().any(|other| taken(&other.preprocess)) {
            all.push(Candidate {
                name,
                config: config.to_owned(),
                preprocess,
            });
        }
    };
    let plain =
        |scale: &str, mean: f32| Preprocess::new(scale.parse().ok()?, vec![mean], vec![1.0]).ok();
    add(
        "pixels from 0 to 1",
        "scale = \"1/255\"",
        plain("1/255", 0.0),
    );
    add("pixels as they are, 0 to 255", "scale = 1", plain("1", 0.0));
    add(
        "pixels from −1 to 1",
        "preset = \"keras-tf\"",
        plain("1/127.5", 1.0),
    );
    if colours {
        let of = |preset: Preset| {
            let float32 = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
            let values = Preprocess::new(
                preset.scale().parse().ok()?,
                float32(preset.mean()),
                float32(preset.std()),
            );
            values
                .ok()
                .map(|values| values.with_channels(preset.channels()))
        };
        add(
            "ImageNet's mean and standard deviation",
            "preset = \"keras-torch\"",
            of(Preset::KerasTorch),
        );
        add(
            "ImageNet's mean and blue, green, red",
            "preset = \"keras-caffe\"",
            of(Preset::KerasCaffe),
        );
        let swapped = match configured.channels() {
            Channels::Bgr => Channels::Rgb,
            _ => Channels::Bgr,
        };
        let config = format!("channels = \"{}\"", swapped.name());
        let name = match swapped {
            Channels::Bgr => "blue, green, red instead of red, green, blue",
            _ => "red, green, blue instead of blue, green, red",
        };
        add(
            name,
            &config,
            Some(configured.clone().with_channels(swapped)),
        );
    } else {
        add(
            "black and white swapped, 0 to 1",
            "scale = \"-1/255\" and mean = -1",
            plain("-1/255", -1.0),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lot_draws_every_sample_once_and_the_same_ones_again() {
        let drawn = draw(1000, 300);
        assert_eq!(drawn, draw(1000, 300));
        let different: std::collections::HashSet<_> = drawn.iter().collect();
        assert_eq!(
            (different.len(), drawn.iter().all(|&index| index < 1000)),
            (300, true)
        );
        assert_eq!(draw(3, 10).len(), 3);
    }

    #[test]
    fn better_is_more_than_chance() {
        let candidate = || Candidate {
            name: "x",
            config: String::new(),
            preprocess: Preprocess::new("1".parse().expect("a scale"), vec![0.0], vec![1.0])
                .expect("good"),
        };
        let truths = vec![0; 40];
        let configured: Vec<usize> = (0..40).map(|index| usize::from(index < 20)).collect();
        let all_right = vec![0; 40];
        assert!(Tried::new(candidate(), &all_right, &configured, &truths, 7).better);
        let two_more: Vec<usize> = (0..40).map(|index| usize::from(index < 18)).collect();
        let tried = Tried::new(candidate(), &two_more, &configured, &truths, 7);
        assert_eq!((tried.gained, tried.lost, tried.better), (2, 0, false));
        let worse = Tried::new(candidate(), &configured, &all_right, &truths, 7);
        assert_eq!((worse.gained, worse.lost, worse.better), (0, 20, false));
    }
}
