//! [`Sources`]: the text of a config and the options of the command line, searched key by key.
//! Everything that is wrong with the text itself is found here: its syntax, keys that do not
//! exist, values of another type.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::error::{ConfigError, Place, Problem};
use super::gates::{self, Gate};
use super::keys::{self, Key};
use super::overrides::Override;

/// A config's text, parsed, below the options that take the place of its keys.
pub(super) struct Sources<'a> {
    path: &'a Path,
    text: &'a str,
    table: DeTable<'a>,
    overrides: &'a [Override],
}

/// A value as somebody wrote it, with where.
#[derive(Clone, Debug)]
pub(super) struct Written<T> {
    pub(super) value: T,
    pub(super) key: &'static Key,
    pub(super) place: Place,
    /// The text of the value, for messages.
    pub(super) shown: String,
    /// What paths in the value are relative to: the config's folder, or the working folder
    /// (empty) for the command line.
    pub(super) folder: PathBuf,
}

impl<T> Written<T> {
    /// The same with another value.
    pub(super) fn with<U>(self, value: U) -> Written<U> {
        Written {
            value,
            key: self.key,
            place: self.place,
            shown: self.shown,
            folder: self.folder,
        }
    }

    /// That the value is not what the key takes; `reason` may add to it.
    pub(super) fn refuse(&self, reason: impl Into<String>) -> ConfigError {
        refuse(self.key, self.place.clone(), &self.shown, reason)
    }
}

fn refuse(key: &Key, place: Place, shown: &str, reason: impl Into<String>) -> ConfigError {
    let problem = format!("`{}` is {shown}; expected {}", key.path(), key.expects);
    Problem::error(place, problem, reason)
}

impl<'a> Sources<'a> {
    /// Parses a config and refuses keys that do not exist.
    pub(super) fn parse(
        path: &'a Path,
        text: &'a str,
        overrides: &'a [Override],
    ) -> Result<Self, ConfigError> {
        let table = DeTable::parse(text).map_err(|error| {
            let place = match error.span() {
                Some(span) => Place::span(path, text, span),
                None => Place::file(path),
            };
            let problem = format!("this is not TOML: {}", error.message());
            Problem::error(place, problem, "")
        })?;
        let sources = Self {
            path,
            text,
            table: table.into_inner(),
            overrides,
        };
        match sources.first_unknown() {
            None => Ok(sources),
            Some((span, problem, help)) => {
                let place = Place::span(path, text, span);
                Err(Problem::error(place, problem, help))
            }
        }
    }

    /// The first key in the file that does not exist: its span, the problem, and what to do.
    fn first_unknown(&self) -> Option<(std::ops::Range<usize>, String, String)> {
        let mut unknown = Vec::new();
        for (section, value) in &self.table {
            let name = section.get_ref().as_ref();
            if !keys::sections().contains(&name) {
                let problem = match value.get_ref() {
                    DeValue::Table(_) => format!("there is no section [{name}]"),
                    _ => format!("the key `{name}` stands outside the sections"),
                };
                unknown.push((section.span(), problem, keys::help_for_section(name)));
                continue;
            }
            let DeValue::Table(table) = value.get_ref() else {
                let problem = format!("`{name}` is a section, not a value");
                let help = format!("write [{name}] on a line of its own, and its keys below");
                unknown.push((section.span(), problem, help));
                continue;
            };
            // Their names are checked once it is known what can be named.
            let names = table.keys().filter(|_| name != gates::SECTION);
            for key in names {
                let key_name = key.get_ref().as_ref();
                if keys::find(name, key_name).is_none() {
                    let problem = format!("there is no key `{name}.{key_name}`");
                    let help = keys::help_for_key(name, key_name);
                    unknown.push((key.span(), problem, help));
                }
            }
        }
        unknown.into_iter().min_by_key(|(span, ..)| span.start)
    }

    /// The value of a key as somebody wrote it; the last option before the file.
    pub(super) fn written<T: DeserializeOwned>(
        &self,
        key: &'static Key,
    ) -> Result<Option<Written<T>>, ConfigError> {
        let set = self.overrides.iter().rev();
        if let Some(set) = set.into_iter().find(|set| set.key == key) {
            let found = Written {
                value: set.value(),
                key,
                place: set.place(),
                shown: shorten(&set.typed),
                folder: PathBuf::new(),
            };
            return convert(found).map(Some);
        }
        let section = self.table.get(key.section).map(Spanned::get_ref);
        let Some(value) = section
            .and_then(DeValue::as_table)
            .and_then(|table| table.get(key.name))
        else {
            return Ok(None);
        };
        let found = Written {
            value: value.clone(),
            key,
            place: self.place(value.span()),
            shown: shorten(self.text.get(value.span()).unwrap_or_default()),
            folder: self.folder(),
        };
        convert(found).map(Some)
    }

    /// The gates of the file, below those of the command line.
    pub(super) fn gates(&self) -> Result<Vec<Gate>, ConfigError> {
        let section = self.table.get(gates::SECTION).map(Spanned::get_ref);
        let mut found = match section.and_then(DeValue::as_table) {
            Some(table) => gates::of_table(table, "", &|span| self.place(span))?,
            None => Vec::new(),
        };
        for set in self.overrides.iter().filter(|set| *set.key == keys::GATES) {
            gates::set(&mut found, &set.typed, set.place())?;
        }
        Ok(found)
    }

    /// The value of a key that must be there.
    pub(super) fn required<T: DeserializeOwned>(
        &self,
        key: &'static Key,
    ) -> Result<Written<T>, ConfigError> {
        if let Some(written) = self.written(key)? {
            return Ok(written);
        }
        // The section is the nearest thing to a place that what is missing can have.
        let section = self.table.get_key_value(key.section);
        let (place, help) = match section {
            Some((name, _)) => (
                self.place(name.span()),
                format!("add a line below [{}]: {} = …", key.section, key.name),
            ),
            None => (
                Place::file(self.path),
                format!("add the lines [{}] and {} = …", key.section, key.name),
            ),
        };
        let problem = format!("`{}` is missing; expected {}", key.path(), key.expects);
        Err(Problem::error(place, problem, help))
    }

    /// What the paths of the file are relative to: the folder it lies in.
    pub(super) fn folder(&self) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).to_owned()
    }

    pub(super) fn place(&self, span: std::ops::Range<usize>) -> Place {
        Place::span(self.path, self.text, span)
    }

    /// The place of a part of a value: its own in the file, the option's on the command line.
    pub(super) fn place_within<T>(
        &self,
        written: &Written<T>,
        span: std::ops::Range<usize>,
    ) -> Place {
        if self.overrides.iter().any(|set| set.key == written.key) {
            written.place.clone()
        } else {
            self.place(span)
        }
    }
}

fn convert<T: DeserializeOwned>(
    found: Written<Spanned<DeValue<'_>>>,
) -> Result<Written<T>, ConfigError> {
    // Its own message speaks of Rust's types; the key's says what a person is to write.
    match T::deserialize(ValueDeserializer::from(found.value.clone())) {
        Ok(value) => Ok(found.with(value)),
        Err(_) => Err(found.refuse("")),
    }
}

/// A value on one line of bearable length.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST + 1)
        .collect();
    if line.is_empty() {
        return "empty".to_owned();
    }
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some((cut, _)) => format!("{}…", &line[..cut]),
    }
}
