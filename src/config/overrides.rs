//! [`Override`]: one setting given on the command line, which takes the place of the config's.

use toml::Spanned;
use toml::de::DeValue;

use super::error::{ConfigError, Place, Problem};
use super::keys::{self, Key};

/// A key with a value, and the option that gave it, for messages.
#[derive(Clone, Debug)]
pub struct Override {
    pub(super) key: &'static Key,
    /// The value as it was typed.
    pub(super) typed: String,
    /// `--set run.chunk=32`.
    pub(super) option: String,
}

impl Override {
    /// Reads the argument of `--set`: `key.path=value`. The value is TOML (`[1, 2]`, `32`), or
    /// text without quotes where it is not TOML or the key takes text.
    ///
    /// # Errors
    /// If there is no `=`, or no such key; the message names the nearest one.
    pub fn set(argument: &str) -> Result<Self, ConfigError> {
        let option = format!("--set {argument}");
        let Some((path, typed)) = argument.split_once('=') else {
            return Err(Problem::error(
                Place::option(&option),
                "there is no `=`; expected a key, `=` and a value".to_owned(),
                "for example: --set run.chunk=32",
            ));
        };
        let path = path.trim();
        let Some((section, name)) = path.split_once('.') else {
            return Err(Problem::error(
                Place::option(&option),
                format!("there is no key `{path}`"),
                keys::help_for_section(path),
            ));
        };
        if section == keys::GATES.section {
            return Ok(Self::new(
                &keys::GATES,
                &format!("{name}={}", typed.trim()),
                option,
            ));
        }
        match keys::find(section, name) {
            Some(key) => Ok(Self::new(key, typed.trim(), option)),
            None => Err(Problem::error(
                Place::option(&option),
                format!("there is no key `{path}`"),
                if keys::sections().contains(&section) {
                    keys::help_for_key(section, name)
                } else {
                    keys::help_for_section(section)
                },
            )),
        }
    }

    /// `--out FOLDER`: `report.out`.
    pub fn out(folder: &str) -> Self {
        Self::new(&keys::OUT, folder, format!("--out {folder}"))
    }

    /// `--templates FOLDER`: `report.templates`.
    pub fn templates(folder: &str) -> Self {
        Self::new(&keys::TEMPLATES, folder, format!("--templates {folder}"))
    }

    /// `--limit SAMPLES`: `data.limit`.
    pub fn limit(samples: usize) -> Self {
        let typed = samples.to_string();
        Self::new(&keys::LIMIT, &typed, format!("--limit {typed}"))
    }

    /// `--jobs THREADS`: `run.jobs`.
    pub fn jobs(threads: usize) -> Self {
        let typed = threads.to_string();
        Self::new(&keys::JOBS, &typed, format!("--jobs {typed}"))
    }

    /// `--fail-under SHARE`: a gate on the accuracy.
    pub fn fail_under(share: f64) -> Self {
        Self::new(
            &keys::GATES,
            &format!("accuracy=>= {share}"),
            format!("--fail-under {share}"),
        )
    }

    fn new(key: &'static Key, typed: &str, option: String) -> Self {
        Self {
            key,
            typed: typed.to_owned(),
            option,
        }
    }

    pub(super) fn place(&self) -> Place {
        Place::option(&self.option)
    }

    /// The value as TOML, or as text where it is not TOML (`1/255`) or the key takes text.
    pub(super) fn value(&self) -> Spanned<DeValue<'_>> {
        let quoted = self.typed.starts_with(['"', '\'']);
        if (!self.key.text || quoted)
            && let Ok(value) = DeValue::parse(&self.typed)
        {
            return value;
        }
        Spanned::new(
            0..self.typed.len(),
            DeValue::String(self.typed.as_str().into()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(argument: &str) -> String {
        match Override::set(argument) {
            Ok(set) => set.value().get_ref().type_str().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn values_are_toml_or_text() {
        for (argument, expected) in [
            ("run.chunk=32", "integer"),
            ("run.chunk = 32", "integer"),
            ("run.chunk=many", "string"),
            ("run.chunk=", "string"),
            ("preprocess.scale=0.5", "float"),
            ("preprocess.scale=1/255", "string"),
            ("samples.selected=[1, 2]", "array"),
            ("samples.selected=[1, 2]\nlimit = 3", "string"),
            ("report.title=2024", "string"),
            ("report.title=\"2024\"", "string"),
            ("report.title=a = b", "string"),
        ] {
            assert_eq!(kind(argument), expected, "{argument}");
        }
    }
}
