//! Findings: everything that stands out, in words, with what each sentence rests on.

use serde::Serialize;

use super::frame::Frame;
use super::parts::{Link, Pictures};
use super::statement::StatementView;
use crate::analysis::{Evidence, Level, Statement};
use crate::format;
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

const TEMPLATE: &str = "findings.html";

#[derive(Serialize)]
struct FindingsView {
    frame: Frame,
    heading: String,
    groups: Vec<Group>,
    data: Link,
}

/// Statements of one level.
#[derive(Serialize)]
struct Group {
    name: &'static str,
    statements: Vec<Grounded>,
}

/// A sentence with what it rests on.
#[derive(Serialize)]
struct Grounded {
    id: &'static str,
    statement: StatementView,
    number: String,
    basis: String,
}

pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let place = Place::Findings;
    let mut pictures = Pictures::new(book, &place);
    let heading = heading(book.findings.statements.len());
    let groups = [
        (Level::Alarm, "What casts doubt on all numbers"),
        (Level::Chief, "About the answers"),
        (Level::Side, "What lies behind them"),
    ];
    let groups = groups.into_iter().filter_map(|(level, name)| {
        let statements: Vec<Grounded> = book
            .findings
            .statements
            .iter()
            .filter(|statement| statement.level == level)
            .map(|statement| grounded(book, &place, &mut pictures, statement))
            .collect();
        (!statements.is_empty()).then_some(Group { name, statements })
    });
    let view = FindingsView {
        groups: groups.collect(),
        frame: Frame::new(book, &place, "Findings", format!("{heading}.")),
        heading,
        data: Link::to(
            "data/report.json",
            book.urls
                .link(&place, &Place::File("data/report.json".into())),
        ),
    };
    pictures.write(site)?;
    Ok(site.page(&place, TEMPLATE, &view)?)
}

fn heading(number: usize) -> String {
    match number {
        0 => "Nothing stands out".into(),
        1 => "One thing stands out".into(),
        many => format!("{} things stand out", format::count(many)),
    }
}

fn grounded(
    book: &Book<'_>,
    place: &Place,
    pictures: &mut Pictures<'_>,
    statement: &Statement,
) -> Grounded {
    Grounded {
        id: statement.key,
        statement: StatementView::new(book, place, pictures, statement),
        number: number(&statement.evidence),
        basis: statement.evidence.basis.clone(),
    }
}

/// The number with its interval.
fn number(evidence: &Evidence) -> String {
    let Evidence {
        value, interval, ..
    } = evidence;
    match interval {
        // What has an interval here is a share of something.
        Some([low, high]) => format!(
            "{}, 95{thin}% interval {} to {}",
            signed(*value),
            signed(*low),
            signed(*high),
            thin = format::THIN
        ),
        None if value.fract() == 0.0 => format::count(*value as u64),
        None => format::decimal(*value),
    }
}

/// A share, or a change of one.
fn signed(share: f64) -> String {
    if share < 0.0 {
        format!("−{}", format::percent(-share))
    } else {
        format::percent(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_has_no_interval_and_a_share_has_one() {
        let evidence = |value, interval| Evidence {
            value,
            interval,
            basis: String::new(),
        };
        assert_eq!(number(&evidence(5.0, None)), "5");
        assert_eq!(
            number(&evidence(0.5, Some([0.25, 0.75]))),
            "50.0\u{202f}%, 95\u{202f}% interval 25.0\u{202f}% to 75.0\u{202f}%"
        );
        assert!(number(&evidence(-0.16, Some([-0.2, -0.12]))).starts_with("−16.0\u{202f}%"));
        assert_eq!(heading(0), "Nothing stands out");
    }
}
