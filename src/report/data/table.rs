//! Tables: rows of text as CSV files of the site.

use crate::report::ReportError;
use crate::site::Site;

/// Most bytes of a file, so that pages open and repositories take it; a longer table goes on in another file.
const MOST_BYTES: usize = 2_000_000;

/// Writes a CSV file (RFC 4180 quoting, `\n` line ends). A table of more than two megabytes goes on in `NAME-2.csv` and so
/// on, each part with the head.
pub(super) fn write(
    site: &Site,
    path: &str,
    head: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), ReportError> {
    let parts = parts(&head, rows, MOST_BYTES).map_err(|reason| ReportError::Data {
        path: path.to_string(),
        reason,
    })?;
    for (number, bytes) in parts.iter().enumerate() {
        site.file(&path_of_part(path, number), bytes)?;
    }
    Ok(())
}

/// `data/channels.csv`, `data/channels-2.csv`, …
fn path_of_part(path: &str, number: usize) -> String {
    match (number, path.rsplit_once('.')) {
        (0, _) | (_, None) => path.to_string(),
        (_, Some((stem, extension))) => format!("{stem}-{}.{extension}", number + 1),
    }
}

/// The table in as few parts as hold no more than so many bytes each; a part has one row at least.
fn parts(
    head: &[String],
    rows: impl Iterator<Item = Vec<String>>,
    most: usize,
) -> Result<Vec<Vec<u8>>, String> {
    let head = line(head)?;
    let mut parts = vec![head.clone()];
    for row in rows {
        let row = line(&row)?;
        let full = |part: &Vec<u8>| part.len() > head.len() && part.len() + row.len() > most;
        if parts.last().is_some_and(full) {
            parts.push(head.clone());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(row);
        }
    }
    Ok(parts)
}

fn line(fields: &[String]) -> Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(fields)
        .map_err(|error| error.to_string())?;
    writer.into_inner().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tables_go_on_in_parts_with_the_head() {
        let row = |text: &str| vec![text.to_string(), "1".to_string()];
        let rows = || {
            ["a", "b,", "c", "dddddddddddddddd", "e"]
                .map(row)
                .into_iter()
        };
        let text = |most| {
            let parts = parts(&row("name"), rows(), most).expect("a table");
            let texts = parts
                .into_iter()
                .map(|part| String::from_utf8(part).expect("text"));
            texts.collect::<Vec<_>>()
        };
        assert_eq!(
            text(1000),
            ["name,1\na,1\n\"b,\",1\nc,1\ndddddddddddddddd,1\ne,1\n"]
        );
        let thin = text(18);
        assert_eq!(
            thin,
            [
                "name,1\na,1\n\"b,\",1\n",
                "name,1\nc,1\n",
                "name,1\ndddddddddddddddd,1\n",
                "name,1\ne,1\n"
            ]
        );
        assert_eq!(path_of_part("data/a.csv", 0), "data/a.csv");
        assert_eq!(path_of_part("data/a.csv", 2), "data/a-3.csv");
    }
}
