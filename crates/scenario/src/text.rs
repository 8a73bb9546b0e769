//! The text of a scenario: a file and the overrides of its values.

use std::ops::Range;

/// The text of a scenario and its overrides.
///
/// Most callers need only [`Scenario::read`](crate::scenario::Scenario::read). Keep the text if you store a copy of it or
/// show the place of a warning.
#[derive(Clone, Debug)]
pub struct ScenarioText {
    pub(crate) file_name: String,
    pub(crate) text: String,
    pub(crate) overrides: Vec<Override>,
}

/// A value from the command line that replaces a value of the file or is added to it: `--set path=value`.
///
/// The path is a dotted TOML key. An element of a list is given by its `name` (or `domain`) or by its number, counted from
/// 0: `time.span`, `incoming.spam-bots.connections_per_week`, `virus_types."W32/Netsky-P".weight`, `networks.0.owners`. The
/// value is a TOML value. Text needs no quotes if the format expects text. `path.+=value` appends an element to a list.
///
/// ```
/// use tollgate_scenario::Override;
///
/// let shorter: Override = "time.span=1d".parse()?;
/// assert_eq!(shorter.shown(), "--set time.span=1d");
/// assert!("time.span".parse::<Override>().is_err());
/// # Ok::<(), tollgate_scenario::ScenarioError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    pub(crate) shown: String,
    pub(crate) path: Vec<String>,
    pub(crate) change: OverrideChange,
}

/// The change that an override makes at its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OverrideChange {
    /// Sets the value.
    Set(String),
    /// Appends the value to the list.
    Append(String),
    /// Replaces the elements of the list by this number of copies of the first, with names of their own.
    CopyFirst(usize),
}

/// The text that a problem points at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Location {
    /// Bytes of the file.
    File(Range<usize>),
    /// Overrides, by their numbers in the order given, counted from 0.
    Overrides(Vec<usize>),
}

/// Bytes of memory, measured as the largest resident set of `tollgate check` for files of comments, of blank lines and of domains.
mod reading {
    /// The program before it simulates.
    pub(super) const PROGRAM: f64 = 20e6;
    /// Each token of the parser.
    pub(super) const TOKEN: f64 = 47.0;
    /// Each byte of the text: the copy that is kept, and the bytes of the file.
    pub(super) const TEXT: f64 = 2.0;
    /// Each byte of lines with values: the scenario's copy and the copies that a simulation makes.
    pub(super) const VALUES: f64 = 8.0;
}

impl ScenarioText {
    /// Makes a scenario text from text in memory. Errors show the file name.
    pub fn new(text: &str, file_name: &str, overrides: &[Override]) -> Self {
        ScenarioText { file_name: file_name.into(), text: text.into(), overrides: overrides.into() }
    }

    /// The file name that errors show.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The text of the file, without the overrides.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The peak memory in bytes that reading the scenario takes, with the program itself. It depends on the number of tokens: every
    /// line end, comment, key, value and mark is one, and so are consecutive spaces.
    pub fn reading_bytes(&self) -> f64 {
        reading::PROGRAM + tokens(&self.text) as f64 * reading::TOKEN + self.text.len() as f64 * reading::TEXT
    }

    /// The memory in bytes that the text and the values in it take while a run lasts.
    pub fn kept_bytes(&self) -> f64 {
        let is_comment = |line: &&str| line.trim_start().starts_with('#');
        let of_values: usize = self.text.lines().filter(|line| !is_comment(line)).map(str::len).sum();
        self.text.len() as f64 + of_values as f64 * reading::VALUES
    }

    /// The overrides, in the order given.
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }
}

impl Override {
    /// The override as the user gave it. Errors show it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns true if an earlier override of the same scenario has no effect because of this one.
    pub fn replaces(&self, earlier: &Override) -> bool {
        matches!(self.change, OverrideChange::Set(_)) && self.path == earlier.path
    }
}

/// The number of tokens that the parser makes of a text. Text between quotes is one.
fn tokens(text: &str) -> usize {
    let mut tokens = 0;
    // The first byte of the token that the next byte may continue. For a word, `a`.
    let mut begun = 0;
    for byte in text.bytes() {
        let kind = match byte {
            b' ' | b'\t' => b' ',
            b'\n' | b'#' | b'"' | b'\'' | b'=' | b'.' | b',' | b'[' | b']' | b'{' | b'}' => byte,
            _ => b'a',
        };
        let is_over = match begun {
            b'"' | b'\'' if byte == begun => {
                begun = 0;
                continue;
            }
            b'"' | b'\'' | b'#' => byte == b'\n',
            b' ' | b'a' => kind != begun,
            _ => true,
        };
        if is_over {
            tokens += 1;
            begun = kind;
        }
    }
    tokens
}
