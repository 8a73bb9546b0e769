//! The figures of the administrators' thread, and runs that explain them. These tests check the tables of `scenarios/THREAD.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::tempdir;
use tollgate_catalogue::{Catalogue, Rule, Table};
use tollgate_report::{Booking, Projection, Rows, Setting, Value};
use tollgate_scenario::{Amount, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation};

use crate::support::{root, run_well};

/// The sum of each column of counts. The key is the number of its table and its heading.
type Sums = BTreeMap<(u32, String), u64>;

/// The figures of one half of the TLS page: successful and failed connections, connections in clear, and messages.
type Page = [u64; 7];

/// Number of seeds of the drawn hours.
const SEEDS: u64 = 200;

/// Number of seeds of the drawn week, which has ten times the messages of the drawn hours together. 50 are enough: the standard
/// error of the mean is 0.14 standard deviations, and 0.5 are allowed. The error of the standard deviation is 10 %, and 30 % are
/// allowed.
const SEEDS_OF_A_WEEK: u64 = 50;

#[test]
fn the_hour_after_the_switch_comes_out_to_the_unit() {
    for interval in ["5m", "1h"] {
        let (counted, truth) = run_exact("thread-a-exact", interval);
        assert_eq!(outgoing(&counted), [2, 943, 0, 0, 0, 1_019, 2_903]);
        assert_eq!(outgoing(&truth), [2, 943, 0, 0, 2_252, 1_019, 2_903]);
        assert_eq!(counted[&cell(3, "Delivered")], 3_922);
    }
}

#[test]
fn the_week_before_the_switch_comes_out_to_the_unit() {
    for interval in ["1h", "1d"] {
        let (counted, truth) = run_exact("thread-b-exact", interval);
        assert_eq!(outgoing(&counted), [137, 0, 0, 0, 198_232, 139, 255_487]);
        assert_eq!(counted, truth);
        assert_eq!(counted[&cell(3, "Hard Bounces")], 5_876);
        assert_eq!(counted[&cell(3, "Total Messages Delivered")], 261_502);
    }
}

#[test]
fn the_second_site_comes_out_to_the_unit() {
    for interval in ["5m", "1h", "1d"] {
        let (counted, truth) = run_exact("thread-d-exact", interval);
        assert_eq!(outgoing(&counted), [0, 1_904, 0, 34, 34, 3_390, 12_600]);
        assert_eq!(counted[&cell(27, "Total Connections")], 1_972);
        assert_eq!(counted[&cell(3, "Delivered")], 15_990);
        assert_eq!(outgoing(&truth), [0, 1_904, 0, 34, 9_775, 3_390, 12_600]);
        for sums in [counted, truth] {
            assert_eq!(incoming(&sums), [0, 1_091, 0, 0, 7_055, 1_401, 8_314]);
            assert_eq!(sums[&cell(24, "Total Connections")], 8_146);
        }
    }
}

/// Runs an exact scenario, and returns the counted and the true figures. In both, the details add up to the summaries.
fn run_exact(scenario: &str, interval: &str) -> (Sums, Sums) {
    let out = tempdir().unwrap();
    let file = format!("scenarios/{scenario}.toml");
    let tables = ["--only", "3,24,25,26,27,28,29", "--truth", "--interval", interval];
    run_well(&[&["run", &file, "--quiet", "--out", out.path().to_str().unwrap()], &tables[..]].concat());
    let read = |directory: &str| {
        let sums = read(&out.path().join(scenario).join(directory), &[3, 24, 25, 26, 27, 28, 29]);
        for (connections, messages, details) in [(24, 25, 26), (27, 28, 29)] {
            assert_eq!(sums[&cell(details, "Total Connections")], sums[&cell(connections, "Total Connections")]);
            let parts = sums[&cell(messages, "TLS Encrypted")] + sums[&cell(messages, "Unencrypted")];
            assert_eq!(sums[&cell(details, "Total Messages")], parts);
        }
        sums
    };
    let (counted, truth) = (read("c650"), read("c650-truth"));
    for key in page([27, 28]) {
        let [counted, truth] = [&counted, &truth].map(|sums| thousands(sums[&key]));
        assert_told(&format!("| {} | {counted} | {truth} |", key.1));
    }
    (counted, truth)
}

