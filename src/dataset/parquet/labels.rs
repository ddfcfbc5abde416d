//! [`Label`]: what a row says of its class, and how that becomes the number of a class.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::dataset::encoded::Entry;
use crate::dataset::{DatasetError, class_names};

/// The most classes that class numbers without names may tell of.
const MOST_NUMBERED: u32 = 100_000;

/// A row's class, as it is written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    Number(u32),
    Name(String),
}

/// Class names where the file names none: those that the labels tell, or the model's, with a note about the latter.
///
/// # Errors
/// If a name cannot be one of a class, or a number is too high.
pub fn own_classes(
    labels: &[Label],
    path: &Path,
    model: &[String],
) -> Result<(Vec<String>, Option<String>), DatasetError> {
    let named = labels.iter().filter_map(|label| match label {
        Label::Name(name) => Some(name),
        Label::Number(_) => None,
    });
    let names: Vec<String> = named
        .collect::<BTreeSet<_>>()
        .into_iter()
        .cloned()
        .collect();
    if !names.is_empty() {
        class_names::check(&names, &path.display().to_string())?;
        return class_names::of_names(model, names);
    }
    let numbers = labels.iter().filter_map(|label| match label {
        Label::Number(number) => Some(*number),
        Label::Name(_) => None,
    });
    let highest = numbers.max().unwrap_or(0);
    class_names::of_numbers(model, || {
        if highest >= MOST_NUMBERED {
            return Err(DatasetError::BadArrays {
                path: path.to_owned(),
                problem: format!(
                    "has the label {highest}, which is too high for a class number; give names as `data.classes`"
                ),
            });
        }
        Ok((0..=highest).map(|number| number.to_string()).collect())
    })
}

/// Every row's class. Numbers count in the order of the file's own names, where these are classes in another order.
///
/// # Errors
/// If a label is no class; the message names the row.
pub fn entries(
    labels: &[Label],
    classes: &[String],
    own: Option<&[String]>,
) -> Result<Vec<Entry>, String> {
    let places: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
    let place = |name: &String| places.get(name.as_str()).copied();
    let own = own.filter(|own| own.iter().all(|name| place(name).is_some()));
    let class = |(row, label): (usize, &Label)| {
        let found = match (label, own) {
            (Label::Name(name), _) => place(name),
            (Label::Number(number), Some(own)) => own.get(*number as usize).and_then(place),
            (Label::Number(number), None) => {
                Some(*number).filter(|&number| (number as usize) < classes.len())
            }
        };
        let label = found.ok_or_else(|| {
            let label = match label {
                Label::Number(number) => number.to_string(),
                Label::Name(name) => format!("{name:?}"),
            };
            format!(
                "row {row}: the label {label} is none of the {} classes",
                classes.len()
            )
        })?;
        Ok(Entry { entry: row, label })
    };
    labels.iter().enumerate().map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn numbers(
        labels: &[Label],
        classes: &[&str],
        own: Option<&[&str]>,
    ) -> Result<Vec<u32>, String> {
        let own = own.map(names);
        let entries = entries(labels, &names(classes), own.as_deref())?;
        Ok(entries.iter().map(|entry| entry.label).collect())
    }

    #[test]
    fn numbers_count_in_the_order_of_the_files_names() {
        let labels = [Label::Number(0), Label::Number(1), Label::Name("a".into())];
        assert_eq!(numbers(&labels, &["a", "b"], None), Ok(vec![0, 1, 0]));
        let own: Option<&[&str]> = Some(&["b", "a"]);
        assert_eq!(numbers(&labels, &["a", "b"], own), Ok(vec![1, 0, 0]));
        // Other names for the same numbers.
        assert_eq!(numbers(&labels[..2], &["x", "y"], own), Ok(vec![0, 1]));
        let refused = numbers(&[Label::Number(2)], &["a", "b"], own);
        assert_eq!(
            refused,
            Err("row 0: the label 2 is none of the 2 classes".into())
        );
    }

    #[test]
    fn labels_name_the_classes() {
        let path = Path::new("set.parquet");
        let of = |labels: &[Label]| own_classes(labels, path, &[]).map(|(names, _)| names);
        let named = ["b", "a", "b"].map(|name| Label::Name(name.into()));
        assert_eq!(of(&named).ok(), Some(names(&["a", "b"])));
        let numbered = [Label::Number(2), Label::Number(0)];
        assert_eq!(of(&numbered).ok(), Some(names(&["0", "1", "2"])));
        assert!(of(&[Label::Number(MOST_NUMBERED)]).is_err());
    }
}
