//! Findings: everything that stands out, in words, with what each sentence rests on.

use serde::Serialize;

use super::frame::Frame;
use super::parts::{Link, Pictures};
use super::statement::StatementView;
use crate::analysis::{Evidence, Level, Statement, Unit};
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
    let written = |value: f64| match evidence.unit {
        Unit::Share => format::percent(value),
        Unit::Points => format!("{} points", format::signed(value * 100.0, 1)),
        Unit::Number if value.fract() == 0.0 && value >= 0.0 => format::count(value as u64),
        Unit::Number => format::decimal(value),
    };
    let value = written(evidence.value);
    match evidence.interval {
        Some([low, high]) => format!(
            "{value}, 95{thin}% interval {} to {}",
            written(low),
            written(high),
            thin = format::THIN
        ),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_interval_are_written_in_its_unit() {
        let evidence = |unit, value, interval| Evidence {
            value,
            interval,
            unit,
            basis: String::new(),
        };
        assert_eq!(number(&evidence(Unit::Number, 5.0, None)), "5");
        assert_eq!(
            number(&evidence(Unit::Share, 0.5, Some([0.25, 0.75]))),
            "50.0\u{202f}%, 95\u{202f}% interval 25.0\u{202f}% to 75.0\u{202f}%"
        );
        assert_eq!(
            number(&evidence(Unit::Points, -0.272, Some([-0.346, 0.01]))),
            "−27.2 points, 95\u{202f}% interval −34.6 points to +1.0 points"
        );
        assert_eq!(
            number(&evidence(Unit::Number, 2.5, Some([2.0, 3.0]))),
            "2.50, 95\u{202f}% interval 2 to 3"
        );
        assert_eq!(heading(0), "Nothing stands out");
    }
}
