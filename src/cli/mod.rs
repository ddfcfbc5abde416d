//! The command line: arguments, exit codes, progress; one file a command. A command is a call into
//! the library and words around it.

mod arguments;
mod browser;
mod check;
mod drawing;
mod error;
mod exit;
mod init;
mod junit;
mod loading;
mod pace;
mod progress;
mod report;
mod serve;
mod summary;
mod templates;
mod timings;

pub use arguments::{
    Arguments, CheckArguments, Command, InitArguments, ReportArguments, ServeArguments,
    SummaryArguments, TemplatesArguments,
};
pub use error::CommandError;
pub use exit::{DEFECT, FAILED_GATE, UNUSABLE_INPUT, run};
pub use progress::{Reporter, Stage};
