//! A queue with a theory, simulated as a scenario or fed directly. The scenario has one appliance on which only the workers
//! take time, one class of senders at a constant rate, and one message (transaction) for each connection.

use std::ops::Range;

use rand_distr::{Distribution, Exp1, StandardNormal};
use tollgate_capacity::{Measurement, Meter, measure};
use tollgate_gateway::WorkQueue;
use tollgate_ledger::{Ledger, Selection, System};
use tollgate_scenario::{HOUR, Moment, Scenario, Span};
use tollgate_simulation::{Closed, Observer, Usage};
use tollgate_traffic::{Generator, StreamKey};

/// A queue.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    pub workers: u32,
    /// The mean share of busy workers.
    pub load: f64,
    /// The distribution of service times.
    pub spread: Spread,
    /// The number of messages that the workers can process in an hour. It sets only the scale of time, and so the number of
    /// messages that a test sees in an hour.
    pub capacity_per_hour: f64,
    /// The measured hours. The hour before them is the warm-up.
    pub hours: u32,
}

/// The distribution of service times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    Fixed,
    Exponential,
    Lognormal { sigma: f64 },
}

impl Queue {
    /// The mean service time in seconds.
    pub fn service(self) -> f64 {
        f64::from(self.workers) * 3600.0 / self.capacity_per_hour
    }

    /// The measurements of whole runs, one for each seed, as a plan makes them.
    pub fn simulated(self, seeds: impl Iterator<Item = u64>) -> Vec<Measurement> {
        seeds.map(|seed| measure(&self.scenario(seed, "")).expect("a thread starts").site).collect()
    }

    /// The measurements of a work queue that is fed directly, one for each seed. Poisson arrivals with service times enter the
    /// queue, and its messages go to the meter. This takes a tenth of the time of whole runs.
    pub fn fed(self, seeds: impl Iterator<Item = u64>) -> Vec<Measurement> {
        let mut scenario = self.scenario(1, "");
        scenario.time.export_interval = Span::from_micros(HOUR);
        seeds.map(|seed| self.feed(&scenario, seed)).collect()
    }

    fn feed(self, scenario: &Scenario, seed: u64) -> Measurement {
        let (begin, end) = (scenario.time.begin.micros(), scenario.time.end().micros());
        let start = begin - scenario.time.warm_up.micros();
        let [mut arrivals, mut services] =
            ["arrivals", "services"].map(|of| StreamKey::new(seed).named(of).generator());
        let gap_micros = HOUR as f64 / (self.load * self.capacity_per_hour);
        let mut queue = WorkQueue::new(self.workers as usize, Moment::from_micros(start));
        let mut ledger = Ledger::new(HOUR).keeping(Selection::SUMS.only([]));
        let mut count_depth = |span: Range<Moment>, depth| {
            ledger.spread(span.start.micros(), span.end.micros(), |counts, micros| {
                counts.system.add(System::QueueDepthTime, depth * micros);
                counts.system.note_depth(depth);
            });
        };
        let mut meter = Meter::new(scenario);
        let mut elapsed_micros = 0.0;
        loop {
            let gap: f64 = Exp1.sample(&mut arrivals);
            elapsed_micros += gap * gap_micros;
            let at = start + elapsed_micros as u64;
            if at >= end {
                break;
            }
            let service = (self.service() * 1e6 * self.spread.draw(&mut services)) as u64;
            let (at, service) = (Moment::from_micros(at), Span::from_micros(service));
            meter.stays(0, &[queue.enter(at, service, &[], &mut count_depth)]);
        }
        queue.advance(Moment::from_micros(end), count_depth);
        for (hour, counts) in ledger.close(end).filter(|(hour, _)| *hour >= begin) {
            let begin = Moment::from_micros(hour);
            let Ok(()) = meter.interval(Closed { appliance: 0, begin, counts, usage: Usage::default() });
        }
        meter.finish(Moment::from_micros(end)).site
    }

    /// The scenario with a seed. `more` adds keys to its class of mail.
    pub fn scenario(self, seed: u64, more: &str) -> Scenario {
        let spread = match self.spread {
            Spread::Fixed => r#"spread = "fixed""#.to_owned(),
            Spread::Exponential => r#"spread = "exponential""#.to_owned(),
            Spread::Lognormal { sigma } => format!(r#"spread = "lognormal", sigma = {sigma}"#),
        };
        let micros = self.service() * 1e6;
        let work = format!(r#"message = "{micros:.0}us", {spread}"#);
        let per_week = self.load * self.capacity_per_hour * 168.0;
        let mail = format!(
            r#"
[[incoming]]
name = "mail"
connections_per_week = {per_week}
domains = {{ count = 1, slope = 0.0, network = "senders" }}
sbrs = [{{ share = 1 }}]
size = {{ parts = [{{ mu = 8.0, sigma = 0.0 }}] }}
session = {{ median = "2s", sigma = 1.0 }}
{more}
"#
        );
        site(seed, self.hours, self.workers, &work, &mail)
    }
}

impl Spread {
    /// A service time in mean service times.
    fn draw(self, services: &mut Generator) -> f64 {
        match self {
            Spread::Fixed => 1.0,
            Spread::Exponential => Exp1.sample(services),
            Spread::Lognormal { sigma } => {
                let normal: f64 = StandardNormal.sample(services);
                (sigma * (normal - 0.5 * sigma)).exp()
            }
        }
    }
}

/// A site with some mail, on which only the workers take time.
pub fn site(seed: u64, hours: u32, workers: u32, work: &str, mail: &str) -> Scenario {
    let text = format!(
        r#"
format = 1
seed = {seed}

[time]
begin = "2008-11-17T01:00:00Z"
span = "{hours}h"
warm_up = "1h"

[variation]
none = true

[[appliances]]
name = "queue"
machine = {{ none = true }}
cores = {workers}
workers = {workers}

[appliances.cost]
anti_spam = {{ message = "0s" }}
anti_virus = {{ message = "0s" }}
mail_processing = {{ {work} }}
connection = "0s"
delivery = "0s"
reporting = "0s"
quarantine = "0s"

[[networks]]
name = "senders"
addresses = "198.18.0.0/15"
owners = 1
owner_slope = 0.0

[users]
count = 1
domain = "example.com"

{mail}"#
    );
    Scenario::parse(&text, "queue.toml", &[]).expect("a valid scenario")
}
