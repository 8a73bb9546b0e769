//! The options that choose a scenario and override its values.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use tollgate_catalogue::Catalogue;
use tollgate_scenario::{Override, Scenario, ScenarioError, ScenarioText};

use crate::terminal;

/// A scenario file and its overrides.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// The scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Random seed, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = whole_number(0, i64::MAX as u64), allow_hyphen_values = true)]
    seed: Option<u64>,

    /// Factor for all volumes, instead of the scenario's
    #[arg(long, value_name = "X", value_parser = amount, allow_hyphen_values = true)]
    volume: Option<f64>,

    /// Override one value of the scenario, such as time.span=1d; may be given more than once
    #[arg(long = "set", value_name = "PATH=VALUE")]
    sets: Vec<Override>,
}

/// The same options, and the interval of the exports.
#[derive(Debug, Args)]
pub(crate) struct ExportInput {
    #[command(flatten)]
    input: Input,

    /// Interval of the exports, instead of the scenario's
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
    /// The name of its file, without the ending.
    pub(crate) name: String,
    /// Its text and overrides.
    pub(crate) source: ScenarioText,
    /// The scenario itself.
    pub(crate) scenario: Scenario,
}

/// A parser of whole numbers within bounds.
pub(crate) fn whole_number(least: u64, most: u64) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("found {text}, allowed is a whole number from {least} to {most}"))
    }
}

fn amount(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| format!("found {text}, allowed is a number that is not negative"))
}

impl Input {
    /// Reads the scenario and applies its overrides.
    ///
    /// # Errors
    /// If the file cannot be read, or if the scenario or an override is refused.
    pub(crate) fn read(&self) -> Result<LoadedScenario> {
        self.read_with(None)
    }

    /// Reads this scenario or another file, with further overrides.
    ///
    /// # Errors
    /// If the file cannot be read, or if the scenario or an override is refused.
    pub(crate) fn read_other(&self, other: Option<&Path>, more: &[Override]) -> Result<LoadedScenario> {
        read(other.unwrap_or(&self.file), [self.overrides(None)?, more.to_vec()].concat())
    }

    /// The scenario file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    fn read_with(&self, interval: Option<Interval>) -> Result<LoadedScenario> {
        read(&self.file, self.overrides(interval)?)
    }

    /// All overrides: those of `--seed` and the like first, then those of `--set`.
    fn overrides(&self, interval: Option<Interval>) -> Result<Vec<Override>, ScenarioError> {
        let interval = interval.and_then(|interval| interval.to_possible_value());
        let named = [
            ("--seed", "seed", self.seed.map(|seed| seed.to_string())),
            ("--volume", "volume", self.volume.map(|volume| format!("{volume:?}").trim_end_matches(".0").to_owned())),
            ("--interval", "time.export_interval", interval.map(|interval| interval.get_name().to_owned())),
        ];
        let given = named.into_iter().filter_map(|(option, path, value)| Some((option, path, value?)));
        let named = given.map(|(option, path, value)| Override::new(&format!("{option} {value}"), path, &value));
        named.chain(self.sets.iter().cloned().map(Ok)).collect()
    }
}

fn read(file: &Path, overrides: Vec<Override>) -> Result<LoadedScenario> {
    let Some(name) = file.file_stem().and_then(|stem| stem.to_str()) else {
        bail!("{} does not name a scenario file", file.display());
    };
    let source = ScenarioText::read(file, &overrides)?;
    let scenario = source.scenario()?;
    let rules: Vec<&str> = Catalogue::builtin().rules().iter().map(|rule| rule.name.as_str()).collect();
    source.check_rules(&scenario, &rules)?;
    Ok(LoadedScenario { name: name.to_owned(), source, scenario })
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
    /// Prints the warnings of the scenario on the standard error.
    pub(crate) fn note_warnings(&self) {
        for warning in self.scenario.warnings() {
            terminal::note(&self.source.render(&warning, terminal::colored()));
        }
    }
}
