//! `data/predictions.csv`: one row a sample, probabilities in full f32 precision: of every class, or of the most likely ones
//! where there are many.

use super::table;
use crate::analysis::Outcome;
use crate::report::pages::by_probability;
use crate::report::{Book, ReportError};
use crate::site::Site;

/// The most classes that have a column each, and how many of more are told.
const MOST_COLUMNS: usize = 100;
const MOST_LIKELY: usize = 10;

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let findings = book.findings;
    let named = book.dataset.name(0).is_some();
    let head = ["index", "truth", "prediction", "confidence"]
        .map(String::from)
        .into_iter()
        .chain(columns(&findings.classes))
        .chain(named.then(|| "file".to_owned()))
        .collect();
    let rows = findings
        .outcomes
        .iter()
        .enumerate()
        .map(|(index, outcome)| {
            let mut row = vec![
                index.to_string(),
                findings.classes[outcome.truth].clone(),
                findings.classes[outcome.prediction].clone(),
                outcome.confidence.to_string(),
            ];
            row.extend(probabilities(&findings.classes, outcome));
            row.extend(named.then(|| book.dataset.name(index).unwrap_or_default()));
            row
        });
    table::write(site, "data/predictions.csv", head, rows)
}

fn columns(classes: &[String]) -> Vec<String> {
    if classes.len() <= MOST_COLUMNS {
        return classes.iter().map(|class| format!("p_{class}")).collect();
    }
    (1..=MOST_LIKELY)
        .flat_map(|rank| [format!("class_{rank}"), format!("p_{rank}")])
        .collect()
}

fn probabilities(classes: &[String], outcome: &Outcome) -> Vec<String> {
    let all = &outcome.probabilities;
    if classes.len() <= MOST_COLUMNS {
        return all.iter().map(f32::to_string).collect();
    }
    let likely = by_probability(all).into_iter().take(MOST_LIKELY);
    likely
        .flat_map(|class| [classes[class].clone(), all[class].to_string()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_classes_the_most_likely_are_told() {
        let outcome = |classes: usize| Outcome {
            truth: 0,
            prediction: 3,
            probabilities: (0..classes)
                .map(|class| if class == 3 { 0.5 } else { 0.25 })
                .collect(),
            confidence: 0.5,
            margin: 1.0,
            loss: 1.0,
        };
        let names: Vec<String> = (0..101).map(|class| format!("c{class}")).collect();
        assert_eq!(columns(&names[..2]), ["p_c0", "p_c1"]);
        assert_eq!(
            probabilities(&names[..4], &outcome(4)),
            ["0.25", "0.25", "0.25", "0.5"]
        );
        assert_eq!(columns(&names)[..3], ["class_1", "p_1", "class_2"]);
        let told = probabilities(&names, &outcome(101));
        assert_eq!(told.len(), columns(&names).len());
        assert_eq!(told[..4], ["c3", "0.5", "c0", "0.25"]);
    }
}
