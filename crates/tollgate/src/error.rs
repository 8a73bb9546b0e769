//! Prints errors, and determines the exit code of the program.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::process::ExitCode;

use anyhow::{Context, Error, anyhow};
use clap::error::{ContextKind, ErrorKind};
use serde::Serialize;
use tollgate_scenario::{ProblemPlace, ScenarioError, ScenarioProblem};
use tollgate_wording::{printable, printable_json};

use crate::terminal;

/// The exit code for wrong usage, bad input, or output that cannot be written.
pub(crate) const FAILURE: u8 = 2;

/// The format in which errors are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorFormat {
    /// Text, in colour on a terminal.
    Text,
    /// One JSON document on one line, if the command has `--json`.
    Json,
}

/// An error as JSON.
#[derive(Debug, Serialize)]
struct ErrorDocument {
    /// The whole error as text.
    error: String,
    /// The problems of a scenario, each with its position in the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<ScenarioProblem>,
}

/// The error of a scenario that this machine cannot hold.
#[derive(Debug)]
pub(crate) struct TooLarge {
    /// The file of the scenario.
    pub(crate) file: String,
    /// The whole text of the error.
    pub(crate) message: String,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TooLarge {}

impl ErrorFormat {
    /// The format for a command line.
    pub(crate) fn of(mut arguments: impl Iterator<Item = OsString>) -> Self {
        if arguments.any(|argument| argument == "--json") { ErrorFormat::Json } else { ErrorFormat::Text }
    }

    /// Prints the error of a verb, if there is one, and returns the exit code.
    pub(crate) fn exit_code(self, outcome: Result<ExitCode, Error>) -> ExitCode {
        match outcome {
            Ok(code) => code,
            // A closed pipe is not an error: `head` closes it when it has enough.
            Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
            Err(error) => {
                match self {
                    ErrorFormat::Text => terminal::note_styled(&describe(&error, terminal::colored())),
                    ErrorFormat::Json => ErrorDocument::new(&error).print(),
                }
                ExitCode::from(FAILURE)
            }
        }
    }

    /// Handles arguments that give no verb to run: prints an error, help or the version, and returns the exit code.
    pub(crate) fn refuse(self, mut error: clap::Error) -> ExitCode {
        if error.kind() == ErrorKind::InvalidUtf8 {
            let found = env::args_os().find(|argument| argument.to_str().is_none()).unwrap_or_default();
            let found = found.to_string_lossy();
            return self.exit_code(Err(anyhow!("found the argument {found}, allowed is UTF-8 text")));
        }
        if self == ErrorFormat::Text || matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            if error.use_stderr() {
                let text = error.render().to_string();
                if terminal::printable_lines(&text) == text {
                    // A failure to print cannot be reported anywhere.
                    let _ = error.print();
                } else {
                    terminal::note(text.trim_end());
                }
                return ExitCode::from(FAILURE);
            }
            let printed =
                terminal::check_output().and_then(|()| error.print().context("cannot write to standard output"));
            return self.exit_code(printed.map(|()| ExitCode::SUCCESS));
        }
        error.remove(ContextKind::Usage);
        let text = error.to_string();
        let text = text.rsplit_once("\n\nFor more information").map_or(&*text, |(text, _)| text);
        let text = text.trim_start_matches("error: ").trim().to_owned();
        ErrorDocument { error: text, problems: Vec::new() }.print();
        ExitCode::from(FAILURE)
    }
}

impl ErrorDocument {
    fn new(error: &Error) -> Self {
        if let Some(TooLarge { file, message }) = error.downcast_ref() {
            let place = ProblemPlace::WholeFile { file: file.clone() };
            let problems = vec![ScenarioProblem::of_file(place, message.clone())];
            return ErrorDocument { error: whole_text(error), problems };
        }
        let Some(inner) = error.downcast_ref::<ScenarioError>() else {
            return ErrorDocument { error: whole_text(error), problems: Vec::new() };
        };
        let (mut problems, further) = (inner.problems(), inner.further());
        problems.iter_mut().for_each(|problem| problem.message = without_numbers(&problem.message));
        let error = if let ScenarioError::Refused(_) = inner {
            let messages = problems.iter().map(|problem| problem.message.as_str()).chain(further.as_deref());
            messages.collect::<Vec<_>>().join("\n")
        } else {
            whole_text(error)
        };
        ErrorDocument { error, problems }
    }

    fn print(&self) {
        let line = serde_json::to_string(self).map(|json| printable_json(&json));
        terminal::note(&line.unwrap_or_else(|error| format!("error: {error}")));
    }
}

/// An error with its causes. An error of a scenario shows the lines of the file that it points at. Context follows these lines
/// if they do not show it.
fn describe(error: &Error, color: bool) -> String {
    match error.downcast_ref::<ScenarioError>().filter(|error| !is_unread(error)) {
        Some(inner) => {
            let (shown, context) = (inner.render(color), error.to_string());
            if context == inner.to_string() || shown.contains(&context) {
                shown
            } else {
                format!("{shown}\n--> {context}")
            }
        }
        None => {
            let word = if color { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
            // Names of files and arguments may have characters that control a terminal.
            let text = whole_text(error);
            let lines: Vec<String> = text.lines().map(printable).collect();
            format!("{word} {}", lines.join("\n"))
        }
    }
}

/// An error with its causes on one line. The error of a scenario that cannot be read has its cause in its own text.
fn whole_text(error: &Error) -> String {
    let unread = error.downcast_ref::<ScenarioError>().filter(|error| is_unread(error));
    without_numbers(&unread.map_or_else(|| format!("{error:#}"), ToString::to_string))
}

fn is_unread(error: &ScenarioError) -> bool {
    matches!(error, ScenarioError::Read { .. } | ScenarioError::NotText { .. })
}

/// The text of an error without the operating system's error numbers, such as ` (os error 2)`.
fn without_numbers(text: &str) -> String {
    const NUMBER: &str = " (os error ";
    let mut parts = text.split(NUMBER);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.parse::<i32>().is_ok() => kept.push_str(rest),
            _ => kept.push_str(&format!("{NUMBER}{part}")),
        }
    }
    kept
}

fn is_broken_pipe(error: &Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_operating_system_are_left_out() {
        let cases = [
            ("cannot read a: No such file or directory (os error 2)", "cannot read a: No such file or directory"),
            ("a (os error 1): b (os error 22) c", "a: b c"),
            ("plain (text)", "plain (text)"),
            ("a (os error b) c", "a (os error b) c"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_numbers(text), expected);
        }
    }

    #[test]
    fn an_error_names_its_file_once() {
        let refused = |path: &str| {
            let set = tollgate_scenario::Override::given("--set", path);
            let scenario = set.and_then(|set| tollgate_scenario::Scenario::parse("format = 1", "week.toml", &[set]));
            Error::new(scenario.expect_err("refused"))
        };
        let shown = describe(&refused("no.such=1").context("week.toml"), false);
        assert!(shown.ends_with("\n--> --set no.such=1\n--> week.toml"), "{shown}");
        let shown = describe(&refused("seed=1").context("week.toml"), false);
        assert!(shown.contains("--> week.toml:1:1") && !shown.ends_with("\n--> week.toml"), "{shown}");
        assert!(!describe(&refused("no.such=1"), false).contains("week.toml"));
    }
}
