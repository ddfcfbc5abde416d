//! Exit codes, and [`run`], which ends in one of them.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use super::arguments::{Arguments, Command};
use super::{CommandError, check, init, report, serve, summary, templates};

/// A gate of the config that was not met; the site is published all the same.
pub const FAILED_GATE: u8 = 1;
/// Something the user can mend: arguments, config, model, data, output folder.
pub const UNUSABLE_INPUT: u8 = 2;
/// A defect of layerscope.
pub const DEFECT: u8 = 70;

/// Runs the command of these arguments. What a user can mend ends in [`UNUSABLE_INPUT`], a gate that is
/// not met in [`FAILED_GATE`], a panic in [`DEFECT`].
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = catch_unwind(AssertUnwindSafe(|| match &arguments.command {
        Command::Report(arguments) => report::run(arguments),
        Command::Init(arguments) => init::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Summary(arguments) => summary::run(arguments),
        Command::Templates(arguments) => templates::run(arguments),
    }));
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("{}", message(&error));
            ExitCode::from(match error {
                CommandError::GatesFailed { .. } => FAILED_GATE,
                error if error.is_defect() => DEFECT,
                _ => UNUSABLE_INPUT,
            })
        }
        Err(_) => {
            eprintln!(
                "error: this is a defect of layerscope {}, not of your input. Nothing was published; \
                 please report the lines above with your config.",
                env!("CARGO_PKG_VERSION")
            );
            ExitCode::from(DEFECT)
        }
    }
}

/// The error and what caused it, each cause that its parent does not tell already.
fn message(error: &CommandError) -> String {
    let mut message = format!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !message.contains(&text) {
            message.push_str(&format!("\n  because: {text}"));
        }
        source = cause.source();
    }
    message
}
