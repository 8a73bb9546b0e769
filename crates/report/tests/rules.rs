//! Compares deliveries under the counting rules with counting connection by connection.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tollgate_catalogue::{Catalogue, Table};
use tollgate_ledger::{Counts, Delivery, DeliveryKey, TlsOutcome, TlsSetting};
use tollgate_report::{CountingRule, Projection, Rows, Setting, Value};
use tollgate_traffic::Directory;

const BASE_MICROS: u64 = 300_000_000;

/// An outgoing connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    domain: u32,
    base_interval: u32,
    setting: TlsSetting,
    outcome: TlsOutcome,
}

/// SR, SP, FR, FP and UC by domain.
type CountsByDomain = BTreeMap<u32, [u64; 5]>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every rule with random connections, counted by interval and one by one.
    #[test]
    fn views_agree_with_counting_one_by_one(
        connections in prop::collection::vec(connection(), 0..300),
        intervals_of in prop::sample::select(vec![1u32, 3, 12]),
        busy_above in 0.0..12.0,
        known_for in prop::sample::select(vec![1u64, 2, 5, 12, 18]),
    ) {
        for rule in Catalogue::builtin().rules() {
            let counting = CountingRule {
                rule,
                base_interval_micros: BASE_MICROS,
                busy_above,
                known_for_micros: known_for * BASE_MICROS,
            };
            let seen = view(&connections, intervals_of, counting);
            let counted = count(&connections, intervals_of, counting);
            prop_assert_eq!(seen, counted, "{}", rule.name);
        }
    }
}

fn connection() -> impl Strategy<Value = Connection> {
    let setting = prop::sample::select(&TlsSetting::ALL[..]);
    let outcome = prop::sample::select(&TlsOutcome::ALL[..]);
    (0..4u32, 5000..5030u32, setting, outcome).prop_map(|(domain, base_interval, setting, outcome)| Connection {
        domain,
        base_interval,
        setting,
        outcome,
    })
}

/// The details table of each interval. Each interval is projected twice.
fn view(connections: &[Connection], intervals_of: u32, counting: CountingRule<'_>) -> Vec<CountsByDomain> {
    let mut directory = Directory::default();
    directory.domains.extend((0..4).map(|number| format!("d{number}.example")));
    let interval_micros = u64::from(intervals_of) * BASE_MICROS;
    let mut projection =
        Projection::new(Setting { directory: &directory, reputation_multiplier: 3, interval_micros, counting });
    let details = table(29);
    let shown = |interval: &u32| {
        let mut counts = Counts::default();
        for connection in connections.iter().filter(|connection| connection.base_interval / intervals_of == *interval) {
            let Connection { domain, base_interval, setting, outcome } = *connection;
            let key = DeliveryKey { domain, base_interval, setting, outcome };
            counts.deliveries.add(key.pack(), Delivery::Connections, 1u64);
        }
        let end_micros = u64::from(interval + 1) * interval_micros;
        let mut once = Details::default();
        projection.project(details, end_micros, &[&counts], &mut once);
        let mut again = Details::default();
        projection.project(details, end_micros, &[&counts], &mut again);
        assert_eq!(once.0, again.0, "an interval looks the same twice");
        once.0
    };
    intervals(connections, intervals_of).iter().map(shown).collect()
}

/// The same counts, connection by connection in order of time.
fn count(connections: &[Connection], intervals_of: u32, counting: CountingRule<'_>) -> Vec<CountsByDomain> {
    let mut ordered = connections.to_vec();
    ordered.sort_by_key(|connection| (connection.base_interval, connection.domain));
    let per_minute = |base_interval| {
        let same = connections.iter().filter(|connection| connection.base_interval == base_interval);
        same.count() as f64 / (BASE_MICROS as f64 / 60e6)
    };
    let mut known = BTreeSet::new();
    let mut counts: BTreeMap<u32, CountsByDomain> =
        intervals(connections, intervals_of).into_iter().map(|interval| (interval, CountsByDomain::new())).collect();
    for connection in ordered {
        let mut categories = counted_as(&counting.rule.name, connection.setting, connection.outcome);
        if connection.setting == TlsSetting::Preferred && categories.contains(&4) {
            let stretch = u64::from(connection.base_interval) * BASE_MICROS / counting.known_for_micros;
            let is_lost = match counting.rule.name.as_str() {
                "load-shed" => per_minute(connection.base_interval) > counting.busy_above,
                "first-contact" => !known.insert((connection.domain, stretch)),
                _ => false,
            };
            categories.retain(|category| !is_lost || *category != 4);
        }
        let interval = counts.entry(connection.base_interval / intervals_of).or_default();
        for category in categories {
            interval.entry(connection.domain).or_insert([0; 5])[category] += 1;
        }
    }
    counts.into_values().collect()
}

/// The places of the categories, as the rules define them: SR 0, SP 1, FR 2, FP 3, UC 4.
fn counted_as(rule: &str, setting: TlsSetting, outcome: TlsOutcome) -> Vec<usize> {
    let succeeded = outcome == TlsOutcome::Negotiated;
    let in_clear = outcome == TlsOutcome::SecondConnection;
    if setting == TlsSetting::Required && !in_clear {
        return vec![if succeeded { 0 } else { 2 }];
    }
    let attempts = rule.starts_with("attempt-only");
    let doubles = rule == "attempt-only-double";
    match outcome {
        TlsOutcome::Negotiated => vec![1],
        TlsOutcome::NotVerified => vec![3],
        TlsOutcome::NotTried | TlsOutcome::NotOffered if attempts && setting == TlsSetting::Preferred => vec![],
        TlsOutcome::NotTried | TlsOutcome::NotOffered => vec![4],
        TlsOutcome::FailedBefore220 if attempts => vec![3, 4],
        TlsOutcome::FailedBefore220 => vec![4],
        TlsOutcome::FailedAfter220 if doubles => vec![3, 4],
        TlsOutcome::FailedAfter220 => vec![3],
        TlsOutcome::SecondConnection if doubles => vec![],
        TlsOutcome::SecondConnection => vec![4],
    }
}

fn intervals(connections: &[Connection], intervals_of: u32) -> Vec<u32> {
    let numbers: BTreeSet<u32> = connections.iter().map(|connection| connection.base_interval / intervals_of).collect();
    numbers.into_iter().collect()
}

fn table(number: u32) -> &'static Table {
    Catalogue::builtin().table(number).expect("a table of that number")
}

/// The rows of the outgoing details by domain. A domain in no category has no row.
#[derive(Default)]
struct Details(CountsByDomain, Vec<u64>, u32);

impl Rows for Details {
    fn begin(&mut self) {
        self.1.clear();
    }

    fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Text(name) => self.2 = name[1..2].parse().expect("a number"),
            Value::Count(count) => self.1.push(count),
            _ => {}
        }
    }

    fn end(&mut self) {
        // The columns are FR, SR, FP, SP, all connections, messages.
        let [failed_required, required, failed, preferred, all, _] = self.1[..] else { panic!("six counts") };
        let unencrypted = all - failed_required - required - failed - preferred;
        self.0.insert(self.2, [required, preferred, failed_required, failed, unencrypted]);
    }
}
