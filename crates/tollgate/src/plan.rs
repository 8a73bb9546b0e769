//! `tollgate plan`: says how a site's appliances stand up to load.

mod files;
mod journal;
mod load;
mod table;
mod watch;

use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use clap::builder::{RangedU64ValueParser, StringValueParser, TypedValueParser};
use tollgate_capacity::{Answer, Question, Side};
use tollgate_scenario::{Error, Override};

use self::journal::Journal;
use self::load::Load;
use self::watch::Watch;
use crate::input::{Chosen, Input};
use crate::output::{Kind, Staging};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate plan scenarios/c650-week.toml
  tollgate plan scenarios/c650-week.toml --load 0.5..4 --points 12
  tollgate plan scenarios/c650-week.toml --load class.spam-bots=1,2,4 --no-limit
  tollgate plan scenarios/c650-week.toml --with appliances.c650.workers=12
  tollgate plan scenarios/c650-week.toml --compare scenarios/mccolo.toml --load 1

A load of 1 is the scenario as it is given, with what --set, --seed and --volume make of it. Each load is simulated with \
the same seeds: the scenario's, and those that follow it. The limit is the smallest load at which something is \
exhausted, to 1 %.

The table shows means over the seeds. Their 95 % intervals, and more figures, are in DIR: plan.csv (a line for each load, \
with the columns FIGURE, FIGURE_low and FIGURE_high; times in seconds, shares from 0 to 1, disk in KiB), plan.json (all \
of the plan), plan.html (graphs), runs.jsonl (what each run measured), and copies of the scenarios. What an earlier plan left there is \
replaced as a whole, at the end. A plan that is interrupted goes on from the runs that were done, and one with more loads \
or seeds from those of the earlier plan.";

/// The arguments of `tollgate plan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Plan {
    #[command(flatten)]
    input: Input,

    /// What is multiplied, by which loads: a range (0.5..4) or a list (1,2,3), of all traffic or of that before an equals
    /// sign: incoming, outgoing, class.NAME or flow.NAME
    #[arg(long, value_name = "[WHAT=]LIST", default_value = "0.5..4", allow_hyphen_values = true)]
    load: Load,

    /// How many loads a range has, evenly spaced [default: 8]
    #[arg(long, value_name = "N")]
    points: Option<usize>,

    /// With how many seeds each load is simulated
    #[arg(long, value_name = "N", default_value = "5", value_parser = RangedU64ValueParser::<u64>::new().range(1..=1000))]
    seeds: u64,

    /// Set another scenario beside the first, on the same loads and seeds; what overrides the first overrides it too
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,

    /// Set a scenario with one more value overridden beside the first: the other file, or the same one without --compare;
    /// may be given more than once
    #[arg(long, value_name = "PATH=VALUE", value_parser = StringValueParser::new().try_map(with))]
    with: Vec<Override>,

    /// Do not look for the limit
    #[arg(long)]
    no_limit: bool,

    /// Where the plan goes; without it out/<scenario>-plan
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// How many threads to use; without it, one for each processor. It changes nothing that is written
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Say nothing but errors and the plan
    #[arg(long)]
    quiet: bool,

    /// Print the plan as one JSON document
    #[arg(long)]
    json: bool,
}

impl Plan {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the scenarios or the options are refused, or if something cannot be written.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let started = Instant::now();
        let sides = self.sides()?;
        let question = self.question(&sides)?;
        let target = self.target(&sides[0])?;
        let staging = Staging::begin(&target, Kind::Plan)?;
        let (journal, known) = Journal::open(&target)?;
        let watch = Watch::new(journal, self.quiet);
        let answer = question.answer(&program(), known, self.threads, &watch)?;
        let (journal, done, before) = watch.finish();
        files::write(staging.path(), &answer, &sides)?;
        staging.commit()?;
        journal.remove()?;
        self.show(&answer)?;
        if !self.quiet {
            let seconds = started.elapsed().as_secs_f64();
            let before =
                if before == 0 { String::new() } else { format!(" and took {before} over that were done before") };
            terminal::note(&format!("simulated {done} runs{before} in {seconds:.2} s; wrote {}", target.display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The scenario, and the one beside it if there is one.
    fn sides(&self) -> Result<Vec<Chosen>> {
        let first = self.input.read()?;
        self.note_warnings(&first);
        if self.compare.is_none() && self.with.is_empty() {
            return Ok(vec![first]);
        }
        if self.compare.as_deref() == Some(self.input.file()) && self.with.is_empty() {
            bail!("--compare: found {} itself, allowed is another file, or --with", self.input.file().display());
        }
        let second = self.input.read_other(self.compare.as_deref(), &self.with)?;
        if self.compare.is_some() {
            self.note_warnings(&second);
        }
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
        Ok(vec![first, second])
    }

    fn note_warnings(&self, chosen: &Chosen) {
        if !self.quiet {
            chosen.note_warnings();
        }
    }

    fn question(&self, sides: &[Chosen]) -> Result<Question> {
        let loads = self.load.loads(self.points).map_err(|refusal| anyhow!(refusal))?;
        let seed = sides[0].scenario.seed;
        let seeds = (0..self.seeds).map(|place| seed.wrapping_add(place)).collect();
        let mut names: Vec<String> = sides.iter().map(name).collect();
        if let [first, second] = names.as_mut_slice()
            && first == second
        {
            // Files of the same name in different directories.
            (*first, *second) = (sides[0].source.file_name().into(), sides[1].source.file_name().into());
        }
        let sides_named = names.into_iter().zip(sides);
        let sides_named = sides_named.map(|(name, chosen)| Side { name, scenario: chosen.scenario.clone() }).collect();
        Ok(Question::new(&sides[0].name, sides_named, self.load.of.clone(), loads, seeds, !self.no_limit)?)
    }

    fn target(&self, first: &Chosen) -> Result<PathBuf> {
        let target = self.out.clone().unwrap_or_else(|| Path::new("out").join(format!("{}-plan", first.name)));
        if target.file_name().is_none() {
            bail!("--out: found {}, allowed is a directory by its name", target.display());
        }
        Ok(target)
    }

    fn show(&self, answer: &Answer) -> Result<()> {
        if self.json {
            return terminal::print(&(serde_json::to_string_pretty(&answer.plan)? + "\n"));
        }
        terminal::print(&table::describe(&answer.plan))
    }
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

fn with(text: String) -> Result<Override, Error> {
    Override::given("--with", &text)
}

/// What tells this program from others, which may count otherwise: its version, and the size and age of its file, as not
/// every program that was built has a version of its own.
fn program() -> String {
    let file = env::current_exe().and_then(fs::metadata);
    let built = file.and_then(|file| Ok((file.len(), file.modified()?)));
    format!("{} {built:?}", env!("CARGO_PKG_VERSION"))
}
