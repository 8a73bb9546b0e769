//! Instructions per simulated connection or message (transaction), counted by Valgrind. Unlike times, they hardly differ between
//! runs. Every account is counted, and no table is written. Run it with `make bench`.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::unwrap_used, reason = "a benchmark may fail by panic")]

use std::convert::Infallible;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use tollgate_ledger::Selection;
use tollgate_scenario::{Moment, Override, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

/// The runs: a name, and the overrides of c650-week.
const RUNS: [(&str, &[&str]); 4] = [
    ("c650-week", &[]),
    ("sums only", &[SUMS]),
    ("a tenth of the volume", &["volume=0.1"]),
    ("ten appliances", &[TEN]),
];

/// Not an override: keeps only the sums over all keys.
const SUMS: &str = "sums";

const TEN: &str = "appliances=[{ name = 'a' }, { name = 'b' }, { name = 'c' }, { name = 'd' }, { name = 'e' }, { name = 'f' }, \
                   { name = 'g' }, { name = 'h' }, { name = 'i' }, { name = 'j' }]";

/// An observer that drops everything it receives.
struct Sink {
    simulated: u64,
    selection: Selection,
}

impl Observer for Sink {
    type Error = Infallible;

    fn selection(&self) -> Selection {
        self.selection
    }

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        black_box(closed);
        Ok(())
    }

    fn reached(&mut self, _moment: Moment, simulated: u64) {
        self.simulated = simulated;
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((first, overrides)) = arguments.split_first()
        && first == "--run"
    {
        return println!("units {}", simulate(overrides));
    }
    for (name, overrides) in RUNS {
        match count(overrides) {
            Some((instructions, units)) => println!("{:8} instructions a unit: {name}", instructions / units),
            None => return println!("valgrind is needed to count instructions"),
        }
    }
}

/// Runs the scenario on one thread and returns the number of connections and messages.
fn simulate(overrides: &[String]) -> u64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/c650-week.toml");
    let only_sums = overrides.iter().any(|each| each == SUMS);
    let overrides: Vec<Override> =
        overrides.iter().filter(|each| *each != SUMS).map(|each| each.parse().unwrap()).collect();
    let scenario = Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"));
    let simulation = Simulation::new(&scenario);
    let workers = Workers::new(Some(1)).unwrap();
    let selection = if only_sums { Selection::SUMS } else { Selection::ALL };
    let mut sink = Sink { simulated: 0, selection };
    let Ok(_) = simulation.run(&workers, &mut sink);
    sink.simulated
}

/// The instructions and the units of a run in a process of its own, from its start to its end.
fn count(overrides: &[&str]) -> Option<(u64, u64)> {
    let this = std::env::current_exe().unwrap();
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(this).arg("--run").args(overrides);
    let output = command.output().ok()?;
    let (out, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let units = out.lines().find_map(|line| line.strip_prefix("units ")?.parse().ok())?;
    let collected = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())?;
    Some((collected, units))
}
