//! The command of a plan, as the plan shows it.

use std::path::Path;

use tollgate_scenario::Override;
use tollgate_wording::quoted;

/// A command with its options, quoted for a shell. Scenarios have the names of their files without directories, so that equal plans
/// have equal commands everywhere.
pub(super) struct ShellCommand {
    words: Vec<String>,
}

impl ShellCommand {
    /// The command for a scenario, without options.
    pub(super) fn new(scenario: &Path) -> Self {
        ShellCommand { words: vec![String::from("tollgate plan"), quoted(&file_name(scenario))] }
    }

    /// Adds an option if it has a value.
    pub(super) fn add(&mut self, option: &str, value: Option<String>) {
        self.words.extend(value.map(|value| format!("{option} {}", quoted(&value))));
    }

    /// Adds an option with the name of a scenario.
    pub(super) fn add_scenario(&mut self, option: &str, scenario: Option<&Path>) {
        self.add(option, scenario.map(file_name));
    }

    /// Adds an option for each override.
    pub(super) fn add_overrides(&mut self, option: &str, overrides: &[Override]) {
        for given in overrides {
            // An override is shown with its option.
            let value = given.shown().split_once(' ').map_or(given.shown(), |(_, value)| value);
            self.add(option, Some(value.to_owned()));
        }
    }

    /// Adds an option without a value if it is given.
    pub(super) fn add_flag(&mut self, option: &str, is_given: bool) {
        self.words.extend(is_given.then(|| option.to_owned()));
    }

    /// The text of the command.
    pub(super) fn text(&self) -> String {
        self.words.join(" ")
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
