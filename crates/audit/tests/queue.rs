//! Tests of the work queue's law with figures of random queues, which are counted second by second.

use proptest::prelude::*;
use tollgate_audit::{Auditor, Finding, FindingResult, Identities, Sources, Window};

use crate::identities::{ASSUMPTIONS, BEGIN, file, interval};

/// The length of an interval, in seconds.
const LENGTH: i64 = 60;
const INTERVALS: i64 = 20;

/// A message: when its connection opens, its time until it enters the queue, and its time in the queue, in seconds.
type Message = (i64, i64, i64);

/// The figures of the work queue in an interval.
#[derive(Clone, Copy, Debug)]
struct Figures {
    time: f64,
    length: f64,
    greatest: i64,
    /// Incoming messages that are accepted.
    counted: usize,
    /// Outgoing messages that leave the queue, and those that are delivered. Each has one recipient.
    scanned: usize,
    delivered: usize,
}

/// Counts messages second by second.
fn count(messages: &[Message]) -> Vec<Figures> {
    let entry = |message: &Message| message.0 + message.1;
    let exit = |message: &Message| entry(message) + message.2;
    let of_interval = |number: i64| {
        let seconds = number * LENGTH..(number + 1) * LENGTH;
        let depth = |at: i64| messages.iter().filter(|message| entry(message) <= at && at < exit(message)).count();
        let depths: Vec<usize> = seconds.clone().map(depth).collect();
        let left: Vec<&Message> = messages.iter().filter(|message| seconds.contains(&exit(message))).collect();
        let total: i64 = left.iter().map(|message| message.2).sum();
        Figures {
            time: total as f64 / left.len().max(1) as f64,
            length: depths.iter().sum::<usize>() as f64 / LENGTH as f64,
            greatest: depths.into_iter().max().unwrap() as i64,
            counted: messages.iter().filter(|message| seconds.contains(&message.0)).count(),
            scanned: 0,
            delivered: 0,
        }
    };
    (0..INTERVALS).map(of_interval).collect()
}

/// The finding for messages with these figures.
fn find(figures: &[Figures]) -> Finding {
    let mut sources = Sources::default();
    let end = BEGIN + LENGTH * figures.len() as i64;
    [2, 3, 30, 31, 32, 34, 38].iter().for_each(|table| sources.add(*table, &file(LENGTH, BEGIN, end)));
    let identities = Identities::builtin().named("queue-flow");
    let mut audit = Auditor::new(identities, &sources, ASSUMPTIONS);
    for (place, one) in figures.iter().enumerate() {
        let begin_seconds = BEGIN + place as i64 * LENGTH;
        let [time, length] = [one.time, one.length].map(|value| value.to_string());
        let (greatest, counted) = (one.greatest.to_string(), one.counted.to_string());
        let (scanned, delivered) = (format!("0,0,{}", one.scanned), one.delivered.to_string());
        let settled = format!("0,{delivered},{delivered}");
        let rows: [(u32, &str); 7] = [
            (2, &scanned),
            (3, &settled),
            (30, &time),
            (31, &length),
            (32, &greatest),
            (34, &counted),
            (38, &delivered),
        ];
        let tables = rows.map(|(table, row)| interval(table, begin_seconds, LENGTH, &[row]));
        let tables = tables.map(|(table, rows)| (table, vec![rows])).into();
        audit.look_at(&Window { begin_seconds, length_seconds: LENGTH, tables });
    }
    audit.finish().remove(0)
}

