//! The sides of a plan: its scenario, and the one that it is compared with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::{StringValueParser, TypedValueParser};
use tollgate_capacity::PlannedScenario;
use tollgate_scenario::{Override, ScenarioError, Traffic};

use crate::input::{Input, LoadedScenario};
use crate::terminal;

/// The arguments that name a second side.
#[derive(Debug, Args)]
pub(super) struct ComparisonArguments {
    /// Compare with another scenario, at the same loads and with the same seeds and overrides
    #[arg(long, value_name = "SCENARIO")]
    compare: Option<PathBuf>,

    /// Compare with the same scenario after this change; may be given more than once
    ///
    /// With --compare, it overrides a value of the other scenario.
    #[arg(long, value_name = "PATH=VALUE", value_parser = StringValueParser::new().try_map(read_with))]
    with: Vec<Override>,
}

impl ComparisonArguments {
    /// The other scenario, as the user named it.
    pub(super) fn compare(&self) -> Option<&Path> {
        self.compare.as_deref()
    }

    /// The changes of the second side.
    pub(super) fn with(&self) -> &[Override] {
        &self.with
    }

    /// Reads the scenario, and the second one if there is one. Prints warnings on the standard error unless `quiet` is set.
    ///
    /// # Errors
    /// If a file cannot be read, or if a scenario or a comparison is refused.
    pub(super) fn sides(&self, input: &Input, quiet: bool) -> Result<Vec<LoadedScenario>> {
        let sides = self.read(input)?;
        if !quiet {
            // Without a second file, both scenarios have the same warnings.
            let files = if self.compare.is_some() { sides.len() } else { 1 };
            sides[..files].iter().for_each(LoadedScenario::note_warnings);
            note_differences(&sides);
        }
        Ok(sides)
    }

    fn read(&self, input: &Input) -> Result<Vec<LoadedScenario>> {
        let Some(other) = &self.compare else {
            let first = input.read()?;
            let second = if self.with.is_empty() { None } else { Some(first.with(&self.with)?) };
            return Ok(std::iter::once(first).chain(second).collect());
        };
        // Both files take the same overrides, and an error in an override does not name the file. The context does.
        let first = naming(input.scenario(), input.read())?;
        let is_same = is_same_file(input.scenario(), other);
        if self.with.is_empty() && is_same {
            bail!("--compare: found {} itself, allowed is another scenario, or a change with --with", other.display());
        }
        // Standard input can be read only once.
        let second = if is_same { first.with(&self.with) } else { input.read_other(other, &self.with) };
        let second = naming(other, second)?;
        Ok(vec![first, second])
    }
}

/// Adds the file to an error in a scenario or an override. Other errors name it.
fn naming(file: &Path, side: Result<LoadedScenario>) -> Result<LoadedScenario> {
    side.map_err(|error| if error.is::<ScenarioError>() { error.context(file.display().to_string()) } else { error })
}

/// Warns if the two scenarios have different seeds or spans.
fn note_differences(sides: &[LoadedScenario]) {
    let [first, second] = sides else { return };
    let (first, second) = (&first.scenario, &second.scenario);
    if first.seed != second.seed {
        let seed = first.seed;
        terminal::note(&format!(
            "warning: the scenarios have different seeds: both are simulated with {seed} and the seeds that follow it"
        ));
    }
    if (first.time.begin, first.time.span) != (second.time.begin, second.time.span) {
        terminal::note("warning: the scenarios have different spans of time, so their traffic differs");
    }
}

/// The sides of a question, with different names.
pub(super) fn named(sides: &[LoadedScenario]) -> Vec<PlannedScenario> {
    let mut names: Vec<String> = sides.iter().map(name).collect();
    if let [first, second] = names.as_mut_slice()
        && first == second
    {
        // The two files have the same name, in different directories.
        (*first, *second) = (sides[0].source.file_name().into(), sides[1].source.file_name().into());
    }
    let sides = names.into_iter().zip(sides);
    sides.map(|(name, chosen)| PlannedScenario { name, scenario: chosen.scenario.clone() }).collect()
}

/// Checks that the traffic of all sides can be multiplied by all loads.
///
/// # Errors
/// If it cannot. The error names the option, the file and its overrides.
pub(super) fn check_loads(sides: &[LoadedScenario], of: &Traffic, loads: &[f64]) -> Result<()> {
    for LoadedScenario { source, scenario, .. } in sides {
        let shown = source.overrides().iter().map(Override::shown);
        let described = || [vec!["--load for", source.file_name()], shown.clone().collect()].concat().join(" ");
        loads.iter().try_for_each(|&load| scenario.scaled(of, load).map(drop).with_context(described))?;
    }
    Ok(())
}

/// Reads the value of `--with`.
///
/// # Errors
/// If it is not `PATH=VALUE`, or if it sets the seed, because both sides share the seeds.
fn read_with(text: String) -> Result<Override, ScenarioError> {
    let given = Override::given("--with", &text)?;
    let seed = Override::new(given.shown(), "seed", text.split_once('=').unwrap_or_default().1)?;
    if given == seed {
        let allowed =
            "allowed is any path except seed, because both sides use the same seeds; --seed sets the first seed";
        return Err(ScenarioError::Override { found: given.shown().into(), allowed: allowed.into() });
    }
    Ok(given)
}

/// The name of a side: the name of its file, and its overrides. If several overrides set one path, only the last is named.
fn name(chosen: &LoadedScenario) -> String {
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

/// True if two paths lead to the same file, even if they are spelled differently.
fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
