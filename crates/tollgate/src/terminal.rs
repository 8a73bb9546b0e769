//! Output on the terminal.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width as TableWidth, presets};
use serde::Serialize;
use terminal_size::{Width, terminal_size_of};
use textwrap::{Options, WordSplitter};
use tollgate_wording::{printable, printable_json};

/// Largest number of characters in a line of text. A single word may be longer.
pub(crate) const WIDTH: usize = 100;

/// The length of the longest word that a table never breaks. Names of files are longer.
const LONGEST_WORD: usize = 24;

/// Number of spaces between the columns of a table.
const GAP: u16 = 2;

/// The meaning of a word that is shown in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// No colour.
    Plain,
    /// Green.
    Good,
    /// Yellow.
    Caution,
    /// Red.
    Bad,
}

/// True if the standard error is a terminal and the user has not turned colour off.
pub(crate) fn colored() -> bool {
    io::stderr().is_terminal() && colors_allowed()
}

/// Text for standard output in colour, if that is a terminal and the user has not turned colour off.
pub(crate) fn paint(text: &str, style: Style) -> String {
    let code = match style {
        _ if !io::stdout().is_terminal() || !colors_allowed() => return text.to_owned(),
        Style::Plain => return text.to_owned(),
        Style::Good => 32,
        Style::Caution => 33,
        Style::Bad => 31,
    };
    format!("\x1b[1;{code}m{text}\x1b[0m")
}

fn colors_allowed() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// True if the program was started with a closed standard output. The standard library replaces it by `/dev/null` before `main`.
static STARTED_CLOSED: AtomicBool = AtomicBool::new(false);

/// Runs before the standard library begins.
#[cfg(target_os = "linux")]
#[ctor::ctor]
fn look_at_standard_output() {
    STARTED_CLOSED.store(rustix::fs::fcntl_getfl(rustix::stdio::stdout()).is_err(), Ordering::Relaxed);
}

/// Checks that there is a standard output to write to.
///
/// # Errors
/// If it was closed when the program started.
pub(crate) fn check_output() -> Result<()> {
    ensure!(!STARTED_CLOSED.load(Ordering::Relaxed), "cannot write to standard output: it is closed");
    Ok(())
}

/// Writes text to the standard output.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn print(text: &str) -> Result<()> {
    check_output()?;
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        // A closed pipe is no error: `head` closes it when it has enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Writes a document to the standard output as JSON on several lines. Characters that control a terminal are escaped.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn print_json(document: &(impl Serialize + ?Sized)) -> Result<()> {
    print(&(printable_json(&serde_json::to_string_pretty(document)?) + "\n"))
}

/// Text whose lines have no characters that control a terminal or set the direction of text. They are escaped.
pub(crate) fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Writes text to the standard error. Characters that control a terminal are escaped.
pub(crate) fn note(text: &str) {
    note_styled(&printable_lines(text));
}

/// Writes text to the standard error that may have colours.
pub(crate) fn note_styled(line: &str) {
    // A failure to print cannot be reported anywhere.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes text to the standard error, wrapped to the width of the terminal if that is one.
pub(crate) fn note_fitted(text: &str) {
    let width = terminal_size_of(io::stderr()).map(|(Width(width), _)| width).filter(|width| *width > 0);
    match width {
        Some(width) => note(wrapped_to(text, width.into()).trim_end()),
        None => note(text),
    }
}

/// Lays out rows of cells in columns. The first row is the heading. Columns of numbers are aligned to the right. If the terminal
/// is too narrow, cells wrap at spaces. In a file or a pipe, every row is one line.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    table(rows, 0, terminal_width())
}

/// Like [`columns`], but indented by a number of characters.
pub(crate) fn indented_columns(rows: &[Vec<String>], indent: u16) -> String {
    table(rows, indent, terminal_width())
}

/// Wraps long lines at spaces, to [`WIDTH`] or to a narrower terminal. Continuation lines are indented by two more than the first.
pub(crate) fn wrapped(text: &str) -> String {
    wrapped_to(text, terminal_width().map_or(WIDTH, |width| WIDTH.min(width.into())))
}

/// Wraps long lines at spaces, to the width of the terminal. In a file or a pipe, every line stays whole.
pub(crate) fn fitted(text: &str) -> String {
    terminal_width().map_or_else(|| text.to_owned(), |width| wrapped_to(text, width.into()))
}

/// The width of the terminal, if the standard output is one.
fn terminal_width() -> Option<u16> {
    terminal_size_of(io::stdout()).map(|(Width(width), _)| width).filter(|width| *width > 0)
}

fn table(rows: &[Vec<String>], indent: u16, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).add_rows(rows);
    match width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    let is_number = |cell: &str| cell.trim_start_matches(['-', '<', '>']).starts_with(|c: char| c.is_ascii_digit());
    for (place, column) in table.column_iter_mut().enumerate() {
        let padding = if place == 0 { indent } else { GAP };
        column.set_padding((padding, 0));
        // Numbers and names are not broken.
        let words = rows.iter().flat_map(|row| row[place].split(' ')).map(|word| word.chars().count());
        let longest = words.filter(|length| *length <= LONGEST_WORD).max().unwrap_or(0) as u16;
        column.set_constraint(ColumnConstraint::LowerBoundary(TableWidth::Fixed(longest + padding)));
        if rows.iter().skip(1).all(|row| is_number(&row[place])) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn wrapped_to(text: &str, width: usize) -> String {
    let mut wrapped = String::new();
    for line in text.lines() {
        let further = " ".repeat(line.len() - line.trim_start().len() + 2);
        let options = Options::new(width).break_words(false).word_splitter(WordSplitter::NoHyphenation);
        wrapped += &textwrap::fill(line, options.subsequent_indent(&further));
        wrapped.push('\n');
    }
    wrapped
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
            assert_eq!(wrapped_to(&text, WIDTH), expected);
        }
        assert_eq!(wrapped_to("  one two three", 10), "  one two\n    three\n");
    }

    fn rows(rows: &[[&str; 3]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.map(String::from).to_vec()).collect()
    }

    #[test]
    fn numbers_stand_to_the_right_and_text_to_the_left() {
        let rows = rows(&[["file", "rows", "note"], ["a.csv", "12,609", ""], ["longer.csv", "<1", "new"]]);
        let expected = "file          rows  note\na.csv       12,609\nlonger.csv      <1  new\n";
        assert_eq!(table(&rows, 0, None), expected);
        assert_eq!(table(&rows, 0, Some(100)), expected);
        let indented: String = expected.lines().map(|line| format!("  {line}\n")).collect();
        assert_eq!(table(&rows, 2, None), indented);
        assert_eq!(columns(&[]), "");
    }

    #[test]
    fn characters_have_the_width_that_they_take() {
        let rows = rows(&[["name", "rows", ""], ["\u{6771}\u{4eac}", "1", "x"], ["abcd", "2", "x"]]);
        assert_eq!(table(&rows, 0, None), "name  rows\n\u{6771}\u{4eac}     1  x\nabcd     2  x\n");
    }

    #[test]
    fn cells_are_broken_only_on_a_terminal_that_is_too_narrow() {
        let rows = rows(&[["#", "file", "words"], ["1", "a.csv", "one two three four five six seven"]]);
        let narrow = table(&rows, 0, Some(30));
        assert!(narrow.lines().count() > 2 && narrow.lines().all(|line| line.len() <= 30), "{narrow}");
        assert_eq!(table(&rows, 0, None).lines().count(), 2);
    }
}
