//! A study of `tollgate audit`: how many lies of each kind it finds, and that it raises no alarm on honest exports.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tollgate_audit::{Assumptions, Exports, Finding, FindingResult, Identities, Multiplier};
use tollgate_catalogue::{Catalogue, Table};

use crate::support::{names, root, run_well};

mod joint;
mod kinds;

use joint::{JOINT_LIES, JointLie};
use kinds::{Dice, LIES, Sheet};

/// The heading of the part of IDENTITIES.md that this test writes.
const HEADING: &str = "\n## Injected lies\n";

/// Sites whose exports are changed: a busy hour in intervals of five minutes, and a calm day in hours.
const SITES: [(&str, &[&str]); 2] =
    [("quiet-hour", &["--interval", "5m"]), ("c650-week", &["--set", "time.span=1d", "--volume", "0.005"])];

/// Audits a directory as the program does.
fn audit(directory: &Path) -> Vec<Finding> {
    let mut exports = Exports::open(directory, &[]).unwrap();
    let multiplier = Multiplier::find(None, &exports).unwrap().value;
    let assumptions = Assumptions { multiplier, max_per_connection: 100 };
    tollgate_audit::audit(&mut exports, Identities::builtin(), assumptions).unwrap().findings
}

/// The names of the identities with a result.
fn with(findings: &[Finding], verdict: FindingResult) -> Vec<&str> {
    let found = findings.iter().filter(|finding| finding.verdict == verdict);
    found.map(|finding| finding.name.as_str()).collect()
}

/// The lies of one kind.
#[derive(Default)]
struct Score {
    lies: u32,
    found: u32,
    notices: u32,
    /// Number of missed lies by table.
    missed: BTreeMap<u32, u32>,
}

impl Score {
    /// Adds the audit of a lie about a table. `known` are the notices of the honest exports.
    fn add(&mut self, findings: &[Finding], known: &[String], table: u32) {
        let notices = with(findings, FindingResult::Notice);
        self.lies += 1;
        if !with(findings, FindingResult::Broken).is_empty() {
            self.found += 1;
        } else if notices.iter().any(|name| !known.iter().any(|other| other == name)) {
            self.notices += 1;
        } else {
            *self.missed.entry(table).or_default() += 1;
        }
    }

    fn merge(mut self, other: Score) -> Score {
        self.lies += other.lies;
        self.found += other.found;
        self.notices += other.notices;
        for (table, count) in other.missed {
            *self.missed.entry(table).or_default() += count;
        }
        self
    }
}

fn export(out: &Path, scenario: &str, options: &[&str]) -> PathBuf {
    let scenario_file = format!("scenarios/{scenario}.toml");
    run_well(&[&["run", &scenario_file, "--quiet", "--out", out.to_str().unwrap()], options].concat());
    out.join(scenario)
}

/// The directories of the appliances of a run.
fn appliances(run: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path());
    let mut directories: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    directories.sort();
    directories
}

/// Injects lies into every table. Each thread changes files in a copy of its own.
fn inject_lies(directory: &Path, site: usize) -> Vec<Score> {
    let honest = audit(directory);
    assert_eq!(with(&honest, FindingResult::Broken), [""; 0], "{}", directory.display());
    let known = with(&honest, FindingResult::Notice).into_iter().map(String::from).collect::<Vec<_>>();
    let next = AtomicUsize::new(0);
    let inject = || {
        let copy = copy_of(directory);
        let copied = copy.path().join(directory.file_name().unwrap());
        let (mut scores, tables) = (no_scores(), Catalogue::builtin().tables());
        let (of_tables, of_joint) = scores.split_at_mut(LIES.len());
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if let Some(table) = tables.get(place) {
                inject_into(&copied, table, site, &known, of_tables);
            } else if let Some((_, numbers, lie)) = JOINT_LIES.get(place - tables.len()) {
                inject_jointly(&copied, numbers, *lie, &known, &mut of_joint[place - tables.len()]);
            } else {
                return scores;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(inject)).collect();
        let of_threads = threads.into_iter().map(|thread| thread.join().unwrap());
        of_threads
            .reduce(|one, other| one.into_iter().zip(other).map(|(one, other)| one.merge(other)).collect())
            .unwrap()
    })
}

