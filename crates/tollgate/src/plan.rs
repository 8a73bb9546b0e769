//! `tollgate plan`: says how a site's appliances stand up to load.

mod files;
mod journal;
mod load;
mod number;
mod sides;
mod table;
mod verdict;
mod watch;

use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use clap::builder::{StringValueParser, TypedValueParser};
use tollgate_capacity::{Answer, Question};
use tollgate_scenario::Override;

use self::journal::Journal;
use self::load::Load;
use self::sides::SideArguments;
use self::watch::Watch;
use crate::input::{Chosen, Input, whole_number};
use crate::output::{Kind, Staging};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate plan scenarios/c650-week.toml
  tollgate plan scenarios/c650-week.toml --load 0.5..4 --points 12
  tollgate plan scenarios/c650-week.toml --load class.spam-bots=1,2,4 --no-limit
  tollgate plan scenarios/c650-week.toml --load 1 --with appliances.c650.workers=8
  tollgate plan scenarios/c650-week.toml --volume 2 --compare scenarios/c650-pair.toml --load 1

A load of 1 is the scenario as it is given, with what --set, --seed and --volume make of it. Each load is simulated with \
the same seeds: the scenario's, and those that follow it. The limit is the smallest load at which something is \
exhausted, to 1 %.

The first of these takes some 5 minutes of processor time, shared by all processors. It takes less with fewer --points or \
--seeds, with --no-limit, and with a day in place of the week (--set time.span=1d).

The tables show means over the seeds. Their 95 % intervals, and more figures, are in DIR: plan.csv (a line for each \
load, with the columns FIGURE, FIGURE_low and FIGURE_high; times in seconds, shares from 0 to 1, disk in KiB), plan.json \
(all of the plan), plan.html (graphs), runs.jsonl (what each run measured), and copies of the scenarios. What an earlier \
plan left there is replaced as a whole, at the end. A plan that is interrupted goes on from the runs that were done, \
and one with more loads or seeds from those of the earlier plan.";

/// The arguments of `tollgate plan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    input: Input,

    /// What is multiplied, by which loads: a range (0.5..4) or a list (1,2,3), of all traffic or of that before an equals
    /// sign: incoming, outgoing, class.NAME or flow.NAME
    #[arg(long, value_name = "[WHAT=]LIST", default_value = "0.5..4", allow_hyphen_values = true)]
    load: Load,

    /// How many loads a range has, evenly spaced [default: 8]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole_number(2, load::MOST))]
    points: Option<u64>,

    /// With how many seeds each load is simulated
    #[arg(long, value_name = "N", default_value = "5", value_parser = whole_number(1, 1000), allow_hyphen_values = true)]
    seeds: u64,

    /// Set another scenario beside the first, on the same loads and seeds; what overrides the first overrides it too
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,

    /// Set a scenario with one more value overridden beside the first: the other file, or the same one without --compare;
    /// may be given more than once
    #[arg(long, value_name = "PATH=VALUE", value_parser = StringValueParser::new().try_map(sides::with))]
    with: Vec<Override>,

    /// Do not look for the limit
    #[arg(long)]
    no_limit: bool,

    /// Where the plan goes; without it out/<scenario>-plan
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Number of threads, by default one for each processor; it changes no output
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Say nothing but errors and the plan
    #[arg(long)]
    quiet: bool,

    /// Print the plan as one JSON document
    #[arg(long)]
    json: bool,
}

impl PlanArguments {
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
        let program = program();
        let (journal, known) = Journal::open(&target, &program)?;
        self.note(
            "each run is kept as soon as it is done: if this is interrupted, the same command goes on from there",
        );
        let watch = Watch::new(journal, self.quiet);
        let answer = question.answer(&program, known, self.threads, &watch)?;
        let (journal, done, before) = watch.finish();
        files::write(staging.path(), &answer, &sides)?;
        staging.commit()?;
        let (kept, kept_in) = journal.finish(&answer.runs)?;
        let seconds = started.elapsed().as_secs_f64();
        let before = if before == 0 { String::new() } else { format!(" and took {before} over that were done before") };
        self.note(&format!("simulated {}{before} in {seconds:.2} s; wrote {}", runs(done), target.display()));
        if kept > 0 {
            self.note(&format!("kept {} of a plan that was interrupted, in {}", runs(kept), kept_in.display()));
        }
        self.show(&answer)?;
        Ok(ExitCode::SUCCESS)
    }

    fn note(&self, line: &str) {
        if !self.quiet {
            terminal::note(line);
        }
    }

    fn sides(&self) -> Result<Vec<Chosen>> {
        let PlanArguments { input, compare, with, quiet, .. } = self;
        SideArguments { input, compare: compare.as_deref(), with, quiet: *quiet }.read()
    }

    fn question(&self, sides: &[Chosen]) -> Result<Question> {
        let loads = self.load.loads(self.points).map_err(|refusal| anyhow!(refusal))?;
        sides::check_loads(sides, &self.load.of, &loads)?;
        let seed = sides[0].scenario.seed;
        let seeds = (0..self.seeds).map(|place| seed.wrapping_add(place)).collect();
        Ok(Question::new(&sides[0].name, sides::named(sides), self.load.of.clone(), loads, seeds, !self.no_limit)?)
    }

    fn target(&self, first: &Chosen) -> Result<PathBuf> {
        if self.out.as_deref() == Some(Path::new("-")) {
            bail!(
                "--out: found -, allowed is a directory, as a plan has several files (--json prints it as one document)"
            );
        }
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

fn runs(count: u64) -> String {
    if count == 1 { "1 run".into() } else { format!("{count} runs") }
}

/// What tells this program from others, which may count otherwise: its version, and the size and age of its file, as not
/// every program that was built has a version of its own.
fn program() -> String {
    let file = env::current_exe().and_then(fs::metadata);
    let built = file.and_then(|file| Ok((file.len(), file.modified()?)));
    format!("{} {built:?}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Verb};

    /// The words of a command, as a shell takes it apart: what is in single quotes is one word, and a comment is none.
    fn words(command: &str, root: &str) -> Vec<String> {
        let command = command.split(" #").next().unwrap();
        let parts = command.split('\'').enumerate().flat_map(|(place, part)| match place % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        });
        parts.map(|word| word.replacen("scenarios/", &format!("{root}/scenarios/"), 1)).collect()
    }

    #[test]
    fn every_example_is_a_question_that_can_be_answered() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_str().unwrap();
        let pages = ["README.md", "scenarios/README.md", "crates/capacity/MODEL.md"];
        let pages = pages.map(|page| fs::read_to_string(format!("{root}/{page}")).unwrap());
        for (text, least) in [EXAMPLES.to_owned()].iter().chain(&pages).zip([5, 2, 9, 1]) {
            let examples: Vec<&str> =
                text.lines().map(str::trim).filter(|line| line.starts_with("tollgate plan")).collect();
            assert!(examples.len() >= least, "{examples:?}");
            for example in examples {
                let arguments = Arguments::try_parse_from(words(example, root));
                let Verb::Plan(plan) = arguments.unwrap_or_else(|error| panic!("{example}\n{error}")).verb else {
                    panic!("{example} is no plan");
                };
                let question = plan.sides().and_then(|sides| plan.question(&sides));
                question.unwrap_or_else(|error| panic!("{example}\n{error:#}"));
            }
        }
    }
}
