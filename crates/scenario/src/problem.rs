//! Problems of a scenario, each at the path of a value.

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
