//! The text of a scenario, with what overrides it.

use std::path::Path;

use annotate_snippets::Level;
use serde::Deserialize;

use crate::check;
use crate::document::Document;
use crate::error::{Error, Refusal, Warning};
use crate::finding::{Finding, Findings, Problem, Spot};
use crate::overrides::Override;
use crate::scenario::Scenario;
use crate::shape;

/// The text of a scenario, with what overrides it.
///
/// Most callers need only [`Scenario::read`]. A source keeps the text, for a copy of it or to show where a warning
/// stands.
#[derive(Clone, Debug)]
pub struct Source {
    file_name: String,
    text: String,
    overrides: Vec<Override>,
}

impl Scenario {
    /// Reads a scenario from a file and checks all of it.
    ///
    /// # Errors
    /// If the file cannot be read, or if anything in it or in the overrides is refused.
    pub fn read(path: &Path, overrides: &[Override]) -> Result<Scenario, Error> {
        Source::read(path, overrides)?.scenario()
    }

    /// Reads a scenario from text and checks all of it; errors show the file name.
    ///
    /// # Errors
    /// If anything in the text or in the overrides is refused.
    pub fn parse(text: &str, file_name: &str, overrides: &[Override]) -> Result<Scenario, Error> {
        Source::new(text, file_name, overrides).scenario()
    }
}

impl Source {
    /// Reads the text from a file, without looking at it yet.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(path: &Path, overrides: &[Override]) -> Result<Source, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.into(), source })?;
        Ok(Source::new(&text, &path.display().to_string(), overrides))
    }

    /// A source of text that is at hand; errors show the file name.
    pub fn new(text: &str, file_name: &str, overrides: &[Override]) -> Source {
        Source { file_name: file_name.into(), text: text.into(), overrides: overrides.into() }
    }

    /// The name that errors show.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The text of the file, without the overrides.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What overrides the text.
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// Makes the scenario and checks all of it.
    ///
    /// # Errors
    /// If anything in the text or in the overrides is refused.
    pub fn scenario(&self) -> Result<Scenario, Error> {
        examine(&self.text, &self.overrides).map_err(|mut problems| {
            self.blame(&mut problems);
            Error::Refused(Refusal::new(self.clone(), problems))
        })
    }

    /// Checks that the appliances of this source's scenario count by rules that are known. What rules there are is data that
    /// the scenario knows nothing of.
    ///
    /// # Errors
    /// If an appliance names another rule.
    pub fn check_rules(&self, scenario: &Scenario, known: &[&str]) -> Result<(), Error> {
        let mut findings = Findings::default();
        check::check_rules(&mut findings, &scenario.appliances, known);
        if findings.0.is_empty() {
            return Ok(());
        }
        let document = document(&self.text, &self.overrides).unwrap_or_else(|_| Document::empty(&self.text));
        Err(Error::Refused(Refusal::new(self.clone(), document.locate_all(findings.0))))
    }

    /// A warning of this source's scenario as lines of text, with the place it stands in, without a line end at their
    /// end.
    pub fn render(&self, warning: &Warning, color: bool) -> String {
        let document = document(&self.text, &self.overrides).unwrap_or_else(|_| Document::empty(&self.text));
        document.locate(warning.0.clone()).render(self, Level::WARNING, color)
    }

    /// Lays problems that the file alone does not have at the door of the overrides that bring them about, wherever
    /// in the file they come to light.
    fn blame(&self, problems: &mut [Problem]) {
        let has = |problems: &[Problem], problem: &Problem| problems.iter().any(|other| other.place == problem.place);
        let without = |overrides: &[Override]| examine(&self.text, overrides).err().unwrap_or_default();
        if self.overrides.is_empty() || problems.iter().all(|problem| matches!(problem.spot, Spot::Overrides(_))) {
            return;
        }
        let file_alone = without(&[]);
        let without_one: Vec<_> = (0..self.overrides.len())
            .map(|index| without(&[&self.overrides[..index], &self.overrides[index + 1..]].concat()))
            .collect();
        for problem in problems {
            if matches!(problem.spot, Spot::Overrides(_)) || has(&file_alone, problem) {
                continue;
            }
            let all = 0..self.overrides.len();
            let culprits: Vec<_> = all.clone().filter(|&index| !has(&without_one[index], problem)).collect();
            problem.spot = Spot::Overrides(if culprits.is_empty() { all.collect() } else { culprits });
        }
    }
}

/// Makes a scenario, or finds all that is wrong as far as one step can be taken after another: the text, the overrides,
/// the form of every value, what values mean together.
fn examine(text: &str, overrides: &[Override]) -> Result<Scenario, Vec<Problem>> {
    let document = document(text, overrides)?;
    let refused = |findings: Vec<Finding>| document.locate_all(findings);
    let findings = shape::compare(document.root());
    if !findings.is_empty() {
        return Err(refused(findings));
    }
    let scenario = Scenario::deserialize(document.deserializer()).map_err(|error| refused(vec![(&error).into()]))?;
    let findings = check::all(&scenario);
    if findings.is_empty() { Ok(scenario) } else { Err(refused(findings)) }
}

fn document<'s>(text: &'s str, overrides: &'s [Override]) -> Result<Document<'s>, Vec<Problem>> {
    let nowhere = |finding: Finding| vec![Document::empty(text).locate(finding)];
    let mut document = Document::parse(text).map_err(nowhere)?;
    if let Some(finding) = shape::compare_format(document.root()) {
        return Err(vec![document.locate(finding)]);
    }
    let findings: Vec<_> = overrides.iter().enumerate().filter_map(|(i, set)| document.set(i, set).err()).collect();
    if findings.is_empty() { Ok(document) } else { Err(document.locate_all(findings)) }
}
