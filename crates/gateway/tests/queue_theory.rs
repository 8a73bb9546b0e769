//! The work queue compared with queueing theory. Poisson arrivals are fed to it directly.
#![allow(clippy::print_stdout, reason = "the figures are of interest: cargo test -- --nocapture")]

use std::ops::Range;

use rand_distr::{Distribution, Exp1, StandardNormal};
use tollgate_gateway::{Stop, WorkQueue};
use tollgate_scenario::{Moment, Span};
use tollgate_traffic::{Generator, StreamKey};

/// The mean service time in microseconds.
const SERVICE_MICROS: f64 = 1e6;
const BATCHES: usize = 40;
const LOADS: [f64; 3] = [0.5, 0.8, 0.95];

/// The measured behaviour of a queue.
struct Seen {
    /// The mean wait for a worker, in mean service times.
    mean_wait: f64,
    /// The standard error of that mean, from the means of batches.
    standard_error: f64,
}

/// Feeds Poisson arrivals to a queue at a load from 0 to 1. Checks that the depths and the stays give the same total
/// time.
fn feed(workers: usize, load: f64, customers: usize, service: impl Fn(&mut Generator) -> f64) -> Seen {
    let key = StreamKey::new(7).named("theory").numbered(workers as u64).numbered((load * 100.0) as u64);
    let mut arrivals = key.named("arrivals").generator();
    let mut services = key.named("services").generator();
    let mut queue = WorkQueue::new(workers, Moment::default());
    let gap_micros = SERVICE_MICROS / (load * workers as f64);
    let mut now = 0.0;
    let (mut area, mut time_in_queue) = (0u128, 0u128);
    let mut batches = vec![0.0; BATCHES];
    let mut last_left = Moment::default();
    for customer in 0..customers {
        let gap: f64 = Exp1.sample(&mut arrivals);
        now += gap * gap_micros;
        let at = Moment::from_micros(now as u64);
        let service = Span::from_micros((service(&mut services) * SERVICE_MICROS) as u64);
        let stay = queue.enter(at, service, &[], |span, depth| area += area_of(&span, depth));
        assert!(stay.started >= at && stay.left == stay.started.plus(service));
        time_in_queue += u128::from(stay.left.since(at).micros());
        last_left = last_left.max(stay.left);
        batches[customer * BATCHES / customers] += stay.started.since(at).micros() as f64;
    }
    queue.advance(last_left, |span, depth| area += area_of(&span, depth));
    assert_eq!(area, time_in_queue, "the integral of the depth is the time spent in the queue");
    assert_eq!(queue.depth(), 0);
    let scale = BATCHES as f64 / customers as f64 / SERVICE_MICROS;
    let means: Vec<f64> = batches.iter().map(|sum| sum * scale).collect();
    let mean_wait = means.iter().sum::<f64>() / BATCHES as f64;
    let variance = means.iter().map(|mean| (mean - mean_wait).powi(2)).sum::<f64>() / (BATCHES - 1) as f64;
    Seen { mean_wait, standard_error: (variance / BATCHES as f64).sqrt() }
}

/// The integral over time of a depth.
fn area_of(span: &Range<Moment>, depth: u64) -> u128 {
    u128::from(depth * span.end.since(span.start).micros())
}

fn assert_agrees(seen: &Seen, theory: f64, what: &str) {
    let allowed = (0.02 * theory).max(3.0 * seen.standard_error);
    let off = seen.mean_wait - theory;
    println!("{what}: mean wait {:.4}, theory {theory:.4}, standard error {:.4}", seen.mean_wait, seen.standard_error);
    assert!(off.abs() <= allowed, "{what}: mean wait {}, theory {theory}, allowed deviation {allowed}", seen.mean_wait);
}

/// The mean wait in mean service times by Erlang C.
fn erlang_c(workers: usize, load: f64) -> f64 {
    let offered = load * workers as f64;
    let mut blocking = 1.0;
    for count in 1..=workers {
        blocking = offered * blocking / (count as f64 + offered * blocking);
    }
    let waiting = blocking / (1.0 - load * (1.0 - blocking));
    waiting / (workers as f64 * (1.0 - load))
}

