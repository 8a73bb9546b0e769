//! Outgoing connections by TLS setting and the destination's use of STARTTLS, compared with the expected ones.

use tollgate_gateway::{Gateway, OutgoingConnection};
use tollgate_scenario::{HOUR, MINUTE, Moment, Scenario, Span, StartTls};
use tollgate_traffic::{Behaviour, BehaviourId, DomainId, RecipientGroup, Schedule, StartTlsFailures};

/// Three recipients, one of whom is refused. Each connection is written as TLS outcome, delivered + hard-bounced.
const EXPECTED: &str = "\
control           starttls           connections
no                not-offered        NotTried 2+1
no                good               NotTried 2+1
no                fails-after220     NotTried 2+1
preferred         not-offered        NotOffered 2+1
preferred         good               Negotiated 2+1
preferred         fails-before220    FailedBefore220 2+1
preferred         fails-after220     FailedAfter220 0+0, SecondConnection 2+1
preferred-verify  good               Negotiated 2+1
required          good               Negotiated 2+1
required          not-offered        NotOffered 0+0 each time, finally 0+3
required          fails-before220    FailedBefore220 0+0 each time, finally 0+3
required          fails-after220     FailedAfter220 0+0 each time, finally 0+3
required-verify   good               Negotiated 2+1
";

#[test]
fn connections_are_those_of_the_setting_and_the_destination() {
    for line in EXPECTED.lines().skip(1) {
        let (control, rest) = line.split_once(' ').unwrap();
        let (starttls, expected) = rest.trim().split_once(' ').unwrap();
        let made = deliver(&gateway(control, ""), group(0), behaviour(starttls));
        assert_eq!(describe(&made), expected.trim(), "{line}");
    }
}

#[test]
fn required_and_not_verified_carries_nothing() {
    let unverified = Behaviour { certificate_valid: false, ..behaviour("good") };
    let made = deliver(&gateway("required-verify", ""), group(0), unverified);
    assert_eq!(describe(&made), "NotVerified 0+0 each time, finally 0+3");
}

#[test]
fn a_second_connection_that_is_refused_leaves_the_failed_one_alone() {
    let made = deliver(&gateway("preferred", ""), group(2), behaviour("fails-after220"));
    assert_eq!(describe(&made), "FailedAfter220 0+0, FailedAfter220 0+0, FailedAfter220 0+0, SecondConnection 2+1");
    // The second connections of the first two attempts were refused. The waits are one minute and then two.
    let minutes: Vec<u64> = made.iter().map(|connection| connection.at.micros() / MINUTE).collect();
    assert_eq!(minutes, [0, 1, 3, 3]);
}

#[test]
fn failures_are_drawn_for_each_connection() {
    const MESSAGES: u64 = 40_000;
    let flaky = Behaviour { failures: StartTlsFailures { before_220: 0.1, after_220: 0.2 }, ..behaviour("good") };
    let gateway = gateway("preferred", "");
    let mut found = [0; 3];
    for identity in 0..MESSAGES {
        let made = || {
            let mut made = Vec::new();
            gateway.deliver(&group(0), flaky, Moment::default(), identity, 0, |connection| made.push(connection));
            made
        };
        let described = describe(&made());
        assert_eq!(describe(&made()), described, "a message has the same failures every time");
        found[match described.as_str() {
            "FailedBefore220 2+1" => 0,
            "FailedAfter220 0+0, SecondConnection 2+1" => 1,
            "Negotiated 2+1" => 2,
            other => panic!("{other}"),
        }] += 1;
    }
    for (found, probability) in found.into_iter().zip([0.1, 0.2, 0.7]) {
        let deviations = deviations(found, MESSAGES, probability);
        assert!(deviations.abs() < 4.0, "{found} of {MESSAGES} is {deviations} standard deviations from {probability}");
    }
}

