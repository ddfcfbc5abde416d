//! [`ClassNames`]: names of the classes given from outside the data set, and the rules that all
//! class names obey: none is empty, none stands twice, none holds control characters.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::DatasetError;
use super::files::Ledger;

/// Class names that take the place of the data set's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassNames {
    /// In the order of the labels' numbers.
    Listed(Vec<String>),
    /// A text file with one name a line.
    File(PathBuf),
}

impl From<Vec<String>> for ClassNames {
    fn from(names: Vec<String>) -> Self {
        Self::Listed(names)
    }
}

impl ClassNames {
    /// The names, checked; a file read for them is entered in the ledger.
    pub(super) fn resolve(self, ledger: &mut Ledger) -> Result<Vec<String>, DatasetError> {
        match self {
            Self::File(path) => read_with(&path, ledger),
            Self::Listed(names) => {
                check_list(&names)?;
                Ok(names)
            }
        }
    }
}

/// What a data set says of classes whose names it took from the model.
pub(super) const FROM_MODEL: &str =
    "Classes are named by the model's metadata, in the order of its outputs";

/// Names for a data set that knows its classes by number alone: those of the model, or the numbers. The note says so
/// where they are the model's.
///
/// # Errors
/// If the model's names cannot be names of classes, or as `numbers` says.
pub(super) fn of_numbers(
    model: &[String],
    numbers: impl FnOnce() -> Result<Vec<String>, DatasetError>,
) -> Result<(Vec<String>, Option<String>), DatasetError> {
    if model.is_empty() {
        return Ok((numbers()?, None));
    }
    check(model, "the model's metadata")?;
    Ok((model.to_vec(), Some(FROM_MODEL.to_owned())))
}

/// Names for a data set that has its own: the model's, in its order, where it has all of them; else its own, with a note
/// where the model has others.
///
/// # Errors
/// If the model's names are to hold and cannot be names of classes.
pub(super) fn of_names(
    model: &[String],
    own: Vec<String>,
) -> Result<(Vec<String>, Option<String>), DatasetError> {
    if model.is_empty() || model == own {
        return Ok((own, None));
    }
    if own.iter().all(|name| model.contains(name)) {
        check(model, "the model's metadata")?;
        return Ok((model.to_vec(), Some(FROM_MODEL.to_owned())));
    }
    let note = format!(
        "The model's metadata names other classes ({}) than the data; the data's hold, in their order",
        some(model)
    );
    Ok((own, Some(note)))
}

/// The first few names.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN {
        format!("{shown}, …")
    } else {
        shown
    }
}

/// Reads class names from a text file: one a line, in the order of the labels' numbers. Blank
/// lines at the end are left out.
///
/// # Errors
/// If the file cannot be read, is not UTF-8, is empty, or has a blank, repeated or unprintable
/// name; the message names the line.
pub fn read_class_names(path: &Path) -> Result<Vec<String>, DatasetError> {
    read_with(path, &mut Ledger::new(Path::new("")))
}

pub(super) fn read_with(path: &Path, ledger: &mut Ledger) -> Result<Vec<String>, DatasetError> {
    let text = ledger.read_text(path, "the class names")?;
    names_of_text(&text, path)
}

/// One name a line; `path` is the text's, for messages.
pub(super) fn names_of_text(text: &str, path: &Path) -> Result<Vec<String>, DatasetError> {
    let names: Vec<String> = text
        .trim_end()
        .lines()
        .map(|line| line.trim().to_owned())
        .collect();
    if names.is_empty() {
        return Err(DatasetError::BadClassNames {
            origin: path.display().to_string(),
            problem: "names no class; expected one name a line".to_owned(),
        });
    }
    match first_problem(&names) {
        None => Ok(names),
        Some((index, problem)) => Err(DatasetError::BadLine {
            path: path.to_owned(),
            line: index + 1,
            problem,
            expected: "one class name a line, each different".to_owned(),
        }),
    }
}

