//! The forecasts of memory in MEMORY.md.

use std::fs;
use std::path::{Path, PathBuf};

use tollgate_scenario::{HOUR, Moment, Override, Scenario, Span};
use tollgate_simulation::Forecast;

/// The scenario of a command line such as `c650-week --interval 1d --set users.count=5`.
fn scenario(command: &str) -> Scenario {
    let mut words = command.split(' ');
    let name = words.next().unwrap();
    let mut overrides: Vec<Override> = Vec::new();
    while let (Some(option), Some(value)) = (words.next(), words.next()) {
        let set = match option {
            "--volume" => format!("volume={value}"),
            "--interval" => format!("time.export_interval={value}"),
            _ => value.to_owned(),
        };
        overrides.push(set.parse().unwrap());
    }
    Scenario::read(&path(name), &overrides).unwrap()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(format!("{name}.toml"))
}

#[test]
fn scripts_with_few_messages_share_rows_of_deliveries() {
    let script = |number: u32| {
        format!(
            "[[scripted_outgoing]]\nname = \"s{number}\"\nlistener = \"private\"\n\
             servers = {{ domain = \"example.com\", addresses = \"192.0.2.40/30\" }}\n\
             begin = \"2008-11-18T09:00:00Z\"\nspan = \"1h\"\ndestination = \"d{number}.example\"\n\
             connections = 200\nmessages = 400\n"
        )
    };
    let text = fs::read_to_string(path("quiet-hour")).unwrap() + &(0..900).map(script).collect::<String>();
    let forecast = Forecast::new(&Scenario::parse(&text, "scripts.toml", &[]).unwrap()).peak_bytes(2, true) / 1e6;
    // The run takes 114 MB.
    assert!((114.0 / 1.5..114.0 * 1.5).contains(&forecast), "{forecast}");
}

#[test]
fn recipients_above_the_limits_of_a_policy_take_memory_and_time() {
    let forecast = |most: u32| {
        let class = format!("quiet-hour --set incoming.3.recipients.bins.0.to={most}");
        Forecast::new(&scenario(&class))
    };
    // Both are above the limit of 25 recipients per message.
    let (few, many) = (forecast(30), forecast(30_000));
    assert!(many.transactions() > 10.0 * few.transactions());
    assert!(many.peak_bytes(2, true) > few.peak_bytes(2, true) + 50e6);
}

#[test]
fn repeated_attempts_and_idle_hours_are_little_work() {
    /// The work of a run, relative to that of its exported hour with the hour before.
    fn relative(sets: &str) -> f64 {
        let scenario = scenario(&format!("quiet-hour{sets}"));
        let (forecast, end) = (Forecast::new(&scenario), scenario.time.end());
        forecast.work() / forecast.work_of(Moment::from_micros(end.micros() - 2 * HOUR)..end, 1.0)
    }
    // These two hours are the whole run.
    assert!((0.99..1.01).contains(&relative("")));
    // Attempts that are repeated within an hour are in these two hours too.
    let waits = ["first_wait=1s", "longest_wait=1s", "max_retries=10000", "max_time=1h"];
    let waits: String = waits.iter().map(|wait| format!(" --set bounce_profile.{wait}")).collect();
    let deferred = relative(&format!("{waits} --set outgoing.0.destinations.0.deferred=1"));
    assert!((0.9..1.1).contains(&deferred), "{deferred}");
    // Most of the 2,161 hours have less mail than the two.
    let warm = relative(" --set time.warm_up=90d");
    assert!((500.0..2161.0 / 2.0).contains(&warm), "{warm}");
    let forecast = Forecast::new(&scenario("quiet-hour"));
    let begin = scenario("quiet-hour").time.begin;
    let hour = begin..begin.plus(Span::from_micros(HOUR));
    assert!(forecast.work_of(hour.clone(), 0.5) < 0.7 * forecast.work_of(hour, 1.0));
}

#[test]
fn the_forecasts_of_the_page_are_those_of_the_program_and_near_the_measured_memory() {
    let page = include_str!("../MEMORY.md");
    let section = page.split_once("| scenario |").unwrap().1.split_once("\n\n").unwrap().0;
    let (mut rows, mut differences) = (0, Vec::new());
    for line in section.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [forecast, measured] = [cells[1], cells[2]].map(|cell| cell.replace(',', "").parse::<f64>().unwrap());
        let found = (Forecast::new(&scenario(cells[0])).peak_bytes(2, true) / 1e6).round();
        if found != forecast || !(1.0 / 1.5..1.5).contains(&(found / measured)) {
            differences.push(format!("{line}: found {found}"));
        }
        rows += 1;
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(rows >= 30, "{rows} rows");
}
