//! Forecasts the traffic of a run and the memory that it needs, from the rates of a scenario. It simulates nothing and takes
//! milliseconds.

use std::ops::Range;

use tollgate_scenario::{Appliance, ApplianceLimits, HOUR, Moment, Scenario};
use tollgate_traffic::Rates;

use crate::mean_mail::{MeanMail, retries};
use crate::traffic_forecast::{HourForecast, TrafficForecast};

/// The expected traffic of a run.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The clock hours of the warm-up and the span, on all appliances.
    hours: Vec<HourForecast>,
    /// Hours of an export interval.
    interval_hours: f64,
    appliances: usize,
    listeners: usize,
    /// The users whose mail is counted.
    users: f64,
    /// Bytes of the names, addresses and distributions that the scenario is made into.
    prepared_bytes: f64,
    backlog: Backlog,
    /// Largest number of recipient groups that wait for a retry.
    waiting_groups: f64,
    /// Largest number of senders that were turned away and wait for a retry.
    waiting_senders: f64,
    /// Bytes of the indices by domain, user and owner of one interval.
    index_bytes: f64,
    /// Largest number of rows of deliveries in an hour: destinations, base intervals, and outcomes of TLS.
    most_delivery_rows: f64,
    /// Delivery attempts and connections that are repeated, and those of them that are repeated soon.
    repeated: f64,
    repeated_soon: f64,
    /// The work of an hour without mail, on all appliances.
    hour_work: f64,
    /// The beginning of the first hour.
    start: Moment,
}

/// The largest backlog of the work queues.
#[derive(Clone, Copy, Debug, Default)]
struct Backlog {
    /// Messages in all work queues.
    messages: f64,
    /// Their recipient groups. The engine prepares their deliveries when it draws the hour of the message.
    groups: f64,
    /// The longest time in one of the queues, in hours.
    hours: f64,
    /// The share of all mail that waits at its senders at the worst moment, because a work queue has reached a limit.
    turned_away: f64,
}

/// Work relative to that of a connection or a message.
mod work {
    /// An attempt that a full work queue turns away.
    pub(super) const TURNED_AWAY: f64 = 0.5;
    /// A repeated attempt.
    pub(super) const REPEATED: f64 = 0.3;
    /// An hour of an appliance and of each of its populations without mail.
    pub(super) const HOUR: f64 = 400.0;
    pub(super) const POPULATION_HOUR: f64 = 30.0;
}

/// The time in which attempts are repeated soon, in hours. A simulation of a few hours has them.
const SOON_HOURS: f64 = 2.0;

/// Bytes of memory, measured as the largest resident set on 64-bit Linux. `crates/simulation/MEMORY.md` has the formula, and compares
/// forecasts with runs.
mod cost {
    /// The program and its tables.
    pub(super) const PROGRAM: f64 = 26e6;
    /// Each thread.
    pub(super) const THREAD: f64 = 1e6;
    /// Each appliance: writers of its tables.
    pub(super) const APPLIANCE: f64 = 1.2e6;
    /// Each user: names, weights and their tables.
    pub(super) const USER: f64 = 175.0;
    /// Each domain or owner of senders, and each domain of a destination.
    pub(super) const DOMAIN: f64 = 300.0;
    pub(super) const DESTINATION: f64 = 240.0;
    /// Each name of an owner in a network without senders: no account has a row for it.
    pub(super) const NAME: f64 = 110.0;
    /// Each population except scripts: tables of its distributions.
    pub(super) const POPULATION: f64 = 30e3;
    /// Each script.
    pub(super) const SCRIPT: f64 = 4e3;
    /// Each part of a mixture of sizes.
    pub(super) const SIZE_PART: f64 = 6.2e3;
    /// Each possible number of recipients.
    pub(super) const ENTRY: f64 = 60.0;
    /// Each block of a network.
    pub(super) const BLOCK: f64 = 48.0;
    // The next four and `QUEUED` are a least-squares fit to the cases of the page, so no single one is exact.
    /// Each connection, message and recipient of the hours that are processed at once.
    pub(super) const DRAWN: [f64; 3] = [78.0, 132.0, 28.0];
    /// Each recipient that senders name in the hours that are being drawn, one on each thread.
    pub(super) const NAMED: f64 = 7.5;
    /// Each row of an address or a domain and each message, of the hours that are counted at once, or of an interval.
    pub(super) const COUNTED: [f64; 2] = [55.0, 18.0];
    /// Each connection of a delivery of the same hours, or of an interval.
    pub(super) const DELIVERED: f64 = 520.0;
    /// Each row and message of an interval: text of the exports.
    pub(super) const WRITTEN: [f64; 2] = [170.0, 28.0];
    /// Each hour of each listener that is processed at once: seconds of its use.
    pub(super) const LISTENER_HOUR: f64 = 90e3;
    /// Each recipient group of a message in a work queue.
    pub(super) const QUEUED_GROUP: f64 = 112.0;
    /// Each message in a work queue, each group that waits for a retry, and each sender that was turned away.
    pub(super) const QUEUED: f64 = 35.0;
    pub(super) const WAITING: [f64; 2] = [160.0, 500.0];
    /// Each interval that has been begun, without its indices.
    pub(super) const INTERVAL: f64 = 4e3;
    /// Each hour that the work queue is behind: seconds of its use.
    pub(super) const LATE_HOUR: f64 = 90e3;
    /// Each connection that a trace follows, and each connection and message of the hours whose events it hears.
    pub(super) const TRACED: f64 = 8e3;
    pub(super) const EVENT: f64 = 450.0;
}

