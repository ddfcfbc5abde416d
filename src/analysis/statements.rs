//! Statements: what stands out, as sentences with a number behind each. Every one has a condition that
//! makes it worth saying; remove the cause from the input and the sentence goes.

use super::findings::{Findings, Phrase, Statement, Subject};
use crate::format::{count, percent, percent_short, plural};

/// Samples shown beside a sentence.
const SHOWN: usize = 6;
/// "Sure" is above this confidence.
const SURE: f32 = 0.95;
/// A pair of classes stands out with this share of all mistakes…
const PAIR_SHARE: f64 = 0.05;
/// …and this many of them.
const PAIR_COUNT: usize = 3;
/// A calibration error is worth a sentence from here, if it is beyond chance.
const ERROR: f64 = 0.02;
/// Counts differ beyond chance from here: two-sided 99.7 % for a difference of two Poisson counts.
const SIGMAS: f64 = 3.0;

/// The statements that hold, the most telling first.
pub(super) fn statements(findings: &Findings) -> Vec<Statement> {
    let rules: [fn(&Findings) -> Option<Statement>; 10] = [
        not_numbers,
        perfect,
        chance,
        pair,
        sure_mistakes,
        miscalibrated,
        suspect_labels,
        dead_channels,
        weakest_class,
        one_sided,
    ];
    rules.iter().filter_map(|rule| rule(findings)).collect()
}

fn text(text: impl Into<String>) -> Phrase {
    Phrase {
        text: text.into(),
        subject: None,
    }
}

fn about(text: impl Into<String>, subject: Subject) -> Phrase {
    Phrase {
        text: text.into(),
        subject: Some(subject),
    }
}

/// NaN in a layer makes every other number doubtful, so it comes first.
fn not_numbers(findings: &Findings) -> Option<Statement> {
    let layer = findings
        .layers
        .iter()
        .find(|layer| layer.summary.nans > 0)?;
    Some(Statement {
        figure: "NaN".into(),
        phrases: vec![
            text(format!(
                "{} that are not numbers, first in ",
                plural(layer.summary.nans as usize, "value", "values")
            )),
            about(&layer.name, Subject::Layer(layer.id)),
            text(". All statistics leave them out."),
        ],
        samples: Vec::new(),
    })
}

fn perfect(findings: &Findings) -> Option<Statement> {
    findings.mistakes.is_empty().then(|| Statement {
        figure: count(findings.outcomes.len()),
        phrases: vec![text(format!(
            "samples and not one mistake. With so many, the share of mistakes on others like them may still be up to {}.",
            percent(1.0 - findings.accuracy.low)
        ))],
        samples: Vec::new(),
    })
}

/// No better than always giving one of the classes.
fn chance(findings: &Findings) -> Option<Statement> {
    let classes = findings.classes.len();
    let largest = findings
        .per_class
        .iter()
        .max_by_key(|class| (class.support, std::cmp::Reverse(&class.name)))?;
    let guess = largest.support as f64 / findings.outcomes.len() as f64;
    (classes > 1 && findings.accuracy.low <= guess && !findings.mistakes.is_empty()).then(|| Statement {
        figure: percent(findings.accuracy.share),
        phrases: vec![text(format!(
            "is not beyond doubt more than the {} of always answering {}. The order of the classes and the \
             preprocessing are the first suspects.",
            percent(guess),
            largest.name
        ))],
        samples: Vec::new(),
    })
}

