//! Scenario errors and warnings.

use std::fmt;
use std::path::PathBuf;

use annotate_snippets::Level;

use crate::picture::{LocatedProblem, render_title};
use crate::problem::{Problem, ScenarioProblem};
use crate::text::ScenarioText;

/// An error of reading a scenario, of an override or of scaling.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read the scenario {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// An override is not of the form `path=value`.
    #[error("{found}: {allowed}")]
    Override {
        /// The override as the user gave it.
        found: String,
        /// The form that is allowed.
        allowed: String,
    },
    /// A `Traffic` cannot be parsed, does not exist in the scenario or cannot be scaled.
    #[error("{traffic}: found {found}, allowed {allowed}")]
    Traffic {
        /// The traffic, in the form that `Traffic` parses.
        traffic: String,
        /// The name or the factor that was found.
        found: String,
        /// The names or the factors that are allowed.
        allowed: String,
    },
    /// The file or the overrides break a rule of the format.
    #[error("{0}")]
    Refused(RefusedScenario),
}

/// The text of a refused scenario and all of its problems.
pub struct RefusedScenario {
    text: ScenarioText,
    problems: Vec<LocatedProblem>,
}

/// A value that is allowed and probably not meant. [`ScenarioText::render`] shows its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning(pub(crate) Problem);

impl ScenarioError {
    /// The problems of a refused scenario. Empty for other errors.
    pub fn problems(&self) -> Vec<ScenarioProblem> {
        match self {
            ScenarioError::Refused(RefusedScenario { text, problems }) => {
                problems.iter().map(|problem| problem.report(text)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The error as lines of text, without a line end after the last. Each problem shows its file, line and column, the
    /// text itself, the value that was found and the values that are allowed. `color` adds the escape codes of a terminal.
    pub fn render(&self, color: bool) -> String {
        match self {
            ScenarioError::Refused(refused) => refused.render(color),
            other => render_title(&other.to_string(), color),
        }
    }
}

impl RefusedScenario {
    pub(crate) fn new(text: ScenarioText, problems: Vec<LocatedProblem>) -> Self {
        RefusedScenario { text, problems }
    }

    /// The number of problems.
    pub fn count(&self) -> usize {
        self.problems.len()
    }

    fn render(&self, color: bool) -> String {
        let problems = self.problems.iter().map(|problem| problem.render(&self.text, Level::ERROR, color));
        problems.collect::<Vec<_>>().join("\n\n")
    }
}

/// The same as `Display`: the fields would print the whole file.
impl fmt::Debug for RefusedScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for RefusedScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.path, self.0.message)
    }
}
