//! [`SiteError`]: what can go wrong while a site is rendered and written.

use std::path::PathBuf;

/// A site that could not be written. The message says what, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    #[error(
        "{path} holds files that layerscope did not write ({reason}), so it is left alone. Choose another folder with --out, \
         or give --force: the folder is then moved aside to `{aside}`, never deleted"
    )]
    Foreign {
        path: PathBuf,
        reason: String,
        aside: String,
    },
    #[error("the site cannot be written to {path}: {reason}. Choose another folder with --out, for example `{}`", .path.join("report").display())]
    Protected { path: PathBuf, reason: &'static str },
    #[error("the site cannot be written to {path}: {reason}. Choose a folder with --out")]
    NotAFolder { path: PathBuf, reason: &'static str },
    #[error(
        "{path} is a file; --templates expects a folder with files named like those of layerscope's own `templates/`"
    )]
    Overrides { path: PathBuf },
    #[error("{path} is there already; give a folder that is new or empty")]
    InTheWay { path: PathBuf },
    #[error("{path} could not be {action}: {source}")]
    Io {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "the new site could not take the place of {path} ({source}), nor could the old one be put back: it lies in {kept}; \
         move it back by hand"
    )]
    Stranded {
        path: PathBuf,
        kept: PathBuf,
        source: std::io::Error,
    },
    #[error("a file of the site cannot be named `{path}`: {reason}")]
    Address { path: String, reason: &'static str },
    #[error("two files of the site have the address `{path}`")]
    Duplicate { path: String },
    #[error("the template {template}{line} could not be {action}: {reason}", line = at_line(*.line))]
    Template {
        /// The file of the override folder, or the name of the built-in template.
        template: String,
        /// Counted from 1; `None` where the template engine does not tell.
        line: Option<usize>,
        action: &'static str,
        reason: String,
        /// Whether it stands in layerscope itself rather than in the folder of overrides.
        built_in: bool,
    },
}

impl SiteError {
    /// Whether no folder, template or disk of the user's could have caused it.
    pub fn is_defect(&self) -> bool {
        match self {
            Self::Address { .. } | Self::Duplicate { .. } => true,
            Self::Template { built_in, .. } => *built_in,
            _ => false,
        }
    }
}

fn at_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line},"))
}

/// `map_err` for what the operating system refuses.
pub(super) fn io(
    action: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(std::io::Error) -> SiteError {
    let path = path.into();
    move |source| SiteError::Io {
        action,
        path,
        source,
    }
}
