//! The forecasts of memory in MEMORY.md.

use std::path::Path;

use tollgate_scenario::{Override, Scenario};
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
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    Scenario::read(&scenarios.join(format!("{name}.toml")), &overrides).unwrap()
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
    let work = |sets: &str| Forecast::new(&scenario(&format!("quiet-hour{sets}"))).work();
    let usual = work("");
    // Each message is deferred 200 times. The run takes about twice as long.
    let waits = ["first_wait=1s", "longest_wait=1s", "max_retries=10000", "max_time=1h"];
    let waits: String = waits.iter().map(|wait| format!(" --set bounce_profile.{wait}")).collect();
    let deferred = work(&format!("{waits} --set outgoing.0.destinations.0.deferred=1"));
    assert!((1.5 * usual..12.0 * usual).contains(&deferred), "{deferred} {usual}");
    // 2,159 hours of which most are nights and weekends. The run takes about 30 times as long.
    let warm = work(" --set time.warm_up=90d");
    assert!((10.0 * usual..90.0 * usual).contains(&warm), "{warm} {usual}");
    let forecast = Forecast::new(&scenario("quiet-hour --set time.warm_up=2h"));
    let begin = scenario("quiet-hour").time.begin.micros();
    let of_hour = |part| forecast.work_of(begin..begin + 1, part);
    assert!(of_hour(1.0) < forecast.work() && of_hour(0.5) < of_hour(1.0));
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