/// The two classes that are taken for each other most.
fn pair(findings: &Findings) -> Option<Statement> {
    let size = |truth, prediction| findings.confusion.count(truth, prediction) as usize;
    let (a, b) = findings
        .confusions
        .iter()
        .map(|confusion| (confusion.truth, confusion.prediction))
        .max_by_key(|&(a, b)| {
            (
                size(a, b) + size(b, a),
                size(a, b),
                std::cmp::Reverse((a, b)),
            )
        })?;
    let (there, back, all) = (size(a, b), size(b, a), findings.mistakes.len());
    let share = (there + back) as f64 / all as f64;
    if there + back < PAIR_COUNT || share < PAIR_SHARE || findings.classes.len() < 3 {
        return None;
    }
    let (first, second) = (&findings.classes[a], &findings.classes[b]);
    let mut phrases = vec![
        text(format!(
            "of all mistakes lie between {first} and {second}: "
        )),
        about(
            format!("{first} taken for {second}"),
            Subject::Confusion {
                truth: a,
                prediction: b,
            },
        ),
        text(format!(" {}", times(there))),
    ];
    if back > 0 {
        phrases.push(text(", "));
        phrases.push(about(
            format!("{second} for {first}"),
            Subject::Confusion {
                truth: b,
                prediction: a,
            },
        ));
        phrases.push(text(format!(" {}", times(back))));
    }
    phrases.push(text("."));
    Some(Statement {
        figure: percent(share),
        phrases,
        samples: samples_of(findings, a, b),
    })
}

fn times(number: usize) -> String {
    match number {
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{} times", count(number)),
    }
}

fn samples_of(findings: &Findings, truth: usize, prediction: usize) -> Vec<usize> {
    findings
        .confusions
        .iter()
        .find(|confusion| (confusion.truth, confusion.prediction) == (truth, prediction))
        .map_or(Vec::new(), |confusion| {
            confusion.samples.iter().copied().take(SHOWN).collect()
        })
}

fn sure_mistakes(findings: &Findings) -> Option<Statement> {
    let answers = findings
        .outcomes
        .iter()
        .filter(|outcome| outcome.confidence > SURE)
        .count();
    let mut wrong: Vec<usize> = findings
        .mistakes
        .iter()
        .copied()
        .filter(|&index| findings.outcomes[index].confidence > SURE)
        .collect();
    if wrong.is_empty() {
        return None;
    }
    wrong.sort_by(|&a, &b| super::confusions::most_confident_first(&findings.outcomes, a, b));
    let number = wrong.len();
    Some(Statement {
        figure: count(number),
        phrases: vec![
            about(
                if number == 1 { "mistake" } else { "mistakes" },
                Subject::Errors,
            ),
            text(format!(
                " made with over {} confidence: {} of the {} it was that sure of.",
                percent_short(f64::from(SURE)),
                percent(number as f64 / answers as f64),
                plural(answers, "answer", "answers")
            )),
        ],
        samples: wrong.into_iter().take(SHOWN).collect(),
    })
}

fn dead_channels(findings: &Findings) -> Option<Statement> {
    let counted_layers: Vec<_> = findings
        .layers
        .iter()
        .filter(|layer| layer.counts_dead)
        .collect();
    let all: usize = counted_layers
        .iter()
        .map(|layer| layer.channels.len())
        .sum();
    let affected: Vec<_> = counted_layers
        .iter()
        .filter(|layer| layer.dead > 0)
        .collect();
    let dead: usize = affected.iter().map(|layer| layer.dead).sum();
    if dead == 0 {
        return None;
    }
    let mut phrases = vec![text(format!(
        "of {} never fire on any of the {}: ",
        plural(all, "channel", "channels"),
        plural(findings.outcomes.len(), "image", "images")
    ))];
    for (place, layer) in affected.iter().enumerate() {
        if place > 0 {
            phrases.push(text(", "));
        }
        phrases.push(text(format!("{} in ", count(layer.dead))));
        phrases.push(about(&layer.name, Subject::Layer(layer.id)));
    }
    phrases.push(text(". They tell the network nothing about these images."));
    Some(Statement {
        figure: count(dead),
        phrases,
        samples: Vec::new(),
    })
}

