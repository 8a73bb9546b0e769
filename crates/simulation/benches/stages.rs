//! Nanoseconds per simulated connection or message (transaction) of c650-week, stage by stage, compared with the limits
//! of the machine. Run it with `make bench`.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::unwrap_used, reason = "a benchmark may fail by panic")]
#![allow(missing_docs, reason = "criterion's macros make functions without documentation")]

use std::cell::RefCell;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use tollgate_gateway::{Chunk, HourlyLimits, Judged};
use tollgate_scenario::{HOUR, Moment, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};
use tollgate_traffic::{Choice, Connections, Messages, StreamKey};

/// An observer that drops everything it receives.
#[derive(Default)]
struct Sink {
    simulated: u64,
}

impl Observer for Sink {
    type Error = std::convert::Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Self::Error> {
        black_box(closed.counts.domains.len());
        Ok(())
    }

    fn reached(&mut self, _moment: Moment, simulated: u64) {
        self.simulated = simulated;
    }
}

/// The best time of each measurement, in nanoseconds per unit.
struct Table<'a> {
    criterion: &'a mut Criterion,
    rows: RefCell<Vec<(String, f64)>>,
}

impl Table<'_> {
    /// Measures `work`, which returns the number of units that it has done. Returns the best time of one unit.
    fn measure(&mut self, name: &str, mut work: impl FnMut() -> u64) -> f64 {
        let mut best = f64::INFINITY;
        self.criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let mut sum = 0.0;
                for _ in 0..times {
                    let begin = Instant::now();
                    let units = work();
                    let nanos = begin.elapsed().as_nanos() as f64 / units as f64;
                    best = best.min(nanos);
                    sum += nanos;
                }
                Duration::from_nanos(sum as u64)
            });
        });
        self.rows.borrow_mut().push((name.to_owned(), best));
        best
    }
}

fn week() -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/c650-week.toml");
    Scenario::read(&path, &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn stages(criterion: &mut Criterion) {
    let scenario = week();
    let simulation = Simulation::new(&scenario);
    let mut table = Table { criterion, rows: RefCell::default() };
    limits(&mut table);
    // One working day, with quiet and busy hours.
    let begin = scenario.time.begin.micros() + 24 * HOUR;
    let hours: Vec<u64> = (0..24).map(|hour| begin + hour * HOUR).collect();
    table.measure("traffic: connections, and messages of those accepted", || {
        hours.iter().map(|&begin| draw(&simulation, begin)).sum()
    });
    table.measure("traffic and gateway", || hours.iter().map(|&begin| judge(&simulation, begin)).sum());
    let mut run = |threads| {
        table.measure(&format!("traffic, gateway and ledger, {threads} threads"), || {
            let mut sink = Sink::default();
            let Ok(_) = simulation.run(&Workers::new(Some(threads)).unwrap(), &mut sink);
            sink.simulated
        })
    };
    let gain = run(1) / run(2);
    let mut bare = |threads| table.measure(&format!("limit: bare draws on {threads} threads"), || bare_draws(threads));
    let bare_gain = bare(1) / bare(2);
    println!("\nbest of each, in nanoseconds per unit:");
    for (name, nanos) in table.rows.borrow().iter() {
        println!("{nanos:10.2}  {name}");
    }
    println!("two threads gain {gain:.2}, bare draws {bare_gain:.2}: {:.2} of it", gain / bare_gain);
}

fn limits(table: &mut Table<'_>) {
    const DRAWS: u64 = 10_000_000;
    let mut generator = StreamKey::new(1).generator();
    table.measure("limit: one bare draw of the generator", || {
        black_box((0..DRAWS).fold(0, |sum: u64, _| sum ^ generator.bits()));
        DRAWS
    });
    let (senders, mut counts) = (Choice::new(&ranks(24_000)), vec![0_u32; 24_000]);
    table.measure("limit: a bare loop, which draws one of 24,000 keys and counts it", || {
        (0..DRAWS).for_each(|_| counts[senders.draw(&mut generator) as usize] += 1);
        black_box(&counts);
        DRAWS
    });
    let choice = Choice::new(&ranks(100_000));
    table.measure("limit: one alias draw over 100,000 keys", || {
        black_box((0..DRAWS).fold(0, |sum: u32, _| sum ^ choice.draw(&mut generator)));
        DRAWS
    });
}

/// Weights in proportion to 1 / rank.
fn ranks(count: u32) -> Vec<f64> {
    (1..=count).map(|rank| 1.0 / f64::from(rank)).collect()
}

fn bare_draws(threads: u64) -> u64 {
    const DRAWS: u64 = 100_000_000;
    std::thread::scope(|scope| {
        for number in 0..threads {
            scope.spawn(move || {
                let mut generator = StreamKey::new(number).generator();
                black_box((0..DRAWS / threads).fold(0, |sum: u64, _| sum ^ generator.bits()));
            });
        }
    });
    DRAWS
}

/// Draws an hour as the gateway does, but accepts every connection with an SBRS above -3 or with none.
fn draw(simulation: &Simulation, begin: u64) -> u64 {
    let schedule = simulation.schedule();
    let hour = schedule.hour(0, begin);
    let mut units = 0;
    let (mut connections, mut messages) = (Connections::default(), Messages::default());
    for mut traffic in schedule.traffic(&hour) {
        while traffic.draw(&mut connections) {
            messages.clear();
            for at in 0..connections.len() {
                let sbrs = connections.sbrs[at];
                if sbrs == tollgate_traffic::NO_SCORE || sbrs > -30 {
                    traffic.messages(&connections, at, &mut messages);
                }
            }
            units += (connections.len() + black_box(&messages).messages.len()) as u64;
        }
    }
    units
}

/// Draws an hour and judges its mail. Hourly limits do not see the connections in order here.
fn judge(simulation: &Simulation, begin: u64) -> u64 {
    let (schedule, gateway) = (simulation.schedule(), simulation.gateway());
    let (mut judged, mut limits) = (Judged::default(), HourlyLimits::default());
    let mut connections = 0;
    gateway.draw(schedule.traffic(&schedule.hour(0, begin)), &[], &mut Chunk::default(), |chunk| {
        connections += chunk.origins.len();
        for caller in &chunk.callers {
            black_box(gateway.receive(caller, &chunk.messages, &mut limits, &mut judged));
        }
    });
    (connections + black_box(judged).mail.len()) as u64
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(8));
    targets = stages
}
criterion_main!(benches);
