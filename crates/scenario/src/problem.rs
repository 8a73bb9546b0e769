//! Problems of a scenario, each at the path of a value.

use serde::Serialize;

use crate::path::KeyPath;

/// An error or a warning about one value of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    /// The path of the value.
    pub(crate) path: KeyPath,
    /// The wrong key, if the problem is one key of the table at the path instead of the whole table.
    pub(crate) key: Option<String>,
    /// The value that was found and the allowed values.
    pub(crate) message: String,
    /// A hint, such as the word that the user probably meant.
    pub(crate) help: Option<String>,
}

/// A problem of a refused scenario, in a form for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScenarioProblem {
    /// The path of the value, as a dotted TOML key.
    pub path: String,
    /// The path in words, the value that was found and the allowed values.
    pub message: String,
    /// A hint, such as the word that the user probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The place of the value.
    #[serde(flatten)]
    pub place: ProblemPlace,
}

/// Place that a problem points at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ProblemPlace {
    /// A place in the file, counted from 1. Columns count characters.
    File {
        /// The name of the file.
        file: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// Overrides, as the user gave them.
    Overrides {
        /// The overrides.
        overrides: Vec<String>,
    },
}

/// The problems that checks have found.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problem {
    /// Makes a problem of the value at a path.
    pub(crate) fn new(path: KeyPath, message: impl Into<String>) -> Self {
        Problem { path, key: None, message: message.into(), help: None }
    }
}

impl Problems {
    /// Adds a problem of the value at a path.
    pub(crate) fn add(&mut self, path: KeyPath, message: impl Into<String>) {
        self.0.push(Problem::new(path, message));
    }

    /// Adds a problem with a hint.
    pub(crate) fn add_with_help(&mut self, path: KeyPath, message: impl Into<String>, help: String) {
        self.0.push(Problem { help: Some(help), ..Problem::new(path, message) });
    }
}