#[test]
fn exponential_service_waits_as_erlang_c_says() {
    for workers in [1, 4, 16] {
        for load in LOADS {
            let seen = feed(workers, load, 3_000_000, |generator| Exp1.sample(generator));
            assert_agrees(&seen, erlang_c(workers, load), &format!("M/M/{workers} at {load}"));
        }
    }
}

#[test]
fn fixed_and_lognormal_service_wait_as_pollaczek_and_khinchine_say() {
    let sigma: f64 = 0.8;
    for load in LOADS {
        // The mean wait is load / (2 (1 - load)), times the second moment of the service time over its squared mean.
        let fixed = feed(1, load, 3_000_000, |_| 1.0);
        assert_agrees(&fixed, load / (2.0 * (1.0 - load)), &format!("M/D/1 at {load}"));
        let lognormal = feed(1, load, 3_000_000, |generator| {
            let normal: f64 = StandardNormal.sample(generator);
            libm::exp(sigma * (normal - 0.5 * sigma))
        });
        let theory = load * (sigma * sigma).exp() / (2.0 * (1.0 - load));
        assert_agrees(&lognormal, theory, &format!("M/G/1, lognormal, at {load}"));
    }
}

#[test]
fn messages_are_served_in_order_of_arrival() {
    let mut queue = WorkQueue::new(2, Moment::default());
    let mut depths = Vec::new();
    let mut enter = |at, service| {
        queue.enter(Moment::from_micros(at), Span::from_micros(service), &[], |span, depth| {
            depths.push((span.start.micros(), span.end.micros(), depth));
        })
    };
    let stays = [enter(0, 10), enter(1, 5), enter(2, 5), enter(3, 1), enter(20, 1)];
    let pairs: Vec<_> = stays.iter().map(|stay| (stay.started.micros(), stay.left.micros())).collect();
    assert_eq!(pairs, [(0, 10), (1, 6), (6, 11), (10, 11), (20, 21)]);
    // The depths have no gaps, and a message that leaves at a moment is not counted from that moment on.
    assert_eq!(depths, [(0, 1, 1), (1, 2, 2), (2, 3, 3), (3, 6, 4), (6, 10, 3), (10, 11, 2), (11, 20, 0)]);
}

/// While the queue stands still, nothing leaves it, and no work is lost.
#[test]
fn a_queue_that_stands_still_only_delays() {
    let mut generator = StreamKey::new(3).named("stops").generator();
    let mut draw = |below: u64| generator.bits() % below;
    for _ in 0..200 {
        let workers = 1 + draw(3) as usize;
        let mut stops: Vec<Stop> = Vec::new();
        let mut at = 0;
        for _ in 0..draw(4) {
            at += 1 + draw(2_000);
            let until = at + 1 + draw(1_000);
            stops.push(Stop { at: Moment::from_micros(at), until: Moment::from_micros(until) });
            at = until;
        }
        let [mut queue, mut free] = [(); 2].map(|()| WorkQueue::new(workers, Moment::default()));
        let (mut area, mut time_in_queue, mut now) = (0, 0, Moment::default());
        for _ in 0..30 {
            now = now.plus(Span::from_micros(draw(300)));
            let service = Span::from_micros(draw(400));
            let stay = queue.enter(now, service, &stops, |span, depth| area += area_of(&span, depth));
            let (started, left) = (stay.started.micros(), stay.left.micros());
            let delay = |stop: &Stop| stop.until.micros().min(left).saturating_sub(stop.at.micros().max(started));
            let stopped: u64 = stops.iter().map(delay).sum();
            assert_eq!(left - started - stopped, service.micros(), "the worker works for the time of service");
            assert!(
                stops.iter().all(|stop| !(stop.at < stay.left && stay.left < stop.until)),
                "it leaves at another time"
            );
            assert!(stay.left >= free.enter(now, service, &[], |_, _| {}).left || workers > 1);
            time_in_queue += u128::from(stay.left.since(now).micros());
        }
        queue.advance(Moment::from_micros(1 << 40), |span, depth| area += area_of(&span, depth));
        assert_eq!(area, time_in_queue);
    }
}
