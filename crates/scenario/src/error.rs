//! Scenario errors and warnings.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use annotate_snippets::Level;

use crate::picture::{LocatedProblem, render_title};
use crate::problem::{Problem, ScenarioProblem};
use crate::text::ScenarioText;

/// An error in a scenario, in an override or in scaling.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file or standard input cannot be read.
    #[error("{}", describe_unreadable(path, source))]
    Read {
        /// The file, or `standard input`.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// An override does not have the form `path=value`.
    #[error("{found}: {allowed}")]
    Override {
        /// The override as the user gave it.
        found: String,
        /// The allowed form.
        allowed: String,
    },
    /// A `Traffic` cannot be parsed or scaled, or the scenario does not have it.
    #[error("{traffic}: found {found}, allowed {allowed}")]
    Traffic {
        /// The traffic, in the form that `Traffic` parses.
        traffic: String,
        /// The name or factor that was found.
        found: String,
        /// The allowed names or factors.
        allowed: String,
    },
    /// The file or an override breaks a rule of the format.
    #[error("{0}")]
    Refused(RefusedScenario),
}

/// The largest number of problems that are rendered.
const MOST_SHOWN: usize = 100;

/// The text of a refused scenario with all of its problems.
pub struct RefusedScenario {
    text: ScenarioText,
    problems: Vec<LocatedProblem>,
}

/// A warning about a value that is allowed but probably a mistake. [`ScenarioText::render`] shows its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning(pub(crate) Problem);

impl ScenarioError {
    /// The problems of a refused scenario. Other errors have none.
    pub fn problems(&self) -> Vec<ScenarioProblem> {
        match self {
            ScenarioError::Refused(RefusedScenario { text, problems }) => {
                problems.iter().map(|problem| problem.report(text)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Renders the error as lines of text, without a final line end. Each problem shows its file, line and column, the text
    /// itself, the value that was found and the allowed values. `color` adds the escape codes of a terminal.
    pub fn render(&self, color: bool) -> String {
        match self {
            ScenarioError::Refused(refused) => refused.render(color),
            other => render_title(&other.to_string(), color),
        }
    }
}

fn describe_unreadable(path: &Path, source: &io::Error) -> String {
    let path = path.display();
    match source.kind() {
        ErrorKind::NotFound => format!("{path}: found no such file, allowed is a scenario in TOML"),
        ErrorKind::InvalidData => format!("{path}: found bytes that are not UTF-8 text, allowed is a scenario in TOML"),
        ErrorKind::IsADirectory => format!("{path}: found a directory, allowed is a scenario in TOML"),
        _ => format!("cannot read {path}: {source}"),
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
        let shown = self.problems.iter().take(MOST_SHOWN);
        let mut blocks: Vec<String> = shown.map(|problem| problem.render(&self.text, Level::ERROR, color)).collect();
        if self.problems.len() > MOST_SHOWN {
            let title = format!("found {} further errors, allowed are none", self.problems.len() - MOST_SHOWN);
            blocks.push(render_title(&title, color));
        }
        blocks.join("\n\n")
    }
}

/// The same text as `Display`, because the fields would print the whole file.
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
