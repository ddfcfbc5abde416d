//! A manifest: a CSV or JSONL file with a line for each image, `path,label[,split]`. Paths are relative to the
//! manifest's folder and stay in it; a label is a class name or a class number.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::encoded::{EncodedImages, Entry, Store};
use super::files::{Ledger, read_limited};
use super::open::OpenOptions;
use super::picture::FILE_LIMIT;
use super::{Dataset, DatasetError, Provenance, class_names};

/// Names of the columns, the first of each what the documentation calls it.
const PATH: [&str; 5] = ["path", "file_name", "filename", "file", "image"];
const LABEL: [&str; 4] = ["label", "class", "target", "category"];
const SPLIT: [&str; 3] = ["split", "subset", "partition"];

/// The most classes that class numbers without names may tell of.
const MOST_NUMBERED: u32 = 100_000;

pub(super) fn detect(path: &Path) -> bool {
    let ending = |endings: &[&str]| {
        path.extension().is_some_and(|found| {
            endings
                .iter()
                .any(|ending| found.eq_ignore_ascii_case(ending))
        })
    };
    path.is_file() && ending(&["csv", "jsonl", "ndjson"])
}

/// A line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    /// Counted from 1.
    line: usize,
    path: Box<str>,
    label: Box<str>,
    split: Option<Box<str>>,
}

/// Pictures named in a manifest, by their paths from its folder.
struct Listed {
    folder: PathBuf,
    /// The folder itself, without links.
    real: PathBuf,
    names: Vec<Box<str>>,
}

impl Store for Listed {
    fn name(&self, entry: usize) -> String {
        self.names[entry].to_string()
    }

    fn bytes(&self, entry: usize) -> Result<Vec<u8>, DatasetError> {
        let path = self.folder.join(&*self.names[entry]);
        let real = path
            .canonicalize()
            .map_err(|reason| DatasetError::Unreadable {
                path: path.clone(),
                reason,
            })?;
        if !real.starts_with(&self.real) {
            return Err(DatasetError::BadFolder {
                path,
                problem: "is a link that leads out of the folder of the manifest".to_owned(),
            });
        }
        read_limited(&path, FILE_LIMIT, "an image")
    }
}

/// Opens a manifest.
///
/// # Errors
/// If a line is bad (the message names it), a path leaves the folder, a label is no class, or a picture cannot
/// be used and `on_error` does not say to list it.
pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let real = folder
        .canonicalize()
        .map_err(|reason| DatasetError::Unreadable {
            path: folder.clone(),
            reason,
        })?;
    let mut ledger = Ledger::new(&folder);
    let text = ledger.read_text(path, "the manifest")?;
    let csv = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let rows = if csv {
        csv_rows(&text, path)?
    } else {
        jsonl_rows(&text, path)?
    };
    drop(text);
    let rows = of_split(rows, options.split.as_deref(), path)?;
    if rows.is_empty() {
        return Err(DatasetError::Empty {
            path: path.to_owned(),
        });
    }
    let given = options
        .classes
        .clone()
        .map(|names| names.resolve(&mut ledger))
        .transpose()?;
    let (classes, note) = match given {
        Some(names) => (names, None),
        None => classes(&rows, path, &options.model_classes)?,
    };
    let labels = labels(&rows, &classes, path)?;
    let entries = labels
        .into_iter()
        .enumerate()
        .map(|(entry, label)| Entry { entry, label })
        .collect();
    let names = rows.into_iter().map(|row| row.path).collect();
    let provenance = Provenance {
        format: if csv {
            "CSV manifest"
        } else {
            "JSONL manifest"
        }
        .to_owned(),
        path: path.to_owned(),
        files: ledger.into_files(),
        notes: note.into_iter().collect(),
        ..Provenance::default()
    };
    let store = Listed {
        folder,
        real,
        names,
    };
    Ok(Box::new(EncodedImages::survey(
        store, entries, classes, provenance, options,
    )?))
}

fn bad_line(path: &Path, line: usize, problem: String, expected: &str) -> DatasetError {
    DatasetError::BadLine {
        path: path.to_owned(),
        line,
        problem,
        expected: expected.to_owned(),
    }
}

