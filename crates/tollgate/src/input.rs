//! The options that choose a scenario and override its values.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Error, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use tollgate_catalogue::Catalogue;
use tollgate_scenario::regular_file::NOT_REGULAR;
use tollgate_scenario::{Override, Scenario, ScenarioError, ScenarioText, Warning};

use crate::memory;
use crate::shipped;
use crate::terminal;

/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// The largest number of threads.
const MOST_THREADS: u64 = 1024;

/// A scenario and its overrides.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Scenario: a file, a name that `tollgate scenarios` lists, or `-` for standard input
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,

    /// Random seed [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = whole_number::<u64>(0, u64::MAX), allow_hyphen_values = true)]
    seed: Option<u64>,

    /// Factor that multiplies all traffic except scripted traffic [default: the scenario's]
    ///
    /// X replaces the scenario's own factor; it does not multiply it. A scenario with a volume of 2.6 has less mail with --volume 2.
    #[arg(long, value_name = "X", value_parser = amount, allow_hyphen_values = true)]
    volume: Option<f64>,

    /// Style of generated names [default: the scenario's]
    #[arg(long, value_name = "STYLE")]
    names: Option<NamesStyle>,

    /// Override one value of the scenario, such as time.span=1d; may be given more than once
    ///
    /// PATH.+=VALUE appends an element to a list, such as 'appliances.+={name="second"}'.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    sets: Vec<Override>,
}

/// The styles of generated names.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum NamesStyle {
    /// Domains are reserved for examples: they end in .example or .test; addresses are those of the scenario
    Reserved,
    /// Generated domains have real endings, such as .com and .co.uk, and addresses in 240.0.0.0/4 are shown as real ones; both may belong to
    /// somebody by chance
    Lifelike,
}

/// The same options, and the interval of the exports.
#[derive(Debug, Args)]
pub(crate) struct ExportInput {
    #[command(flatten)]
    input: Input,

    /// Interval of the exports [default: the scenario's]
    #[arg(long)]
    interval: Option<Interval>,
}

/// The intervals that the appliance has.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Interval {
    #[value(name = "5m")]
    FiveMinutes,
    #[value(name = "1h")]
    Hour,
    #[value(name = "1d")]
    Day,
}

/// A scenario that has been read.
#[derive(Debug)]
pub(crate) struct LoadedScenario {
    /// The name of its file without the extension, or `stdin`.
    pub(crate) name: String,
    /// Its text and overrides.
    pub(crate) source: ScenarioText,
    /// The scenario itself.
    pub(crate) scenario: Scenario,
}

/// A parser of whole numbers within bounds.
pub(crate) fn whole_number<N: TryFrom<u64>>(least: u64, most: u64) -> impl Fn(&str) -> Result<N, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number
            .and_then(|number| N::try_from(number).ok())
            .ok_or_else(|| format!("found {text}, allowed is a whole number from {least} to {most}"))
    }
}

/// A parser of numbers of threads.
pub(crate) fn thread_count(text: &str) -> Result<NonZeroUsize, String> {
    whole_number::<usize>(1, MOST_THREADS)(text).and_then(|number| NonZeroUsize::new(number).ok_or_else(String::new))
}

fn amount(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| format!("found {text}, allowed is a number of at least 0"))
}

impl Input {
    /// Reads the scenario and applies its overrides.
    ///
    /// # Errors
    /// If the file cannot be read, or if the scenario or an override is refused.
    pub(crate) fn read(&self) -> Result<LoadedScenario> {
        self.read_with(None)
    }

    /// Reads another scenario with the same overrides and further ones.
    ///
    /// # Errors
    /// If the file cannot be read, or if the scenario or an override is refused.
    pub(crate) fn read_other(&self, other: &Path, more: &[Override]) -> Result<LoadedScenario> {
        read(other, &[self.overrides(None)?, more.to_vec()].concat())
    }

    /// The scenario as the user named it.
    pub(crate) fn scenario(&self) -> &Path {
        &self.scenario
    }

    /// The seed that the user gave.
    pub(crate) fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// The volume that the user gave.
    pub(crate) fn volume(&self) -> Option<f64> {
        self.volume
    }

    /// The style of names that the user gave.
    pub(crate) fn names(&self) -> Option<String> {
        Some(self.names?.to_possible_value()?.get_name().to_owned())
    }

    /// The overrides of `--set`.
    pub(crate) fn sets(&self) -> &[Override] {
        &self.sets
    }

    fn read_with(&self, interval: Option<Interval>) -> Result<LoadedScenario> {
        read(&self.scenario, &self.overrides(interval)?)
    }

