//! The scenario of a plan, and the one that is set beside it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tollgate_capacity::PlannedScenario;
use tollgate_scenario::{Override, ScenarioError, Traffic};

use crate::input::{Chosen, Input};
use crate::terminal;

/// The arguments that choose the scenarios of a plan.
#[derive(Debug)]
pub(super) struct SideArguments<'a> {
    /// The first scenario.
    pub(super) input: &'a Input,
    /// The file of the second scenario, if it has another file.
    pub(super) compare: Option<&'a Path>,
    /// The overrides of the second scenario alone.
    pub(super) with: &'a [Override],
    /// True if no warnings are printed.
    pub(super) quiet: bool,
}

impl SideArguments<'_> {
    /// Reads the scenario, and the second one if there is one.
    ///
    /// # Errors
    /// If a file cannot be read, or if a scenario is refused.
    pub(super) fn read(&self) -> Result<Vec<Chosen>> {
        let Some(other) = self.compare else {
            let first = self.input.read()?;
            self.note_warnings(&first);
            if self.with.is_empty() {
                return Ok(vec![first]);
            }
            let second = self.input.read_other(None, self.with)?;
            self.note_differences(&first, &second);
            return Ok(vec![first, second]);
        };
        // Both files take the same overrides, so that what is wrong with one of these does not tell with which file.
        let of = |file: &Path| file.display().to_string();
        let first = self.input.read().with_context(|| of(self.input.file()))?;
        self.note_warnings(&first);
        if self.with.is_empty() && is_same_file(self.input.file(), other) {
            bail!("--compare: found {} itself, allowed is another file, or --with", self.input.file().display());
        }
        let second = self.input.read_other(Some(other), self.with).with_context(|| of(other))?;
        self.note_warnings(&second);
        self.note_differences(&first, &second);
        Ok(vec![first, second])
    }

    fn note_warnings(&self, chosen: &Chosen) {
        if !self.quiet {
            chosen.note_warnings();
        }
    }

    /// Says what keeps the two sides from having the same traffic.
    fn note_differences(&self, first: &Chosen, second: &Chosen) {
        let (ours, theirs) = (&first.scenario, &second.scenario);
        if !self.quiet && ours.seed != theirs.seed {
            let seed = ours.seed;
            terminal::note(&format!(
                "warning: the scenarios have different seeds: both are simulated with {seed} and on"
            ));
        }
        if !self.quiet && (ours.time.begin, ours.time.span) != (theirs.time.begin, theirs.time.span) {
            terminal::note("warning: the scenarios play at different times: their traffic is not the same");
        }
    }
}

/// The sides as a plan takes them, each by a name of its own.
pub(super) fn named(sides: &[Chosen]) -> Vec<PlannedScenario> {
    let mut names: Vec<String> = sides.iter().map(name).collect();
    if let [first, second] = names.as_mut_slice()
        && first == second
    {
        // Files of the same name in different directories.
        (*first, *second) = (sides[0].source.file_name().into(), sides[1].source.file_name().into());
    }
    let sides = names.into_iter().zip(sides);
    sides.map(|(name, chosen)| PlannedScenario { name, scenario: chosen.scenario.clone() }).collect()
}

/// Checks that the traffic of all sides can be multiplied by all loads.
///
/// # Errors
/// If it cannot, with the option, the file and what overrides it.
pub(super) fn check_loads(sides: &[Chosen], of: &Traffic, loads: &[f64]) -> Result<()> {
    for Chosen { source, scenario, .. } in sides {
        let shown = source.overrides().iter().map(Override::shown);
        let described = || [vec!["--load on", source.file_name()], shown.clone().collect()].concat().join(" ");
        loads.iter().try_for_each(|&load| scenario.scaled(of, load).map(drop).with_context(described))?;
    }
    Ok(())
}

/// What `--with` says.
///
/// # Errors
/// If it is no path and value, or sets what both sides must have in common.
pub(super) fn with(text: String) -> Result<Override, ScenarioError> {
    let given = Override::given("--with", &text)?;
    let seed = Override::new(given.shown(), "seed", text.split_once('=').unwrap_or_default().1)?;
    if given == seed {
        let allowed =
            "allowed is any other value, as both sides are simulated with the same seeds; --seed sets the first";
        return Err(ScenarioError::Override { found: given.shown().into(), allowed: allowed.into() });
    }
    Ok(given)
}

/// What a side is called: the name of its file, and the values that override it, of those for one path the last.
fn name(chosen: &Chosen) -> String {
    let shown = chosen.source.overrides().iter().filter_map(|given| given.shown().split_once(' '));
    let mut values: Vec<String> = Vec::new();
    for (option, value) in shown.filter(|(option, _)| *option != "--seed") {
        let value = if option == "--volume" { format!("volume={value}") } else { value.to_owned() };
        let path = |value: &str| value.split('=').next().map(str::to_owned);
        values.retain(|earlier| path(earlier) != path(&value));
        values.push(value);
    }
    if values.is_empty() { chosen.name.clone() } else { format!("{} with {}", chosen.name, values.join(", ")) }
}

/// Whether two paths lead to one file, however they are spelled.
fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
