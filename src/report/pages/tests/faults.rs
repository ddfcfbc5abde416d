//! [`faults`]: what no page of any report may have.

use std::collections::{BTreeMap, BTreeSet};

pub fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=");
    html.match_indices(&start)
        .filter_map(|(at, _)| {
            let rest = &html[at + start.len()..];
            match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => rest.split([' ', '\n', '>']).next(),
            }
        })
        .collect()
}

type Pages<'a> = BTreeMap<&'a str, &'a str>;

/// What is wrong with the pages of a site, page by page.
pub fn faults(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let pages: Pages<'_> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
        .map(|(path, bytes)| (path.as_str(), std::str::from_utf8(bytes).unwrap()))
        .collect();
    let mut faults = Vec::new();
    for (path, html) in &pages {
        let found = content(html)
            .into_iter()
            .chain(links(path, html, files, &pages));
        faults.extend(found.map(|fault| format!("{path}: {fault}")));
    }
    faults
}

/// Faults that a page has by itself.
fn content(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let ids = attributes(html, "id");
    if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
        faults.push("an identifier twice".into());
    }
    for once in ["<h1", "<main", "<title>", "name=description", "lang=en"] {
        if html.matches(once).count() != 1 {
            faults.push(format!("{once} not exactly once"));
        }
    }
    for (at, _) in html.match_indices("<img ") {
        let image = html[at..].split('>').next().unwrap();
        if attributes(image, "alt").iter().all(|alt| alt.is_empty()) {
            faults.push(format!("no words for {image}"));
        }
    }
    for text in ["NaN", "inf", "/secret", "{{", "{%"] {
        if html.contains(&format!(">{text}"))
            || html.contains(&format!("\"{text}"))
            || html.contains(&format!("={text}"))
        {
            faults.push(format!("says {text}"));
        }
    }
    faults
}

/// Addresses that lead nowhere.
fn links(
    path: &str,
    html: &str,
    files: &BTreeMap<String, Vec<u8>>,
    pages: &Pages<'_>,
) -> Vec<String> {
    let mut addresses = attributes(html, "href");
    addresses.extend(attributes(html, "src"));
    let leads = |address: &&str| {
        let (file, fragment) = address
            .split_once('#')
            .map_or((*address, None), |(file, fragment)| (file, Some(fragment)));
        let target = if file.is_empty() {
            path.to_owned()
        } else {
            resolved(path, file)
        };
        let ids = pages
            .get(target.as_str())
            .map(|html| attributes(html, "id"));
        let there = |fragment| ids.as_ref().is_some_and(|ids| ids.contains(&fragment));
        files.contains_key(&target) && fragment.is_none_or(there)
    };
    let lost = addresses.into_iter().filter(|address| !leads(address));
    lost.map(|address| format!("{address} leads nowhere"))
        .collect()
}

fn resolved(page: &str, address: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in address.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}
