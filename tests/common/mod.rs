//! What the tests of the whole program share: running it, walking a site, reading its pages.
#![allow(dead_code)]

pub mod engines;
pub mod every_layer;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A path of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs `layerscope` in a folder.
pub fn layerscope(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_layerscope"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

/// Runs `layerscope` in the repository and fails the test with its messages if it does.
pub fn succeed(arguments: &[&str]) -> String {
    let output = layerscope(&repository("."), arguments);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "layerscope {arguments:?}: {}\n{out}\n{err}",
        output.status
    );
    out.into_owned()
}

/// Every file below a folder by its path from there, with forward slashes.
pub fn files(root: &Path) -> BTreeMap<String, PathBuf> {
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("a readable folder"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let relative = entry.path().strip_prefix(root).expect("below the root");
            let parts: Vec<_> = relative
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            (parts.join("/"), entry.into_path())
        })
        .collect()
}

/// The values of an attribute in a page, in quotes or without, with the few entities undone that addresses hold.
pub fn attributes(html: &str, name: &str) -> Vec<String> {
    let start = format!(" {name}=");
    html.match_indices(&start)
        .map(|(at, _)| {
            let rest = &html[at + start.len()..];
            let value = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => rest.split([' ', '\n', '>']).next(),
            };
            value
                .unwrap_or_default()
                .replace("&amp;", "&")
                .replace("&#x2F;", "/")
        })
        .collect()
}

/// Where an address on a page leads: the file's path from the root and the fragment, or the reason why nowhere.
pub fn resolve(page: &str, address: &str) -> Result<(String, Option<String>), String> {
    let (path, fragment) = match address.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment.to_string())),
        None => (address, None),
    };
    if path.is_empty() {
        return Ok((page.to_string(), fragment));
    }
    if path.starts_with('/') || path.contains("://") {
        return Err(format!("{page}: {address} is not relative"));
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => {
                parts
                    .pop()
                    .ok_or(format!("{page}: {address} leaves the site"))?;
            }
            "." => {}
            part => parts.push(part),
        }
    }
    Ok((parts.join("/"), fragment))
}

/// Broken links of a site: addresses that lead to no file, to no element, or out of the folder.
pub fn broken_links(root: &Path) -> Vec<String> {
    let files = files(root);
    let pages: BTreeMap<&String, String> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
        .map(|(path, file)| {
            (
                path,
                std::fs::read_to_string(file).expect("a page in UTF-8"),
            )
        })
        .collect();
    let identifiers: BTreeMap<&String, BTreeSet<String>> = pages
        .iter()
        .map(|(path, html)| (*path, attributes(html, "id").into_iter().collect()))
        .collect();
    let mut broken = Vec::new();
    for (page, html) in &pages {
        for address in attributes(html, "href")
            .into_iter()
            .chain(attributes(html, "src"))
        {
            // The one address that leads out: the program's own home, named in the footer.
            if address.starts_with("https://")
                && [address.clone(), format!("\"{address}\"")]
                    .iter()
                    .any(|value| html.contains(&format!("rel=external href={value}")))
            {
                continue;
            }
            match resolve(page, &address) {
                Err(reason) => broken.push(reason),
                Ok((target, fragment)) => match (files.get(&target), fragment) {
                    (None, _) => broken.push(format!("{page}: {address} leads to no file")),
                    (Some(_), Some(fragment))
                        if !identifiers
                            .get(&target)
                            .is_some_and(|ids| ids.contains(&fragment)) =>
                    {
                        broken.push(format!("{page}: {address} leads to no element"));
                    }
                    _ => {}
                },
            }
        }
    }
    broken
}

/// Pages that no way of links leads to from the overview.
pub fn unreachable(root: &Path) -> Vec<String> {
    let files = files(root);
    let mut reached = BTreeSet::from(["index.html".to_string()]);
    let mut open = vec!["index.html".to_string()];
    while let Some(page) = open.pop() {
        let Some(file) = files.get(&page).filter(|_| page.ends_with(".html")) else {
            continue;
        };
        let html = std::fs::read_to_string(file).expect("a page in UTF-8");
        for address in attributes(&html, "href") {
            if let Ok((target, _)) = resolve(&page, &address)
                && reached.insert(target.clone())
            {
                open.push(target);
            }
        }
    }
    files
        .into_keys()
        .filter(|path| path.ends_with(".html") && !reached.contains(path))
        // Servers show it on their own.
        .filter(|path| path != "404.html")
        .collect()
}