/// Some messages with short stays.
fn usual() -> impl Strategy<Value = Vec<Message>> {
    prop::collection::vec((-LENGTH..INTERVALS * LENGTH, 0i64..5, 1i64..12), 800..1500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn honest_queues_are_not_broken(
        mut messages in usual(),
        long in (0..(INTERVALS - 1) * LENGTH, 0i64..5, 60i64..150),
        burst in (0..(INTERVALS - 3) * LENGTH, 0usize..400),
    ) {
        // One message stays very long. In a burst, each message waits for those before it.
        messages.push(long);
        messages.extend((0..burst.1 as i64).map(|place| (burst.0 + place / 10, 1, 2 + place * 9 / 40)));
        let found = find(&count(&messages));
        prop_assert_eq!(found.verdict, FindingResult::Holds, "{:?}", found.worst);
        prop_assert_eq!(found.comparisons, INTERVALS as u64 + 1);
    }

    #[test]
    fn a_changed_column_is_broken(messages in usual(), is_more in any::<bool>(), is_time in any::<bool>()) {
        let mut figures = count(&messages);
        let factor = if is_more { 2.0 } else { 0.4 };
        figures.iter_mut().for_each(|one| *if is_time { &mut one.time } else { &mut one.length } *= factor);
        let found = find(&figures);
        prop_assert_eq!(found.verdict, FindingResult::Broken);
        let (left, right) = (found.worst.as_ref().unwrap().left.value, found.worst.as_ref().unwrap().right.value);
        prop_assert_eq!(left > right, is_more != is_time);
    }
}

#[test]
fn a_message_that_stays_long_is_in_the_average_length_before_it_is_in_the_average_time() {
    // Ten messages a second stay a second each. Another one enters in the middle of the fourth interval, and leaves at the end of the
    // sixth.
    let figures = Figures { time: 1.0, length: 10.0, greatest: 12, counted: 600, scanned: 0, delivered: 0 };
    let mut honest = vec![figures; 12];
    honest[3].length += 0.5;
    honest[4].length += 1.0;
    honest[5].length += 1.0;
    honest[5].time = (600.0 + 150.0) / 601.0;
    assert_eq!(find(&honest).verdict, FindingResult::Holds);
    // Without the message in the averages of later intervals, the average length is wrong.
    let mut lie = vec![figures; 12];
    lie[3].length += 25.0;
    let found = find(&lie);
    assert_eq!((found.verdict, found.worst.unwrap().begin_seconds), (FindingResult::Broken, BEGIN + 3 * LENGTH));
}

#[test]
fn a_message_may_stay_in_the_queue_for_all_of_an_interval_in_which_none_leaves() {
    // It enters the queue 0.6 seconds before second 130, and leaves at second 280.
    let mut figures = count(&[(130, 0, 150)]);
    figures[2].length += 0.01;
    figures[4].time += 0.6;
    assert_eq!(find(&figures).verdict, FindingResult::Holds);
}

#[test]
fn outgoing_messages_that_wait_for_their_destination_are_counted_later() {
    // Ten messages a second stay a second each. In five intervals, all are outgoing and stay ten seconds each. They are delivered in a
    // later interval, in which the stays are short again.
    let usual = Figures { time: 1.0, length: 10.0, greatest: 12, counted: 600, scanned: 0, delivered: 0 };
    let busy = Figures { time: 10.0, length: 100.0, greatest: 120, counted: 0, scanned: 600, delivered: 0 };
    let mut honest = vec![usual; 20];
    honest[4..9].fill(busy);
    honest[12].delivered = 3000;
    let found = find(&honest);
    assert_eq!(found.verdict, FindingResult::Holds, "{:?}", found.worst);
    // Without the messages that were scanned, nothing explains the length of the queue.
    let mut lie = honest;
    lie[4..9].iter_mut().for_each(|one| one.scanned = 0);
    assert_eq!(find(&lie).verdict, FindingResult::Broken);
}

#[test]
fn a_time_that_is_far_too_long_is_noticed_even_if_few_messages_came() {
    // Two messages a second stay for a second each. In three minutes, a very long stay is possible.
    let figures = Figures { time: 1.0, length: 2.0, greatest: 3, counted: 120, scanned: 0, delivered: 0 };
    let honest = vec![figures; 3];
    assert_eq!(find(&honest).verdict, FindingResult::Holds);
    let times = |factor: f64| honest.iter().map(|one| Figures { time: factor * one.time, ..*one }).collect::<Vec<_>>();
    let found = find(&times(1000.0));
    assert_eq!((found.verdict, found.notices), (FindingResult::Notice, 1));
    // One message that waited for a thousand seconds when the first interval began can explain this.
    assert_eq!(find(&times(3.0)).verdict, FindingResult::Holds);
}