/// Parts of a run that most runs do not have.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtraParts {
    /// The tables are also written under the documented counting rule.
    pub truth: bool,
    /// Number of connections that a trace follows.
    pub traced: usize,
}

impl Forecast {
    /// Forecasts a run of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let time = &scenario.time;
        let rates = Rates::new(scenario);
        let begins: Vec<u64> =
            (time.start().micros() / HOUR * HOUR..time.end().micros()).step_by(HOUR as usize).collect();
        let means: Vec<MeanMail> = rates.populations.iter().map(|rate| MeanMail::new(scenario, rate.source)).collect();
        let interval_hours = time.export_interval.micros() as f64 / HOUR as f64;
        let mut traffic = TrafficForecast::new(scenario, means.len(), interval_hours);
        for window in begins.chunks(interval_hours.ceil() as usize) {
            let connections: Vec<Vec<f64>> = window
                .iter()
                .map(|&begin| {
                    let local = rates.hour(begin);
                    rates.populations.iter().map(|rate| rate.with_chances(&local)).collect()
                })
                .collect();
            traffic.add(&means, &connections);
        }
        let TrafficForecast { hours, .. } = &traffic;
        let mut forecast = Forecast {
            interval_hours,
            appliances: scenario.appliances.len(),
            listeners: scenario.listeners.len(),
            users: f64::from(scenario.users.count.max(1)) * scenario.appliances.len() as f64,
            prepared_bytes: prepared_bytes(scenario, &rates),
            backlog: backlog(scenario, hours),
            waiting_groups: 0.0,
            waiting_senders: 0.0,
            index_bytes: index_bytes(scenario),
            most_delivery_rows: most_delivery_rows(scenario),
            repeated: 0.0,
            repeated_soon: 0.0,
            hour_work: scenario.appliances.len() as f64 * (work::HOUR + means.len() as f64 * work::POPULATION_HOUR),
            start: begins.first().copied().map_or_else(Moment::default, Moment::from_micros),
            hours: Vec::new(),
        };
        forecast.add_waiting(scenario, &means, &traffic);
        forecast.hours = traffic.hours;
        let accepted = 1.0 - forecast.backlog.turned_away;
        for hour in &mut forecast.hours {
            [&mut hour.rows, &mut hour.messages, &mut hour.deliveries, &mut hour.delivery_rows]
                .into_iter()
                .for_each(|number| *number *= accepted);
        }
        forecast
    }

    /// The rows of addresses and domains in all intervals, and in the busiest interval, on all appliances.
    pub fn rows(&self) -> (f64, f64) {
        let all = self.hours.iter().map(|hour| hour.rows).sum();
        let busiest = self.busiest(self.interval_hours.ceil() as usize, |hour| hour.rows);
        (all, busiest * self.interval_hours.min(1.0))
    }

    /// The rows of users in all intervals, on all appliances.
    pub fn user_rows(&self) -> f64 {
        let part = self.interval_hours.min(1.0);
        let of_interval = |hours: &[HourForecast]| {
            let recipients: f64 = hours.iter().map(|hour| hour.drawn_recipients).sum();
            self.users * -(-recipients * part / self.users).exp_m1() / part
        };
        self.hours.chunks(self.interval_hours.ceil() as usize).map(of_interval).sum()
    }

    /// Connections for deliveries, with those of the retries.
    pub fn deliveries(&self) -> f64 {
        self.hours.iter().map(|hour| hour.deliveries).sum()
    }

    /// All connections, with those of the warm-up.
    pub fn connections(&self) -> f64 {
        self.hours.iter().map(|hour| hour.connections).sum()
    }

    /// All connections and messages, with those of the warm-up. Many recipients of a message count as further messages, because they
    /// take as long. Recipients above the limits of a policy take as long as others.
    pub fn transactions(&self) -> f64 {
        self.hours.iter().map(HourForecast::transactions).sum()
    }

    /// The work of the run, in connections and messages: all transactions, repeated attempts and hours.
    pub fn work(&self) -> f64 {
        self.transactions() + self.repeated * work::REPEATED + self.hours.len() as f64 * self.hour_work
    }

    /// The work of a simulation of some time by itself, with a part of its traffic. Repeated attempts are those that are repeated soon.
    pub fn work_of(&self, span: Range<Moment>, part: f64) -> f64 {
        let since_start = |moment: Moment| moment.micros().saturating_sub(self.start.micros());
        let first = (since_start(span.start) / HOUR) as usize;
        let last = since_start(span.end).div_ceil(HOUR) as usize;
        let hours = self.hours.get(first..last.min(self.hours.len())).unwrap_or_default();
        let transactions = hours.iter().map(HourForecast::transactions).sum::<f64>();
        let repeated = self.repeated_soon * transactions / self.transactions().max(1.0);
        (transactions + repeated * work::REPEATED) * part + hours.len() as f64 * self.hour_work
    }

    /// The peak memory of a run on a number of threads, in bytes. `by_key` is false if the run keeps only sums over all keys.
    pub fn peak_bytes(&self, threads: usize, by_key: bool) -> f64 {
        let hours_at_once = hours_at_once(threads);
        let sum = |hours: usize, cost: fn(&HourForecast) -> f64| self.busiest(hours, cost);
        let drawn = sum(hours_at_once, HourForecast::drawn_bytes);
        let named = sum(threads.div_ceil(self.appliances.max(1)), |hour| hour.named_recipients * cost::NAMED);
        let rows = if by_key {
            let interval = self.interval_hours.ceil() as usize;
            let counted_hours = hours_at_once.max(interval);
            let delivered =
                sum(counted_hours, |hour| hour.delivery_rows).min(self.most_delivery_rows * counted_hours as f64);
            sum(counted_hours, HourForecast::counted_bytes) + delivered * cost::DELIVERED + self.written_bytes()
        } else {
            0.0
        };
        let listeners = (self.listeners * self.appliances * hours_at_once.min(self.hours.len())) as f64;
        let Backlog { messages: queued, groups: queued_groups, hours: late, .. } = self.backlog;
        let late_hours = late.min(self.hours.len() as f64) * hours_at_once.min(self.hours.len()) as f64;
        let intervals = (late + hours_at_once as f64).min(self.hours.len() as f64) / self.interval_hours + 1.0;
        let interval = cost::INTERVAL + if by_key { self.index_bytes } else { 0.0 };
        let waiting = self.waiting_groups * cost::WAITING[0] + self.waiting_senders * cost::WAITING[1];
        cost::PROGRAM
            + threads as f64 * cost::THREAD
            + self.appliances as f64 * cost::APPLIANCE
            + self.prepared_bytes
            + drawn
            + named
            + rows
            + listeners * cost::LISTENER_HOUR
            + queued * cost::QUEUED
            + queued_groups * cost::QUEUED_GROUP
            + waiting
            + self.appliances as f64 * (late_hours * cost::LATE_HOUR + intervals * interval)
    }

    /// The further memory of parts that most runs do not have, in bytes.
    pub fn extra_bytes(&self, parts: ExtraParts, threads: usize) -> f64 {
        let truth = self.written_bytes() + self.appliances as f64 * cost::APPLIANCE;
        let events = self.busiest(hours_at_once(threads), HourForecast::transactions) * cost::EVENT;
        let traced = self.connections().min(parts.traced as f64) * cost::TRACED;
        (if parts.truth { truth } else { 0.0 }) + if parts.traced > 0 { traced + events } else { 0.0 }
    }

    /// The text of the exports of an interval, in bytes.
    fn written_bytes(&self) -> f64 {
        let hours = self.interval_hours.ceil() as usize;
        self.busiest(hours, HourForecast::written_bytes) * self.interval_hours.min(1.0)
    }

    /// The largest sum over some consecutive hours.
    fn busiest(&self, hours: usize, of: impl Fn(&HourForecast) -> f64) -> f64 {
        let mut sum = 0.0;
        let mut most = 0.0;
        for (place, hour) in self.hours.iter().enumerate() {
            sum += of(hour);
            if place >= hours {
                sum -= of(&self.hours[place - hours]);
            }
            most = f64::max(most, sum);
        }
        most
    }

    /// Adds the mail that waits for another attempt.
    fn add_waiting(&mut self, scenario: &Scenario, means: &[MeanMail], traffic: &TrafficForecast) {
        let (hours, queue) = (traffic.hours.len() as f64, self.backlog.turned_away);
        // The share of connections that a listener turns away in its busiest hour.
        let busiest = traffic.most_open.iter().zip(&traffic.limits);
        let turned_away: Vec<f64> = busiest.map(|(&open, &limit)| 1.0 - limit / open.max(limit)).collect();
        for (mean, total) in means.iter().zip(&traffic.totals) {
            let groups = total * mean.groups;
            self.waiting_groups += groups / hours * mean.group_hours.min(hours);
            self.repeat(groups * (mean.group_attempts + mean.group_vain_attempts), mean.group_hours);
            let Some(profile) = mean.profile else { continue };
            let attempts_of = |share: f64| retries(scenario, &profile, share / (1.0 - share));
            let senders = total * turned_away[mean.listener];
            let (sender_hours, attempts) = attempts_of(turned_away[mean.listener]);
            self.waiting_senders += senders / hours * sender_hours.min(hours);
            self.repeat(senders * attempts, sender_hours);
            // Those that a queue turns away wait all at once at the worst moment.
            self.waiting_senders += total * queue;
            self.repeated += total * queue * attempts_of(queue).1 * work::TURNED_AWAY / work::REPEATED;
        }
        self.waiting_groups = self.waiting_groups.min(most_stored_groups(scenario, &traffic.hours));
    }

    /// Adds attempts that are repeated within some hours.
    fn repeat(&mut self, attempts: f64, hours: f64) {
        self.repeated += attempts;
        self.repeated_soon += attempts * (SOON_HOURS / hours.max(SOON_HOURS));
    }
}