fn csv_rows(text: &str, path: &Path) -> Result<Vec<Row>, DatasetError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let bad = |error: csv::Error| {
        let line = error
            .position()
            .map_or(1, |position| position.line() as usize);
        bad_line(
            path,
            line,
            error.to_string(),
            "a line of CSV with as many fields as the first",
        )
    };
    let header = reader.headers().map_err(bad)?.clone();
    let column = |names: &[&str]| {
        names.iter().find_map(|name| {
            header
                .iter()
                .position(|field| field.eq_ignore_ascii_case(name))
        })
    };
    let (Some(image), Some(label)) = (column(&PATH), column(&LABEL)) else {
        let fields: Vec<&str> = header.iter().collect();
        let problem = format!("the columns are: {}", fields.join(", "));
        return Err(bad_line(
            path,
            1,
            problem,
            "a first line that names the columns, path,label or path,label,split",
        ));
    };
    let split = column(&SPLIT);
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(bad)? {
        let line = record
            .position()
            .map_or(0, |position| position.line() as usize);
        let field = |place: usize| record.get(place).unwrap_or_default().into();
        let row = Row {
            line,
            path: field(image),
            label: field(label),
            split: split.map(field),
        };
        rows.push(checked(row, path)?);
    }
    Ok(rows)
}

/// A line of a JSONL manifest; other keys are of no interest.
#[derive(Deserialize)]
struct JsonLine {
    #[serde(
        alias = "file_name",
        alias = "filename",
        alias = "file",
        alias = "image"
    )]
    path: String,
    #[serde(alias = "class", alias = "target", alias = "category")]
    label: JsonLabel,
    #[serde(default, alias = "subset", alias = "partition")]
    split: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum JsonLabel {
    Number(u32),
    Name(String),
}

fn jsonl_rows(text: &str, path: &Path) -> Result<Vec<Row>, DatasetError> {
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let read: JsonLine = serde_json::from_str(line).map_err(|error| {
            let expected = "an object such as {\"path\": \"1.jpg\", \"label\": \"cat\"}";
            bad_line(path, index + 1, error.to_string(), expected)
        })?;
        let row = Row {
            line: index + 1,
            path: read.path.into(),
            label: match read.label {
                JsonLabel::Number(number) => number.to_string().into(),
                JsonLabel::Name(name) => name.into(),
            },
            split: read.split.map(Into::into),
        };
        rows.push(checked(row, path)?);
    }
    Ok(rows)
}

/// A row whose path stays in the folder.
fn checked(row: Row, path: &Path) -> Result<Row, DatasetError> {
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    // A backslash separates folders on Windows only; refused everywhere, so that a manifest that opens on one
    // system opens on all.
    let stays = !row.path.contains(['\\', '\0']) && Path::new(&*row.path).components().all(plain);
    if row.path.is_empty() || !stays {
        let problem = format!("{:?} leaves the folder of the manifest", row.path);
        return Err(bad_line(
            path,
            row.line,
            problem,
            "the path of an image below that folder, with / between folders",
        ));
    }
    if row.label.is_empty() {
        return Err(bad_line(
            path,
            row.line,
            "the label is missing".to_owned(),
            "a class name or a class number",
        ));
    }
    Ok(row)
}

/// The rows of one split; all where there is no such column.
fn of_split(
    mut rows: Vec<Row>,
    wanted: Option<&str>,
    path: &Path,
) -> Result<Vec<Row>, DatasetError> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *counts
            .entry(row.split.as_deref().unwrap_or_default())
            .or_default() += 1;
    }
    let said = || {
        let counted = counts
            .iter()
            .map(|(split, count)| format!("{split:?} ({count})"));
        counted.collect::<Vec<_>>().join(", ")
    };
    let bad = |problem: String| DatasetError::BadFolder {
        path: path.to_owned(),
        problem,
    };
    match wanted {
        Some(wanted) if !counts.contains_key(wanted) => {
            Err(bad(format!("has no split {wanted:?}; it has: {}", said())))
        }
        None if counts.len() > 1 => Err(bad(format!(
            "has the splits {}; say which to report on as `data.split`",
            said()
        ))),
        None => Ok(rows),
        Some(wanted) => {
            rows.retain(|row| row.split.as_deref() == Some(wanted));
            Ok(rows)
        }
    }
}

fn number(label: &str) -> Option<u32> {
    label
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| label.parse().ok())
        .flatten()
}

/// Class names where none are given: those of the model or of the labels, with a note where the model was asked.
fn classes(
    rows: &[Row],
    path: &Path,
    model: &[String],
) -> Result<(Vec<String>, Option<String>), DatasetError> {
    if rows.iter().all(|row| number(&row.label).is_some()) {
        return class_names::of_numbers(model, || own_classes(rows, path));
    }
    class_names::of_names(model, own_classes(rows, path)?)
}