#[test]
fn draws_of_the_hour_after_the_switch_have_the_reported_figures() {
    let draws = draw("thread-a-drawn", SEEDS, &[27, 28], &[("attempt-only", None), ("every-plain", None)]);
    assert_reported("A", &draws[0], [27, 28], [2, 943, 0, 0, 0, 1_019, 2_903]);
    assert_near("A, in truth", &draws[1], &cell(27, "Unencrypted Connections"), 2_252);
}

#[test]
fn draws_of_the_week_before_the_switch_have_the_reported_figures() {
    let draws = draw("thread-b-drawn", SEEDS_OF_A_WEEK, &[3, 27, 28], &[("attempt-only", None)]);
    assert_reported("B", &draws[0], [27, 28], [137, 0, 0, 0, 198_232, 139, 255_487]);
    assert_near("B", &draws[0], &cell(3, "Hard Bounces"), 5_876);
    assert_near("B", &draws[0], &cell(3, "Total Messages Delivered"), 261_502);
}

#[test]
fn draws_of_the_second_site_have_the_reported_figures() {
    let rules = [("attempt-only", None), ("every-plain", None), ("load-shed", Some(0.4))];
    let draws = draw("thread-d-drawn", SEEDS, &[24, 25, 27, 28], &rules);
    assert_reported("D, out", &draws[0], [27, 28], [0, 1_904, 0, 34, 34, 3_390, 12_600]);
    assert_reported("D, in", &draws[0], [24, 25], [0, 1_091, 0, 0, 7_055, 1_401, 8_314]);
    assert_near("D, in truth", &draws[1], &cell(27, "Unencrypted Connections"), 9_775);
    // Second connections are never refused here, so the numbers of connections that failed and that are in clear are equal. The
    // rule load-shed has no reason to make them equal.
    let agree = |draws: &[Sums]| draws.iter().filter(|sums| outgoing(sums)[3] == outgoing(sums)[4]).count();
    assert_eq!(agree(&draws[0]), SEEDS as usize);
    assert_told(&format!("of {SEEDS} seeds, {} have as many", agree(&draws[2])));
}

/// For each rule, the sums of some tables for each of the first seeds of a scenario. A rule may have a `busy_above` of its own.
fn draw(scenario: &str, seeds: u64, tables: &[u32], rules: &[(&str, Option<f64>)]) -> Vec<Vec<Sums>> {
    let path = root().join(format!("scenarios/{scenario}.toml"));
    let mut scenario = Scenario::read(&path, &[]).unwrap();
    let tables: Vec<&Table> = tables.iter().map(|&number| table(number)).collect();
    let mut draws = vec![Vec::new(); rules.len()];
    for seed in 1..=seeds {
        scenario.seed = seed;
        let simulation = Simulation::new(&scenario);
        let appliances = rules.iter().map(|&(_, busy_above)| {
            let mut appliance = scenario.appliances[0].clone();
            appliance.counting.busy_above = busy_above.map_or(appliance.counting.busy_above, Amount::new);
            appliance
        });
        let interval_micros = scenario.time.export_interval.micros();
        let views = rules.iter().zip(appliances).map(|(&(rule, _), appliance)| {
            let rule: &Rule = Catalogue::builtin().rule(rule).unwrap();
            let projection = Projection::new(Setting {
                directory: simulation.directory(),
                reputation_multiplier: appliance.reputation_multiplier,
                interval_micros,
                booking: Booking::new(rule, &appliance, &scenario.time),
            });
            let sums = tables.iter().map(|table| ColumnSums { sums: vec![0; table.columns.len()], place: 0 });
            (projection, sums.collect())
        });
        let mut summing = Summing { tables: tables.clone(), views: views.collect(), interval_micros };
        let Ok(_) = simulation.run(None, &mut summing);
        for (draws, sums) in draws.iter_mut().zip(summing.finish()) {
            draws.push(sums);
        }
    }
    draws
}

