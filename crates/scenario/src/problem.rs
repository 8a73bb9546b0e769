//! Problems of a scenario, each at the path of a value.

use crate::path::KeyPath;

/// An error or a warning about one value of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    /// The path of the value.
    pub(crate) path: KeyPath,
    /// The key that is wrong, where the problem is a key of the table at the path and not the whole table.
    pub(crate) key: Option<String>,
    /// The value that was found and the values that are allowed.
    pub(crate) message: String,
    /// A hint, such as a word that was probably meant.
    pub(crate) help: Option<String>,
}

/// A list of problems to which checks add.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problem {
    /// A problem of the value at a path.
    pub(crate) fn new(path: KeyPath, message: impl Into<String>) -> Self {
        Problem { path, key: None, message: message.into(), help: None }
    }
}

impl Problems {
    /// Adds a problem of the value at a path.
    pub(crate) fn add(&mut self, path: KeyPath, message: impl Into<String>) {
        self.0.push(Problem::new(path, message));
    }

    /// Adds a problem that comes with a hint.
    pub(crate) fn add_with_help(&mut self, path: KeyPath, message: impl Into<String>, help: String) {
        self.0.push(Problem { help: Some(help), ..Problem::new(path, message) });
    }
}