#[test]
fn another_attempt_draws_another_failure() {
    const MESSAGES: u64 = 10_000;
    let flaky = Behaviour { failures: StartTlsFailures { before_220: 0.0, after_220: 0.5 }, ..behaviour("good") };
    let gateway = gateway("required", "");
    let mut at_once = 0;
    let mut connections = 0.0;
    for identity in 0..MESSAGES {
        let mut made = Vec::new();
        gateway.deliver(&group(0), flaky, Moment::default(), identity, 0, |connection| made.push(connection));
        assert_eq!(made.last().map(|last| (last.delivered, last.bounced)), Some((2, 1)), "it succeeds in the end");
        at_once += u64::from(made.len() == 1);
        connections += made.len() as f64;
    }
    let deviations = deviations(at_once, MESSAGES, 0.5);
    assert!(deviations.abs() < 4.0, "{at_once}");
    // The number of connections is geometric: its mean is 2, and its variance too.
    let mean = connections / MESSAGES as f64;
    assert!((mean - 2.0).abs() < 4.0 * (2.0 / MESSAGES as f64).sqrt(), "{mean}");
}

/// The distance of a count from its mean in standard deviations of the binomial distribution.
fn deviations(found: u64, of: u64, probability: f64) -> f64 {
    (found as f64 - of as f64 * probability) / (of as f64 * probability * (1.0 - probability)).sqrt()
}

#[test]
fn mail_that_cannot_get_required_tls_bounces_as_the_bounce_profile_says() {
    let made = deliver(&gateway("required", ""), group(0), behaviour("not-offered"));
    // Waits of 1, 2, 4, 8, 16 and 32 minutes, then of an hour, within 72 hours of the first attempt.
    let mut expected = vec![0];
    let mut wait = MINUTE;
    while expected.last().unwrap() + wait <= 72 * HOUR {
        expected.push(expected.last().unwrap() + wait);
        wait = (2 * wait).min(HOUR);
    }
    assert_eq!(made.iter().map(|connection| connection.at.micros()).collect::<Vec<_>>(), expected);
    assert_eq!(made.iter().map(|connection| connection.bounced).sum::<u32>(), 3);

    let profile =
        "bounce_profile = { first_wait = \"1m\", longest_wait = \"1h\", max_retries = 2, max_time = \"72h\" }";
    let made = deliver(&gateway("required", profile), group(0), behaviour("not-offered"));
    assert_eq!(made.len(), 3);
    assert_eq!(describe(&made), "NotOffered 0+0 each time, finally 0+3");
}

#[test]
fn attempts_at_an_unreachable_destination_open_no_connection_and_use_up_the_retries() {
    let event = |at: &str, span: &str| {
        format!("events = [{{ at = \"{at}\", destination = {{ domain = \"default\", unreachable = \"{span}\" }} }}]")
    };
    let begin = Moment::from_micros(1_226_880_000_000_000); // 2008-11-17T00:00:00Z
    let deliver_at = |from: u64, more: &str, group: RecipientGroup| {
        let mut made = Vec::new();
        gateway("preferred", more).deliver(
            &group,
            behaviour("fails-after220"),
            begin.plus(Span::from_micros(from)),
            0,
            0,
            |each| {
                made.push(each);
            },
        );
        let minutes: Vec<u64> = made.iter().map(|each| each.at.since(begin).micros() / MINUTE).collect();
        (describe(&made), minutes)
    };
    // Attempts at 0, 1 and 3 minutes. An outage begins with its first microsecond and ends before its last.
    let (made, minutes) = deliver_at(0, &event("2008-11-17T00:00:00Z", "3m"), group(0));
    assert_eq!(made, "Unreachable 0+0, Unreachable 0+0, FailedAfter220 0+0, SecondConnection 2+1");
    assert_eq!(minutes, [0, 1, 3, 3]);
    // A second connection is refused once; the attempt in the outage leaves that refusal for the next.
    let (made, minutes) = deliver_at(0, &event("2008-11-17T00:00:00Z", "1s"), group(1));
    assert_eq!(made, "Unreachable 0+0, FailedAfter220 0+0, FailedAfter220 0+0, SecondConnection 2+1");
    assert_eq!(minutes, [0, 1, 3, 3]);
    // Mail bounces if the outage lasts as long as its retries.
    let profile = "bounce_profile = { max_retries = 3 }\n";
    let (made, minutes) = deliver_at(0, &format!("{profile}{}", event("2008-11-17T00:00:00Z", "8m")), group(0));
    assert_eq!(made, "Unreachable 0+0 each time, finally 0+3");
    assert_eq!(minutes, [0, 1, 3, 7]);
    let profile = "bounce_profile = { max_time = \"3m\" }\n";
    let (made, minutes) = deliver_at(0, &format!("{profile}{}", event("2008-11-17T00:00:00Z", "4m")), group(0));
    assert_eq!(made, "Unreachable 0+0 each time, finally 0+3");
    assert_eq!(minutes, [0, 1, 3]);
    // An outage that has not begun, or is over, changes nothing.
    for at in ["2008-11-17T00:10:00Z", "2008-11-17T00:00:00Z"] {
        let from = if at.contains("00:10") { 0 } else { 20 * MINUTE };
        let (made, _) = deliver_at(from, &event(at, "20m"), group(0));
        assert_eq!(made, "FailedAfter220 0+0, SecondConnection 2+1");
    }
}