/// The kinds of lies, each without a score.
fn no_scores() -> Vec<Score> {
    kinds_of_lies().map(|_| Score::default()).collect()
}

/// The names of the kinds of lies.
fn kinds_of_lies() -> impl Iterator<Item = &'static str> {
    LIES.iter().map(|(kind, _)| *kind).chain(JOINT_LIES.iter().map(|(kind, ..)| *kind))
}

/// Injects a lie into several tables, and removes it.
fn inject_jointly(directory: &Path, numbers: &[u32], lie: JointLie, known: &[String], score: &mut Score) {
    let tables: Vec<_> = numbers.iter().map(|number| Catalogue::builtin().table(*number).unwrap()).collect();
    let originals: Vec<_> = tables.iter().map(|table| fs::read(directory.join(&table.file)).unwrap()).collect();
    let mut sheets: Vec<Sheet> = tables.iter().map(|table| Sheet::read(directory, table)).collect();
    if lie(&mut sheets) {
        sheets.iter().for_each(|sheet| sheet.write(directory));
        score.add(&audit(directory), known, numbers[0]);
    }
    for (table, original) in tables.iter().zip(originals) {
        fs::write(directory.join(&table.file), original).unwrap();
    }
}

/// A copy of the exports of an appliance, with the manifest of the run beside it.
fn copy_of(directory: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let target = copy.path().join(directory.file_name().unwrap());
    fs::create_dir(&target).unwrap();
    for name in names(directory) {
        fs::copy(directory.join(&name), target.join(&name)).unwrap();
    }
    fs::copy(directory.with_file_name("manifest.json"), copy.path().join("manifest.json")).unwrap();
    copy
}

fn inject_into(directory: &Path, table: &'static Table, site: usize, known: &[String], scores: &mut [Score]) {
    let path = directory.join(&table.file);
    let original = fs::read(&path).unwrap();
    for (place, ((kind, lie), score)) in LIES.iter().zip(scores).enumerate() {
        // Few cells have such lies, so each is tried several times.
        let is_rare = ["an attribute", "an average", "a cell has"].iter().any(|start| kind.starts_with(start));
        for trial in 0..if is_rare { 6 } else { 1 } {
            fs::write(&path, &original).unwrap();
            let mut sheet = Sheet::read(directory, table);
            let mut dice =
                Dice((site * 1_000_000 + place * 1000 + trial * 100_000_000) as u64 + u64::from(table.number));
            if lie(&mut sheet, &mut dice) {
                sheet.write(directory);
                score.add(&audit(directory), known, table.number);
            }
        }
    }
    fs::write(&path, original).unwrap();
}

/// `UPDATE=1 cargo nextest run -p tollgate lies` writes the table again.
#[test]
fn injected_lies_are_found_as_the_page_says() {
    let out = tempfile::tempdir().unwrap();
    let mut scores = no_scores();
    for (site, (scenario, options)) in SITES.iter().enumerate() {
        let run = export(out.path(), scenario, options);
        let of_site = inject_lies(&appliances(&run)[0], site);
        scores = scores.into_iter().zip(of_site).map(|(one, other)| one.merge(other)).collect();
    }
    let mut text = String::new();
    for (kind, Score { lies, found, notices, missed }) in kinds_of_lies().zip(&scores) {
        let tables: Vec<String> = missed
            .iter()
            .map(|(table, count)| if *count == 1 { table.to_string() } else { format!("{table} ({count} times)") })
            .collect();
        let count: u32 = missed.values().sum();
        let tables = tables.join(", ");
        writeln!(text, "| {kind} | {lies} | {found} | {notices} | {count} | {tables} |").unwrap();
    }
    let sum = |value: fn(&Score) -> u32| scores.iter().map(value).sum::<u32>();
    let [lies, found, notices] = [sum(|score| score.lies), sum(|score| score.found), sum(|score| score.notices)];
    writeln!(text, "| **all** | **{lies}** | **{found}** | **{notices}** | **{}** | |", lies - found - notices)
        .unwrap();
    assert!(lies >= 500, "only {lies} lies");

    let path = root().join("crates/audit/IDENTITIES.md");
    let page = fs::read_to_string(&path).unwrap();
    let start = page.find(HEADING).unwrap();
    let table = page[start..].find("|---|").unwrap() + start;
    let table = page[table..].find('\n').unwrap() + table + 1;
    let end = page[table..].find("\n\n").map_or(page.len(), |end| table + end + 1);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, [&page[..table], &text, &page[end..]].concat()).unwrap();
    } else {
        assert_eq!(&page[table..end], text, "UPDATE=1 writes the table again");
    }
}

