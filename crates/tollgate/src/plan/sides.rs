//! The sides of a plan: its scenario, and the one that it is compared with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::{StringValueParser, TypedValueParser};
use tollgate_capacity::PlannedScenario;
use tollgate_scenario::{Override, Scenario, ScenarioError, Traffic};

use crate::input::{Input, LoadedScenario, whole_number};
use crate::terminal;

/// The option that copies the first appliance.
const BOXES: &str = "--boxes";
/// The largest number of copies of an appliance.
const MOST_BOXES: u64 = 100;
/// The name of the lines of `plan.csv` that compare the sides.
pub(super) const DIFFERENCE: &str = "difference";

/// The arguments that name a second side.
#[derive(Debug, Args)]
pub(super) struct ComparisonArguments {
    /// Compare with another scenario, at the same loads and with the same seeds and overrides
    #[arg(long, value_name = "SCENARIO")]
    compare: Option<PathBuf>,

    /// Compare with the same scenario after this change; may be given more than once
    ///
    /// With --compare, it overrides a value of the other scenario. As with --set, PATH.+=VALUE appends an element to a list.
    #[arg(long, value_name = "PATH=VALUE", value_parser = StringValueParser::new().try_map(read_with))]
    with: Vec<Override>,

    /// Compare with the same scenario on N appliances like its first one
    ///
    /// The appliances have the values of the first one and share the load evenly. They replace all appliances of the scenario. Their names
    /// are that of the first one with numbers: c650, c650-2, c650-3. The option applies after --with. With --compare, it changes the other
    /// scenario.
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>(1, MOST_BOXES), allow_hyphen_values = true)]
    boxes: Option<usize>,

    /// Name of the second side (B), or of the only one, in the plan and its files [default: the scenario and its overrides]
    #[arg(long, value_name = "NAME", value_parser = read_label)]
    label: Option<String>,
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

    /// The number of appliances of the second side, if it differs.
    pub(super) fn boxes(&self) -> Option<usize> {
        self.boxes
    }

    /// The label of a side.
    pub(super) fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Reads the scenario, and the second one if there is one. Prints warnings on the standard error unless `quiet` is set.
    ///
    /// # Errors
    /// If a file cannot be read, or if a scenario or a comparison is refused.
    pub(super) fn sides(&self, input: &Input, quiet: bool) -> Result<Vec<LoadedScenario>> {
        let sides = self.read(input)?;
        if !quiet {
            self.note_warnings(&sides);
            note_differences(&sides);
        }
        Ok(sides)
    }

    /// The sides of a question, with different names.
    ///
    /// # Errors
    /// If the label is the name of the first side.
    pub(super) fn named(&self, sides: &[LoadedScenario]) -> Result<Vec<PlannedScenario>> {
        let mut names: Vec<String> = sides.iter().map(name).collect();
        if let [first, second] = names.as_mut_slice()
            && first == second
        {
            // The two files have the same name, in different directories.
            (*first, *second) = (sides[0].source.file_name().into(), sides[1].source.file_name().into());
        }
        let planned = names.into_iter().zip(sides);
        let planned = planned.map(|(name, side)| PlannedScenario::new(&name, side.scenario.clone()));
        let mut planned: Vec<PlannedScenario> = planned.collect();
        if let Some(label) = &self.label
            && let Some(last) = planned.pop()
        {
            if planned.iter().any(|first| first.name == *label) {
                bail!("--label: found {label:?}, the name of the first side, allowed is another name");
            }
            planned.push(last.labelled(label));
        }
        Ok(planned)
    }

    fn read(&self, input: &Input) -> Result<Vec<LoadedScenario>> {
        let boxes: Vec<Override> = self.boxes.iter().map(|&count| with_boxes(count)).collect();
        let Some(other) = &self.compare else {
            let first = input.read()?;
            if self.with.is_empty() && boxes.is_empty() {
                return Ok(vec![first]);
            }
            // The copies repeat an error of the first appliance, so the values of --with are checked before.
            let second = named_by(&boxes, first.with(&self.with)?.with(&boxes))?;
            if self.with.is_empty() && second.scenario == first.scenario {
                bail!("{}: found the appliances that {} has, allowed is another number", boxes[0].shown(), first.name);
            }
            return Ok(vec![first, second]);
        };
        // Both files take the same overrides, and an error in an override does not name the file. The context does.
        let first = naming(input.scenario(), input.read())?;
        let is_same = is_same_file(input.scenario(), other);
        if self.with.is_empty() && boxes.is_empty() && is_same {
            bail!("--compare: found {} itself, allowed is another scenario, or a change with --with", other.display());
        }
        // Standard input can be read only once.
        let second = if is_same { first.with(&self.with) } else { input.read_other(other, &self.with) };
        let second = naming(other, second.and_then(|second| second.with(&boxes)))?;
        Ok(vec![first, second])
    }

    /// Prints the warnings of each side. Two sides of one file share warnings, which are printed once.
    fn note_warnings(&self, sides: &[LoadedScenario]) {
        let mut known = Vec::new();
        for side in sides {
            let warnings = side.warnings();
            warnings.iter().filter(|warning| !known.contains(*warning)).for_each(|warning| side.note(warning));
            if self.compare.is_none() {
                known = warnings;
            }
        }
    }
}