fn check_list(names: &[String]) -> Result<(), DatasetError> {
    let problem = if names.is_empty() {
        Some("names no class; expected one name a class, or leave the key out".to_owned())
    } else {
        first_problem(names).map(|(index, problem)| {
            format!("name {index} (counted from 0): {problem}; expected different names")
        })
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(DatasetError::BadClassNames {
            origin: "`data.classes`".to_owned(),
            problem,
        }),
    }
}

/// Checks names that come with the data; `origin` says whose they are.
pub(super) fn check(names: &[String], origin: &str) -> Result<(), DatasetError> {
    match first_problem(names) {
        None => Ok(()),
        Some((_, problem)) => Err(DatasetError::BadClassNames {
            origin: origin.to_owned(),
            problem,
        }),
    }
}

/// The class number of each of a data set's folders (sorted), where names are given: a folder is called like
/// its class, or none is and there are as many folders as names, which then name them in their order.
///
/// # Errors
/// If some folders are called like classes and others not, or the numbers differ.
pub(super) fn match_folders(
    names: &[String],
    folders: &[&String],
    root: &Path,
) -> Result<Vec<usize>, DatasetError> {
    const SHOWN: usize = 8;
    let numbers: HashMap<&String, usize> = names.iter().zip(0..).collect();
    let labels: Vec<Option<usize>> = folders
        .iter()
        .map(|folder| numbers.get(folder).copied())
        .collect();
    let unknown = labels.iter().filter(|label| label.is_none()).count();
    if unknown == 0 {
        return Ok(labels.into_iter().flatten().collect());
    }
    if unknown == folders.len() && folders.len() == names.len() {
        return Ok((0..folders.len()).collect());
    }
    let strange: Vec<&str> = folders
        .iter()
        .zip(&labels)
        .filter(|(_, label)| label.is_none())
        .map(|(folder, _)| folder.as_str())
        .take(SHOWN)
        .collect();
    Err(DatasetError::BadFolder {
        path: root.to_owned(),
        problem: format!(
            "{unknown} of its {} folders are called like none of the {} classes: {}{}; rename them, or give names of classes in the \
             order of the folders",
            folders.len(),
            names.len(),
            strange.join(", "),
            if unknown > SHOWN { ", …" } else { "" }
        ),
    })
}

/// The index of the first bad name, and what is wrong with it.
fn first_problem(names: &[String]) -> Option<(usize, String)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            return Some((index, "the class name is empty".to_owned()));
        }
        if name.chars().any(char::is_control) {
            return Some((index, format!("{name:?} holds a control character")));
        }
        if let Some(first) = seen.insert(name, index) {
            let problem = format!("{name:?} is already the name of class {first}");
            return Some((index, problem));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        check_list(&names).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_model_names_classes_that_the_data_do_not() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let numbers = || Ok(names(&["0", "1"]));
        let model = names(&["dog", "cat"]);
        let from_model = Some(FROM_MODEL.to_owned());
        assert_eq!(
            of_numbers(&[], numbers).ok(),
            Some((names(&["0", "1"]), None))
        );
        assert_eq!(
            of_numbers(&model, numbers).ok(),
            Some((model.clone(), from_model.clone()))
        );
        assert!(of_numbers(&names(&["dog", "dog"]), numbers).is_err());

        let of = |own: &[&str]| of_names(&model, names(own)).expect("good names");
        assert_eq!(of(&["cat", "dog"]), (model.clone(), from_model.clone()));
        assert_eq!(of(&["cat"]), (model.clone(), from_model));
        assert_eq!(of(&["dog", "cat"]), (model.clone(), None));
        let (kept, note) = of(&["cat", "cow"]);
        assert_eq!(kept, ["cat", "cow"]);
        assert!(note.is_some_and(|note| note.contains("(dog, cat)")));
    }

    #[test]
    fn bad_names_are_refused() {
        assert_eq!(problem(&["cat", "dog"]), "");
        assert_eq!(
            problem(&["cat", "dog", "cat"]),
            "`data.classes`: name 2 (counted from 0): \"cat\" is already the name of class 0; \
             expected different names"
        );
        assert!(
            problem(&["cat", " "]).contains("name 1 (counted from 0): the class name is empty")
        );
        assert!(problem(&["c\u{7}at"]).contains("control character"));
        assert!(problem(&[]).contains("names no class"));
    }
}
