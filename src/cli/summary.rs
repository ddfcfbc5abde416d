//! `layerscope summary`: the layers of a model as a table in the terminal, or as JSON.

use std::io::{ErrorKind, Write};

use super::CommandError;
use super::arguments::SummaryArguments;
use crate::format;
use crate::model::{self, Summary};

/// Columns of the table; all but the first two hold numbers.
const HEADINGS: [&str; 6] = [
    "layer",
    "kind",
    "output",
    "parameters",
    "multiply-adds",
    "sees",
];

/// Prints the layers of a model.
///
/// # Errors
/// [`CommandError`] if the model cannot be read.
pub(super) fn run(arguments: &SummaryArguments) -> Result<(), CommandError> {
    let summary = Summary::of(&model::load_output(
        &arguments.model,
        &model::OutputChoice {
            layer: arguments.output_layer.clone(),
            values: model::OutputValues::Auto,
        },
    )?);
    let text = if arguments.json {
        serde_json::to_string_pretty(&summary)
            .map_err(std::io::Error::from)
            .map_err(CommandError::Print)?
    } else {
        table(&summary)
    };
    match writeln!(std::io::stdout(), "{text}") {
        // The reader has seen enough: `| head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(CommandError::Print),
    }
}

/// The table with its totals.
fn table(summary: &Summary) -> String {
    let mut rows: Vec<[String; 6]> = vec![HEADINGS.map(String::from)];
    let mut above: Option<&str> = None;
    for layer in &summary.layers {
        let reads = match layer.inputs.as_slice() {
            [only] if Some(only.as_str()) == above => String::new(),
            [] => String::new(),
            inputs => format!(" of {}", format::list(inputs)),
        };
        rows.push([
            layer.name.clone(),
            format!("{}{reads}", layer.kind),
            format::shape(&layer.output_shape),
            format::count(layer.parameters),
            format::count(layer.multiply_adds),
            layer.receptive_field.map_or_else(
                || "all".into(),
                |(height, width)| format!("{height}×{width}"),
            ),
        ]);
        above = Some(&layer.name);
    }
    rows.push([
        "together".into(),
        String::new(),
        String::new(),
        format::count(summary.parameters),
        format::count(summary.multiply_adds),
        String::new(),
    ]);
    let lines = aligned(&rows);
    let rule = "─".repeat(
        lines
            .iter()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0),
    );
    let (head, rest) = lines.split_at(1);
    let (body, total) = rest.split_at(rest.len().saturating_sub(1));
    [
        format!("{} ({})", summary.name, summary.format),
        rule.clone(),
        head.join("\n"),
        rule.clone(),
        body.join("\n"),
        rule,
        total.join("\n"),
        format!(
            "{} trainable, {} not; {}; the logits are {}.",
            format::plural(summary.trainable, "parameter", "parameters"),
            format::count(summary.parameters.saturating_sub(summary.trainable)),
            format::plural(summary.classes, "class", "classes"),
            summary.logits
        ),
    ]
    .join("\n")
}

/// Words from the left, numbers from the right.
fn aligned(rows: &[[String; 6]]) -> Vec<String> {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let padding = " ".repeat(widths[column] - cell.chars().count());
                let (before, after) = if column < 2 {
                    ("", padding.as_str())
                } else {
                    (padding.as_str(), "")
                };
                let gap = if column == 0 { "" } else { "  " };
                line.push_str(&format!("{gap}{before}{cell}{after}"));
            }
            line.trim_end().to_string()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn summary(case: &str) -> Summary {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles");
        Summary::of(&model::load(&folder.join(case)).unwrap())
    }

    #[test]
    fn a_network_with_branches_is_a_table() {
        let table = table(&summary("gates_keras3.h5"));
        let line = |name: &str| table.lines().find(|line| line.starts_with(name));
        let residual = line("residual").unwrap();
        assert!(residual.contains("Add of drop and stem_relu") && residual.contains("4×3×6"));
        assert!(line("together").is_some(), "{table}");
    }

    #[test]
    fn shared_weights_are_counted_once() {
        let summary = summary("nested_keras3.keras");
        let all: usize = summary.layers.iter().map(|layer| layer.parameters).sum();
        assert!(summary.parameters < all, "{} {all}", summary.parameters);
        assert!(table(&summary).contains("shared (use 2)"));
    }
}
