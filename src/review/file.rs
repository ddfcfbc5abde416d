//! [`ReviewFile`]: the verdicts of a file that the page *Review* exported, as JSON or as CSV. Both hold the
//! same; the file's first letter tells which it is.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::{ReviewError, Reviewed, Verdict};
use crate::dataset::ImageDigest;

/// The largest file read, in bytes: verdicts on some hundred thousand images.
const LARGEST: u64 = 64 << 20;
/// The longest note kept, in characters, as the page takes it.
const LONGEST_NOTE: usize = 1000;
const FORMAT: &str = "layerscope-review";
const VERSION: u64 = 1;
/// The columns that a table must have.
const HEADINGS: [&str; 5] = ["image", "index", "truth", "prediction", "verdict"];

/// Verdicts as they were written down; whether their images are at hand is another question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewFile {
    /// In the order of the file; no image with one label has two verdicts.
    pub entries: Vec<Entry>,
}

/// One verdict with all that tells what it was given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub image: ImageDigest,
    /// Where the image stood in the test set, and what it was labelled and taken for.
    pub index: usize,
    pub truth: String,
    pub prediction: String,
    pub reviewed: Reviewed,
}

#[derive(Deserialize)]
struct Document {
    format: String,
    version: u64,
    #[serde(default)]
    verdicts: Vec<Row>,
}

/// One verdict in JSON, and one row of CSV by its heading.
#[derive(Deserialize)]
struct Row {
    image: ImageDigest,
    index: usize,
    truth: String,
    prediction: String,
    verdict: Verdict,
    #[serde(default)]
    note: String,
}

impl ReviewFile {
    /// Reads a file that `review.file` names.
    ///
    /// # Errors
    /// [`ReviewError`] names the file, and line and column of what is damaged.
    pub fn read(path: &Path) -> Result<Self, ReviewError> {
        let unreadable = |reason| ReviewError::Unreadable {
            path: path.into(),
            reason,
        };
        // Asked before opening, because opening a pipe would wait for ever.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(ReviewError::NotAFile { path: path.into() });
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            return Err(ReviewError::TooLarge {
                path: path.into(),
                limit: LARGEST,
            });
        }
        Self::parse(&bytes, path)
    }

    /// The same from the bytes of a file; `path` stands in messages.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, ReviewError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let rows = if first == Some(&b'{') {
            json(bytes, path)?
        } else {
            csv(bytes, path)?
        };
        let entries: Vec<Entry> = rows.into_iter().map(Entry::from).collect();
        check(&entries, path)?;
        Ok(Self { entries })
    }
}

fn json(bytes: &[u8], path: &Path) -> Result<Vec<Row>, ReviewError> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| ReviewError::Json {
        path: path.into(),
        line: error.line(),
        column: error.column(),
        problem: problem(&error.to_string()),
    })?;
    if document.format != FORMAT || document.version != VERSION {
        return Err(ReviewError::Foreign {
            path: path.into(),
            found: format!("{:?}", shortened(&document.format, 40)),
            version: document.version,
        });
    }
    Ok(document.verdicts)
}

/// serde_json's words without the place, which stands before them already.
fn problem(message: &str) -> String {
    match message.rsplit_once(" at line ") {
        Some((problem, _)) => problem.into(),
        None => message.into(),
    }
}

fn csv(bytes: &[u8], path: &Path) -> Result<Vec<Row>, ReviewError> {
    let mut reader = csv::Reader::from_reader(bytes);
    let failed = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let problem = match error.kind() {
            csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
            csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8".into(),
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => format!("there are {len} values, expected {expected_len}"),
            _ => error.to_string(),
        };
        ReviewError::Csv {
            path: path.into(),
            line,
            problem,
        }
    };
    let headings = reader.headers().map_err(failed)?;
    if let Some(missing) = HEADINGS
        .into_iter()
        .find(|&wanted| headings.iter().all(|heading| heading != wanted))
    {
        return Err(ReviewError::Csv {
            path: path.into(),
            line: 1,
            problem: format!("there is no column `{missing}`"),
        });
    }
    reader
        .deserialize()
        .map(|row| row.map_err(failed))
        .collect()
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            image: row.image,
            index: row.index,
            truth: row.truth,
            prediction: row.prediction,
            reviewed: Reviewed {
                verdict: row.verdict,
                note: shortened(row.note.trim(), LONGEST_NOTE),
            },
        }
    }
}