/// Class names that the labels tell: the names in the order of text, or the numbers up to the highest.
fn own_classes(rows: &[Row], path: &Path) -> Result<Vec<String>, DatasetError> {
    let highest = rows
        .iter()
        .map(|row| number(&row.label))
        .try_fold(0, |highest, number| {
            number.map(|number| highest.max(number))
        });
    if let Some(highest) = highest {
        if highest >= MOST_NUMBERED {
            return Err(DatasetError::BadFolder {
                path: path.to_owned(),
                problem: format!(
                    "has the label {highest}, which is too high for a class number; give names as `data.classes`"
                ),
            });
        }
        return Ok((0..=highest).map(|number| number.to_string()).collect());
    }
    let names: BTreeSet<&str> = rows.iter().map(|row| &*row.label).collect();
    let names: Vec<String> = names.into_iter().map(ToOwned::to_owned).collect();
    class_names::check(&names, &path.display().to_string())?;
    Ok(names)
}

/// Each row's class: by its name, or by its number where no class is called so.
fn labels(rows: &[Row], classes: &[String], path: &Path) -> Result<Vec<u32>, DatasetError> {
    let numbers: std::collections::HashMap<&str, u32> =
        classes.iter().map(String::as_str).zip(0..).collect();
    let class = |row: &Row| {
        let named = numbers.get(&*row.label).copied();
        let numbered = || number(&row.label).filter(|number| (*number as usize) < classes.len());
        named.or_else(numbered).ok_or_else(|| {
            let problem = format!("the label {:?} is no class", row.label);
            let last = classes.len().saturating_sub(1);
            bad_line(
                path,
                row.line,
                problem,
                &format!("a class name, or a class number from 0 to {last}"),
            )
        })
    };
    rows.iter().map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<(String, String)>, String> {
        let path = Path::new("set.csv");
        let read = if text.starts_with('{') {
            jsonl_rows(text, path)
        } else {
            csv_rows(text, path)
        };
        let pair = |row: Row| (row.path.into_string(), row.label.into_string());
        read.map(|rows| rows.into_iter().map(pair).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn both_forms_are_read() {
        let wanted = Ok(vec![
            ("a/1.jpg".to_owned(), "cat".to_owned()),
            ("2.png".to_owned(), "3".to_owned()),
        ]);
        assert_eq!(rows("Label,more,path\ncat,x,a/1.jpg\n3,y,2.png\n"), wanted);
        assert_eq!(
            rows(
                "{\"file_name\": \"a/1.jpg\", \"label\": \"cat\"}\n\n{\"path\": \"2.png\", \"label\": 3, \"x\": []}\n"
            ),
            wanted
        );
    }

    #[test]
    fn a_bad_line_is_named() {
        let message = |text: &str| rows(text).err().unwrap_or_default();
        assert!(
            message("file,kind\n")
                .contains("set.csv:1: the columns are: file, kind; expected a first line")
        );
        assert!(message("path,label\na.jpg,1\nb.jpg\n").contains("set.csv:3:"));
        assert!(message("path,label\na.jpg,\n").contains("set.csv:2: the label is missing"));
        for path in ["../a.jpg", "/etc/passwd", "a\\b.jpg", ""] {
            assert!(
                message(&format!("path,label\nx.jpg,1\n{path},1\n")).contains("set.csv:3:"),
                "{path}"
            );
        }
        assert!(message("{\"path\": \"a\"}").contains("set.csv:1: missing field `label`"));
    }

    #[test]
    fn splits_are_chosen_or_asked_for() {
        let text = "path,label,split\na,1,test\nb,0,train\nc,1,test\n";
        let path = Path::new("set.csv");
        let rows = csv_rows(text, path).expect("good lines");
        let message = |wanted: Option<&str>| match of_split(rows.clone(), wanted, path) {
            Ok(rows) => rows.len().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(message(Some("test")), "2");
        assert!(message(Some("val")).contains("it has: \"test\" (2), \"train\" (1)"));
        assert!(message(None).contains("say which to report on as `data.split`"));
    }

    #[test]
    fn labels_are_names_or_numbers() {
        let row = |label: &str| Row {
            line: 7,
            path: "a".into(),
            label: label.into(),
            split: None,
        };
        let path = Path::new("set.csv");
        assert_eq!(
            own_classes(&[row("2"), row("0")], path).ok(),
            Some(vec!["0".into(), "1".into(), "2".into()])
        );
        assert_eq!(
            own_classes(&[row("dog"), row("cat"), row("dog")], path).ok(),
            Some(vec!["cat".into(), "dog".into()])
        );
        assert!(own_classes(&[row("4000000000")], path).is_err());
        let classes = ["cat".to_owned(), "dog".to_owned()];
        assert_eq!(
            labels(&[row("1"), row("cat")], &classes, path).ok(),
            Some(vec![1, 0])
        );
        let refused = labels(&[row("cow")], &classes, path).map_err(|error| error.to_string());
        assert!(
            refused
                .unwrap_err()
                .contains("set.csv:7: the label \"cow\" is no class")
        );
    }
}