impl HourForecast {
    /// Connections and messages. Many recipients of a message count as further messages.
    fn transactions(&self) -> f64 {
        self.connections + self.named_recipients / 10.0
    }

    fn drawn_bytes(&self) -> f64 {
        let [connection, message, recipient] = cost::DRAWN;
        self.held * connection + self.drawn_messages * message + self.drawn_recipients * recipient
    }

    fn counted_bytes(&self) -> f64 {
        let [row, message] = cost::COUNTED;
        self.rows * row + self.messages * message
    }

    fn written_bytes(&self) -> f64 {
        let [row, message] = cost::WRITTEN;
        self.rows * row + self.messages * message
    }
}

/// The hours that are in memory. As many hours as there are threads are counted while others are drawn. The thread that counts draws none
/// meanwhile.
fn hours_at_once(threads: usize) -> usize {
    2 * threads - 1
}

/// Bytes of the prepared scenario.
fn prepared_bytes(scenario: &Scenario, rates: &Rates) -> f64 {
    let scripts = scenario.scripted_incoming.len() + scenario.scripted_outgoing.len();
    let drawn = rates.populations.len() - scripts;
    let mut bytes = drawn as f64 * cost::POPULATION + scripts as f64 * cost::SCRIPT;
    bytes += f64::from(scenario.users.count) * cost::USER;
    for class in &scenario.incoming {
        let outbreaks = scenario.outbreaks.iter().filter(|outbreak| outbreak.class == class.name).count();
        let domains = class.domains.as_ref().map_or(0.0, |domains| f64::from(domains.count));
        let entries =
            class.recipients.zeta.map_or(class.recipients.bins.len() as f64, |_| f64::from(class.recipients.max));
        let each = entries * cost::ENTRY + class.size.parts.len() as f64 * cost::SIZE_PART;
        bytes += (1 + outbreaks) as f64 * domains * cost::DOMAIN + (1 + outbreaks + class.listed.len()) as f64 * each;
    }
    for flow in &scenario.outgoing {
        let listed: usize = flow.destinations.iter().map(|destination| destination.listed.len()).sum();
        let domains: f64 = flow.destinations.iter().map(|destination| f64::from(destination.domains)).sum();
        let entries =
            flow.recipients.zeta.map_or(flow.recipients.bins.len() as f64, |_| f64::from(flow.recipients.max));
        let each = entries * cost::ENTRY + flow.size.parts.len() as f64 * cost::SIZE_PART;
        bytes += domains * cost::DESTINATION + (1 + listed) as f64 * each;
    }
    for network in &scenario.networks {
        let blocks = (1u64 << (32 - network.addresses.prefix_len())).min(1 << 16) as f64;
        let each = if scenario.has_senders_in(network) { cost::DOMAIN } else { cost::NAME };
        // An owner has a domain too.
        bytes += blocks * cost::BLOCK + f64::from(network.owners) * 2.0 * each;
    }
    bytes
}