fn gateway(control: &str, more: &str) -> Gateway {
    let text = format!(
        r#"
        format = 1
        {more}
        time = {{ begin = "2008-11-17T00:00:00Z", span = "1h" }}
        appliances = [{{ name = "c650" }}]
        users = {{ count = 1, domain = "example.com" }}
        destination_controls = {{ default = "{control}" }}
        "#
    );
    let scenario = Scenario::parse(&text, "delivery.toml", &[]).unwrap();
    Gateway::new(&scenario, &Schedule::new(&scenario))
}

fn group(second_refusals: u8) -> RecipientGroup {
    let (domain, behaviour) = (DomainId::default(), BehaviourId::default());
    RecipientGroup { domain, behaviour, recipients: 3, refused: 1, deferrals: 0, second_refusals }
}

fn behaviour(starttls: &str) -> Behaviour {
    let starttls = match starttls {
        "not-offered" => StartTls::NotOffered,
        "good" => StartTls::Good,
        "fails-before220" => StartTls::FailsBefore220,
        "fails-after220" => StartTls::FailsAfter220,
        other => panic!("unknown behaviour {other}"),
    };
    let failures = StartTlsFailures::default();
    Behaviour { starttls, failures, certificate_valid: true, session: Default::default() }
}

fn deliver(gateway: &Gateway, group: RecipientGroup, behaviour: Behaviour) -> Vec<OutgoingConnection> {
    let mut made = Vec::new();
    gateway.deliver(&group, behaviour, Moment::default(), 0, 0, |connection| made.push(connection));
    // In every case, each recipient is delivered or hard-bounces exactly once, and no connection follows.
    let settled: u32 = made.iter().map(|connection| connection.delivered + connection.bounced).sum();
    assert_eq!(settled, group.recipients);
    assert_eq!(made.iter().position(|connection| connection.last), Some(made.len() - 1));
    made
}

fn describe(made: &[OutgoingConnection]) -> String {
    let each = |connection: &OutgoingConnection| {
        format!("{:?} {}+{}", connection.tls, connection.delivered, connection.bounced)
    };
    let (last, before) = made.split_last().unwrap();
    let is_vain = |connection: &OutgoingConnection| connection.tls == last.tls && connection.delivered == 0;
    if made.len() > 2 && made.iter().all(is_vain) {
        return format!("{} each time, finally {}+{}", each(&before[0]), last.delivered, last.bounced);
    }
    made.iter().map(each).collect::<Vec<_>>().join(", ")
}
