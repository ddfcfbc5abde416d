//! [`ReviewError`]: what can be wrong with a file of verdicts, said so that its owner can mend it.

use std::path::PathBuf;

/// Lines and columns count from 1.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error(
        "{path}: the verdicts cannot be read: {reason}; `review.file` names a file exported by the page Review"
    )]
    Unreadable {
        path: PathBuf,
        reason: std::io::Error,
    },
    #[error("{path}: is not a file; `review.file` names a file exported by the page Review")]
    NotAFile { path: PathBuf },
    #[error(
        "{path}: has more than the {limit} bytes that a file of verdicts can have; is it the right file?"
    )]
    TooLarge { path: PathBuf, limit: u64 },
    #[error(
        "{path}:{line}:{column}: {problem}; export the verdicts again on the page Review, or mend the file"
    )]
    Json {
        path: PathBuf,
        line: usize,
        column: usize,
        problem: String,
    },
    #[error(
        "{path}:{line}: {problem}; export the verdicts again on the page Review, or mend the file"
    )]
    Csv {
        path: PathBuf,
        line: u64,
        problem: String,
    },
    #[error(
        "{path}: this is a file of {found}, version {version}; expected verdicts, version 1, as this program's pages export them"
    )]
    Foreign {
        path: PathBuf,
        found: String,
        version: u64,
    },
    #[error("{path}: {image} has two verdicts, \"{first}\" and \"{second}\"; leave one of them")]
    Contradiction {
        path: PathBuf,
        image: String,
        first: &'static str,
        second: &'static str,
    },
}
