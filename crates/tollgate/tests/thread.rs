//! The figures of the administrators' thread, and runs that explain them. These tests check the tables of `scenarios/THREAD.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::tempdir;
use tollgate_catalogue::{Catalogue, Table};
use tollgate_scenario::Scenario;

use crate::support::{root, run_well};

mod draws;

/// The sum of each column of counts. The key is the number of its table and its heading.
type Sums = BTreeMap<(u32, String), u64>;

/// The figures of one half of the TLS page: successful and failed connections, connections in clear, and messages.
type Page = [u64; 7];

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

/// The override that selects the rule load-shed.
const LOAD_SHED: &str = "appliances.c650.counting.rule=load-shed";

/// The override that removes the settings of the five destinations that keep the setting No in set C.
const NONE_AT_NO: &str = "destination_controls.domains=[{ domain = \"partner.example\", tls = \"required\" }]";

#[test]
fn the_share_of_connections_in_clear_falls_as_in_the_thread() {
    let shed = [LOAD_SHED, NONE_AT_NO];
    for (rule, sets) in [("attempt-only", &[][..]), ("load-shed", &shed)] {
        let [counted, truth] = run_weeks(sets);
        for ((week, counted), truth) in ["before", "of the switch", "after"].iter().zip(&counted).zip(&truth) {
            let [connections, messages] = counted.map(thousands);
            let (share, truly) = (percentage(*counted), percentage(*truth));
            assert_told(&format!("| {rule} | {week} | {connections} | {messages} | {share:.1} % | {truly:.1} % |"));
        }
        assert!((76.6..78.6).contains(&percentage(counted[0])), "{rule}: {counted:?}");
        assert!((3.3..4.7).contains(&percentage(counted[2])), "{rule}: {counted:?}");
        assert!((72.0..78.6).contains(&percentage(truth[2])), "{rule}: {truth:?}");
    }
}

/// If the figure of set C is for the week of the switch, only an early switch explains it.
#[test]
fn the_week_of_the_switch_has_the_reported_share_only_if_the_switch_is_early() {
    for (switch, rule, set, fits) in [
        ("Monday 08:30", "attempt-only", "events.0.at=2008-11-17T08:30:00Z", true),
        ("Monday 14:00", "attempt-only", "events.0.at=2008-11-17T14:00:00Z", false),
        ("Monday 14:00", "load-shed", LOAD_SHED, false),
    ] {
        let [counted, _] = run_weeks(&["time.span=14d", NONE_AT_NO, set]);
        let (share, [connections, messages]) = (percentage(counted[1]), counted[1].map(thousands));
        assert_told(&format!("| {switch} | {rule} | {connections} | {messages} | {share:.1} % |"));
        assert_eq!((3.3..4.7).contains(&share), fits, "{switch}: {counted:?}");
    }
}

/// The unencrypted connections and messages of set C, week by week: as counted, and in truth.
fn run_weeks(sets: &[&str]) -> [Vec<[u64; 2]>; 2] {
    let out = tempdir().unwrap();
    let mut run = vec!["run", "scenarios/thread-c-week.toml", "--quiet", "--truth", "--interval", "1d"];
    run.extend(["--only", "27,28", "--out", out.path().to_str().unwrap()]);
    run.extend(sets.iter().flat_map(|set| ["--set", set]));
    run_well(&run);
    ["c650", "c650-truth"].map(|directory| {
        let [connections, messages] =
            [(27, "Unencrypted Connections"), (28, "Unencrypted")].map(|(number, heading)| {
                let file = out.path().join("thread-c-week").join(directory).join(&table(number).file);
                column(&fs::read_to_string(file).unwrap(), heading)
            });
        let weeks = connections.chunks(7).zip(messages.chunks(7));
        weeks.map(|(connections, messages)| [connections.iter().sum(), messages.iter().sum()]).collect()
    })
}

fn percentage([connections, messages]: [u64; 2]) -> f64 {
    100.0 * connections as f64 / messages as f64
}

/// The figures of A, B and D under each rule.
#[test]
fn each_rule_has_the_figures_of_the_table() {
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

/// The threshold of load-shed that fits set C does not fit set D.
#[test]
fn load_shed_needs_another_threshold_for_the_second_site() {
    let first_site = Scenario::read(&root().join("scenarios/thread-c-week.toml"), &[]).unwrap();
    let busy_above = first_site.appliances[0].counting.busy_above.get();
    assert_told(&format!("follows with `busy_above` = {busy_above} connections per minute"));
    let threshold = format!("appliances.c650.counting.busy_above={busy_above}");
    let run = ["run", "scenarios/thread-d-drawn.toml", "--quiet", "--out", "-", "--only", "27", "--interval", "1d"];
    let output = run_well(&[&run[..], &["--set", LOAD_SHED, "--set", &threshold]].concat());
    let in_clear = column(&String::from_utf8(output.stdout).unwrap(), "Unencrypted Connections")[0];
    assert!(in_clear > 10 * 34);
    assert_told(&format!("D would show {} unencrypted connections", thousands(in_clear)));
}

/// The command of the page for a laboratory with one message.
#[test]
fn one_message_shows_the_bug_only_under_the_attempt_rules() {
    let message = "scripted_outgoing=[{ name = \"lab\", destination = \"plain.example\", connections = 1, messages = 1, \
                   begin = \"2008-11-17T14:00:00Z\", span = \"1h\", \
                   servers = { domain = \"example.com\", addresses = \"192.0.2.16/29\" } }]";
    assert_told(&format!("--set '{message}'"));
    for rule in Catalogue::builtin().rules() {
        let chosen = format!("appliances.c650.counting.rule={}", rule.name);
        let run = ["run", "scenarios/thread-a-exact.toml", "--out", "-", "--only", "27", "--quiet", "--set", &chosen];
        let output = run_well(&[&run[..], &["--set", message]].concat());
        let in_clear = column(&String::from_utf8(output.stdout).unwrap(), "Unencrypted Connections")[0];
        assert_told(&format!("| {} | {in_clear} |\n", rule.name));
    }
}

/// The rules attempt-only and attempt-only-double differ if second connections are refused.
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