/// Bytes of the indices by domain, user and owner of one interval. They grow to a power of two.
fn index_bytes(scenario: &Scenario) -> f64 {
    let classes = scenario.incoming.iter().filter_map(|class| class.domains.as_ref()).map(|domains| domains.count);
    let destinations =
        scenario.outgoing.iter().flat_map(|flow| &flow.destinations).map(|destination| destination.domains);
    let domains: u32 = classes.chain(destinations).chain(scenario.networks.iter().map(|network| network.owners)).sum();
    // The domains have two indices: of connections and of TLS.
    let keys = [domains, domains, scenario.users.count];
    keys.iter().map(|&keys| f64::from(keys.next_power_of_two()) * 4.0).sum()
}

/// The largest number of rows of deliveries in an hour. Deliveries to a destination with the same outcome share a row in a base interval.
fn most_delivery_rows(scenario: &Scenario) -> f64 {
    const OUTCOMES: f64 = 4.0;
    let destinations = scenario.outgoing.iter().flat_map(|flow| &flow.destinations);
    let domains: f64 =
        destinations.map(|destination| f64::from(destination.domains) + destination.listed.len() as f64).sum();
    let domains = domains + scenario.scripted_outgoing.len() as f64;
    domains * OUTCOMES * HOUR as f64 / scenario.time.base_interval.micros() as f64
}