fn shortened(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// Two files pasted into one may contradict each other; nobody can tell which verdict was meant.
fn check(entries: &[Entry], path: &Path) -> Result<(), ReviewError> {
    let mut seen: HashMap<(ImageDigest, usize), Verdict> = HashMap::new();
    for entry in entries {
        let verdict = entry.reviewed.verdict;
        if let Some(first) = seen.insert((entry.image, entry.index), verdict)
            && first != verdict
        {
            return Err(ReviewError::Contradiction {
                path: path.into(),
                image: format!("the image {}, sample {},", entry.image, entry.index),
                first: first.name(),
                second: verdict.name(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "00112233445566778899aabbccddeeff";

    fn parse(text: &str) -> Result<ReviewFile, String> {
        ReviewFile::parse(text.as_bytes(), Path::new("review.json"))
            .map_err(|error| error.to_string())
    }

    fn document(rows: &str) -> String {
        format!(
            "{{\"format\": \"layerscope-review\", \"version\": 1, \"report\": {{}},\n\"verdicts\": [\n{rows}\n]}}"
        )
    }

    fn row(verdict: &str, note: &str) -> String {
        format!(
            "{{\"image\": \"{IMAGE}\", \"index\": 56, \"truth\": \"horse\", \"prediction\": \"dog\", \"verdict\": \"{verdict}\", \"note\": \"{note}\"}}"
        )
    }

    #[test]
    fn json_and_csv_hold_the_same() {
        let json = parse(&document(&row("label wrong", "a \\\"dog\\\", surely"))).unwrap();
        let csv = parse(&format!(
            "\u{feff}image,index,truth,prediction,verdict,note\r\n{IMAGE},56,horse,dog,label wrong,\"a \"\"dog\"\", surely\"\r\n"
        ))
        .unwrap();
        assert_eq!(json, csv);
        assert_eq!(json.entries[0].reviewed.verdict, Verdict::LabelWrong);
        assert_eq!(json.entries[0].reviewed.note, "a \"dog\", surely");
    }

    #[test]
    fn damage_is_told_with_its_place() {
        for (text, expected) in [
            (document(&row("maybe", "")), "review.json:3:"),
            (
                document(&row("ambiguous", "")).replace("00112233", "0011"),
                "review.json:3:",
            ),
            ("{\"format\": ".into(), "review.json:1:"),
            (
                "{\"format\": \"x\", \"version\": 1}".into(),
                "a file of \"x\"",
            ),
            (
                "{\"format\": \"layerscope-review\", \"version\": 2}".into(),
                "version 2",
            ),
            ("image,index\n1,2,3\n".into(), "no column `truth`"),
            (
                format!("image,index,truth,prediction,verdict\n{IMAGE},one,a,b,ambiguous\n"),
                "review.json:2:",
            ),
            ("\u{0}\u{1}\n\n".into(), "review.json"),
        ] {
            let message = match parse(&text) {
                Err(message) => message,
                Ok(found) => panic!("{text:?} was read as {found:?}"),
            };
            assert!(message.contains(expected), "{text:?}: {message}");
        }
    }

    #[test]
    fn contradictions_are_refused_and_repetitions_are_not() {
        let both =
            |second: &str| document(&format!("{},\n{}", row("ambiguous", ""), row(second, "")));
        assert!(parse(&both("ambiguous")).is_ok());
        let message = parse(&both("model wrong")).unwrap_err();
        assert!(message.contains("sample 56, has two verdicts"), "{message}");
    }

    #[test]
    fn an_empty_review_is_no_error() {
        assert_eq!(parse(&document("")), Ok(ReviewFile::default()));
        assert_eq!(
            parse("image,index,truth,prediction,verdict,note\n"),
            Ok(ReviewFile::default())
        );
    }

    #[test]
    fn notes_are_cut_where_the_page_cuts_them() {
        let file = parse(&document(&row("ambiguous", &"é".repeat(2000)))).unwrap();
        assert_eq!(file.entries[0].reviewed.note.chars().count(), LONGEST_NOTE);
    }
}
