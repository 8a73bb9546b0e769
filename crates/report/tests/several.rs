//! Several appliances as one, several intervals as one, and the rows of one key.

use tollgate_catalogue::{Catalogue, Rule};
use tollgate_ledger::Counts;
use tollgate_report::{CountingRule, CsvWriter, Rows, Setting, Totals, Value};

use crate::fixture::{BEGIN, HOUR, directory, file, first, second, setting, table};

#[derive(Debug, Default, PartialEq)]
struct Texts(Vec<Vec<String>>);

impl Rows for Texts {
    fn begin(&mut self) {
        self.0.push(Vec::new());
    }

    fn value(&mut self, value: Value<'_>) {
        self.0.last_mut().expect("a row that has begun").push(format!("{value:?}"));
    }

    fn end(&mut self) {}
}

fn rule(name: &str) -> &'static Rule {
    Catalogue::builtin().rule(name).expect("a rule of that name")
}

/// The rows of `Totals` over intervals, each with the counts of every appliance.
fn totals(number: u32, settings: &[Setting<'_>], intervals: &[Vec<Counts>], key: Option<&str>) -> Texts {
    let mut totals = Totals::new(table(number), settings);
    if let Some(key) = key {
        assert!(totals.restrict(key), "table {number} knows {key}");
    }
    for interval in intervals {
        let Ok(()) = totals.add(|place, counts| {
            counts.absorb(interval[place].clone());
            Ok::<_, std::convert::Infallible>(())
        });
    }
    let mut texts = Texts::default();
    totals.project(BEGIN + 2 * HOUR, &mut texts);
    texts
}

#[test]
fn appliances_that_count_alike_are_shown_as_the_sum_of_their_counts() {
    let directory = directory();
    let setting = setting(&directory);
    let mut sum = first();
    sum.absorb(second());
    for table in Catalogue::builtin().tables() {
        let mut writer = CsvWriter::merged(&[setting, setting]);
        let mut out = Vec::new();
        writer.write_header(table, &mut out);
        if table.timestamps {
            writer.write_interval(table, BEGIN, &[&first(), &second()], &mut out);
        } else {
            writer.write_span(table, BEGIN + HOUR, &[&first(), &second()], &mut out);
        }
        let expected = file(table, setting, &[(BEGIN, sum.clone())]).0;
        assert_eq!(String::from_utf8_lossy(&out), expected, "{}", table.file);
    }
}

#[test]
fn each_appliance_books_its_deliveries_itself() {
    let directory = directory();
    let plain = setting(&directory);
    // For one appliance, one connection a minute is too much. The other is never busy.
    let busy = CountingRule { rule: rule("load-shed"), busy_above: 0.0, ..plain.counting };
    let shedding = Setting { counting: busy, ..plain };
    let interval = [vec![first(), first()]];
    let texts = |settings: &[Setting<'_>]| totals(27, settings, &interval, None).0[0].clone();
    let counts = |text: &String| text.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().expect("a count");
    let both: Vec<u64> = texts(&[plain, shedding]).iter().map(counts).collect();
    let alone = |setting| totals(27, &[setting], &[vec![first()]], None).0[0].iter().map(counts).collect::<Vec<u64>>();
    let (one, other) = (alone(plain), alone(shedding));
    assert_ne!(one, other, "the rule changes the counts");
    let sum: Vec<u64> = one.iter().zip(&other).map(|(one, other)| one + other).collect();
    assert_eq!(both, sum);
}

#[test]
fn totals_are_the_table_of_one_long_interval() {
    let directory = directory();
    let setting = Setting { interval_micros: 2 * HOUR, ..setting(&directory) };
    let mut both = first();
    both.absorb(second());
    for rule in Catalogue::builtin().rules() {
        let setting = Setting { counting: CountingRule { rule, ..setting.counting }, ..setting };
        for table in Catalogue::builtin().tables() {
            let by_hour = totals(table.number, &[setting], &[vec![first()], vec![second()]], None);
            let at_once = totals(table.number, &[setting], &[vec![both.clone()]], None);
            assert_eq!(by_hour, at_once, "{} under {}", table.file, rule.name);
        }
    }
}

#[test]
fn one_key_has_its_own_rows_and_no_others() {
    let directory = directory();
    let setting = setting(&directory);
    for (number, key) in [(10, "anna@site.example"), (12, "anna@site.example"), (18, "attachments, large")] {
        let table = table(number);
        let all = file(table, setting, &[(BEGIN, first())]).0;
        let mut writer = CsvWriter::new(setting);
        assert!(writer.restrict(table, key));
        let mut out = Vec::new();
        writer.write_interval(table, BEGIN, &[&first()], &mut out);
        let out = String::from_utf8(out).expect("UTF-8");
        let expected: Vec<&str> = all.lines().skip(1).filter(|line| line.contains(key)).collect();
        assert!(!expected.is_empty(), "{} has rows of {key}", table.file);
        assert!(all.lines().count() > expected.len() + 1, "{} has other rows too", table.file);
        assert_eq!(out.lines().collect::<Vec<_>>(), expected, "{}", table.file);
    }
    let mut writer = CsvWriter::new(setting);
    assert!(!writer.restrict(table(10), "nobody@site.example"));
    assert!(!writer.restrict(table(18), "plain"), "a filter of the other direction");
    assert!(!writer.restrict(table(24), "anything"), "a table without keys");
    let mut out = Vec::new();
    assert_eq!(writer.write_interval(table(24), BEGIN, &[&first()], &mut out), 1, "its row is still written");
}

#[test]
#[should_panic(expected = "different reputation multipliers")]
fn appliances_with_unlike_multipliers_are_not_shown_as_one() {
    let directory = directory();
    let setting = setting(&directory);
    let _ = CsvWriter::merged(&[setting, Setting { reputation_multiplier: 4, ..setting }]);
}
