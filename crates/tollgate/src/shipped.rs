//! The scenarios that are built into the program.

use std::path::Path;

use tollgate_wording::{list, nearest};

/// A scenario that is built into the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShippedScenario {
    /// The name of its file without the extension.
    pub(crate) name: &'static str,
    /// The text of its file.
    pub(crate) text: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(ShippedScenario { name: $name, text: include_str!(concat!("../scenarios/", $name, ".toml")) }),*]
    };
}

/// All shipped scenarios: the default one first, the others in alphabetical order.
pub(crate) const SHIPPED: &[ShippedScenario] = shipped![
    "c650-week",
    "c650-pair",
    "fixture",
    "mccolo",
    "modern",
    "more-connections-than-messages",
    "odd-keys",
    "outbreak",
    "peak-day",
    "quiet-hour",
    "thread-a-drawn",
    "thread-a-exact",
    "thread-b-drawn",
    "thread-b-exact",
    "thread-c-week",
    "thread-d-drawn",
    "thread-d-exact",
    "tls-switch",
];

/// The beginning of the line that tells editors the file of the schema.
const SCHEMA_LINE: &str = "#:schema";

/// The shipped scenario of that name.
pub(crate) fn find(name: &Path) -> Option<ShippedScenario> {
    SHIPPED.iter().copied().find(|shipped| name == Path::new(shipped.name))
}

/// The names of all shipped scenarios.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|shipped| shipped.name)
}

/// The end of an error about an unknown scenario: all names and the nearest one.
pub(crate) fn names_and_guess(found: &Path) -> String {
    let stem = found.file_stem().unwrap_or_default().to_string_lossy();
    let guess = nearest(&stem, names()).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    format!("{}{guess}", list(names()))
}

impl ShippedScenario {
    /// Its summary: the first line of its comment.
    pub(crate) fn summary(self) -> &'static str {
        let comments = self.text.lines().filter(|line| !line.starts_with(SCHEMA_LINE));
        let lines = comments.map(|line| line.trim_start_matches('#').trim());
        lines.into_iter().find(|line| !line.is_empty()).unwrap_or_default()
    }

    /// Its text without the line for editors, because only the repository has the schema file that the line names.
    pub(crate) fn standalone_text(self) -> String {
        let lines = self.text.lines().skip_while(|line| line.starts_with(SCHEMA_LINE) || *line == "#");
        lines.map(|line| format!("{line}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::*;

    #[test]
    fn every_scenario_of_the_repository_is_shipped() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        let mut expected: Vec<String> = files
            .filter(|file| file.extension().is_some_and(|extension| extension == "toml"))
            .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        expected.sort();
        let mut shipped: Vec<&str> = names().collect();
        assert!(shipped[1..].is_sorted());
        shipped.sort_unstable();
        assert_eq!(shipped, expected);
    }

    #[test]
    fn a_summary_fits_on_a_line() {
        for shipped in SHIPPED {
            let summary = shipped.summary();
            assert!((10..=80).contains(&summary.len()) && !summary.ends_with('.'), "{}: {summary}", shipped.name);
        }
    }

    #[test]
    fn a_standalone_text_is_the_same_scenario() {
        for shipped in SHIPPED {
            let [text, standalone] =
                [shipped.text, &shipped.standalone_text()].map(|text| text.parse::<toml::Table>().unwrap());
            assert_eq!(text, standalone);
            assert!(!shipped.standalone_text().contains(SCHEMA_LINE));
        }
    }
}
