//! The names of the classes in a model's metadata, which exporters write in forms of their own.

use std::collections::BTreeMap;

use super::proto::Entry;

/// Keys under which they are found.
const KEYS: &[&str] = &["classes", "class_names", "labels", "names", "categories"];

/// The names in the order of the outputs; empty where the model tells none.
pub fn names(metadata: &[Entry]) -> Vec<String> {
    KEYS.iter()
        .filter_map(|key| {
            metadata
                .iter()
                .find(|entry| entry.key.eq_ignore_ascii_case(key))
        })
        .find_map(|entry| parse(&entry.value))
        .unwrap_or_default()
}

/// A JSON list, a JSON or Python dictionary from numbers to names, or names separated by commas or lines.
fn parse(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if let Ok(names) = serde_json::from_str::<Vec<String>>(text) {
        return listed(names);
    }
    if let Ok(names) = serde_json::from_str::<BTreeMap<String, String>>(text) {
        let numbered = names
            .into_iter()
            .map(|(number, name)| Some((number.parse().ok()?, name)));
        return in_order(numbered.collect::<Option<Vec<_>>>()?);
    }
    if let Some(inner) = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    {
        return in_order(python_items(inner)?);
    }
    if let Some(inner) = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
    {
        return listed(python_strings(inner)?.0);
    }
    let separator = if text.contains('\n') { '\n' } else { ',' };
    listed(
        text.split(separator)
            .map(|name| name.trim().to_string())
            .collect(),
    )
}

fn listed(names: Vec<String>) -> Option<Vec<String>> {
    (names.len() > 1 && names.iter().all(|name| !name.is_empty())).then_some(names)
}

fn in_order(mut items: Vec<(usize, String)>) -> Option<Vec<String>> {
    items.sort();
    let complete = items
        .iter()
        .enumerate()
        .all(|(at, (number, _))| at == *number);
    complete
        .then(|| items.into_iter().map(|(_, name)| name).collect())
        .and_then(listed)
}

/// `0: 'cat', 1: "dog"`
fn python_items(mut text: &str) -> Option<Vec<(usize, String)>> {
    let mut items = Vec::new();
    while !text.trim().is_empty() {
        let (number, rest) = text.split_once(':')?;
        let (name, rest) = python_string(rest.trim_start())?;
        items.push((number.trim().parse().ok()?, name));
        text = rest.trim_start();
        text = text.strip_prefix(',').unwrap_or(text);
    }
    Some(items)
}

/// `'cat', "dog"`, and what follows.
fn python_strings(mut text: &str) -> Option<(Vec<String>, &str)> {
    let mut names = Vec::new();
    while !text.trim().is_empty() {
        let (name, rest) = python_string(text.trim_start())?;
        names.push(name);
        text = rest.trim_start();
        text = text.strip_prefix(',').unwrap_or(text);
    }
    Some((names, text))
}

/// A quoted string, with a backslash before a quote in it.
fn python_string(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|sign| "'\"".contains(*sign))?;
    let mut name = String::new();
    let mut signs = text.char_indices().skip(1);
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => name.push(signs.next()?.1),
            sign if sign == quote => return Some((name, &text[at + 1..])),
            sign => name.push(sign),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(value: &str) -> Vec<String> {
        names(&[Entry {
            key: "Names".into(),
            value: value.into(),
        }])
    }

    #[test]
    fn names_are_read_from_every_usual_form() {
        for text in [
            r#"["cat", "guinea pig", "dog's"]"#,
            r#"{"2": "dog's", "0": "cat", "1": "guinea pig"}"#,
            r#"{0: 'cat', 1: 'guinea pig', 2: "dog's"}"#,
            r"['cat', 'guinea pig', 'dog\'s',]",
            "cat, guinea pig, dog's",
            "cat\nguinea pig\ndog's\n",
        ] {
            assert_eq!(names_in(text), ["cat", "guinea pig", "dog's"], "{text}");
        }
    }

    #[test]
    fn what_is_no_list_of_names_is_none() {
        for text in [
            "",
            "{}",
            "{0: 'cat', 2: 'dog'}",
            "{0: 'cat",
            "one",
            "[1, 2]",
            "{",
        ] {
            assert!(names_in(text).is_empty(), "{text}");
        }
        assert!(names(&[]).is_empty());
    }
}
