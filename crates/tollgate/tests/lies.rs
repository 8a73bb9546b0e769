//! A study of `tollgate audit`: how many lies of each kind it finds, and that it raises no alarm on honest exports.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use tollgate_audit::{
    Assumptions, Auditor, Exports, Finding, FindingResult, Identities, Sources, infer_multiplier, settle,
};
use tollgate_catalogue::{Catalogue, ColumnKind, Table};

use crate::support::{root, run_well};

/// The heading of the part of IDENTITIES.md that this test writes.
const HEADING: &str = "\n## Injected lies\n";

/// Sites whose exports are changed: a busy hour in intervals of five minutes, and a calm day in hours.
const SITES: [(&str, &[&str]); 2] =
    [("quiet-hour", &["--interval", "5m"]), ("c650-week", &["--set", "time.span=1d", "--volume", "0.02"])];

/// A file of exports.
struct Sheet {
    table: &'static Table,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Number of columns before those of the catalogue.
    times: usize,
}

/// Changes a file. Returns false if the file has nothing that could be changed in this way.
type Lie = fn(&mut Sheet, &mut Dice) -> bool;

/// The kinds of lies.
const LIES: [(&str, Lie); 18] = [
    ("a count is one more", one_more),
    ("a count is 5 % more", five_percent_more),
    ("a count is 0", zero),
    ("two counts of a row are exchanged", exchanged_counts),
    ("a message is moved to another row of the interval", moved_message),
    ("all counts of a column are 5 % more", scaled_column),
    ("two headings are exchanged", exchanged_headings),
    ("a count and the total beside it are one more", one_more_with_total),
    ("an average or a percentage is 5 % more", other_average),
    ("a key is renamed", renamed_key),
    ("a row is missing", missing_row),
    ("a row is repeated", repeated_row),
    ("two intervals are exchanged", exchanged_intervals),
    ("a date is a minute off", wrong_date),
    ("an End Timestamp is a second off", wrong_end),
    ("a Begin Timestamp is a second off", wrong_begin),
    ("the whole file is shifted by a second", shifted_file),
    ("an attribute contradicts the row", wrong_attribute),
];

/// Numbers that depend only on the lie and its file.
struct Dice(u64);

impl Dice {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    /// One of several things.
    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.below(of.len())])
    }
}

impl Sheet {
    fn read(directory: &Path, table: &'static Table) -> Sheet {
        let mut reader = csv::Reader::from_path(directory.join(&table.file)).unwrap();
        let texts = |record: &csv::StringRecord| record.iter().map(String::from).collect::<Vec<String>>();
        let header = texts(reader.headers().unwrap());
        let rows = reader.records().map(|row| texts(&row.unwrap())).collect();
        Sheet { table, header, rows, times: if table.timestamps { 4 } else { 0 } }
    }

    fn write(&self, directory: &Path) {
        let mut writer = csv::WriterBuilder::new();
        let mut writer = writer.terminator(csv::Terminator::CRLF).from_path(directory.join(&self.table.file)).unwrap();
        writer.write_record(&self.header).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
    }

    /// The places of the columns of some kinds.
    fn places(&self, kinds: &[ColumnKind]) -> Vec<usize> {
        let columns = self.table.columns.iter().enumerate().filter(|(_, column)| kinds.contains(&column.kind()));
        columns.map(|(place, _)| self.times + place).collect()
    }

    /// The rows and columns of counts of at least `least`.
    fn counts(&self, least: u64) -> Vec<(usize, usize)> {
        let columns = self.places(&[ColumnKind::Count]);
        let cells = (0..self.rows.len()).flat_map(|row| columns.iter().map(move |&column| (row, column)));
        cells.filter(|&(row, column)| self.count(row, column) >= least).collect()
    }

    fn count(&self, row: usize, column: usize) -> u64 {
        self.rows[row][column].parse().unwrap()
    }

    fn set(&mut self, (row, column): (usize, usize), count: u64) -> bool {
        self.rows[row][column] = count.to_string();
        true
    }

    fn row(&self, dice: &mut Dice) -> Option<usize> {
        dice.pick(&(0..self.rows.len()).collect::<Vec<_>>())
    }

