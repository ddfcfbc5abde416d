//! `[gates]`: conditions that a report must meet, such as `accuracy = ">= 0.75"` and `recall.horse = ">= 0.7"`. What
//! can be named is known once the network and the data set are: see [`Settings::check_gates`].

use std::fmt;

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use super::Settings;
use super::error::{ConfigError, Place, Problem};

pub(super) const SECTION: &str = "gates";

/// Which side of the limit a number must be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Comparison {
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    Above,
    #[serde(rename = "<")]
    Below,
}

impl Comparison {
    /// Two characters before one, so that `>=` is not read as `>`.
    const ALL: [Self; 4] = [Self::AtLeast, Self::AtMost, Self::Above, Self::Below];

    fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::Below => "<",
        }
    }
}

/// A condition on one number of the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// `accuracy`, `recall.horse`.
    pub name: String,
    pub comparison: Comparison,
    pub limit: f64,
    #[serde(skip)]
    place: Place,
}

impl Gate {
    /// Reads `>= 0.75`.
    fn read(name: String, condition: &str, place: Place) -> Result<Self, ConfigError> {
        let condition = condition.trim();
        let parts = Comparison::ALL
            .iter()
            .find_map(|&comparison| Some((comparison, condition.strip_prefix(comparison.sign())?)));
        let limit =
            parts.and_then(|(comparison, number)| Some((comparison, number.trim().parse().ok()?)));
        match limit.filter(|(_, limit): &(Comparison, f64)| limit.is_finite()) {
            Some((comparison, limit)) => Ok(Self {
                name,
                comparison,
                limit,
                place,
            }),
            None => Err(refuse(&name, &format!("{condition:?}"), place)),
        }
    }

    /// Whether a number meets the condition; what is undefined never does.
    pub fn is_met(&self, value: Option<f64>) -> bool {
        value.is_some_and(|value| match self.comparison {
            Comparison::AtLeast => value >= self.limit,
            Comparison::AtMost => value <= self.limit,
            Comparison::Above => value > self.limit,
            Comparison::Below => value < self.limit,
        })
    }

    /// `>= 0.75`.
    pub fn condition(&self) -> String {
        format!("{} {}", self.comparison.sign(), self.limit)
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.condition())
    }
}

fn refuse(name: &str, shown: &str, place: Place) -> ConfigError {
    let problem =
        format!("`gates.{name}` is {shown}; expected a condition as text, such as \">= 0.75\"");
    Problem::error(place, problem, "conditions begin with >=, <=, > or <")
}

/// The gates of a file's section, in the order of their names.
pub(super) fn of_table(
    table: &DeTable<'_>,
    above: &str,
    place: &dyn Fn(std::ops::Range<usize>) -> Place,
) -> Result<Vec<Gate>, ConfigError> {
    let mut gates = Vec::new();
    for (key, value) in table {
        let name = format!("{above}{}", key.get_ref());
        match value.get_ref() {
            DeValue::String(condition) => {
                gates.push(Gate::read(name, condition, place(value.span()))?)
            }
            DeValue::Table(below) => gates.extend(of_table(below, &format!("{name}."), place)?),
            other => {
                return Err(refuse(
                    &name,
                    &format!("a value of type {}", other.type_str()),
                    place(value.span()),
                ));
            }
        }
    }
    Ok(gates)
}

/// Puts a gate of the command line, `name=condition`, in the place of the one of the same name.
pub(super) fn set(gates: &mut Vec<Gate>, typed: &str, place: Place) -> Result<(), ConfigError> {
    let (name, condition) = typed.split_once('=').unwrap_or((typed, ""));
    let condition = condition.trim().trim_matches(['"', '\'']);
    let gate = Gate::read(name.trim().to_owned(), condition, place)?;
    gates.retain(|other| other.name != gate.name);
    gates.push(gate);
    Ok(())
}

impl Settings {
    /// Whether every gate names a number that the report will have: one of `numbers`, or one of `of_class` with
    /// a class behind it.
    ///
    /// # Errors
    /// The message shows where the gate was written and names what there is.
    pub fn check_gates(
        &self,
        numbers: &[&str],
        of_class: &[&str],
        classes: &[String],
    ) -> Result<(), ConfigError> {
        for gate in &self.gates {
            if numbers.contains(&gate.name.as_str()) {
                continue;
            }
            let problem = match gate.name.split_once('.') {
                Some((number, class)) if of_class.contains(&number) => {
                    if classes.iter().any(|name| name == class) {
                        continue;
                    }
                    (
                        format!("there is no class `{class}`"),
                        format!("the classes are: {}", classes.join(", ")),
                    )
                }
                _ => (
                    format!("there is no number `{}` to put a gate on", gate.name),
                    format!(
                        "there are: {}; and with a class behind a point: {}",
                        numbers.join(", "),
                        of_class.join(", ")
                    ),
                ),
            };
            return Err(Problem::error(gate.place.clone(), problem.0, problem.1));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(condition: &str) -> Result<Gate, ConfigError> {
        Gate::read("accuracy".into(), condition, Place::default())
    }

    #[test]
    fn conditions_hold_at_their_limit_or_beyond() {
        for (condition, below, at, above) in [
            (">= 0.5", false, true, true),
            ("<=0.5", true, true, false),
            ("> 0.5", false, false, true),
            ("<\t0.5", true, false, false),
        ] {
            let gate = read(condition).expect(condition);
            assert_eq!(
                [0.4, 0.5, 0.6].map(|value| gate.is_met(Some(value))),
                [below, at, above],
                "{condition}"
            );
            assert!(!gate.is_met(None));
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for condition in [
            "", "0.5", ">=", "= 0.5", ">= half", ">= NaN", ">= inf", "=> 0.5",
        ] {
            let error = read(condition).expect_err(condition).to_string();
            assert!(
                error.contains("gates.accuracy") && error.contains(">= 0.75"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_command_line_takes_the_place_of_the_file() {
        let mut gates = vec![read(">= 0.5").expect("a gate")];
        set(&mut gates, "accuracy=>= 0.9", Place::default()).expect("a gate");
        set(&mut gates, "recall.horse=\"> 0.1\"", Place::default()).expect("a gate");
        assert_eq!(
            gates.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["accuracy >= 0.9", "recall.horse > 0.1"]
        );
    }
}
