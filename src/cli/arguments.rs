//! [`Arguments`]: what can be typed after `layerscope`. Types and help texts only; what a command
//! does stands in a file of its own.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{ConfigError, Override};

/// Shows what a trained image classifier does on its test set.
///
/// Runs every image through the network, watches every layer, and writes a folder of HTML pages:
/// how good it is, where it fails, what each layer looks at. The pages need no server and no
/// network: open index.html.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "layerscope",
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Write the report of a model on a test set
    Report(ReportArguments),
    /// Write a first config for a model and a test set
    Init(InitArguments),
    /// Find what is wrong with a config, and say what its report will be, without making it
    Check(CheckArguments),
    /// Show a finished report in the browsers of this machine
    Serve(ServeArguments),
    /// Print the layers of a model: shapes, parameters, cost
    Summary(SummaryArguments),
    /// Write the built-in templates and assets, to be changed
    Templates(TemplatesArguments),
}

/// Writes a first config for a model and a test set.
///
/// Looks at both, tries the common ways to prepare images on some of them, and says what it guessed and why.
#[derive(Clone, Debug, Args)]
pub struct InitArguments {
    /// The trained model
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,

    /// The test set: a folder or a file
    #[arg(long, value_name = "PATH")]
    pub data: PathBuf,

    /// The config to write
    #[arg(long, value_name = "FILE", default_value = "config.toml")]
    pub out: PathBuf,

    /// Write over a config that is there
    #[arg(long)]
    pub force: bool,
}

/// Finds what is wrong with a config, and says what its report will be, without making it.
///
/// Reads model and data, opens some of the images, runs a first batch and tries other preprocessings on some hundred images.
#[derive(Clone, Debug, Args)]
pub struct CheckArguments {
    /// The config file of the report
    #[arg(value_name = "CONFIG")]
    pub config: PathBuf,

    /// Compare every layer with a dump that tools/dump_reference.py wrote [config: model.reference]
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,

    /// Set any key of the config for this run; may be given several times
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
}

/// Shows a finished report in the browsers of this machine.
///
/// A report needs no server: its index.html opens from disk. This is for what browsers refuse to files, and for a
/// look before it is published. Only this machine is answered.
#[derive(Clone, Debug, Args)]
pub struct ServeArguments {
    /// The folder that a report was written to
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,

    /// The port to listen on, 0 for any free one
    ///
    /// Without it the first free one from 8000.
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,

    /// Open the report in the browser
    #[arg(long)]
    pub open: bool,
}

/// Prints the layers of a model: shapes, parameters, cost.
///
/// Of any format that a report can be made of. "sees" are the pixels of the input that one position depends on.
#[derive(Clone, Debug, Args)]
pub struct SummaryArguments {
    /// The file of the model
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Print JSON, with the words and the inputs of every layer
    #[arg(long)]
    pub json: bool,

    /// The output to take, or any layer, where there are several [config: model.output_layer]
    #[arg(long, value_name = "NAME")]
    pub output_layer: Option<String>,
}

/// Writes the built-in templates and assets, to be changed.
///
/// A report made with `--templates FOLDER` takes the files of that folder in the place of the built-in ones of the
/// same name; the others may be deleted from it.
#[derive(Clone, Debug, Args)]
pub struct TemplatesArguments {
    /// The folder to write to; none of the files may be there already
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
}

