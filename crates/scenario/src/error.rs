//! Why a scenario cannot be had, and what is odd about one.

use std::fmt;
use std::path::PathBuf;

use annotate_snippets::Level;

use crate::finding::{Finding, Problem, render_title};
use crate::source::Source;

/// Why a scenario cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the scenario {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// An override is not of the form that overrides have.
    #[error("{found}: {allowed}")]
    Override {
        /// The override as it was given.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// Traffic that there is not, or that cannot be multiplied so.
    #[error("{traffic}: found {found}, allowed {allowed}")]
    Traffic {
        /// The traffic as it is written.
        traffic: String,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// What the file or the overrides say is refused.
    #[error("{0}")]
    Refused(Refusal),
}

/// All that is wrong with a scenario, and its text.
pub struct Refusal {
    source: Source,
    problems: Vec<Problem>,
}

/// Something that is allowed and probably not meant. [`Source::render`] shows where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning(pub(crate) Finding);

impl Error {
    /// The error as lines of text, without a line end at their end: for each problem its file, line and column, the
    /// offending text, what was found and what is allowed. With colour it has the escape codes of a terminal.
    pub fn render(&self, color: bool) -> String {
        match self {
            Error::Refused(refusal) => refusal.render(color),
            other => render_title(&other.to_string(), color),
        }
    }
}

impl Refusal {
    pub(crate) fn new(source: Source, problems: Vec<Problem>) -> Self {
        Refusal { source, problems }
    }

    /// How many problems there are.
    pub fn count(&self) -> usize {
        self.problems.len()
    }

    fn render(&self, color: bool) -> String {
        let problems = self.problems.iter().map(|problem| problem.render(&self.source, Level::ERROR, color));
        problems.collect::<Vec<_>>().join("\n\n")
    }
}

/// As it is displayed: the fields would hide it in the text of the whole file.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.place, self.0.message)
    }
}