/// Scenarios whose span is not made of whole days cannot be exported by days.
const NOT_BY_DAYS: [&str; 5] = ["fixture", "odd-keys", "quiet-hour", "thread-a-drawn", "thread-a-exact"];

/// Scenarios with an event or a script that a span of one day would leave out.
const WHOLE: [&str; 4] = ["mccolo", "outbreak", "thread-b-exact", "thread-c-week"];

/// True if a scenario names a counting rule other than the documented one, which is the first.
fn names_another_rule(scenario: &str) -> bool {
    let text = fs::read_to_string(root().join(format!("scenarios/{scenario}.toml"))).unwrap();
    Catalogue::builtin().rules().iter().skip(1).any(|rule| text.contains(&rule.name))
}

/// Each shipped scenario, in each interval, with the counting rule of the document. Drawn traffic is a hundredth of the scenario's. Five
/// minutes are exported for one day, unless this would leave something out.
#[test]
fn honest_exports_of_every_scenario_raise_no_alarm() {
    let names = fs::read_dir(root().join("scenarios")).unwrap().map(|entry| entry.unwrap().path());
    let scenarios = names.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let scenarios: Vec<String> =
        scenarios.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let audited = AtomicUsize::new(0);
    let left = Mutex::new(runs_of(&scenarios).into_iter());
    let audit_runs = || {
        let out = tempfile::tempdir().unwrap();
        loop {
            let Some((scenario, interval)) = left.lock().unwrap().next() else { break };
            audited.fetch_add(audit_honest(out.path(), scenario, interval), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from).min(4) {
            scope.spawn(audit_runs);
        }
    });
    let audited = audited.into_inner();
    assert!(audited >= 3 * scenarios.len() - NOT_BY_DAYS.len() - 1, "only {audited} directories of exports");
}

/// The scenarios with the intervals that they can be exported by.
fn runs_of(scenarios: &[String]) -> Vec<(&str, &'static str)> {
    let intervals = |scenario: &String| {
        let of_scenario = ["5m", "1h", "1d"].into_iter().filter(|interval| {
            // Seven months by five minutes take longer than all others together.
            let is_long = scenario == "mccolo" && *interval == "5m";
            !is_long && (*interval != "1d" || !NOT_BY_DAYS.contains(&scenario.as_str()))
        });
        of_scenario.collect::<Vec<_>>()
    };
    scenarios
        .iter()
        .flat_map(|scenario| intervals(scenario).into_iter().map(|interval| (scenario.as_str(), interval)))
        .collect()
}

/// Audits the exports of a scenario in an interval. Returns the number of appliances.
fn audit_honest(out: &Path, scenario: &str, interval: &str) -> usize {
    let is_short = NOT_BY_DAYS.contains(&scenario) || WHOLE.contains(&scenario);
    let day: &[&str] = if interval == "5m" && !is_short { &["--set", "time.span=1d"] } else { &[] };
    let truth: &[&str] = if names_another_rule(scenario) { &["--truth"] } else { &[] };
    let run = export(out, scenario, &[&["--interval", interval, "--volume", "0.01"], truth, day].concat());
    let is_true = |path: &&PathBuf| truth.is_empty() || path.to_string_lossy().ends_with("-truth");
    let appliances = appliances(&run);
    let audited = appliances.iter().filter(is_true).map(|directory| {
        let findings = audit(directory);
        assert_eq!(with(&findings, FindingResult::Broken), [""; 0], "{}", directory.display());
        assert_eq!(with(&findings, FindingResult::Notice), [""; 0], "{}", directory.display());
    });
    let audited = audited.count();
    fs::remove_dir_all(run).unwrap();
    audited
}