/// Sums the columns of counts of some tables of a run, once for each rule.
struct Summing<'a> {
    tables: Vec<&'static Table>,
    views: Vec<(Projection<'a>, Vec<ColumnSums>)>,
    interval_micros: u64,
}

/// The sum of each column of a table, in the order of the columns.
struct ColumnSums {
    sums: Vec<u64>,
    place: usize,
}

impl Rows for ColumnSums {
    fn begin(&mut self) {
        self.place = 0;
    }

    fn value(&mut self, value: Value<'_>) {
        if let Value::Count(count) = value {
            self.sums[self.place] += count;
        }
        self.place += 1;
    }

    fn end(&mut self) {}
}

impl Observer for Summing<'_> {
    type Error = std::convert::Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Self::Error> {
        let end_micros = closed.begin_micros + self.interval_micros;
        for (projection, tables) in &mut self.views {
            for (table, sums) in self.tables.iter().zip(tables) {
                projection.project(table, end_micros, &[&closed.counts], sums);
            }
        }
        Ok(())
    }
}

impl Summing<'_> {
    /// The sums of each view.
    fn finish(self) -> impl Iterator<Item = Sums> {
        let tables = self.tables;
        self.views.into_iter().map(move |(_, sums)| {
            let columns = tables.iter().zip(sums).flat_map(|(table, columns)| {
                let names = table.columns.iter().map(|column| cell(table.number, &column.name));
                names.zip(columns.sums)
            });
            columns.collect()
        })
    }
}

fn assert_reported(set: &str, draws: &[Sums], tables: [u32; 2], reported: Page) {
    for (key, reported) in page(tables).iter().zip(reported) {
        assert_near(set, draws, key, reported);
    }
}

/// Asserts that a reported figure is at most half a standard deviation from the mean over seeds, and that the standard deviation
/// is about the square root of the figure, as it is for independent messages.
fn assert_near(set: &str, draws: &[Sums], key: &(u32, String), reported: u64) {
    let what = &key.1;
    let values: Vec<f64> = draws.iter().map(|sums| sums[key] as f64).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
    let deviation = variance.sqrt();
    if reported > 0 {
        let [reported, mean] = [reported, mean.round() as u64].map(thousands);
        assert_told(&format!("| {set} | {what} | {reported} | {mean} ± {deviation:.0} |"));
    }
    assert!((mean - reported as f64).abs() <= 0.5 * deviation, "{set}: {what}: {mean} +- {deviation}, not {reported}");
    let expected = (reported as f64).sqrt();
    assert!((0.7 * expected..=1.7 * expected).contains(&deviation), "{set}: {what}: {mean} +- {deviation}");
}

#[test]
fn the_share_of_connections_in_clear_falls_as_in_the_thread() {
    let kept_at_no = &[][..];
    let none_kept = "destination_controls.domains=[{ domain = \"partner.example\", tls = \"required\" }]";
    let shed = &["--set", "appliances.c650.counting.rule=load-shed", "--set", none_kept][..];
    for (rule, options) in [("attempt-only", kept_at_no), ("load-shed", shed)] {
        let out = tempdir().unwrap();
        let run = ["run", "scenarios/thread-c-week.toml", "--quiet", "--truth", "--interval", "1d", "--only", "27,28"];
        run_well(&[&run[..], &["--out", out.path().to_str().unwrap()], options].concat());
        let weeks = |directory: &str| -> Vec<[u64; 2]> {
            let days = [(27, "Unencrypted Connections"), (28, "Unencrypted")].map(|(number, heading)| {
                let file = out.path().join("thread-c-week").join(directory).join(&table(number).file);
                column(&fs::read_to_string(file).unwrap(), heading)
            });
            let week = |number: usize| days.each_ref().map(|days| days[7 * number..][..7].iter().sum());
            (0..3).map(week).collect()
        };
        let share = |[connections, messages]: [u64; 2]| 100.0 * connections as f64 / messages as f64;
        let (counted, truth) = (weeks("c650"), weeks("c650-truth"));
        for ((week, counted), truth) in ["before", "of the switch", "after"].iter().zip(&counted).zip(&truth) {
            let [connections, messages] = counted.map(thousands);
            let (share, truly) = (share(*counted), share(*truth));
            assert_told(&format!("| {rule} | {week} | {connections} | {messages} | {share:.1} % | {truly:.1} % |"));
        }
        assert!((76.6..78.6).contains(&share(counted[0])), "{rule}: {counted:?}");
        assert!((3.3..4.7).contains(&share(counted[2])), "{rule}: {counted:?}");
        assert!((72.0..78.6).contains(&share(truth[2])), "{rule}: {truth:?}");
    }
}

