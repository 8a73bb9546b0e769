//! `tollgate plan`: finds the load at which a site's appliances stop keeping up.

mod command;
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
use tollgate_capacity::{Answer, Objective, Objectives, PlannedGrowth, Question, TrafficGrowth};
use tollgate_scenario::Moment;
use tollgate_wording::{counted, duration, iso};

use self::command::ShellCommand;
use self::journal::Journal;
use self::load::{Load, Loads};
use self::progress::PlanProgress;
use self::sides::ComparisonArguments;
use crate::input::{Input, LoadedScenario, thread_count, whole_number};
use crate::memory::MemoryArguments;
use crate::output::{Kind, Staging};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate plan c650-week
  tollgate plan c650-week --load 0.5..4 --points 12
  tollgate plan peak-day --slo 'p95<5m,queue<10000,drain<1h,turned_away=0'
  tollgate plan peak-day --growth 3%/month --from 2026-12-01
  tollgate plan c650-week --load class.spam-bots=1,2,4 --no-limit
  tollgate plan c650-week --load 1 --with appliances.c650.workers=8
  tollgate plan c650-week --volume 2 --boxes 2 --label 'second C650'
  tollgate plan c650-week --volume 2 --compare c650-pair --load 1

Load 1 is the scenario after --set, --seed and --volume have been applied. All loads are simulated with the same seeds: the \
scenario's seed and the ones that follow it. The limit is the smallest load at which a resource is exhausted; it is accurate to 1%.

The first example takes about 15 minutes of processor time, shared by all processors. To save time, \
use fewer --points or --seeds, --no-limit, or a shorter span (--set time.span=1d).

The tables show means over the seeds. The directory of the plan has these files:
  plan.html     graphs
  plan.csv      a line for each side, part (all, then each appliance if there are several) and
                load. Each figure has three columns: NAME is the mean, NAME_low and NAME_high are
                the ends of its 95% confidence interval. Times are in seconds, shares from 0 to 1,
                disk in KiB.
  plan.json     the whole plan
  runs.jsonl    the measurements of each run, each line with its checksum
  manifest.json the list of files with their checksums
  *.toml        copies of the scenarios

A complete plan replaces an earlier one in its directory. Run the same command again to resume an interrupted plan. A plan \
with more loads or seeds reuses the runs of the earlier one.";

/// The objectives of a plan for which none are given.
const DEFAULT_SLO: &str = "p99<10m,turned_away=0";

const DEFAULT_SEEDS: u64 = 5;

