//! `layerscope serve`: a finished report in the browsers of this machine.

use std::io::Write;

use super::arguments::ServeArguments;
use super::{CommandError, browser};
use crate::serve::{Port, Server};

/// Serves until the program is ended.
///
/// # Errors
/// [`CommandError`] if the folder holds no report or the port cannot be had.
pub(super) fn run(arguments: &ServeArguments) -> Result<(), CommandError> {
    let port = arguments.port.map_or(Port::Any, Port::This);
    let server = Server::bind(&arguments.folder, port)?;
    let url = server.url();
    // A program that reads the address from here may have closed the pipe; serving goes on.
    let _ = writeln!(
        std::io::stdout(),
        "{} at {url} for this machine alone; Ctrl-C ends it",
        arguments.folder.display()
    );
    let _ = std::io::stdout().flush();
    if arguments.open {
        browser::open(&url);
    }
    server.run()
}
