//! [`ServeError`]: why a folder cannot be served.

use std::path::PathBuf;

/// A folder that could not be served. The message says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    #[error("{path} could not be read: {source}")]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} is a file; serve takes the folder that a report was written to")]
    NotAFolder { path: PathBuf },
    #[error(
        "{path} holds no index.html, so it is no report; serve takes the folder that `layerscope report` named in its last line"
    )]
    NoReport { path: PathBuf },
    #[error(
        "port {port} of this machine could not be opened: {source}. Choose another with --port, or leave it out for a free one"
    )]
    Port { port: u16, source: std::io::Error },
}