/// Writes the report of a model on a test set.
///
/// What model, what images and what is shown stands in a config file; docs/config.md tells every
/// key. The options below take the place of keys for one run.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct ReportArguments {
    /// The config file of the report
    ///
    /// A bare name that is not in the working folder is looked for in config/.
    #[arg(value_name = "CONFIG")]
    pub config: PathBuf,

    /// The folder to write the site to [config: report.out]
    ///
    /// Relative to the working folder. An older report there is replaced once the new one is
    /// complete.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<String>,

    /// Take templates and assets from a folder where it has them [config: report.templates]
    ///
    /// `layerscope templates FOLDER` writes the built-in ones.
    #[arg(long, value_name = "FOLDER")]
    pub templates: Option<String>,

    /// Threads to work with, 0 for one a core [config: run.jobs]
    ///
    /// The report is the same, byte for byte, for any number.
    #[arg(long, value_name = "THREADS")]
    pub jobs: Option<usize>,

    /// Take only the first images of the test set, for a quick look [config: data.limit]
    #[arg(long, value_name = "SAMPLES")]
    pub limit: Option<usize>,

    /// Set any key of the config for this run; may be given several times
    ///
    /// The value is written as in the config; text needs no quotes. Paths are relative to the
    /// working folder.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,

    /// Write the seconds that each stage took to a JSON file
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,

    /// End with exit code 1 where the accuracy is below a share, such as 0.75 [config: gates.accuracy]
    ///
    /// The report is written all the same.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub fail_under: Option<f64>,

    /// Write the gates to a file as JUnit XML, one test case each
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Open the finished report in the browser
    #[arg(long)]
    pub open: bool,

    /// Print nothing but the last line and errors
    #[arg(long, short)]
    pub quiet: bool,

    /// Replace a folder that layerscope did not write
    ///
    /// It is moved aside, beside the new one, and never deleted. Without this such a folder is refused.
    #[arg(long)]
    pub force: bool,
}

/// A share from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 to 1, such as 0.75".into()),
    }
}

const EXAMPLES: &str = "\
Examples:
  The report that a config describes:
    layerscope report config.toml

  A quick look at the first 500 images, elsewhere:
    layerscope report config.toml --limit 500 --out /tmp/look

  Another model on the same test set:
    layerscope report config.toml --set model.path=other.h5 --set report.title=Other";

impl ReportArguments {
    /// The options that take the place of config keys. `--out`, `--templates`, `--limit`, `--jobs` and
    /// `--fail-under` hold over a `--set` of the same key.
    ///
    /// # Errors
    /// If a `--set` is not `key.path=value` or names no key; the message names the nearest one.
    pub fn overrides(&self) -> Result<Vec<Override>, ConfigError> {
        let set = self.set.iter().map(|argument| Override::set(argument));
        let mut overrides = set.collect::<Result<Vec<_>, _>>()?;
        overrides.extend(self.out.as_deref().map(Override::out));
        overrides.extend(self.templates.as_deref().map(Override::templates));
        overrides.extend(self.limit.map(Override::limit));
        overrides.extend(self.jobs.map(Override::jobs));
        overrides.extend(self.fail_under.map(Override::fail_under));
        Ok(overrides)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<ReportArguments, clap::Error> {
        let all = ["layerscope", "report"].iter().chain(arguments);
        Arguments::try_parse_from(all).map(|arguments| match arguments.command {
            Command::Report(report) => report,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_become_overrides() -> Result<(), clap::Error> {
        let report = parse(&[
            "c.toml",
            "--jobs",
            "3",
            "--set",
            "run.chunk=8",
            "--limit",
            "50",
            "-q",
        ])?;
        assert!(report.quiet && !report.force);
        assert_eq!(report.overrides().map(|all| all.len()).ok(), Some(3));
        Ok(())
    }

    #[test]
    fn usage_errors_exit_with_2() {
        for arguments in [
            vec![],
            vec!["c.toml", "--jobs", "-1"],
            vec!["c.toml", "--jobs", "many"],
            vec!["c.toml", "--fail-under", "75"],
            vec!["c.toml", "--unknown"],
        ] {
            let code = parse(&arguments).map_err(|error| error.exit_code());
            assert_eq!(code.err(), Some(2), "{arguments:?}");
        }
    }

    #[test]
    fn the_help_names_every_option() {
        let help = Arguments::command()
            .find_subcommand_mut("report")
            .map(|report| report.render_long_help().to_string())
            .unwrap_or_default();
        for part in [
            "CONFIG",
            "--out",
            "--templates",
            "--open",
            "--jobs",
            "--limit",
            "--set",
            "--timings",
            "--fail-under",
            "--junit",
            "--quiet",
            "--force",
            "Examples:",
        ] {
            assert!(help.contains(part), "{part} is missing in:\n{help}");
        }
    }
}
