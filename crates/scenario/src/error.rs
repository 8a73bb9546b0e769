//! Scenario errors and warnings.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use annotate_snippets::Level;
use tollgate_wording::count;

use crate::picture::{LocatedProblem, LocatedProblems, render_title};
use crate::problem::{Problem, ProblemPlace, ScenarioProblem, shorten};
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
    /// The file or standard input is not UTF-8 text.
    #[error("{}:{line}:{column}: {}", path.display(), describe_byte(*byte))]
    NotText {
        /// The file, or `standard input`.
        path: PathBuf,
        /// The line of the byte, counted from 1.
        line: usize,
        /// The column of the byte in characters, counted from 1.
        column: usize,
        /// The byte.
        byte: u8,
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

/// The largest number of problems that an error has.
const MOST_PROBLEMS: usize = 50;
/// The size of a list of allowed words that is shown only once.
const LONG_LIST_BYTES: usize = 100;

/// The text of a refused scenario with its first problems.
pub struct RefusedScenario {
    text: ScenarioText,
    problems: Vec<LocatedProblem>,
    /// Number of all problems.
    count: usize,
}

/// A warning about a value that is allowed but probably a mistake. [`ScenarioText::render`] shows its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning(pub(crate) Problem);

impl ScenarioError {
    /// The first problems of a refused scenario, or the problem of a file that cannot be read. Other errors have none.
    pub fn problems(&self) -> Vec<ScenarioProblem> {
        match self {
            ScenarioError::Refused(RefusedScenario { text, problems, .. }) => {
                problems.iter().map(|problem| problem.report(text)).collect()
            }
            ScenarioError::Read { path, source } => {
                let file = path.display().to_string();
                vec![ScenarioProblem::of_file(ProblemPlace::WholeFile { file }, describe_unreadable(path, source))]
            }
            &ScenarioError::NotText { ref path, line, column, byte } => {
                let place = ProblemPlace::File { file: path.display().to_string(), line, column };
                vec![ScenarioProblem::of_file(place, describe_byte(byte))]
            }
            ScenarioError::Override { .. } | ScenarioError::Traffic { .. } => Vec::new(),
        }
    }

    /// The number of further problems, in words. None if [`ScenarioError::problems`] has them all.
    pub fn further(&self) -> Option<String> {
        match self {
            ScenarioError::Refused(refused) => refused.further(),
            _ => None,
        }
    }

    /// Renders the error as lines of text, without a final line end. Each of the first problems shows its file, line and column, the text
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
        ErrorKind::IsADirectory => format!("{path}: found a directory, allowed is a scenario in TOML"),
        ErrorKind::InvalidInput | ErrorKind::FileTooLarge => format!("{path}: {source}"),
        _ => format!("cannot read {path}: {source}"),
    }
}

fn describe_byte(byte: u8) -> String {
    format!("found the byte 0x{byte:02x}, allowed is UTF-8 text")
}

impl RefusedScenario {
    pub(crate) fn new(text: ScenarioText, problems: LocatedProblems) -> Self {
        let LocatedProblems { first: mut problems, count } = problems;
        problems.truncate(MOST_PROBLEMS);
        name_lists_once(&mut problems);
        RefusedScenario { text, problems, count }
    }

    /// The number of problems.
    pub fn count(&self) -> usize {
        self.count
    }

    fn further(&self) -> Option<String> {
        let further = self.count - self.problems.len();
        let noun = if further == 1 { "error" } else { "errors" };
        (further > 0).then(|| format!("{} more {noun}", count(further as u64)))
    }

    fn render(&self, color: bool) -> String {
        let problems = self.problems.iter().map(|problem| problem.render(&self.text, Level::ERROR, color));
        let further = self.further().map(|further| render_title(&further, color));
        problems.chain(further).collect::<Vec<_>>().join("\n\n")
    }
}

/// Leaves out long lists of allowed words that an earlier problem has.
fn name_lists_once(problems: &mut [LocatedProblem]) {
    let mut named = HashSet::new();
    for allowed in problems.iter_mut().filter_map(|problem| problem.allowed.as_mut()) {
        if allowed.len() > LONG_LIST_BYTES && !named.insert(allowed.clone()) {
            *allowed = "are the words of the list above".into();
        }
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
        write!(f, "{}: {}", shorten(&self.0.path.to_string()), shorten(&self.0.message))
    }
}