    /// Adds seconds to a timestamp.
    fn shift(&mut self, row: usize, column: usize, seconds: f64) {
        let moment: f64 = self.rows[row][column].parse().unwrap();
        self.rows[row][column] = format!("{:.1}", moment + seconds);
    }
}

fn one_more(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    dice.pick(&sheet.counts(0)).is_some_and(|(row, column)| sheet.set((row, column), sheet.count(row, column) + 1))
}

fn five_percent_more(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let cell = dice.pick(&sheet.counts(20));
    cell.is_some_and(|(row, column)| sheet.set((row, column), sheet.count(row, column) * 21 / 20))
}

fn zero(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    dice.pick(&sheet.counts(1)).is_some_and(|cell| sheet.set(cell, 0))
}

fn exchanged_counts(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let columns = sheet.places(&[ColumnKind::Count]);
    let pairs = |row: usize| {
        let first = columns.iter().zip(columns.iter().skip(1));
        first.map(move |(&left, &right)| (row, left, right)).collect::<Vec<_>>()
    };
    let unequal = |&(row, left, right): &(usize, usize, usize)| sheet.count(row, left) != sheet.count(row, right);
    let all: Vec<_> = (0..sheet.rows.len()).flat_map(pairs).filter(unequal).collect();
    dice.pick(&all).is_some_and(|(row, left, right)| {
        sheet.rows[row].swap(left, right);
        true
    })
}

fn moved_message(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    if sheet.places(&[ColumnKind::Key]).is_empty() || !sheet.table.timestamps {
        return false;
    }
    let Some((row, column)) = dice.pick(&sheet.counts(1)) else { return false };
    let is_other = |&other: &usize| other != row && sheet.rows[other][..4] == sheet.rows[row][..4];
    let others: Vec<usize> = (0..sheet.rows.len()).filter(is_other).collect();
    let Some(other) = dice.pick(&others) else { return false };
    sheet.set((row, column), sheet.count(row, column) - 1);
    sheet.set((other, column), sheet.count(other, column) + 1)
}

fn scaled_column(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some((_, column)) = dice.pick(&sheet.counts(20)) else { return false };
    (0..sheet.rows.len()).all(|row| sheet.set((row, column), sheet.count(row, column) * 21 / 20))
}

fn exchanged_headings(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let columns = sheet.places(&[ColumnKind::Count]);
    let column = |sheet: &Sheet, place: usize| sheet.rows.iter().map(|row| row[place].clone()).collect::<Vec<_>>();
    let pairs: Vec<_> = columns.iter().copied().zip(columns.iter().copied().skip(1)).collect();
    let unequal = |&(left, right): &(usize, usize)| column(sheet, left) != column(sheet, right);
    let unequal: Vec<(usize, usize)> = pairs.into_iter().filter(unequal).collect();
    dice.pick(&unequal).is_some_and(|(left, right)| {
        sheet.header.swap(left, right);
        true
    })
}

fn one_more_with_total(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let totals: Vec<usize> = sheet
        .table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.name.starts_with("Total"))
        .map(|(place, _)| sheet.times + place)
        .collect();
    let parts: Vec<(usize, usize)> =
        sheet.counts(1).into_iter().filter(|(_, column)| !totals.contains(column)).collect();
    let (Some((row, column)), false) = (dice.pick(&parts), totals.is_empty()) else { return false };
    sheet.set((row, column), sheet.count(row, column) + 1);
    totals.into_iter().all(|total| sheet.set((row, total), sheet.count(row, total) + 1))
}

fn other_average(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let columns = sheet.places(&[ColumnKind::Number, ColumnKind::Percent]);
    let cells = (0..sheet.rows.len()).flat_map(|row| columns.iter().map(move |&column| (row, column)));
    let is_large = |&(row, column): &(usize, usize)| sheet.rows[row][column].parse::<f64>().unwrap() * 0.05 > 0.1;
    let cells: Vec<_> = cells.filter(is_large).collect();
    dice.pick(&cells).is_some_and(|(row, column)| {
        let is_percent = sheet.table.columns[column - sheet.times].kind() == ColumnKind::Percent;
        let value = sheet.rows[row][column].parse::<f64>().unwrap() * 1.05;
        let digits = 11 - value.log10().floor() as i32;
        sheet.rows[row][column] =
            if is_percent { format!("{value:.1}") } else { format!("{value:.*}", digits as usize) };
        true
    })
}

