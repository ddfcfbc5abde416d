//! [`Verdict`]: who is to blame where network and label differ.

use serde::{Deserialize, Serialize};

/// What a reader says of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verdict {
    #[serde(rename = "model wrong")]
    ModelWrong,
    #[serde(rename = "label wrong")]
    LabelWrong,
    #[serde(rename = "ambiguous")]
    Ambiguous,
}

impl Verdict {
    /// In the order of the keys that give them.
    pub const ALL: [Self; 3] = [Self::ModelWrong, Self::LabelWrong, Self::Ambiguous];

    /// As pages and files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ModelWrong => "model wrong",
            Self::LabelWrong => "label wrong",
            Self::Ambiguous => "ambiguous",
        }
    }

    /// The key that gives it, from 1.
    pub fn key(self) -> usize {
        self as usize + 1
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// The verdict on one sample, with what the reader noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reviewed {
    pub verdict: Verdict,
    /// May be empty.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_are_those_of_the_files() {
        for (place, verdict) in Verdict::ALL.into_iter().enumerate() {
            assert_eq!(verdict.key(), place + 1);
            assert_eq!(Verdict::from_name(verdict.name()), Some(verdict));
            let written = serde_json::to_string(&verdict).unwrap();
            assert_eq!(written, format!("\"{}\"", verdict.name()));
        }
        assert_eq!(Verdict::from_name("Model wrong"), None);
    }
}
