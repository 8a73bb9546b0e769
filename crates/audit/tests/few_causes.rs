//! One cause may make many counts differ. The diagnosis does not take them for independent evidence against the true rule.

use tollgate_audit::{Diagnosis, DomainFigures, Evidence, Figure, Observation, Standing};
use tollgate_catalogue::Catalogue;

/// Midnight.
const BEGIN: i64 = 14_201 * 86_400;

fn hour(number: usize, failures: f64, unencrypted: f64, messages: f64) -> Observation {
    Observation {
        begin_seconds: BEGIN + number as i64 * 3600,
        length_seconds: 3600,
        failed_preferred: Figure::exact(failures),
        unencrypted_connections: Figure::exact(unencrypted),
        unencrypted_messages: Figure::exact(messages),
        ..Observation::default()
    }
}

fn assert_possible(observations: Vec<Observation>, rules: &[&str]) {
    let diagnosis = Diagnosis::new(Catalogue::builtin().rules(), &Evidence::new(observations));
    for rule in rules {
        assert!(diagnosis.of(rule).unwrap().verdict <= Standing::Possible, "{rule}: {:#?}", diagnosis.rules);
    }
}

/// The figures of 38 hours: messages, failures, and the unencrypted connections under first-contact and under attempt-only-double. Most of
/// these connections go to ten destinations with the setting No. Single messages to many recipients make dozens of them, which is much at
/// night and little by day.
const BURSTS: [(u32, u32, u32, u32); 38] = [
    (351, 10, 47, 26),
    (304, 4, 24, 28),
    (145, 4, 23, 27),
    (170, 3, 44, 47),
    (253, 3, 1, 4),
    (1719, 38, 57, 95),
    (4916, 71, 206, 277),
    (10666, 162, 416, 578),
    (15090, 255, 657, 912),
    (14246, 248, 588, 836),
    (13481, 220, 531, 751),
    (12614, 229, 486, 715),
    (14207, 224, 627, 851),
    (13100, 230, 512, 742),
    (10783, 164, 459, 623),
    (5829, 105, 197, 302),
    (3856, 63, 144, 207),
    (1784, 26, 64, 90),
    (1577, 23, 69, 92),
    (1068, 17, 76, 93),
    (760, 16, 12, 28),
    (837, 11, 30, 41),
    (592, 6, 59, 65),
    (546, 9, 37, 46),
    (480, 10, 37, 16),
    (248, 6, 2, 8),
    (201, 5, 3, 8),
    (136, 3, 1, 4),
    (238, 6, 20, 26),
    (1628, 32, 52, 84),
    (4772, 77, 237, 314),
    (10426, 172, 392, 564),
    (14909, 222, 579, 801),
    (15116, 259, 687, 946),
    (13684, 222, 519, 741),
    (13148, 198, 602, 800),
    (13921, 241, 561, 802),
    (13492, 228, 644, 872),
];

#[test]
fn a_message_to_many_recipients_makes_many_connections() {
    let hours = |unencrypted: fn((u32, u32)) -> u32| {
        let of_hour = |(number, &(messages, failures, first, double))| {
            hour(number, f64::from(failures), f64::from(unencrypted((first, double))), f64::from(messages))
        };
        BURSTS.iter().enumerate().map(of_hour).collect()
    };
    assert_possible(hours(|(first, _)| first), &["first-contact"]);
    assert_possible(hours(|(_, double)| double), &["attempt-only", "attempt-only-double"]);
}

#[test]
fn a_busy_appliance_counts_connections_to_excluded_domains_only() {
    let domain = |name: &str, number: usize, connections: f64, messages: f64| DomainFigures {
        domain: format!("{name}{number}.example").into(),
        connections,
        messages,
        ..DomainFigures::default()
    };
    let of_hour = |number: usize| {
        let plain = (0..12).map(|at| domain("plain", at, 0.0, 10.0 + at as f64));
        // Each excluded domain has mail in two of the hours.
        let excluded = [number, (number + 1) % 5].into_iter().flat_map(|first| [first, first + 5]);
        let excluded = excluded.map(|at| domain("excluded", at, 2.0, 2.0));
        let failing = DomainFigures {
            domain: "failing.example".into(),
            successful_preferred: 150.0,
            failed_preferred: 75.0,
            connections: 225.0,
            messages: 200.0,
            ..DomainFigures::default()
        };
        let domains: Vec<DomainFigures> = plain.chain(excluded).chain([failing]).collect();
        Observation {
            successful_preferred: Figure::exact(150.0),
            encrypted_messages: Figure::exact(130.0),
            domains: Some(domains),
            ..hour(number, 75.0, 8.0, 186.0 + 8.0 + 70.0)
        }
    };
    assert_possible((0..5).map(of_hour).collect(), &["load-shed", "first-contact", "attempt-only"]);
}
