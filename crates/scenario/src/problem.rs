//! Problems of a scenario, each at the path of a value.

use std::borrow::Cow;

use serde::Serialize;
use tollgate_wording::shortened;

use crate::path::KeyPath;

/// The largest number of problems that are kept. Further ones are only counted, so that a large file needs little memory.
const MOST_KEPT: usize = 1000;
/// The number of characters that a problem shows of the beginning and of the end of a longer text. A text of a scenario may be as long
/// as its file.
const END_CHARACTERS: usize = 600;

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
    /// The allowed words, as the end of a sentence, if the message does not have them.
    pub(crate) allowed: Option<String>,
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
    /// A file whose text was not read or is not wrong.
    WholeFile {
        /// The name of the file.
        file: String,
    },
    /// Overrides, as the user gave them.
    Overrides {
        /// The overrides.
        overrides: Vec<String>,
    },
}

/// The problems that checks have found.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    kept: Vec<Problem>,
    /// Number of all problems.
    count: usize,
    /// The problems of values that do not fit the simulated time. Many of them have one cause.
    misfits: Vec<Problem>,
}

impl Problem {
    /// Makes a problem of the value at a path.
    pub(crate) fn new(path: KeyPath, message: impl Into<String>) -> Self {
        Problem { path, key: None, message: message.into(), help: None, allowed: None }
    }
}

impl ScenarioProblem {
    /// Makes a problem of a file instead of a value.
    pub fn of_file(place: ProblemPlace, message: String) -> Self {
        ScenarioProblem { path: String::new(), message, help: None, place }
    }
}

impl Problems {
    /// Adds a problem of the value at a path.
    pub(crate) fn add(&mut self, path: KeyPath, message: impl Into<String>) {
        self.push(Problem::new(path, message));
    }

    /// Adds a problem that has been made.
    pub(crate) fn push(&mut self, problem: Problem) {
        self.push_made(|| problem);
    }

    /// Adds a problem. Makes it only if it is kept.
    pub(crate) fn push_made(&mut self, make: impl FnOnce() -> Problem) {
        self.count += 1;
        if self.kept.len() < MOST_KEPT {
            let problem = make();
            let message = shorten(&problem.message).into_owned();
            self.kept.push(Problem { message, ..problem });
        }
    }

    /// Adds a problem of a value that does not fit the simulated time. [`Problems::take_misfits`] removes it again.
    pub(crate) fn add_misfit(&mut self, path: KeyPath, message: String) {
        self.misfits.push(Problem::new(path, message));
    }

    /// Removes the problems of values that do not fit the simulated time, and returns them.
    pub(crate) fn take_misfits(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.misfits)
    }

    /// The number of all problems.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// True if nothing has been found.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The problems that are kept.
    pub(crate) fn kept(&self) -> &[Problem] {
        &self.kept
    }

    /// The problems that are kept, without a copy.
    pub(crate) fn into_kept(self) -> Vec<Problem> {
        self.kept
    }
}

/// A text of a scenario without the middle of it, if it is very long.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    shortened(text, END_CHARACTERS)
}
