//! The expected traffic of the hours of a run.

use tollgate_scenario::{HOUR, Scenario};

use crate::mean_mail::MeanMail;

/// The expected traffic of the hours that have been added.
#[derive(Clone, Debug)]
pub(crate) struct TrafficForecast {
    pub(crate) hours: Vec<HourForecast>,
    /// The connections of each population.
    pub(crate) totals: Vec<f64>,
    /// For each listener, the largest number of connections that are open at once on all appliances if none is turned away.
    pub(crate) most_open: Vec<f64>,
    /// The largest number of connections that each listener accepts at once, on all appliances.
    pub(crate) limits: Vec<f64>,
    appliances: f64,
    /// The base intervals in an hour.
    base_per_hour: f64,
    /// The part of an hour in which a sender has one row.
    part: f64,
}

/// The expected traffic of one clock hour on all appliances.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HourForecast {
    pub(crate) connections: f64,
    /// Connections that are kept until their hour is counted.
    pub(crate) held: f64,
    /// Messages (transactions) and recipients that listeners accept if they turn no connection away. The engine draws them all.
    pub(crate) drawn_messages: f64,
    pub(crate) drawn_recipients: f64,
    /// Recipients that senders name, including those above the limits of a policy. The engine draws them before it applies the limits.
    pub(crate) named_recipients: f64,
    /// Rows of addresses and domains.
    pub(crate) rows: f64,
    /// Messages (transactions) that listeners accept.
    pub(crate) messages: f64,
    /// Processor time that the messages need in the work queue, in hours.
    pub(crate) work: f64,
    /// Bytes of the messages.
    pub(crate) bytes: f64,
    /// Recipient groups that are delivered.
    pub(crate) groups: f64,
    /// Connections for deliveries, with those of the retries, and their rows if no two groups share one.
    pub(crate) deliveries: f64,
    pub(crate) delivery_rows: f64,
}

/// The part of a listener's connections that are open on average from which on its limit may be reached.
const NEAR_LIMIT: f64 = 0.4;

impl TrafficForecast {
    /// The forecast of a scenario with a number of populations and a length of intervals, without hours.
    pub(crate) fn new(scenario: &Scenario, populations: usize, interval_hours: f64) -> Self {
        let appliances = scenario.appliances.len() as f64;
        TrafficForecast {
            hours: Vec::new(),
            totals: vec![0.0; populations],
            most_open: vec![0.0; scenario.listeners.len()],
            limits: scenario
                .listeners
                .iter()
                .map(|listener| f64::from(listener.max_connections()) * appliances)
                .collect(),
            appliances,
            base_per_hour: HOUR as f64 / scenario.time.base_interval.micros() as f64,
            part: interval_hours.min(1.0),
        }
    }

    /// Adds consecutive hours that are counted in the same interval. `connections` has the connections of each population in each
    /// hour.
    pub(crate) fn add(&mut self, means: &[MeanMail], connections: &[Vec<f64>]) {
        let first = self.hours.len();
        self.hours.resize(first + connections.len(), HourForecast::default());
        let open: Vec<Vec<f64>> = connections.iter().map(|hour| self.open(means, hour)).collect();
        let accepted: Vec<Vec<f64>> =
            connections.iter().zip(&open).map(|(hour, open)| self.accept(means, hour, open)).collect();
        for (place, mean) in means.iter().enumerate() {
            let all: f64 = accepted.iter().map(|hour| hour[place]).sum();
            self.totals[place] += connections.iter().map(|hour| hour[place]).sum::<f64>();
            if all == 0.0 {
                continue;
            }
            // Each appliance counts its own senders.
            let each = all / self.appliances;
            let of_interval = each * self.part;
            let rows = mean.senders.rows(of_interval, accepted.len() as f64 * self.part) / of_interval;
            let mail = |connections: f64| {
                let addresses = mean.senders.addresses(connections / self.appliances, 1.0) * self.appliances;
                mean.accepted(connections, addresses)
            };
            let limit = self.limits[mean.listener];
            let hours = self.hours[first..].iter_mut().zip(connections).zip(&accepted).zip(&open);
            for (((hour, called), accepted), open) in hours {
                let connections = accepted[place];
                let ((messages, _), drawn) = (mail(connections), mail(called[place]));
                hour.drawn_messages += drawn.0;
                hour.drawn_recipients += drawn.1;
                hour.named_recipients += called[place] * mean.named_recipients;
                hour.rows += connections * rows;
                hour.messages += messages;
                hour.work += messages * mean.work_hours;
                hour.bytes += messages * mean.message_bytes;
                hour.groups += connections * mean.groups;
                hour.deliveries += connections * mean.groups * (1.0 + mean.group_attempts);
                // The attempts of a group in the same base interval share a row.
                let attempts = mean.group_attempts.min(1.0 + mean.group_hours * self.base_per_hour);
                let most = mean.delivery_rows.map_or(f64::INFINITY, |rows| rows * self.base_per_hour * self.appliances);
                hour.delivery_rows += (connections * mean.groups).min(most) * (1.0 + attempts);
                // Near the limit of a listener, no connection is counted before the others of its hour are known.
                let held = if open[mean.listener] > NEAR_LIMIT * limit { 1.0 } else { mean.held };
                hour.held += called[place] * held;
            }
        }
        for (hour, connections) in self.hours[first..].iter_mut().zip(connections) {
            hour.connections = connections.iter().sum();
        }
    }

    /// The connections that are open at once in an hour if none is turned away, by listener.
    fn open(&mut self, means: &[MeanMail], connections: &[f64]) -> Vec<f64> {
        let mut open = vec![0.0; self.limits.len()];
        for (mean, connections) in means.iter().zip(connections) {
            open[mean.listener] += connections * mean.open_hours;
        }
        for (most, &open) in self.most_open.iter_mut().zip(&open) {
            *most = most.max(open);
        }
        open
    }

    /// The connections of an hour that the listeners accept, by population. A listener turns away those above its limit.
    fn accept(&self, means: &[MeanMail], connections: &[f64], open: &[f64]) -> Vec<f64> {
        let share = |listener: usize| (self.limits[listener] / open[listener]).min(1.0);
        means.iter().zip(connections).map(|(mean, connections)| connections * share(mean.listener)).collect()
    }
}
