//! Reads a scenario in four steps: parses the text, sets the overrides, compares the values with the format, and checks the
//! rules between values.

use std::io::Read;
use std::path::Path;

use annotate_snippets::Level;
use serde::Deserialize;

use crate::check;
use crate::conformance;
use crate::error::{RefusedScenario, ScenarioError, Warning};
use crate::picture::{LocatedProblem, LocatedProblems, line_and_column};
use crate::problem::Problems;
use crate::regular_file;
use crate::scenario::Scenario;
use crate::text::{Location, Override, ScenarioText};
use crate::tree::TomlTree;

/// The largest size of a scenario. The largest shipped one has 40 KiB. The parser needs up to 50 bytes of memory for each byte.
const MOST_BYTES: u64 = 4 << 20;

impl Scenario {
    /// Reads a scenario from a file and checks it.
    ///
    /// # Errors
    /// If the file cannot be read, or if a value of the file or of an override is refused.
    pub fn read(path: &Path, overrides: &[Override]) -> Result<Scenario, ScenarioError> {
        ScenarioText::read(path, overrides)?.scenario()
    }

    /// Reads a scenario from text and checks it. Errors show the file name.
    ///
    /// # Errors
    /// If a value of the text or of an override is refused.
    pub fn parse(text: &str, file_name: &str, overrides: &[Override]) -> Result<Scenario, ScenarioError> {
        ScenarioText::new(text, file_name, overrides).scenario()
    }
}

impl ScenarioText {
    /// Reads the text of a file, without parsing it.
    ///
    /// # Errors
    /// If the file cannot be read, is larger than 4 MiB, or is not UTF-8 text.
    pub fn read(path: &Path, overrides: &[Override]) -> Result<ScenarioText, ScenarioError> {
        let unreadable = |source| ScenarioError::Read { path: path.into(), source };
        let bytes = regular_file::read(path, MOST_BYTES).map_err(unreadable)?;
        ScenarioText::from_bytes(bytes, &path.display().to_string(), overrides)
    }

    /// Reads the text of a stream, without parsing it. Errors show the file name.
    ///
    /// # Errors
    /// If the stream cannot be read, has more than 4 MiB, or is not UTF-8 text.
    pub fn read_stream(
        stream: impl Read,
        file_name: &str,
        overrides: &[Override],
    ) -> Result<ScenarioText, ScenarioError> {
        let unreadable = |source| ScenarioError::Read { path: file_name.into(), source };
        let bytes = regular_file::read_bounded(stream, MOST_BYTES).map_err(unreadable)?;
        ScenarioText::from_bytes(bytes, file_name, overrides)
    }

