//! Output on the terminal.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Error, Result};
use textwrap::{Options, WordSplitter};

/// The most characters of a line, unless a single word is longer.
pub(crate) const WIDTH: usize = 100;

/// True if the standard error is a terminal and the user has not turned colour off.
pub(crate) fn colored() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes text to the standard output.
///
/// # Errors
/// If it cannot be written, which includes a reader that has gone away.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).context("cannot write the standard output")
}

/// Writes a line to the standard error.
pub(crate) fn note(line: &str) {
    // If this fails, nobody can be told.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Lines of cells in columns that stand under each other, the heading first. Columns of numbers stand to the right.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let is_number = |cell: &str| cell.trim_start_matches(['<', '>', '-']).starts_with(|c: char| c.is_ascii_digit());
    let is_numeric = |column: usize| rows.iter().skip(1).all(|row| is_number(&row[column]));
    let count = rows.first().map_or(0, Vec::len);
    let layout: Vec<_> = (0..count).map(|column| (width(column), is_numeric(column))).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, &(width, numeric)) in row.iter().zip(&layout) {
            let aligned = if numeric { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
            line.push_str(&aligned);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Text whose long lines are broken at spaces. What is broken off stands two further to the right than the line began.
pub(crate) fn wrapped(text: &str) -> String {
    let mut wrapped = String::new();
    for line in text.lines() {
        let further = " ".repeat(line.len() - line.trim_start().len() + 2);
        let options = Options::new(WIDTH).break_words(false).word_splitter(WordSplitter::NoHyphenation);
        wrapped += &textwrap::fill(line, options.subsequent_indent(&further));
        wrapped.push('\n');
    }
    wrapped
}

/// The exit code: that of the verb, or 2 after the error is printed.
pub(crate) fn exit_code(outcome: Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        // A closed pipe is no error: `head` closes it when it has enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            note(&describe(&error, colored()));
            ExitCode::from(2)
        }
    }
}

/// An error with its causes. A scenario's own errors come with a picture of the place, and behind it what they are said of
/// where the picture alone does not tell.
fn describe(error: &Error, color: bool) -> String {
    match error.downcast_ref::<tollgate_scenario::Error>() {
        Some(inner) => {
            let (shown, of) = (inner.render(color), error.to_string());
            if of == inner.to_string() || shown.contains(&of) { shown } else { format!("{shown}\n--> {of}") }
        }
        None if color => format!("\x1b[1;31merror:\x1b[0m {error:#}"),
        None => format!("error: {error:#}"),
    }
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
    fn long_lines_are_broken_at_spaces() {
        let (word, long) = ("a".repeat(48), "b".repeat(120));
        for (text, expected) in [
            ("short\n\n  lines stay\n".to_owned(), "short\n\n  lines stay\n".to_owned()),
            (format!("  {word} {word} c"), format!("  {word} {word}\n    c\n")),
            (format!("{word} {word} cc"), format!("{word} {word} cc\n")),
            (format!("{word} {word} ccc d"), format!("{word} {word}\n  ccc d\n")),
            (format!("x {long} y"), format!("x\n  {long}\n  y\n")),
        ] {
            assert_eq!(wrapped(&text), expected);
        }
    }

    #[test]
    fn what_an_error_is_said_of_comes_with_it_unless_it_tells_itself() {
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
