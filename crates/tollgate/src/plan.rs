//! `tollgate plan`: shows how a site's appliances stand up to load.

mod files;
mod journal;
mod load;
mod progress;
mod sides;
mod table;
mod verdict;

use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use tollgate_capacity::{Answer, Question};
use tollgate_wording::{counted, duration};

use self::journal::Journal;
use self::load::Load;
use self::progress::PlanProgress;
use self::sides::ComparisonArguments;
use crate::input::{Input, LoadedScenario, whole_number};
use crate::output::{Kind, Staging};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate plan scenarios/c650-week.toml
  tollgate plan scenarios/c650-week.toml --load 0.5..4 --points 12
  tollgate plan scenarios/c650-week.toml --load class.spam-bots=1,2,4 --no-limit
  tollgate plan scenarios/c650-week.toml --load 1 --with appliances.c650.workers=8
  tollgate plan scenarios/c650-week.toml --volume 2 --compare scenarios/c650-pair.toml --load 1

A load of 1 is the scenario as given, with --set, --seed and --volume. Each load is simulated with the same seeds: the \
scenario's seed and the ones that follow it. The limit is the smallest load at which a resource is exhausted, to 1%.

The first example takes about 5 minutes of processor time, shared by all processors. It takes less with fewer --points or \
--seeds, with --no-limit, and for a day instead of the week (--set time.span=1d).

The tables show means over the seeds. DIR has their 95% intervals and more figures: plan.csv (a line for each load, with \
the columns FIGURE, FIGURE_low and FIGURE_high; times in seconds, shares from 0 to 1, disk in KiB), plan.json (the whole \
plan), plan.html (graphs), runs.jsonl (the measurements of each run), and copies of the scenarios. The plan replaces an \
earlier one in DIR when it is complete. Run the same command again to resume an interrupted plan; a plan with more loads \
or seeds reuses the runs of the earlier one.";

/// The arguments of `tollgate plan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    input: Input,

    /// The loads: a range (0.5..4) or a list (1,2,3). They multiply all traffic, or the traffic before an equals sign:
    /// incoming, outgoing, class.NAME or flow.NAME
    #[arg(long, value_name = "[WHAT=]LIST", default_value = "0.5..4", allow_hyphen_values = true)]
    load: Load,

    /// The number of evenly spaced loads in a range [default: 8]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole_number(2, load::MOST))]
    points: Option<u64>,

    /// The number of seeds that each load is simulated with
    #[arg(long, value_name = "N", default_value = "5", value_parser = whole_number(1, 1000), allow_hyphen_values = true)]
    seeds: u64,

    #[command(flatten)]
    comparison: ComparisonArguments,

    /// Do not search for the limit
    #[arg(long)]
    no_limit: bool,

    /// The directory of the plan [default: out/<scenario>-plan]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// The number of threads [default: one for each processor]; it changes nothing in the output
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Print nothing but errors and the plan
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
        let sides = self.comparison.sides(&self.input, self.quiet)?;
        let question = self.question(&sides)?;
        let target = self.target(&sides[0])?;
        let staging = Staging::begin(&target, Kind::Plan)?;
        let program = program();
        let (journal, known) = Journal::open(&target, &program)?;
        self.note("each finished run is kept: run the same command again to resume an interrupted plan");
        let progress = PlanProgress::new(journal, self.quiet);
        let answer = question.answer(&program, known, self.threads, &progress)?;
        let (journal, done, before) = progress.finish();
        files::write(staging.path(), &answer, &sides)?;
        staging.commit()?;
        let (kept, kept_in) = journal.finish(&answer.runs)?;
        let time = duration(started.elapsed().as_secs_f64());
        let before = if before == 0 {
            String::new()
        } else {
            format!(" and took over {} that were done before", counted(before, "run"))
        };
        self.note(&format!("simulated {}{before} in {time}; wrote {}", counted(done, "run"), target.display()));
        if kept > 0 {
            self.note(&format!(
                "kept {} of a plan that was interrupted, in {}",
                counted(kept, "run"),
                kept_in.display()
            ));
        }
        self.show(&answer)?;
        Ok(ExitCode::SUCCESS)
    }

    fn note(&self, line: &str) {
        if !self.quiet {
            terminal::note(line);
        }
    }

    fn question(&self, sides: &[LoadedScenario]) -> Result<Question> {
        let loads = self.load.loads(self.points).map_err(|refusal| anyhow!(refusal))?;
        sides::check_loads(sides, &self.load.of, &loads)?;
        let seed = sides[0].scenario.seed;
        let seeds = (0..self.seeds).map(|place| seed.wrapping_add(place)).collect();
        Ok(Question::new(&sides[0].name, sides::named(sides), self.load.of.clone(), loads, seeds, !self.no_limit)?)
    }

    fn target(&self, first: &LoadedScenario) -> Result<PathBuf> {
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

/// Identifies this program, because another one may count differently: its version, and the size and age of its file, because
/// not every build has a version of its own.
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
                let question = plan.comparison.sides(&plan.input, true).and_then(|sides| plan.question(&sides));
                question.unwrap_or_else(|error| panic!("{example}\n{error:#}"));
            }
        }
    }
}
