//! Compares deliveries under the counting rules with counting connection by connection.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tollgate_catalogue::{Catalogue, Table};
use tollgate_ledger::{Control, Counts, Delivery, DeliveryKey, Outcome};
use tollgate_report::{Booking, Projection, Rows, Setting, Value};
use tollgate_traffic::Directory;

const BASE_MICROS: u64 = 300_000_000;

/// An outgoing connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    domain: u32,
    base_interval: u32,
    control: Control,
    outcome: Outcome,
}

/// SR, SP, FR, FP and UC by domain.
type Booked = BTreeMap<u32, [u64; 5]>;

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
            let booking = Booking {
                rule,
                base_interval_micros: BASE_MICROS,
                busy_above,
                known_for_micros: known_for * BASE_MICROS,
            };
            let seen = view(&connections, intervals_of, booking);
            let counted = count(&connections, intervals_of, booking);
            prop_assert_eq!(seen, counted, "{}", rule.name);
        }
    }
}

fn connection() -> impl Strategy<Value = Connection> {
    let control = prop::sample::select(&Control::ALL[..]);
    let outcome = prop::sample::select(&Outcome::ALL[..]);
    (0..4u32, 5000..5030u32, control, outcome).prop_map(|(domain, base_interval, control, outcome)| Connection {
        domain,
        base_interval,
        control,
        outcome,
    })
}

/// The details table of each interval. Each interval is projected twice.
fn view(connections: &[Connection], intervals_of: u32, booking: Booking<'_>) -> Vec<Booked> {
    let mut directory = Directory::default();
    directory.domains.extend((0..4).map(|number| format!("d{number}.example")));
    let interval_micros = u64::from(intervals_of) * BASE_MICROS;
    let mut projection =
        Projection::new(Setting { directory: &directory, reputation_multiplier: 3, interval_micros, booking });
    let details = table(29);
    let shown = |interval: &u32| {
        let mut counts = Counts::default();
        for connection in connections.iter().filter(|connection| connection.base_interval / intervals_of == *interval) {
            let Connection { domain, base_interval, control, outcome } = *connection;
            let key = DeliveryKey { domain, base_interval, control, outcome };
            counts.deliveries.add(key.pack(), Delivery::Connections, 1u64);
        }
        let end_micros = u64::from(interval + 1) * interval_micros;
        let mut booked = Details::default();
        projection.project(details, end_micros, &[&counts], &mut booked);
        let mut again = Details::default();
        projection.project(details, end_micros, &[&counts], &mut again);
        assert_eq!(booked.0, again.0, "an interval looks the same twice");
        booked.0
    };
    intervals(connections, intervals_of).iter().map(shown).collect()
}

/// The same counts, connection by connection in order of time.
fn count(connections: &[Connection], intervals_of: u32, booking: Booking<'_>) -> Vec<Booked> {
    let mut ordered = connections.to_vec();
    ordered.sort_by_key(|connection| (connection.base_interval, connection.domain));
    let per_minute = |base_interval| {
        let same = connections.iter().filter(|connection| connection.base_interval == base_interval);
        same.count() as f64 / (BASE_MICROS as f64 / 60e6)
    };
    let mut known = BTreeSet::new();
    let mut booked: BTreeMap<u32, Booked> =
        intervals(connections, intervals_of).into_iter().map(|interval| (interval, Booked::new())).collect();
    for connection in ordered {
        let mut categories = booked_as(&booking.rule.name, connection.control, connection.outcome);
        if connection.control == Control::Preferred && categories.contains(&4) {
            let stretch = u64::from(connection.base_interval) * BASE_MICROS / booking.known_for_micros;
            let is_lost = match booking.rule.name.as_str() {
                "load-shed" => per_minute(connection.base_interval) > booking.busy_above,
                "first-contact" => !known.insert((connection.domain, stretch)),
                _ => false,
            };
            categories.retain(|category| !is_lost || *category != 4);
        }
        let interval = booked.entry(connection.base_interval / intervals_of).or_default();
        for category in categories {
            interval.entry(connection.domain).or_insert([0; 5])[category] += 1;
        }
    }
    booked.into_values().collect()
}

/// The places of the categories, as the rules define them: SR 0, SP 1, FR 2, FP 3, UC 4.
fn booked_as(rule: &str, control: Control, outcome: Outcome) -> Vec<usize> {
    let succeeded = outcome == Outcome::Negotiated;
    let in_clear = outcome == Outcome::SecondConnection;
    if control == Control::Required && !in_clear {
        return vec![if succeeded { 0 } else { 2 }];
    }
    let attempts = rule.starts_with("attempt-only");
    let doubles = rule == "attempt-only-double";
    match outcome {
        Outcome::Negotiated => vec![1],
        Outcome::NotVerified => vec![3],
        Outcome::NotTried | Outcome::NotOffered if attempts && control == Control::Preferred => vec![],
        Outcome::NotTried | Outcome::NotOffered => vec![4],
        Outcome::FailedBefore220 if attempts => vec![3, 4],
        Outcome::FailedBefore220 => vec![4],
        Outcome::FailedAfter220 if doubles => vec![3, 4],
        Outcome::FailedAfter220 => vec![3],
        Outcome::SecondConnection if doubles => vec![],
        Outcome::SecondConnection => vec![4],
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
struct Details(Booked, Vec<u64>, u32);

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