/// Confidence that is off by more than chance and more than a little.
fn miscalibrated(findings: &Findings) -> Option<Statement> {
    let found = &findings.calibration;
    let (error, chance, mean) = (found.ece?, found.chance?, found.mean_confidence?);
    if error <= chance || error < ERROR {
        return None;
    }
    let accuracy = findings.accuracy.share;
    Some(Statement {
        figure: percent(error),
        phrases: vec![
            text("lie between "),
            about(
                "its confidence and its share of right answers",
                Subject::Calibration,
            ),
            text(format!(
                ", averaged over the answers (ECE): it is {} sure and {} right, {} sure of itself. Chance explains up to {}.",
                percent(mean),
                percent(accuracy),
                if mean > accuracy { "too" } else { "not enough" },
                percent(chance)
            )),
        ],
        samples: Vec::new(),
    })
}

/// Labels that may be wrong, where the network all but excludes one of them.
fn suspect_labels(findings: &Findings) -> Option<Statement> {
    let found = &findings.suspects.found;
    if !found
        .iter()
        .any(|suspect| suspect.suggested_probability > SURE)
    {
        return None;
    }
    Some(Statement {
        figure: count(found.len()),
        phrases: vec![
            about(
                if found.len() == 1 {
                    "label is suspect"
                } else {
                    "labels are suspect"
                },
                Subject::Suspects,
            ),
            text(format!(
                " ({} of all): the network contradicts them as consistently as it knows its classes. Where it is right, the \
                 mistake is the label's.",
                percent(found.len() as f64 / findings.outcomes.len().max(1) as f64)
            )),
        ],
        samples: found
            .iter()
            .take(SHOWN)
            .map(|suspect| suspect.index)
            .collect(),
    })
}

/// The class with the lowest recall, where its interval lies wholly below the accuracy's.
fn weakest_class(findings: &Findings) -> Option<Statement> {
    let recalls = findings
        .per_class
        .iter()
        .enumerate()
        .filter_map(|(class, found)| found.recall.map(|recall| (class, recall)));
    let (class, recall) =
        recalls.min_by(|(a, x), (b, y)| x.share.total_cmp(&y.share).then(a.cmp(b)))?;
    if recall.high >= findings.accuracy.low {
        return None;
    }
    Some(Statement {
        figure: percent(recall.share),
        phrases: vec![
            text("of the samples of "),
            about(&findings.classes[class], Subject::Class(class)),
            text(format!(
                " are recognised, the fewest of any class (95\u{202f}% interval {} to {}); over all classes it is {}.",
                percent(recall.low),
                percent(recall.high),
                percent(findings.accuracy.share)
            )),
        ],
        samples: findings.per_class[class]
            .worst
            .iter()
            .copied()
            .take(SHOWN)
            .collect(),
    })
}

/// The confusion that outweighs its reverse most, beyond chance.
fn one_sided(findings: &Findings) -> Option<Statement> {
    let excess = |truth: usize, prediction: usize| {
        let there = findings.confusion.count(truth, prediction) as f64;
        let back = findings.confusion.count(prediction, truth) as f64;
        (there - back) / (there + back).max(1.0).sqrt()
    };
    let (truth, prediction) = findings
        .confusions
        .iter()
        .map(|confusion| (confusion.truth, confusion.prediction))
        .max_by(|&(a, b), &(c, d)| {
            excess(a, b)
                .total_cmp(&excess(c, d))
                .then((c, d).cmp(&(a, b)))
        })?;
    if excess(truth, prediction) < SIGMAS || findings.classes.len() < 3 {
        return None;
    }
    let there = findings.confusion.count(truth, prediction) as usize;
    let back = findings.confusion.count(prediction, truth) as usize;
    Some(Statement {
        figure: count(there),
        phrases: vec![
            text("times "),
            about(
                format!(
                    "{} was taken for {}",
                    findings.classes[truth], findings.classes[prediction]
                ),
                Subject::Confusion { truth, prediction },
            ),
            text(match back {
                0 => ", and never the other way round.".into(),
                1 | 2 => format!(", but only {} the other way round.", times(back)),
                _ => format!(", but only {} times the other way round.", count(back)),
            }),
        ],
        samples: samples_of(findings, truth, prediction),
    })
}