    fn from_bytes(bytes: Vec<u8>, file_name: &str, overrides: &[Override]) -> Result<ScenarioText, ScenarioError> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let (bytes, before) = (error.as_bytes(), String::from_utf8_lossy(&error.as_bytes()[..valid]));
            let (line, column) = line_and_column(&before, before.len());
            ScenarioError::NotText { path: file_name.into(), line, column, byte: bytes[valid] }
        })?;
        Ok(ScenarioText { file_name: file_name.into(), text, overrides: overrides.into() })
    }

    /// Parses the scenario and checks it.
    ///
    /// # Errors
    /// If a value of the text or of an override is refused.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        parse_and_check(&self.text, &self.overrides).map_err(|mut problems| {
            self.blame_overrides(&mut problems.first);
            ScenarioError::Refused(RefusedScenario::new(self.clone(), problems))
        })
    }

    /// Checks that every appliance of this text's scenario has a known counting rule. The caller passes the rules, because
    /// they are data of another crate.
    ///
    /// # Errors
    /// If an appliance has another rule.
    pub fn check_rules(&self, scenario: &Scenario, known: &[&str]) -> Result<(), ScenarioError> {
        let mut problems = Problems::default();
        check::check_rules(&mut problems, &scenario.appliances, known);
        if problems.is_empty() {
            return Ok(());
        }
        Err(ScenarioError::Refused(RefusedScenario::new(self.clone(), self.tree().locate_all(problems))))
    }

    /// Renders warnings of this text's scenario as lines of text that show their places, without a final line end.
    pub fn render(&self, warnings: &[&Warning], color: bool) -> String {
        let tree = self.tree();
        let render = |warning: &&Warning| tree.locate(warning.0.clone()).render(self, Level::WARNING, color);
        warnings.iter().map(render).collect::<Vec<_>>().join("\n")
    }

    /// The tree of the text with its overrides. Empty if the text cannot be parsed.
    pub(crate) fn tree(&self) -> TomlTree<'_> {
        tree(&self.text, &self.overrides).unwrap_or_else(|_| TomlTree::empty())
    }

    /// Moves a problem to the overrides that cause it, unless the file alone has the same problem. The problems of the overrides' own
    /// values come before those that they cause elsewhere.
    fn blame_overrides(&self, problems: &mut Vec<LocatedProblem>) {
        // Errors of the deserializer have no path. Only their text distinguishes them.
        let is_same = |other: &LocatedProblem, problem: &LocatedProblem| {
            other.path == problem.path && (problem.location != Location::File(0..0) || other.title == problem.title)
        };
        let has = |problems: &[LocatedProblem], problem: &LocatedProblem| {
            problems.iter().any(|other| is_same(other, problem))
        };
        let problems_with =
            |overrides: &[Override]| parse_and_check(&self.text, overrides).err().unwrap_or_default().first;
        if self.overrides.is_empty()
            || problems.iter().all(|problem| matches!(problem.location, Location::Overrides(_)))
        {
            return;
        }
        let of_file_alone = problems_with(&[]);
        let without_one: Vec<_> = (0..self.overrides.len())
            .map(|number| problems_with(&[&self.overrides[..number], &self.overrides[number + 1..]].concat()))
            .collect();
        let is_overridden = |problem: &LocatedProblem| matches!(problem.location, Location::Overrides(_));
        let own = problems.split_off(problems.iter().position(is_overridden).unwrap_or(problems.len()));
        for problem in problems.iter_mut() {
            if let Some(same) = of_file_alone.iter().find(|other| is_same(other, problem)) {
                problem.location = same.location.clone();
                continue;
            }
            let all = 0..self.overrides.len();
            let culprits: Vec<_> = all.clone().filter(|&number| !has(&without_one[number], problem)).collect();
            problem.location = Location::Overrides(if culprits.is_empty() { all.collect() } else { culprits });
        }
        let (caused, of_file): (Vec<_>, Vec<_>) = problems.drain(..).partition(is_overridden);
        problems.extend(of_file.into_iter().chain(own).chain(caused));
    }
}

/// Makes a scenario, or returns the problems of the first step that has any. The steps check the text, the overrides, every
/// single value, and the rules between values.
fn parse_and_check(text: &str, overrides: &[Override]) -> Result<Scenario, LocatedProblems> {
    let tree = tree(text, overrides)?;
    let problems = conformance::compare(tree.root());
    if !problems.is_empty() {
        return Err(tree.locate_all(problems));
    }
    let scenario = Scenario::deserialize(tree.deserializer()).map_err(|error| vec![tree.locate_error(&error)])?;
    let problems = check::all(&scenario);
    if problems.is_empty() { Ok(scenario) } else { Err(tree.locate_all(problems)) }
}

fn tree<'s>(text: &'s str, overrides: &'s [Override]) -> Result<TomlTree<'s>, LocatedProblems> {
    let mut tree = TomlTree::parse(text).map_err(|problem| vec![problem])?;
    if let Some(problem) = conformance::compare_version(tree.root()) {
        return Err(vec![tree.locate(problem)].into());
    }
    let assigned = overrides.iter().enumerate().map(|(number, value)| tree.assign(number, value));
    let problems: Vec<_> = assigned.filter_map(Result::err).collect();
    if problems.is_empty() { Ok(tree) } else { Err(problems.into()) }
}
