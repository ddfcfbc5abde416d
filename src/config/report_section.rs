//! The checks of `[report]`: what the site is called, where it is written and what its readers are told.

use serde::Deserialize;

use super::address::{Allowed, is_harmless};
use super::check::{Checked, path};
use super::options::ReportOptions;
use super::paths::ConfigPath;
use super::settings::{LinkSettings, ReportSettings};
use super::sources::{Sources, Written};

/// The folder of the site where none is named, relative to the config's.
const DEFAULT_OUT: &str = "output";

/// A link as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLink {
    text: String,
    url: String,
}

pub(super) fn report(
    options: ReportOptions,
    model: &ConfigPath,
    sources: &Sources<'_>,
) -> Checked<ReportSettings> {
    Ok(ReportSettings {
        title: match options.title {
            Some(title) => line(title)?,
            None => default_title(model),
        },
        out: match options.out {
            Some(out) => path(out)?,
            None => ConfigPath::new(DEFAULT_OUT.to_owned(), &sources.folder()),
        },
        author: options.author.map(line).transpose()?,
        note: options.note.map(|note| note.value),
        links: options.links.map_or(Ok(Vec::new()), links)?,
        url: options.url.map(site_url).transpose()?,
        templates: options.templates.map(path).transpose()?,
    })
}

/// The model's file name without its ending.
fn default_title(model: &ConfigPath) -> String {
    let stem = model.as_path().file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// A text of one line that is not empty.
pub(super) fn line(written: Written<String>) -> Checked<String> {
    if is_line(&written.value) {
        return Ok(written.value);
    }
    Err(written.refuse("a text of one line that is not empty"))
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn links(written: Written<Vec<WrittenLink>>) -> Checked<Vec<LinkSettings>> {
    for link in &written.value {
        if !is_line(&link.text) {
            return Err(written.refuse(format!("{:?} is no text for a link", link.text)));
        }
        if !is_harmless(&link.url, Allowed::Absolute) {
            return Err(written.refuse(format!(
                "{:?} is no http, https or mailto address",
                link.url
            )));
        }
    }
    let links = written.value.into_iter().map(|link| LinkSettings {
        text: link.text,
        url: link.url,
    });
    Ok(links.collect())
}

/// The address of the site's root, with a slash at its end.
fn site_url(written: Written<String>) -> Checked<String> {
    let url = &written.value;
    let place = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let is_plain = |place: &str| {
        !place.is_empty()
            && !place.starts_with('/')
            && !place.contains(['?', '#', '"', '\'', '<', '>', '\\'])
    };
    if !place.is_some_and(is_plain) || !is_harmless(url, Allowed::Absolute) {
        return Err(written.refuse("it begins with https:// or http:// and has no query"));
    }
    Ok(format!("{}/", url.trim_end_matches('/')))
}