/// Adds the option to an error in another override of a scenario, which is right without the option.
fn named_by(boxes: &[Override], side: Result<LoadedScenario>) -> Result<LoadedScenario> {
    match boxes {
        [boxes] => side.context(boxes.shown().to_owned()),
        _ => side,
    }
}

/// The override of `--boxes`.
fn with_boxes(count: usize) -> Override {
    Override::copies_of_first_appliance(&format!("{BOXES} {count}"), count)
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

/// Checks that the traffic of all sides can be multiplied by all loads. Returns the scenario of each side at its largest load.
///
/// # Errors
/// If it cannot. The error names the option, the file and its overrides.
pub(super) fn check_loads(sides: &[LoadedScenario], of: &Traffic, loads: &[f64]) -> Result<Vec<Scenario>> {
    let most = loads.iter().copied().fold(0.0, f64::max);
    let mut largest = Vec::with_capacity(sides.len());
    for LoadedScenario { source, scenario, .. } in sides {
        let shown = source.overrides().iter().map(Override::shown);
        let described = || [vec!["--load for", source.file_name()], shown.clone().collect()].concat().join(" ");
        loads.iter().try_for_each(|&load| scenario.scaled(of, load).map(drop).with_context(described))?;
        largest.push(scenario.scaled(of, most).with_context(described)?);
    }
    Ok(largest)
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

/// Reads the value of `--label`.
///
/// # Errors
/// If it cannot be the name of a side in every file of a plan.
fn read_label(text: &str) -> Result<String, String> {
    let allowed = "allowed is a name that is not blank, has no control characters and is not \"difference\"";
    let is_refused = text.trim().is_empty() || text.contains(char::is_control) || text == DIFFERENCE;
    if is_refused { Err(format!("found {text:?}, {allowed}")) } else { Ok(text.to_owned()) }
}

/// The name of a side: the name of its file, and its overrides. An override that a later one replaces is not named.
fn name(chosen: &LoadedScenario) -> String {
    let overrides = chosen.source.overrides();
    let mut values: Vec<String> = Vec::new();
    for (place, given) in overrides.iter().enumerate() {
        let Some((option, value)) = given.shown().split_once(' ') else { continue };
        if option == "--seed" || overrides[place + 1..].iter().any(|later| later.replaces(given)) {
            continue;
        }
        values.push(match option {
            "--volume" => format!("volume={value}"),
            BOXES if value == "1" => "1 box".into(),
            BOXES => format!("{value} boxes"),
            _ => value.to_owned(),
        });
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
