//! [`ConfigError`]: what is wrong with a config, with the place where it stands.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a config cannot be used. Every message is for the person who wrote the config.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    #[error(
        "{path}: there is no such file{}; name the config of a report, such as config.toml",
        also.as_ref().map_or_else(String::new, |also| format!(", and no {}", also.display()))
    )]
    NoSuchFile {
        path: PathBuf,
        /// Where it was looked for besides.
        also: Option<PathBuf>,
    },

    #[error("{path}: is not a file; expected a config, such as {}", path.join("config.toml").display())]
    NotAFile { path: PathBuf },

    #[error("{path}: cannot be read: {reason}")]
    Unreadable {
        path: PathBuf,
        reason: std::io::Error,
    },

    #[error("{path}: is larger than a config can be ({limit} bytes); is it the right file?")]
    TooLarge { path: PathBuf, limit: u64 },

    /// Line and column count from 1.
    #[error("{path}:{line}:{column}: the file is not UTF-8 text; save it as UTF-8")]
    NotText {
        path: PathBuf,
        line: usize,
        column: usize,
    },

    #[error("{0}")]
    At(Box<Problem>),
}

/// Something wrong at a place that can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    /// What is wrong and what was expected.
    pub problem: String,
    /// What to do; may be empty.
    pub help: String,
}

impl Problem {
    pub(super) fn error(place: Place, problem: String, help: impl Into<String>) -> ConfigError {
        ConfigError::At(Box::new(Self {
            place,
            problem,
            help: help.into(),
        }))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place.origin, self.problem)?;
        let margin = match &self.place.excerpt {
            None => String::new(),
            Some(excerpt) => {
                let margin = " ".repeat(excerpt.line.to_string().len());
                write!(f, "\n{margin} |")?;
                write!(f, "\n{} | {}", excerpt.line, excerpt.text)?;
                let indent = " ".repeat(excerpt.column.saturating_sub(1));
                write!(f, "\n{margin} | {indent}{}", "^".repeat(excerpt.width))?;
                margin
            }
        };
        if !self.help.is_empty() {
            write!(f, "\n{margin} = {}", self.help)?;
        }
        Ok(())
    }
}

/// Where something was written: a line of a file, or an option of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// `config.toml:7:9`, or `--set run.chunk=many`.
    origin: String,
    excerpt: Option<Excerpt>,
}

/// One line of a file with a part of it marked. Line and column count from 1, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    line: usize,
    column: usize,
    width: usize,
    text: String,
}

impl Place {
    /// A whole file, where no line can be named.
    pub(super) fn file(path: &Path) -> Self {
        Self {
            origin: path.display().to_string(),
            excerpt: None,
        }
    }

    /// An option of the command line, as it was given.
    pub(super) fn option(text: &str) -> Self {
        Self {
            origin: text.to_owned(),
            excerpt: None,
        }
    }

    /// A part of a text file, by byte offsets. Offsets that do not fit the text are moved to the
    /// next place that does.
    pub(super) fn span(path: &Path, text: &str, span: std::ops::Range<usize>) -> Self {
        // Longer lines would push the message off the screen.
        const LONGEST: usize = 160;
        let start = floor_boundary(text, span.start);
        let end = floor_boundary(text, span.end.max(start));
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |position| position + 1);
        let column = text[line_start..start].chars().count() + 1;
        let full_line = text[line_start..].lines().next().unwrap_or("");
        let marked = text[start..end].lines().next().unwrap_or("");
        let excerpt = (column <= LONGEST).then(|| Excerpt {
            line,
            column,
            width: marked.chars().count().clamp(1, LONGEST + 1 - column),
            // A tab would move the mark below it to another column; other control characters
            // would reach the terminal.
            text: full_line
                .chars()
                .take(LONGEST)
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect(),
        });
        Self {
            origin: format!("{}:{line}:{column}", path.display()),
            excerpt,
        }
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_counts_characters_and_replaces_tabs() {
        let text = "a = 1\nü\tb = \"é\"\n";
        let start = text.find("\"é\"").unwrap_or(0);
        let place = Place::span(Path::new("c.toml"), text, start..start + 4);
        let problem = Problem {
            place,
            problem: "bad".to_owned(),
            help: "do better".to_owned(),
        };
        assert_eq!(
            problem.to_string(),
            "c.toml:2:7: bad\n  |\n2 | ü b = \"é\"\n  |       ^^^\n  = do better"
        );
    }

    #[test]
    fn spans_outside_the_text_do_no_harm() {
        for (start, end) in [(0, 0), (1, 9), (7, 3), (99, 120)] {
            let place = Place::span(Path::new("c.toml"), "aüb\n", start..end);
            assert!(place.origin.starts_with("c.toml:"));
        }
    }
}
