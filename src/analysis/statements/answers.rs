//! What stands out in the answers: how good they are, and where they fail.

use super::{SHOWN, SURE, about, share, text, times};
use crate::analysis::confusions;
use crate::analysis::findings::{Findings, Level, Statement, Subject};
use crate::format::{count, percent, percent_short, plural};
use crate::stats::Proportion;

/// A pair of classes stands out with this share of all mistakes…
const PAIR_SHARE: f64 = 0.05;
/// …and this many of them.
const PAIR_COUNT: usize = 3;
/// Counts differ beyond chance from here: two-sided 99.7 % for a difference of two Poisson counts.
const SIGMAS: f64 = 3.0;

pub(super) fn perfect(findings: &Findings) -> Option<Statement> {
    findings.mistakes.is_empty().then(|| Statement {
        key: "perfect",
        level: Level::Chief,
        strength: 1.0,
        figure: count(findings.outcomes.len()),
        phrases: vec![
            about(
                if findings.outcomes.len() == 1 {
                    "sample"
                } else {
                    "samples"
                },
                Subject::Gallery,
            ),
            text(format!(
                " and not one mistake. The share of mistakes on others of the kind may still be up to {}.",
                percent(1.0 - findings.accuracy.low)
            )),
        ],
        evidence: share(findings.accuracy, "said where there is no mistake at all"),
        samples: Vec::new(),
    })
}

/// Every answer is the same class, though the images are of several.
pub(super) fn one_answer(findings: &Findings) -> Option<Statement> {
    let class = the_one_answer(findings)?;
    let all = findings.outcomes.len() as u64;
    let answers = Proportion::new(findings.per_class[class].predicted, all)?;
    Some(Statement {
        key: "one_answer",
        level: Level::Alarm,
        strength: f64::INFINITY,
        figure: percent(answers.share),
        phrases: vec![
            text("of the answers are "),
            about(&findings.classes[class], Subject::Class(class)),
            text(
                ", whatever the image shows. The network tells nothing apart; the preprocessing is the first suspect.",
            ),
        ],
        evidence: share(
            answers,
            "share of the answers; said where all of them are one class and the labels are not",
        ),
        samples: Vec::new(),
    })
}

/// The only class that is ever predicted, where there are labels of several.
fn the_one_answer(findings: &Findings) -> Option<usize> {
    let all = findings.outcomes.len() as u64;
    let classes = &findings.per_class;
    let labels = classes.iter().filter(|class| class.support > 0).count();
    let class = classes.iter().position(|class| class.predicted == all)?;
    (labels > 1).then_some(class)
}

/// No better than always giving one of the classes.
pub(super) fn chance(findings: &Findings) -> Option<Statement> {
    let classes = findings.classes.len();
    let largest = findings
        .per_class
        .iter()
        .max_by_key(|class| (class.support, std::cmp::Reverse(&class.name)))?;
    let guess = largest.support as f64 / findings.outcomes.len() as f64;
    (classes > 1 && findings.accuracy.low <= guess && !findings.mistakes.is_empty()).then(|| Statement {
        key: "chance",
        level: Level::Alarm,
        strength: guess / findings.accuracy.share.max(f64::MIN_POSITIVE),
        figure: percent(findings.accuracy.share),
        phrases: vec![
            text("is not beyond doubt more than the "),
            about(
                format!("{} of always answering {}", percent(guess), largest.name),
                Subject::Quality,
            ),
            text(". The order of the classes and the preprocessing are the first suspects."),
        ],
        evidence: share(
            findings.accuracy,
            "said where the accuracy's interval does not lie wholly above the share of the most frequent class",
        ),
        samples: Vec::new(),
    })
}

/// The two classes that are taken for each other most.
pub(super) fn pair(findings: &Findings) -> Option<Statement> {
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
    let of_all = Proportion::new((there + back) as u64, all as u64)?;
    let is_news = findings.classes.len() >= 3 && the_one_answer(findings).is_none();
    if there + back < PAIR_COUNT || of_all.share < PAIR_SHARE || !is_news {
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
        key: "pair",
        level: Level::Chief,
        strength: of_all.share / PAIR_SHARE,
        figure: percent(of_all.share),
        phrases,
        evidence: share(
            of_all,
            format!(
                "said of the pair of classes with the most mistakes, from {} of all and {PAIR_COUNT} mistakes on",
                percent(PAIR_SHARE)
            ),
        ),
        samples: samples_of(findings, a, b),
    })
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

pub(super) fn sure_mistakes(findings: &Findings) -> Option<Statement> {
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
    wrong.sort_by(|&a, &b| confusions::most_confident_first(&findings.outcomes, a, b));
    let number = wrong.len();
    let of_sure = Proportion::new(number as u64, answers as u64)?;
    Some(Statement {
        key: "sure_mistakes",
        level: Level::Chief,
        strength: of_sure.share / f64::from(1.0 - SURE),
        figure: count(number),
        phrases: vec![
            about(
                if number == 1 { "mistake" } else { "mistakes" },
                Subject::Errors,
            ),
            text(format!(
                " made with over {} confidence: {} of the {} it was that sure of.",
                percent_short(f64::from(SURE)),
                percent(of_sure.share),
                plural(answers, "answer", "answers")
            )),
        ],
        evidence: share(
            of_sure,
            format!(
                "share of wrong answers among those above {} confidence; said where there is one",
                percent_short(f64::from(SURE))
            ),
        ),
        samples: wrong.into_iter().take(SHOWN).collect(),
    })
}

/// The class with the lowest recall, where its interval lies wholly below the accuracy's.
pub(super) fn weakest_class(findings: &Findings) -> Option<Statement> {
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
        key: "weakest_class",
        level: Level::Chief,
        strength: (1.0 - recall.share) / (1.0 - findings.accuracy.share).max(f64::MIN_POSITIVE),
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
        evidence: share(
            recall,
            "said of the lowest recall, where its 95\u{202f}% interval lies wholly below the accuracy's",
        ),
        samples: findings.per_class[class]
            .worst
            .iter()
            .copied()
            .take(SHOWN)
            .collect(),
    })
}

/// The confusion that outweighs its reverse most, beyond chance.
pub(super) fn one_sided(findings: &Findings) -> Option<Statement> {
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
    let sigmas = excess(truth, prediction);
    if sigmas < SIGMAS || findings.classes.len() < 3 || the_one_answer(findings).is_some() {
        return None;
    }
    let there = findings.confusion.count(truth, prediction) as usize;
    let back = findings.confusion.count(prediction, truth) as usize;
    let one_way = Proportion::new(there as u64, (there + back) as u64)?;
    Some(Statement {
        key: "one_sided",
        level: Level::Side,
        strength: sigmas / SIGMAS,
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
        evidence: share(
            one_way,
            format!(
                "share of this direction among the mistakes between the two; said of the largest difference of two counts, from {SIGMAS} standard deviations on"
            ),
        ),
        samples: samples_of(findings, truth, prediction),
    })
}
