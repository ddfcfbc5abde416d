//! JUnit XML of the gates, for those who show tests in continuous integration: one test case a gate.

use std::path::Path;

use super::CommandError;
use crate::report::gates::Verdict;

/// Whether the file can be written, asked before hours of work and not after.
pub(super) fn check(path: &Path) -> Result<(), CommandError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let unwritable = |source| CommandError::Junit {
        path: path.to_path_buf(),
        source,
    };
    let found = std::fs::metadata(folder).map_err(unwritable)?;
    if !found.is_dir() {
        return Err(unwritable(std::io::ErrorKind::NotADirectory.into()));
    }
    if path.is_dir() {
        return Err(unwritable(std::io::ErrorKind::IsADirectory.into()));
    }
    Ok(())
}

pub(super) fn write(path: &Path, title: &str, verdicts: &[Verdict]) -> Result<(), CommandError> {
    std::fs::write(path, xml(title, verdicts)).map_err(|source| CommandError::Junit {
        path: path.to_path_buf(),
        source,
    })
}

fn xml(title: &str, verdicts: &[Verdict]) -> String {
    let failed = verdicts.iter().filter(|verdict| !verdict.passed).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">\n",
        escape(title),
        verdicts.len()
    );
    for verdict in verdicts {
        let name = escape(&format!("{} {}", verdict.name, verdict.condition));
        match verdict.passed {
            true => text.push_str(&format!("<testcase classname=\"layerscope.gates\" name=\"{name}\"/>\n")),
            false => text.push_str(&format!(
                "<testcase classname=\"layerscope.gates\" name=\"{name}\"><failure message=\"{}\"/></testcase>\n",
                escape(&verdict.words())
            )),
        }
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    text
}

/// Text as an attribute; characters that XML cannot hold become a space.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gate_is_a_test_case() {
        let verdict = |name: &str, passed| Verdict {
            name: name.into(),
            condition: ">= 0.5".into(),
            value: Some(0.25),
            passed,
        };
        let text = xml(
            "A & B",
            &[verdict("accuracy", true), verdict("recall.<b>", false)],
        );
        assert!(
            text.contains("name=\"A &amp; B\" tests=\"2\" failures=\"1\""),
            "{text}"
        );
        assert!(text.contains("name=\"accuracy &gt;= 0.5\"/>"), "{text}");
        assert!(
            text.contains("message=\"recall.&lt;b&gt; is 0.25, expected &gt;= 0.5\""),
            "{text}"
        );
    }
}
