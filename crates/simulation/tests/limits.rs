//! Limits of an appliance. If a limit might be reached, an hour is simulated connection by connection. The result must
//! be the same as long as no limit is reached.

use std::convert::Infallible;
use std::path::Path;

use proptest::prelude::*;
use tollgate_gateway::Stay;
use tollgate_ledger::{Part, System};
use tollgate_scenario::{Override, Scenario};
use tollgate_simulation::{Closed, Level, Observer, Simulation, Tally, Usage, Workers};

/// The results of a run: every interval, the use of the limits, and the stays in the work queue.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    counts: Vec<(usize, u64, Vec<String>)>,
    usage: Vec<Usage>,
    stays: Vec<Stay>,
    tallies: Vec<Tally>,
    /// The maximum number of messages in the work queue at once.
    depth: u64,
}

impl Observer for Seen {
    type Error = Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        // The rows of an account have no order.
        let rows_of = |part: Part| closed.counts.rows(part).into_iter().map(move |row| format!("{part:?} {row:?}"));
        let mut rows: Vec<String> = Part::ALL.into_iter().flat_map(rows_of).collect();
        rows.sort();
        self.counts.push((closed.appliance, closed.begin.micros(), rows));
        self.usage.push(closed.usage);
        self.depth = self.depth.max(closed.counts.system.get(System::QueueDepthMax));
        Ok(())
    }

    fn stays(&mut self, _: usize, stays: &[Stay]) {
        self.stays.extend(stays);
    }
}

impl Seen {
    /// The maximum amount in use.
    fn most(&self, of: impl Fn(&Usage) -> Level) -> u64 {
        self.usage.iter().map(|usage| of(usage).most).max().unwrap()
    }

    fn total(&self, of: impl Fn(&Usage) -> u64) -> u64 {
        self.usage.iter().map(of).sum()
    }
}

fn run(file: &str, overrides: &[String], threads: usize) -> Seen {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(file);
    let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    let scenario = Scenario::read(&path, &overrides).unwrap();
    let mut seen = Seen::default();
    let Ok(tallies) = Simulation::new(&scenario).run(&Workers::new(Some(threads)).unwrap(), &mut seen);
    seen.tallies = tallies;
    seen
}

/// A few hours around the peak of peak-day at reduced volume, with sessions of all kinds.
fn peak(more: &[String]) -> Vec<String> {
    let base = [
        "volume=1.5",
        "time.begin=2008-12-02T09:00:00Z",
        "time.span=3h",
        "time.warm_up=2h",
        "incoming.spam-bots.connections_per_week=300000",
    ];
    base.iter().map(|text| (*text).to_owned()).chain(more.iter().cloned()).collect()
}

#[test]
fn a_limit_that_is_just_not_reached_changes_nothing() {
    let free = run("peak-day.toml", &peak(&[]), 2);
    let limits = [
        format!("appliances.c650.limits.queue_kib={}", free.most(|usage| usage.queue_bytes) / 1024 + 1),
        format!("listeners.public.max_connections={}", free.most(|usage| usage.inbound[0])),
        format!("listeners.private.max_connections={}", free.most(|usage| usage.inbound[1])),
        format!("appliances.c650.limits.outbound_connections={}", free.most(|usage| usage.outbound)),
        format!("appliances.c650.limits.suspend_above={}", free.depth),
    ];
    for limit in &limits {
        let limited = run("peak-day.toml", &peak(std::slice::from_ref(limit)), 2);
        assert_eq!(limited.total(|usage| usage.turned_away.total() + usage.deferred), 0, "{limit}");
        assert!(limited == free, "{limit} changes what is counted");
    }
}

#[test]
fn a_limit_is_never_exceeded_and_what_is_turned_away_comes_back() {
    let free = run("peak-day.toml", &peak(&[]), 1);
    let half = |most: u64| most / 2;
    let public = half(free.most(|usage| usage.inbound[0]));
    let limited = run("peak-day.toml", &peak(&[format!("listeners.public.max_connections={public}")]), 1);
    assert!(limited.total(|usage| usage.turned_away.public) > 100);
    assert!(limited.most(|usage| usage.inbound[0]) <= public);
    assert_eq!(limited.tallies[0].limits.turned_away, limited.total(|usage| usage.turned_away.total()));

    let outbound = half(free.most(|usage| usage.outbound)).max(1);
    let limit = format!("appliances.c650.limits.outbound_connections={outbound}");
    let waiting = run("peak-day.toml", &peak(&[limit]), 1);
    assert!(waiting.total(|usage| usage.deferred) > 100);
    assert!(waiting.most(|usage| usage.outbound) <= outbound);

    let kib = free.most(|usage| usage.queue_bytes) / 1024 / 4;
    let full = run("peak-day.toml", &peak(&[format!("appliances.c650.limits.queue_kib={kib}")]), 1);
    assert!(full.total(|usage| usage.turned_away.disk) > 100);
    // A tighter bound would be wrong: mail of open sessions still arrives, and one message may have 20 MB.
    assert!(full.most(|usage| usage.queue_bytes) < free.most(|usage| usage.queue_bytes));
}

#[test]
fn suspended_listeners_keep_the_work_queue_short() {
    let suspend = |above: &str| {
        let more = ["appliances.c650.workers=2".to_owned(), format!("appliances.c650.limits.suspend_above={above}")];
        run("peak-day.toml", &peak(&more), 2)
    };
    let (short, long) = (suspend("50"), suspend("100000000"));
    assert!(short.total(|usage| usage.turned_away.suspended) > 100);
    assert_eq!(long.total(|usage| usage.turned_away.total()), 0);
    let longest = |seen: &Seen| seen.stays.iter().map(|stay| stay.started.since(stay.entered).micros()).max().unwrap();
    assert!(longest(&short) < longest(&long) / 10, "{} {}", longest(&short), longest(&long));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// The result is the same on any number of threads, whichever limits are reached. Every connection is accepted,
    /// given up, or still to return.
    #[test]
    fn threads_change_nothing_where_limits_are_reached(
        seed in 0u64..1000,
        public in prop::option::of(1u32..30),
        private in prop::option::of(1u32..4),
        outbound in prop::option::of(1u32..10),
        kib in prop::option::of(500u64..20_000),
        suspend in prop::option::of((6u32..200, 0u32..6)),
    ) {
        let mut more = vec![format!("seed={seed}"), "time.span=2h".into(), "time.warm_up=1h".into()];
        more.extend(public.map(|most| format!("listeners.public.max_connections={most}")));
        more.extend(private.map(|most| format!("listeners.private.max_connections={most}")));
        more.extend(outbound.map(|most| format!("appliances.c650.limits.outbound_connections={most}")));
        more.extend(kib.map(|kib| format!("appliances.c650.limits.queue_kib={kib}")));
        if let Some((above, resume)) = suspend {
            more.push(format!("appliances.c650.limits.suspend_above={above}"));
            more.push(format!("appliances.c650.limits.resume_at={resume}"));
        }
        let one = run("peak-day.toml", &peak(&more), 1);
        prop_assert!(one == run("peak-day.toml", &peak(&more), 3), "{more:?}");
        prop_assert!(one == run("peak-day.toml", &peak(&more), 2), "{more:?}");
        for usage in &one.usage {
            prop_assert!(public.is_none_or(|most| usage.inbound[0].most <= u64::from(most)));
            prop_assert!(outbound.is_none_or(|most| usage.outbound.most <= u64::from(most)));
        }
    }
}