/// The largest backlog. A work queue is treated as a fluid. Beyond its limits, the mail waits at its senders.
fn backlog(scenario: &Scenario, hours: &[HourForecast]) -> Backlog {
    let loads: f64 = scenario.appliances.iter().map(|appliance| appliance.load.get()).sum();
    let changes = scenario.events.iter().any(|event| event.appliance_load.is_some());
    let sum = |of: fn(&HourForecast) -> f64| hours.iter().map(of).sum::<f64>();
    let (work, messages) = (sum(|hour| hour.work), sum(|hour| hour.messages));
    let mut backlog = Backlog::default();
    if work == 0.0 {
        return backlog;
    }
    for appliance in &scenario.appliances {
        let share = if changes { 1.0 } else { appliance.load.get() / loads };
        let (mut behind, mut most) = (0.0, 0.0);
        let (workers, cost) = (f64::from(appliance.workers), relative_cost(scenario, appliance));
        for hour in hours {
            behind = f64::max(0.0, behind + share * hour.work * cost - workers);
            most = f64::max(most, behind);
        }
        let waiting = most / cost.max(1e-9) / work;
        let queued = waiting.min(most_queued(&appliance.limits, sum(|hour| hour.bytes) / messages) / messages);
        backlog.hours = f64::max(backlog.hours, queued * work * cost / workers);
        backlog.messages += queued * messages;
        backlog.groups += queued * sum(|hour| hour.groups);
        backlog.turned_away = (backlog.turned_away + waiting - queued).min(1.0);
    }
    backlog
}

/// The number of recipient groups of the messages that fill the queues' disks. Then the appliances take no more mail.
fn most_stored_groups(scenario: &Scenario, hours: &[HourForecast]) -> f64 {
    let sum = |of: fn(&HourForecast) -> f64| hours.iter().map(of).sum::<f64>();
    let (bytes, groups) = (sum(|hour| hour.bytes), sum(|hour| hour.groups));
    let disk_bytes: f64 = scenario.appliances.iter().map(|appliance| appliance.limits.queue_kib as f64 * 1024.0).sum();
    if bytes > 0.0 { disk_bytes / bytes * groups } else { f64::INFINITY }
}

/// The number of messages of a mean size at which an appliance takes no more mail.
fn most_queued(limits: &ApplianceLimits, mean_bytes: f64) -> f64 {
    let on_disk = limits.queue_kib as f64 * 1024.0 / mean_bytes.max(1.0);
    limits.suspend_above.map_or(on_disk, |limit| on_disk.min(f64::from(limit)))
}

/// The cost of mail on an appliance, relative to that on the first.
fn relative_cost(scenario: &Scenario, appliance: &Appliance) -> f64 {
    let hours = |appliance: &Appliance| crate::mean_mail::work_hours(appliance, 10_000.0);
    let first = hours(&scenario.appliances[0]);
    if first > 0.0 { hours(appliance) / first } else { 1.0 }
}