fn renamed_key(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let (Some(row), Some(key)) = (sheet.row(dice), dice.pick(&sheet.places(&[ColumnKind::Key]))) else { return false };
    sheet.rows[row][key].insert_str(0, "other-");
    true
}

fn missing_row(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let row = sheet.row(dice);
    row.map(|row| sheet.rows.remove(row)).is_some()
}

fn repeated_row(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some(row) = sheet.row(dice) else { return false };
    sheet.rows.insert(row, sheet.rows[row].clone());
    true
}

fn exchanged_intervals(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    if !sheet.table.timestamps {
        return false;
    }
    let (Some(row), Some(other)) = (sheet.row(dice), sheet.row(dice)) else { return false };
    let (from, to) = (sheet.rows[row][..4].to_vec(), sheet.rows[other][..4].to_vec());
    for row in &mut sheet.rows {
        if row[..4] == from {
            row[..4].clone_from_slice(&to);
        } else if row[..4] == to {
            row[..4].clone_from_slice(&from);
        }
    }
    let times = |sheet: &Sheet| sheet.rows.iter().map(|row| row[0].parse::<f64>().unwrap()).collect::<Vec<_>>();
    let is_changed = from != to && times(sheet).windows(2).any(|two| two[0] > two[1]);
    sheet.rows.sort_by(|left, right| left[0].parse::<f64>().unwrap().total_cmp(&right[0].parse::<f64>().unwrap()));
    is_changed
}

fn wrong_date(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some(row) = sheet.row(dice).filter(|_| sheet.table.timestamps) else { return false };
    let date = &mut sheet.rows[row][2 + dice.below(2)];
    // `2008-11-18 09:04 GMT`: the last digit of the minutes.
    let digit = date.as_bytes()[15];
    date.replace_range(15..16, if digit == b'0' { "1" } else { "0" });
    true
}

fn wrong_end(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some(row) = sheet.row(dice).filter(|_| sheet.table.timestamps) else { return false };
    sheet.shift(row, 1, if dice.below(2) == 0 { 1.0 } else { -1.0 });
    true
}

fn wrong_begin(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some(row) = sheet.row(dice).filter(|_| sheet.table.timestamps) else { return false };
    sheet.shift(row, 0, if dice.below(2) == 0 { 1.0 } else { -1.0 });
    true
}

fn shifted_file(sheet: &mut Sheet, _: &mut Dice) -> bool {
    for row in 0..sheet.rows.len() * usize::from(sheet.table.timestamps) {
        sheet.shift(row, 0, 1.0);
        sheet.shift(row, 1, 1.0);
    }
    sheet.table.timestamps && !sheet.rows.is_empty()
}

/// A reputation score outside the range of the sender group, a sender group that no connection has, or an outbreak that is first seen
/// after the span or long before its mail was released.
fn wrong_attribute(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let with = |column: usize, text: &str| -> Vec<usize> {
        (0..sheet.rows.len()).filter(|&row| sheet.rows[row][column] == text).collect()
    };
    match sheet.table.number {
        5 if dice.below(3) == 0 => {
            let Some(row) = sheet.row(dice) else { return false };
            sheet.rows[row][8] = "OTHERLIST".into();
        }
        5 => {
            let (group, score) = dice.pick(&[("BLACKLIST", "6.5"), ("SUSPECTLIST", "-7.5")]).unwrap();
            let Some(row) = dice.pick(&with(8, group)) else { return false };
            sheet.rows[row][7] = score.into();
        }
        20 => {
            let released: Vec<usize> = (0..sheet.rows.len()).filter(|&row| sheet.count(row, 4) > 0).collect();
            let (Some(row), late) = (dice.pick(&released), dice.below(2) == 0) else { return false };
            sheet.shift(row, 2, if late { 1e6 } else { -1e6 });
            sheet.rows[row][2].truncate(10);
        }
        _ => return false,
    }
    true
}