/// The figures of A, B and D under each rule.
#[test]
fn rules_predict_what_the_page_says() {
    let busy = "appliances.c650.counting.busy_above=0.4";
    for rule in Catalogue::builtin().rules() {
        let (rule, exact) = (&rule.name, rule.lost().is_none());
        let out = tempdir().unwrap();
        let predicted = ["a", "b", "d"].map(|set| {
            let name = format!("thread-{set}-{}", if exact { "exact" } else { "drawn" });
            let file = format!("scenarios/{name}.toml");
            let chosen = format!("appliances.c650.counting.rule={rule}");
            let mut run = vec!["run", &file, "--quiet", "--only", "27,28", "--out", out.path().to_str().unwrap()];
            run.extend(["--set", &chosen]);
            if set == "d" {
                run.extend(["--set", busy]);
            }
            run_well(&run);
            outgoing(&read(&out.path().join(&name).join("c650"), &[27, 28]))
        });
        let [a, b, d] = predicted.map(|page| thousands(page[4]));
        let failed = thousands(predicted[2][3]);
        assert_told(&format!("| {rule} | {a} | {b} | {d}, and {failed} failed |"));
    }
}

/// The two readings of attempt-only differ if second connections are refused.
#[test]
fn refused_second_connections_tell_double_booking_from_retrying() {
    let refused = "outgoing.users.destinations.tls-broken.second_connection_refused=0.3";
    for (rule, doubled) in [("attempt-only", false), ("attempt-only-double", true)] {
        let chosen = format!("appliances.c650.counting.rule={rule}");
        let run = ["run", "scenarios/thread-d-drawn.toml", "--quiet", "--out", "-", "--only", "27", "--interval", "1d"];
        let output = run_well(&[&run[..], &["--set", &chosen, "--set", refused]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let [failed, in_clear] = ["Failed - Preferred", "Unencrypted Connections"].map(|name| column(&text, name)[0]);
        assert_eq!(failed == in_clear, doubled);
        assert_told(&format!("| {rule} | {failed} | {in_clear} |"));
    }
}

#[test]
fn connections_exceed_messages_for_honest_reasons() {
    let one_domain = "outgoing.users.recipients={ bins = [{ from = 1, to = 1, share = 1 }] }";
    let causes = [
        ("several domains", one_domain),
        ("deferred attempts", "outgoing.users.destinations.greylisting.deferred=0"),
        ("failed TLS", "outgoing.users.destinations.tls-broken.starttls=not-offered"),
        ("refused recipients", "outgoing.users.destinations.stale.hard_bounce=0"),
    ];
    let all = run_day("nothing", &[]);
    let hours_above = all.iter().filter(|[connections, messages]| connections > messages).count();
    assert!(total(&all)[0] > total(&all)[1] && hours_above >= 20, "{all:?}");
    for (name, cause) in causes {
        let [connections, messages] = total(&run_day(name, &[cause]));
        let ratio = |[connections, messages]: [u64; 2]| connections as f64 / messages as f64;
        assert!(ratio([connections, messages]) < ratio(total(&all)) - 0.01, "{name}: {connections} {messages}");
    }
    for [connections, messages] in run_day("all four", &causes.map(|(_, cause)| cause)) {
        assert_eq!(connections, messages);
    }
}

/// Connections and messages of System Capacity, hour by hour, for a day without some of the causes.
fn run_day(name: &str, sets: &[&str]) -> Vec<[u64; 2]> {
    let out = tempdir().unwrap();
    let scenario = "more-connections-than-messages";
    let file = format!("scenarios/{scenario}.toml");
    let mut run = vec!["run", &file, "--quiet", "--out", out.path().to_str().unwrap(), "--only", "27,28,29,37,38"];
    run.extend(sets.iter().flat_map(|set| ["--set", set]));
    run_well(&run);
    let directory = out.path().join(scenario).join("c650");
    let hours =
        |number: u32, heading| column(&fs::read_to_string(directory.join(&table(number).file)).unwrap(), heading);
    // Under every-plain each connection is in one category, so the two pages agree in every hour.
    assert_eq!(hours(27, "Total Connections"), hours(37, "Connections"));
    let sums = read(&directory, &[27, 28, 29]);
    assert_eq!(sums[&cell(29, "Total Connections")], sums[&cell(27, "Total Connections")]);
    // No connection carries two recipients, and connections that failed carry none.
    let [_, successful, _, _, in_clear, encrypted, unencrypted] = outgoing(&sums);
    assert!(encrypted <= successful && unencrypted <= in_clear, "{sums:?}");
    let hours: Vec<[u64; 2]> =
        hours(37, "Connections").into_iter().zip(hours(38, "Messages")).map(|(left, right)| [left, right]).collect();
    let [connections, messages] = total(&hours);
    let ratio = connections as f64 / messages as f64;
    assert_told(&format!("| {name} | {} | {} | {ratio:.3} |", thousands(connections), thousands(messages)));
    hours
}

fn total(hours: &[[u64; 2]]) -> [u64; 2] {
    [0, 1].map(|place| hours.iter().map(|hour| hour[place]).sum())
}

/// Asserts that the page contains a text.
fn assert_told(told: &str) {
    let page = fs::read_to_string(root().join("scenarios/THREAD.md")).unwrap();
    assert!(page.contains(told), "scenarios/THREAD.md does not contain: {told}");
}

fn outgoing(sums: &Sums) -> Page {
    page([27, 28]).map(|key| sums[&key])
}

fn incoming(sums: &Sums) -> Page {
    page([24, 25]).map(|key| sums[&key])
}

/// The columns of one half of the TLS page: a summary of connections and one of messages.
fn page([connections, messages]: [u32; 2]) -> [(u32, String); 7] {
    [
        cell(connections, "Successful - Required"),
        cell(connections, "Successful - Preferred"),
        cell(connections, "Failed - TLS Required"),
        cell(connections, "Failed - Preferred"),
        cell(connections, "Unencrypted Connections"),
        cell(messages, "TLS Encrypted"),
        cell(messages, "Unencrypted"),
    ]
}

fn cell(number: u32, heading: &str) -> (u32, String) {
    (number, heading.to_owned())
}

fn table(number: u32) -> &'static Table {
    Catalogue::builtin().table(number).unwrap()
}

/// The sums of some tables in an appliance's directory.
fn read(directory: &Path, numbers: &[u32]) -> Sums {
    let mut sums = Sums::new();
    for &number in numbers {
        let table = table(number);
        add(&mut sums, table, &fs::read_to_string(directory.join(&table.file)).unwrap());
    }
    sums
}

/// Adds the columns of counts of a table.
fn add(sums: &mut Sums, table: &Table, text: &str) {
    for heading in table.headings().filter(|heading| heading.starts_with(char::is_alphabetic)).skip(4) {
        if heading != "Domain" {
            *sums.entry(cell(table.number, heading)).or_default() += column(text, heading).iter().sum::<u64>();
        }
    }
}

/// A column of counts, row by row. No cell of these tables needs quotes.
fn column(text: &str, heading: &str) -> Vec<u64> {
    let mut lines = text.lines();
    let place = lines.next().unwrap().split(',').position(|found| found == heading).unwrap();
    lines.map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect()
}

/// A number with a comma between its thousands.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}