    /// All overrides: those of `--seed`, `--volume`, `--names` and `--interval` first, then those of `--set`.
    fn overrides(&self, interval: Option<Interval>) -> Result<Vec<Override>, ScenarioError> {
        let interval = interval.and_then(|interval| interval.to_possible_value());
        let named = [
            ("--seed", "seed", self.seed.map(|seed| seed.to_string())),
            ("--volume", "volume", self.volume.map(|volume| format!("{volume:?}").trim_end_matches(".0").to_owned())),
            ("--names", "names.style", self.names()),
            ("--interval", "time.export_interval", interval.map(|interval| interval.get_name().to_owned())),
        ];
        let given = named.into_iter().filter_map(|(option, path, value)| Some((option, path, value?)));
        let named = given.map(|(option, path, value)| Override::new(&format!("{option} {value}"), path, &value));
        named.chain(self.sets.iter().cloned().map(Ok)).collect()
    }
}

/// Reads a scenario, which is a file, a name or standard input, and applies overrides.
///
/// # Errors
/// If it cannot be read, or if the scenario or an override is refused.
pub(crate) fn read(scenario: &Path, overrides: &[Override]) -> Result<LoadedScenario> {
    if scenario == Path::new(STANDARD_INPUT) {
        return LoadedScenario::new(
            "stdin",
            ScenarioText::read_stream(io::stdin().lock(), "standard input", overrides)?,
        );
    }
    // A file that exists but cannot be inspected is read below, so that its error is reported.
    if matches!(scenario.try_exists(), Ok(false)) || scenario.is_dir() {
        let Some(shipped) = shipped::find(scenario) else { return Err(missing(scenario)) };
        let file_name = format!("{}.toml", shipped.name);
        return LoadedScenario::new(shipped.name, ScenarioText::new(shipped.text, &file_name, overrides));
    }
    if scenario.metadata().is_ok_and(|found| !found.is_file()) {
        let found = format!("{NOT_REGULAR}, or `-` for standard input");
        let source = io::Error::new(io::ErrorKind::InvalidInput, found);
        return Err(ScenarioError::Read { path: scenario.into(), source }.into());
    }
    let Some(name) = scenario.file_stem().and_then(|stem| stem.to_str()) else {
        bail!("{}: found a name that is not UTF-8 text, allowed is a scenario file", scenario.display());
    };
    // The name of the scenario is that of a directory.
    if matches!(name, "." | "..") {
        bail!(
            "{}: found {name:?} as the name of the scenario, allowed is another name of the file",
            scenario.display()
        );
    }
    LoadedScenario::new(name, ScenarioText::read(scenario, overrides)?)
}

/// The error of a path that is neither a file nor the name of a shipped scenario.
fn missing(scenario: &Path) -> Error {
    let found = if scenario.is_dir() { "a directory" } else { "no such file" };
    anyhow!(
        "{}: found {found}, allowed are a scenario file, `-` for standard input, or a name that `tollgate scenarios` lists: {}",
        scenario.display(),
        shipped::names_and_guess(scenario)
    )
}

impl ExportInput {
    /// Reads the scenario and applies its overrides.
    ///
    /// # Errors
    /// If the file cannot be read, or if the scenario or an override is refused.
    pub(crate) fn read(&self) -> Result<LoadedScenario> {
        self.input.read_with(self.interval)
    }
}

impl LoadedScenario {
    /// Reads a scenario from its text.
    ///
    /// # Errors
    /// If the scenario or an override is refused.
    fn new(name: &str, source: ScenarioText) -> Result<Self> {
        memory::check_reading(&source)?;
        let scenario = source.scenario()?;
        let rules: Vec<&str> = Catalogue::builtin().rules().iter().map(|rule| rule.name.as_str()).collect();
        source.check_rules(&scenario, &rules)?;
        Ok(LoadedScenario { name: name.to_owned(), source, scenario })
    }

    /// The same scenario with further overrides.
    ///
    /// # Errors
    /// If an override is refused.
    pub(crate) fn with(&self, more: &[Override]) -> Result<Self> {
        let overrides = [self.source.overrides(), more].concat();
        LoadedScenario::new(&self.name, ScenarioText::new(self.source.text(), self.source.file_name(), &overrides))
    }

    /// Every value of the scenario as TOML, with its overrides and defaults.
    pub(crate) fn effective(&self) -> String {
        let overrides = self.source.overrides().iter().map(|given| format!(" {}", given.shown()));
        format!(
            "# The scenario {}{}, with every value. `default` marks the values that are set nowhere.\n{}",
            self.name,
            overrides.collect::<String>(),
            self.source.effective(&self.scenario)
        )
    }

    /// The warnings of the scenario and its overrides.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        self.source.warnings(&self.scenario)
    }

    /// Prints the warnings on the standard error.
    pub(crate) fn note_warnings(&self) {
        let warnings = self.warnings();
        if !warnings.is_empty() {
            let text = self.source.render(&warnings.iter().collect::<Vec<_>>(), terminal::colored());
            terminal::note_styled(&text);
        }
    }

    /// Prints one of the warnings on the standard error.
    pub(crate) fn note(&self, warning: &Warning) {
        terminal::note_styled(&self.source.render(&[warning], terminal::colored()));
    }
}