/// The arguments of `tollgate plan`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    input: Input,

    /// Loads to simulate: a range such as 0.5..4, or a list such as 1,2,3
    ///
    /// A load multiplies all traffic, or the traffic that WHAT names: incoming, outgoing, class.NAME or flow.NAME. [default: load 1, and
    /// loads around those at which an objective is broken or the appliances stop keeping up; with --no-limit: 0.5..4]
    #[arg(long, value_name = "[WHAT=]LIST", allow_hyphen_values = true)]
    load: Option<Load>,

    /// Number of loads, if --load has no list [default: 8]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole_number::<u64>(2, load::MOST))]
    points: Option<u64>,

    /// Objectives: the plan finds the smallest load at which one of them is broken
    ///
    /// A list of FIGURE<LIMIT, FIGURE<=LIMIT or FIGURE=0. Figures are mean, p50, p95, p99, p99.9 and longest (time in the work queue),
    /// queue (most messages in the work queue), gave_up, and the columns of plan.csv, such as drain, cpu_busiest_hour, turned_away and
    /// deferred. Limits are times such as 5m, shares such as 80%, or numbers. If you give objectives and one is broken at load 1, the exit
    /// code is 1. [default: p99<10m,turned_away=0]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    slo: Option<Objectives>,

    /// Growth of the traffic, such as 3%/month or 20%/year: gives the date on which the load reaches the one at which an objective is broken
    #[arg(long, value_name = "GROWTH", conflicts_with = "no_limit", allow_hyphen_values = true)]
    growth: Option<TrafficGrowth>,

    /// Day on which the load is 1, such as 2026-12-01 [default: the first day of the scenario]
    #[arg(long, value_name = "DATE", requires = "growth", conflicts_with = "no_limit", value_parser = read_day, allow_hyphen_values = true)]
    from: Option<Moment>,

    /// Number of seeds for each load
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEEDS, value_parser = whole_number::<u64>(1, 1000), allow_hyphen_values = true)]
    seeds: u64,

    #[command(flatten)]
    comparison: ComparisonArguments,

    /// Do not search for the loads at which an objective is broken and the appliances stop keeping up
    #[arg(long)]
    no_limit: bool,

    /// Directory of the plan [default: out/<scenario>-plan]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Number of threads [default: one for each processor]; the output does not depend on it
    #[arg(long, value_name = "N", value_parser = thread_count, allow_hyphen_values = true)]
    threads: Option<NonZeroUsize>,

    #[command(flatten)]
    memory: MemoryArguments,

    /// Print only errors and the plan
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
        if known.damaged > 0 {
            let lines = counted(known.damaged, "damaged line");
            self.note(&format!("warning: earlier runs have {lines}, which are simulated again if the plan needs them"));
        }
        let progress = PlanProgress::new(journal, self.quiet);
        let answer = question.answer(&program, known.runs, self.threads, &progress)?;
        let (journal, done, before) = progress.finish();
        files::write(staging.path(), &answer, &sides)?;
        staging.commit()?;
        let (kept, kept_in) = journal.finish(&answer.runs)?;
        let time = duration(started.elapsed().as_secs_f64());
        let before =
            if before == 0 { String::new() } else { format!(" and reused {}", counted(before, "earlier run")) };
        self.note(&format!("simulated {}{before} in {time}; wrote {}", counted(done, "run"), target.display()));
        if kept > 0 {
            self.note(&format!("kept {} of an interrupted plan in {}", counted(kept, "run"), kept_in.display()));
        }
        self.show(&answer)?;
        let is_broken = self.slo.is_some() && answer.plan.breaks_objectives_as_given();
        Ok(if is_broken { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn note(&self, line: &str) {
        if !self.quiet {
            terminal::note(line);
        }
    }

    fn question(&self, sides: &[LoadedScenario]) -> Result<Question> {
        let load = self.load.clone().unwrap_or_default();
        let loads = load.loads(self.points, !self.no_limit).map_err(|refusal| anyhow!(refusal))?;
        let given = if let Loads::Given(loads) = &loads { loads.clone() } else { vec![1.0] };
        let largest = sides::check_loads(sides, &load.of, &given)?;
        let runs = given.len() * self.seeds as usize * sides.len();
        let texts = sides.iter().map(|side| &side.source);
        self.memory.check_runs(("the plan", false), largest.iter().zip(texts), runs, self.threads)?;
        let seed = sides[0].scenario.seed;
        let last = seed.checked_add(self.seeds - 1);
        let last = last.ok_or_else(|| {
            let most = u64::MAX - (self.seeds - 1);
            anyhow!("seed: found {seed}, allowed is up to {most}, because the plan uses {} seeds from it", self.seeds)
        })?;
        let seeds = (seed..=last).collect();
        let name = &sides[0].name;
        let question = Question::new(name, self.comparison.named(sides)?, load.of, given, seeds, !self.no_limit)?;
        let question = match loads {
            Loads::AroundLimit(count) => question.with_loads_around_limits(count),
            Loads::Given(_) => question,
        };
        let objectives = self.slo.clone().map_or_else(|| DEFAULT_SLO.parse(), Ok);
        let question = question.with_objectives(objectives.map_err(|refusal: String| anyhow!(refusal))?);
        let question = question.with_command(self.command());
        let growth = self.growth.map(|growth| PlannedGrowth { growth, from: self.from });
        Ok(growth.into_iter().fold(question, Question::with_growth))
    }

    /// The command with the options that decide the answer, in a fixed order. Defaults are left out.
    fn command(&self) -> String {
        let mut command = ShellCommand::new(self.input.scenario());
        command.add("--seed", self.input.seed().map(|seed| seed.to_string()));
        command.add("--volume", self.input.volume().map(|volume| volume.to_string()));
        command.add("--names", self.input.names());
        command.add_overrides("--set", self.input.sets());
        let load = self.load.as_ref().filter(|load| **load != Load::default());
        command.add("--load", load.map(Load::to_string));
        command.add("--points", self.points.filter(|points| *points != load::POINTS).map(|points| points.to_string()));
        let objectives = |list: &Objectives| list.iter().map(Objective::to_string).collect::<Vec<_>>().join(",");
        command.add("--slo", self.slo.as_ref().map(objectives));
        command.add("--growth", self.growth.map(|growth| growth.to_string()));
        let day = |moment: Moment| iso(moment.micros()).chars().take_while(|mark| *mark != 'T').collect();
        command.add("--from", self.from.map(day));
        command.add("--seeds", Some(self.seeds).filter(|seeds| *seeds != DEFAULT_SEEDS).map(|seeds| seeds.to_string()));
        command.add_scenario("--compare", self.comparison.compare());
        command.add_overrides("--with", self.comparison.with());
        command.add("--boxes", self.comparison.boxes().map(|boxes| boxes.to_string()));
        command.add("--label", self.comparison.label().map(String::from));
        command.add_flag("--no-limit", self.no_limit);
        command.text()
    }

    fn target(&self, first: &LoadedScenario) -> Result<PathBuf> {
        if self.out.as_deref() == Some(Path::new("-")) {
            bail!(
                "--out: found -, allowed is a directory, because a plan has several files; --json prints it as one document"
            );
        }
        let target = self.out.clone().unwrap_or_else(|| Path::new("out").join(format!("{}-plan", first.name)));
        if target.file_name().is_none() {
            bail!("--out: found {}, allowed is the name of a directory", target.display());
        }
        Ok(target)
    }

    fn show(&self, answer: &Answer) -> Result<()> {
        if self.json {
            return terminal::print_json(&answer.plan);
        }
        terminal::print(&table::describe(&answer.plan))
    }
}

/// The first moment of a day in GMT.
fn read_day(text: &str) -> Result<Moment, String> {
    let moment = Moment::try_from(format!("{text}T00:00:00Z"));
    moment.map_err(|_| format!("found {text:?}, allowed is a day from 1970 to 2200 such as 2026-12-01"))
}

/// Identifies this build of the program, because another build may count differently. Builds can have the same version, so the
/// size and the modification time of the file are part of it.
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

    /// Splits a command into words as a shell does: text in single quotes is one word, and a comment is dropped. Paths below
    /// `scenarios/` become absolute.
    fn words(command: &str, root: &str) -> Vec<String> {
        let command = command.split(" #").next().unwrap();
        let parts = command.split('\'').enumerate().flat_map(|(place, part)| match place % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        });
        parts.map(|word| word.replacen("scenarios/", &format!("{root}/scenarios/"), 1)).collect()
    }

    fn plan_of(words: &[&str]) -> PlanArguments {
        match Arguments::try_parse_from([&["tollgate", "plan"], words].concat()).unwrap().verb {
            Verb::Plan(plan) => plan,
            _ => panic!("{words:?} is not a plan"),
        }
    }

    /// Every option that decides the answer, with a value that is not the default.
    const OPTIONS: [(&str, &str); 11] = [
        ("--seed", "7"),
        ("--volume", "0.25"),
        ("--names", "lifelike"),
        ("--set", "time.span=1d"),
        ("--load", "class.spam-bots=1..3"),
        ("--points", "4"),
        ("--slo", "p99<10m,turned_away=0"),
        ("--growth", "3%/month"),
        ("--from", "2026-12-01"),
        ("--seeds", "3"),
        ("--compare", "c650-pair"),
    ];

    #[test]
    fn the_command_has_every_option_that_decides_the_answer() {
        let with = ["--with", "appliances.c650.name='it is \"one\"'"];
        let given: Vec<&str> = OPTIONS.iter().flat_map(|(option, value)| [*option, *value]).chain(with).collect();
        let beside = ["--out", "x", "--threads", "2", "--ignore-memory", "--quiet", "--json"];
        let command = plan_of(&[&["scenarios/peak-day.toml"], &given[..], &beside].concat()).command();
        let expected = "tollgate plan peak-day.toml --seed 7 --volume 0.25 --names lifelike --set time.span=1d --load \
                        class.spam-bots=1..3 --points 4 --slo 'p99<10m,turned_away=0' --growth 3%/month --from 2026-12-01 --seeds 3 --compare c650-pair \
                        --with 'appliances.c650.name='\\''it is \"one\"'\\'''";
        assert_eq!(command, expected);
        assert_eq!(plan_of(&["-", "--no-limit"]).command(), "tollgate plan - --no-limit");
        let sides = plan_of(&["quiet-hour", "--label", "two boxes", "--boxes", "2"]).command();
        assert_eq!(sides, "tollgate plan quiet-hour --boxes 2 --label 'two boxes'");
        // A new option belongs to the command, or to the options that do not change the answer.
        let command = <Arguments as clap::CommandFactory>::command();
        let options = command.find_subcommand("plan").unwrap().get_arguments().filter_map(|option| option.get_long());
        let known = OPTIONS
            .map(|(option, _)| option)
            .into_iter()
            .chain(["--with", "--boxes", "--label", "--no-limit"])
            .chain(beside);
        let known: Vec<&str> = known.filter_map(|option| option.strip_prefix("--")).collect();
        let unknown: Vec<&str> = options.filter(|option| !known.contains(option)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn options_with_equal_answers_give_equal_commands() {
        for (given, expected) in [
            (vec!["--load", "0.5..4.0", "--points", "8", "--seeds", "5"], "tollgate plan quiet-hour --load 0.5..4"),
            (vec!["--load", "all", "--points", "6"], "tollgate plan quiet-hour --points 6"),
            (vec!["--load", "outgoing"], "tollgate plan quiet-hour --load outgoing"),
            (vec!["--load", "2, 1.50,1,2"], "tollgate plan quiet-hour --load 1,1.5,2"),
            (vec!["--volume", "2.0", "--slo", "p95 < 300s"], "tollgate plan quiet-hour --volume 2 --slo 'p95<5m'"),
        ] {
            let command = plan_of(&[&["quiet-hour"], &given[..]].concat()).command();
            assert_eq!(command, expected);
            // The command asks the same question.
            let again = words(&command, "");
            assert_eq!(plan_of(&again.iter().map(String::as_str).collect::<Vec<_>>()[2..]).command(), expected);
        }
    }

    #[test]
    fn every_example_is_a_question_that_can_be_answered() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_str().unwrap();
        let pages = ["README.md", "scenarios/README.md", "crates/capacity/MODEL.md"];
        let pages = pages.map(|page| fs::read_to_string(format!("{root}/{page}")).unwrap());
        for (text, least) in [EXAMPLES.to_owned()].iter().chain(&pages).zip([5, 2, 9, 1]) {
            let examples: Vec<&str> = text
                .lines()
                .map(|line| line.trim_start_matches("$ ").trim())
                .filter(|line| line.starts_with("tollgate plan"))
                .collect();
            assert!(examples.len() >= least, "{examples:?}");
            for example in examples {
                let arguments = Arguments::try_parse_from(words(example, root));
                let Verb::Plan(plan) = arguments.unwrap_or_else(|error| panic!("{example}\n{error}")).verb else {
                    panic!("{example} is not a plan");
                };
                let question = plan.comparison.sides(&plan.input, true).and_then(|sides| plan.question(&sides));
                question.unwrap_or_else(|error| panic!("{example}\n{error:#}"));
            }
        }
    }
}