/// Audits a directory as the program does.
fn audit(directory: &Path) -> Vec<Finding> {
    let mut exports = Exports::open(directory, &[]).unwrap();
    let identities = Identities::builtin();
    let known = exports.multiplier();
    let multiplier = known.or_else(|| Some(infer_multiplier(&exports).unwrap()?.multiplier)).unwrap_or(3);
    let assumptions = Assumptions { multiplier, max_per_connection: 100 };
    settle(&mut exports, identities, assumptions).unwrap();
    let mut auditor = Auditor::new(identities.all(), &Sources::new(&exports), assumptions);
    for window in exports.windows().unwrap() {
        auditor.look_at(&window.unwrap());
    }
    auditor.finish()
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

fn inject_lies(directory: &Path, site: usize, scores: &mut [Score]) {
    let honest = audit(directory);
    assert_eq!(with(&honest, FindingResult::Broken), [""; 0], "{}", directory.display());
    let known = with(&honest, FindingResult::Notice).into_iter().map(String::from).collect::<Vec<_>>();
    for table in Catalogue::builtin().tables() {
        let path = directory.join(&table.file);
        let original = fs::read(&path).unwrap();
        for (place, ((_, lie), score)) in LIES.iter().zip(&mut *scores).enumerate() {
            let mut sheet = Sheet::read(directory, table);
            let mut dice = Dice((site * 1_000_000 + place * 1000) as u64 + u64::from(table.number));
            if !lie(&mut sheet, &mut dice) {
                continue;
            }
            sheet.write(directory);
            let findings = audit(directory);
            score.lies += 1;
            if !with(&findings, FindingResult::Broken).is_empty() {
                score.found += 1;
            } else if with(&findings, FindingResult::Notice).iter().any(|name| !known.iter().any(|other| other == name))
            {
                score.notices += 1;
            } else {
                *score.missed.entry(table.number).or_default() += 1;
            }
        }
        fs::write(&path, original).unwrap();
    }
}

/// `UPDATE=1 cargo nextest run -p tollgate lies` writes the table again.
#[test]
fn injected_lies_are_found_as_the_page_says() {
    let out = tempfile::tempdir().unwrap();
    let mut scores: Vec<Score> = LIES.iter().map(|_| Score::default()).collect();
    for (site, (scenario, options)) in SITES.iter().enumerate() {
        let run = export(out.path(), scenario, options);
        inject_lies(&appliances(&run)[0], site, &mut scores);
    }
    let mut text = String::new();
    for ((kind, _), Score { lies, found, notices, missed }) in LIES.iter().zip(&scores) {
        let tables: Vec<String> = missed
            .iter()
            .map(|(table, count)| if *count == 1 { table.to_string() } else { format!("{table} (twice)") })
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

/// Each shipped scenario, in each interval, with the counting rule of the document. Drawn traffic is a fiftieth of the scenario's.
#[test]
fn honest_exports_of_every_scenario_raise_no_alarm() {
    let out = tempfile::tempdir().unwrap();
    let names = fs::read_dir(root().join("scenarios")).unwrap().map(|entry| entry.unwrap().path());
    let scenarios = names.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let scenarios: Vec<String> =
        scenarios.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let mut audited = 0;
    for scenario in &scenarios {
        for interval in ["5m", "1h", "1d"] {
            // Seven months by five minutes take longer than all others together.
            let is_long = scenario == "mccolo" && interval == "5m";
            if is_long || (interval == "1d" && NOT_BY_DAYS.contains(&scenario.as_str())) {
                continue;
            }
            let run = export(out.path(), scenario, &["--interval", interval, "--volume", "0.02", "--truth"]);
            for directory in appliances(&run).iter().filter(|path| path.to_string_lossy().ends_with("-truth")) {
                let findings = audit(directory);
                assert_eq!(with(&findings, FindingResult::Broken), [""; 0], "{}", directory.display());
                audited += 1;
            }
            fs::remove_dir_all(run).unwrap();
        }
    }
    assert!(audited >= 3 * scenarios.len() - NOT_BY_DAYS.len() - 1, "only {audited} directories of exports");
}
