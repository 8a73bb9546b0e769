//! A queue as a scenario: one appliance of which only the workers cost time, one class of senders that comes evenly, one
//! message (transaction) for each connection.

use tollgate_capacity::{Measurement, measure};
use tollgate_scenario::Scenario;

/// A queue.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    pub workers: u32,
    /// The share of the workers that is busy on the mean.
    pub load: f64,
    /// How service times vary.
    pub spread: Spread,
    /// How many messages the workers could process in an hour. Everything else is as in a queue with another pace: this
    /// decides how much there is to see in an hour.
    pub capacity_per_hour: f64,
    /// The hours that are measured, after one that is not.
    pub hours: u32,
}

/// How service times vary.
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

    /// What was measured with each of some seeds.
    pub fn outcomes(self, seeds: impl Iterator<Item = u64>) -> Vec<Measurement> {
        seeds.map(|seed| measure(&self.scenario(seed, "")).site).collect()
    }

    /// The scenario with a seed, and with more that is said of its mail.
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

/// A site that costs nothing but the work of its workers, with some mail.
pub fn site(seed: u64, hours: u32, workers: u32, work: &str, mail: &str) -> Scenario {
    let text = format!(
        r#"
format = 1
seed = {seed}

[time]
begin = "2008-11-17T01:00:00Z"
span = "{hours}h"
warm_up = "1h"

[[appliances]]
name = "queue"
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
    Scenario::parse(&text, "queue.toml", &[]).unwrap()
}
