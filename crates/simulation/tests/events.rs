//! The events of a run come in order of time, tie together, and agree with the counts.

use std::collections::HashMap;
use std::convert::Infallible;

use proptest::prelude::*;
use tollgate_gateway::Origin;
use tollgate_ledger::{Delivery, Part};
use tollgate_scenario::{Action, HOUR, Moment, Span};
use tollgate_simulation::{
    Addressed, Closed, Event, Happening, Observer, QuarantineReason, Simulation, Tally, Workers,
};

use crate::trace::{limit, outage, scenario, with};

/// Everything that one appliance tells.
#[derive(Default)]
struct Heard {
    events: Vec<Event>,
    /// Connections for deliveries in the ledger.
    delivery_connections: u64,
    intervals: u64,
}

impl Observer for Heard {
    type Error = Infallible;

    const LISTENS: bool = true;

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        let rows = closed.counts.rows(Part::Deliveries);
        self.delivery_connections +=
            rows.iter().map(|(_, _, cells)| cells[Delivery::Connections as usize]).sum::<u64>();
        self.intervals += 1;
        Ok(())
    }

    fn events(&mut self, _: usize, begin: Moment, events: Vec<Event>) -> Result<(), Infallible> {
        let previous = self.events.last().map_or(Moment::default(), |event| event.at);
        assert!(previous <= begin, "events of different intervals are in order");
        assert!(events.is_sorted_by_key(|event| event.at));
        assert!(events.iter().all(|event| event.at >= begin), "no event comes late");
        assert!(
            events.iter().all(|event| event.at < begin.plus(Span::from_micros(HOUR))),
            "events of a long interval come hour by hour"
        );
        self.events.extend(events);
        Ok(())
    }
}

/// The state of a message, as its events tell it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Queued,
    Left,
    Held,
}

/// Follows the connections and messages of an appliance.
#[derive(Default)]
struct Book {
    connections: u64,
    messages: u64,
    deliveries: u64,
    turned_away: u64,
    opened: u64,
    open: HashMap<u64, Origin>,
    mail: HashMap<u64, (Moment, State)>,
    /// The time before which no delivery to some recipients may be tried, and the recipients, by message and group.
    waiting: HashMap<(u64, u32), (Moment, Addressed)>,
}

impl Book {
    fn read(&mut self, simulation: &Simulation, event: &Event) {
        let ids = event.identities;
        match &event.what {
            Happening::Opened(origin) => {
                self.opened += 1;
                if simulation.gateway().policy(origin.policy).action == Action::TcpRefuse {
                    return assert_eq!(ids.connection, None);
                }
                self.connections += 1;
                assert_eq!(ids.connection, Some(self.connections), "connections are numbered in order of time");
                self.open.insert(self.connections, *origin);
            }
            Happening::TurnedAway(..) => {
                self.turned_away += 1;
                assert_eq!(ids.connection, None);
            }
            Happening::Session(origin, _) => assert_eq!(self.open[&ids.connection.unwrap()], *origin),
            Happening::Closed(origin) => assert_eq!(self.open.remove(&ids.connection.unwrap()), Some(*origin)),
            Happening::Received { mail, .. } => {
                assert_eq!(self.open[&ids.connection.unwrap()], mail.origin);
                self.messages += 1;
                assert_eq!(ids.message, Some(self.messages), "messages are numbered in order of time");
                self.mail.insert(self.messages, (event.at, State::Queued));
            }
            Happening::Left { stay, .. } => {
                assert_eq!(self.mail[&ids.message.unwrap()], (stay.entered, State::Queued));
                self.change(event, State::Left);
            }
            Happening::Quarantined { reason: QuarantineReason::Outbreak(_), .. } => self.change(event, State::Held),
            Happening::Released { .. } => {
                assert_eq!(self.mail[&ids.message.unwrap()].1, State::Held);
                self.change(event, State::Left);
            }
            Happening::Quarantined { .. } | Happening::Bounced { .. } => self.assert_left(event),
            Happening::Delivery(delivery) => {
                self.assert_left(event);
                if delivery.connection.is_opened() {
                    self.deliveries += 1;
                    assert_eq!(ids.delivery, Some(self.deliveries), "deliveries are numbered in order of time");
                }
                let wait = self.waiting.get(&(ids.message.unwrap(), delivery.number));
                assert!(wait.is_none_or(|&(until, _)| until <= event.at));
            }
            Happening::Deferred { to, until, .. } => {
                self.assert_left(event);
                self.waiting.insert((ids.message.unwrap(), to.group), (*until, *to));
            }
            Happening::Done { .. } => {
                self.assert_left(event);
                let message = ids.message.unwrap();
                self.mail.remove(&message);
                self.waiting.retain(|&(of, _), _| of != message);
            }
        }
    }

    fn change(&mut self, event: &Event, state: State) {
        self.mail.get_mut(&event.identities.message.unwrap()).unwrap().1 = state;
    }

    fn assert_left(&self, event: &Event) {
        assert_eq!(self.mail[&event.identities.message.unwrap()].1, State::Left, "{event:?}");
    }
}

fn listen(overrides: &[String], threads: usize) -> (Simulation, Heard, Tally) {
    let simulation = Simulation::new(&scenario(overrides));
    let mut heard = Heard::default();
    let Ok(tallies) = simulation.run(&Workers::new(Some(threads)).unwrap(), &mut heard);
    (simulation, heard, tallies[0])
}

