//! The `layerscope` program: a thin way into [`layerscope::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    layerscope::cli::run()
}