/// Follows all events of a run without a warm-up. Returns the book.
fn assert_told(overrides: &[String], threads: usize) -> Book {
    let (simulation, heard, tally) = listen(overrides, threads);
    let mut book = Book::default();
    heard.events.iter().for_each(|event| book.read(&simulation, event));
    assert_eq!(book.opened, tally.incoming.connections + tally.outgoing.connections);
    assert_eq!(book.turned_away, tally.limits.turned_away);
    assert_eq!(book.deliveries, heard.delivery_connections);
    let inwards = book.waiting.values().filter(|(_, to)| to.domain.is_none());
    assert_eq!(inwards.map(|(_, to)| u64::from(to.recipients)).sum::<u64>(), tally.balance.waiting_inwards);
    book
}

/// The internal hosts are unreachable from some minutes after nine on.
fn inside(from: u64, minutes: u64) -> String {
    let outage = format!("{{ unreachable = \"{minutes}m\" }}");
    format!("events=[{{ at = \"2008-11-18T09:{from:02}:00Z\", internal_hosts = {outage} }}]")
}

/// A bounce profile that tries again for hours.
const PATIENT: &str = "bounce_profile={ first_wait = '5m', longest_wait = '5m', max_retries = 100, max_time = '5h' }";

#[test]
fn incoming_mail_waits_while_the_internal_hosts_are_unreachable() {
    let base = with(&["time.span=2h", "events=[]", PATIENT]);
    let told = |more: &[String]| {
        let (_, heard, tally) = listen(&[&base[..], more].concat(), 2);
        let count = |is: fn(&Happening) -> bool| heard.events.iter().filter(|event| is(&event.what)).count();
        let inwards = |what: &Happening| matches!(what, Happening::Deferred { to, .. } if to.domain.is_none());
        let bounced = |what: &Happening| matches!(what, Happening::Bounced { to, .. } if to.domain.is_none());
        (count(inwards), count(bounced), count(|what| matches!(what, Happening::Done { .. })), tally)
    };
    let (deferred, bounced, done, tally) = told(&[]);
    assert_eq!((deferred, bounced, tally.balance.waiting_inwards), (0, 0, 0));

    // All mail of twenty minutes waits, and is delivered before the end.
    let (deferred, bounced, done_later, tally) = told(&[inside(0, 20)]);
    assert!(deferred > 100 && bounced == 0, "{deferred} {bounced}");
    assert_eq!((done_later, tally.balance.waiting_inwards, tally.balance.given_up_inwards), (done, 0, 0));

    // The last attempt is made during the outage.
    let (_, bounced, _, tally) = told(&[inside(0, 600), "bounce_profile.max_retries=2".to_owned()]);
    assert!(bounced > 100 && tally.balance.waiting_inwards > 0, "{bounced} {:?}", tally.balance);
    assert!(tally.balance.given_up_inwards >= bounced as u64, "{bounced} {:?}", tally.balance);
}

#[test]
fn mail_that_waits_for_internal_hosts_fills_the_disk_of_the_queue() {
    let limited = with(&["appliances.0.limits.queue_kib=4000", "events=[]", PATIENT]);
    let turned_away = |overrides: &[String]| listen(overrides, 2).2.limits.turned_away;
    let (usual, filled) = (turned_away(&limited), turned_away(&[&limited[..], &[inside(0, 600)]].concat()));
    assert!(filled > usual + 1000, "{usual} {filled}");
}

#[test]
fn a_listener_changes_no_count() {
    struct Counts<const LISTENS: bool>(Vec<String>);

    impl<const LISTENS: bool> Observer for Counts<LISTENS> {
        type Error = Infallible;

        const LISTENS: bool = LISTENS;

        fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
            for part in Part::ALL {
                let mut rows: Vec<_> = closed.counts.rows(part);
                rows.sort_by_key(|(key, ..)| *key);
                self.0.push(format!("{} {rows:?}", closed.begin.micros()));
            }
            Ok(())
        }
    }

    let overrides = with(&["listeners.public.max_connections=2"]);
    let simulation = Simulation::new(&scenario(&overrides));
    let workers = Workers::new(Some(2)).unwrap();
    let (mut deaf, mut listening) = (Counts::<false>(Vec::new()), Counts::<true>(Vec::new()));
    let (Ok(one), Ok(other)) = (simulation.run(&workers, &mut deaf), simulation.run(&workers, &mut listening));
    assert_eq!((deaf.0, one), (listening.0, other));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_tie_together(
        seed in 0u64..1_000_000,
        volume in 0.1f64..1.0,
        interval in prop_oneof![Just("5m"), Just("1h"), Just("3h")],
        limit in limit(),
        outage_minutes in (0u64..60, 1u64..100),
        is_inside in any::<bool>(),
        threads in 1usize..4,
    ) {
        let texts = [
            limit.to_owned(),
            format!("seed={seed}"),
            format!("volume={volume}"),
            format!("time.export_interval={interval}"),
        ];
        let mut overrides = with(&texts.each_ref().map(String::as_str));
        let (from, minutes) = outage_minutes;
        overrides.push(if is_inside { inside(from, minutes) } else { outage(from, minutes) });
        let book = assert_told(&overrides, threads);
        prop_assert!(book.messages > 0 && book.deliveries > 0);
        prop_assert_eq!(listen(&overrides, 1).1.events, listen(&overrides, 3).1.events);
    }
}
