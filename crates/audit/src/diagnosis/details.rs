//! The cost of the details by domain under each form of a rule.

use super::chance::deviation;
use super::connections::RATIO;
use super::excluded::{self, OFF_COST};
use super::summary::PERIODS;

/// The mail in clear to one domain in one interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    /// The place of the interval among those in which TLS was preferred.
    pub(crate) interval: u32,
    pub(crate) messages: f64,
    pub(crate) unencrypted: f64,
    pub(crate) failures: f64,
}

/// The cells of all domains, in order of time. A cell that a form allows costs nothing. So a form with sharp predictions is not
/// preferred to one with vague predictions that are right as well.
pub(crate) struct Details<'a> {
    domains: &'a [Vec<Cell>],
    /// Beginning and length of the intervals, in seconds.
    times: &'a [(i64, i64)],
    /// The beginning of the run of neighbouring intervals that each interval belongs to.
    runs: Vec<i64>,
    /// Connections per message of the domains that have unencrypted connections.
    ratio: f64,
    /// The cost of the unlikeliest of all domains. A domain with this cost is no surprise.
    usual: f64,
}

/// The cost of a cell that a form does not allow: the cell has a probability of about 1 in 10,000.
pub(crate) const FORBIDDEN: f64 = 9.0;

/// The sums of a domain or of several.
#[derive(Clone, Copy, Default)]
struct Sums {
    messages: f64,
    unencrypted: f64,
    failures: f64,
    /// Expected unencrypted connections.
    expected: f64,
}

impl<'a> Details<'a> {
    pub(crate) fn new(domains: &'a [Vec<Cell>], times: &'a [(i64, i64)]) -> Self {
        let mut all = Sums::default();
        for sums in domains.iter().map(|domain| sums_of(domain, |_| 0.0)).filter(|sums| sums.unencrypted > 0.0) {
            all.messages += sums.messages;
            all.unencrypted += sums.unencrypted;
        }
        let ratio = (all.unencrypted / all.messages.max(1.0)).clamp(RATIO[0], RATIO[1]);
        Details { domains, times, runs: runs(times), ratio, usual: libm::log(domains.len().max(1) as f64) }
    }

    /// Every plain connection is counted.
    pub(crate) fn every(&self) -> f64 {
        but_for_one(self.domains.iter().map(|domain| self.every_at(domain)))
    }

    fn every_at(&self, domain: &[Cell]) -> f64 {
        // Deferrals and hard bounces may cost any number of connections, so only too few count.
        let sums = sums_of(domain, |cell| self.ratio.min(1.0) * cell.messages);
        let is_possible = follows_failures(domain) || sums.unencrypted >= sums.expected;
        FORBIDDEN * zeros(domain) + if is_possible { 0.0 } else { self.surprise(sums) }
    }

    /// The cost of a domain with the setting No. A single interval may include a time in which TLS was off, and then every domain may have
    /// had this setting for a part of the interval.
    fn excluded_at(&self, domain: &[Cell]) -> f64 {
        if self.times.len() == 1 {
            return 0.0;
        }
        let failing = domain.iter().filter(|cell| cell.failures > 0.0).count() as f64;
        self.every_at(domain) + FORBIDDEN * failing
    }

    /// The part of the cost of a domain that exceeds the usual cost of the unlikeliest domain.
    fn surprise(&self, sums: Sums) -> f64 {
        (sums.distance() - self.usual).max(0.0)
    }

    /// Connections follow from failures, but for destinations with the setting No. `refusable`: a second connection is counted only if
    /// it is not refused.
    pub(crate) fn after_failure(&self, refusable: bool) -> f64 {
        let forbidden = |cell: &&Cell| match refusable {
            // Mail that follows a failure needs a second connection that was not refused.
            true => cell.unencrypted > cell.failures || (is_without_connection(cell) && cell.failures > 0.0),
            false => cell.unencrypted != cell.failures,
        };
        let of_domain = |domain: &Vec<Cell>| {
            let preferred = FORBIDDEN * domain.iter().filter(forbidden).count() as f64;
            preferred.min(self.excluded_at(domain))
        };
        but_for_one(self.domains.iter().map(of_domain))
    }

    /// Plain connections are counted only while the appliance is not busy.
    pub(crate) fn busy(&self) -> f64 {
        // Connections to excluded destinations hide how many of the others are counted.
        let all = self.counted(|_| true);
        let preferred = self.counted(|domain| !self.is_excluded(domain, &all));
        let partly = self.counted(is_partly_counted);
        let least =
            [all, preferred, partly].iter().map(|counted| self.busy_with(counted)).fold(f64::INFINITY, f64::min);
        let cost = (FORBIDDEN * self.mixed() + least).min(self.every());
        if self.times.len() == 1 { cost.min(OFF_COST) } else { cost }
    }

    /// Unencrypted connections per message of each interval, over some domains.
    fn counted(&self, is_included: impl Fn(&[Cell]) -> bool) -> Vec<f64> {
        let mut of_interval = vec![Sums::default(); self.times.len()];
        for cell in self.domains.iter().filter(|domain| is_included(domain)).flatten() {
            let sums = &mut of_interval[cell.interval as usize];
            sums.messages += cell.messages;
            sums.unencrypted += cell.unencrypted;
        }
        of_interval.iter().map(|sums| sums.unencrypted / sums.messages.max(0.5)).collect()
    }

    /// The cost if the counted connections per message of each interval are these.
    fn busy_with(&self, counted: &[f64]) -> f64 {
        let mut cost = 0.0;
        let mut excluded = 0.0;
        let mut groups = [Sums::default(); 40];
        for domain in self.domains {
            let sums = sums_of(domain, |cell| counted[cell.interval as usize] * cell.messages);
            if self.is_excluded(domain, counted) {
                excluded += sums.unencrypted;
                cost += if sums.is_small() { 0.0 } else { self.excluded_at(domain) };
            } else if sums.is_small() {
                // Domains with little mail are judged together with others of their size.
                let group = &mut groups[libm::log2(sums.messages + 1.0) as usize];
                group.unencrypted += sums.unencrypted;
                group.expected += sums.expected;
            } else {
                cost += self.surprise(sums).min(self.excluded_at(domain));
            }
        }
        cost + groups.iter().map(|sums| sums.distance()).sum::<f64>() + self.excluded_cost(excluded)
    }

    /// True if a domain is more likely excluded than counted only while the appliance is not busy.
    fn is_excluded(&self, domain: &[Cell], counted: &[f64]) -> bool {
        /// Fewer intervals do not show that a domain with little mail is always counted.
        const TELLING: usize = 3;
        let sums = sums_of(domain, |cell| counted[cell.interval as usize] * cell.messages);
        // In an interval without counted connections to other domains, the appliance was busy.
        let is_counted_alone = |cell: &Cell| cell.unencrypted > 0.0 && counted[cell.interval as usize] == 0.0;
        let is_surplus = || domain.len() >= TELLING && sums.distance() > 1.0;
        match sums.is_small() {
            true => !is_partly_counted(domain) && (domain.iter().any(is_counted_alone) || is_surplus()),
            false => self.excluded_at(domain) + 1.0 < self.surprise(sums),
        }
    }

    /// The cost of unencrypted connections to destinations with the setting No.
    fn excluded_cost(&self, connections: f64) -> f64 {
        let messages: f64 = self.domains.iter().flatten().map(|cell| cell.messages).sum();
        excluded::cost(connections / messages.max(1.0), self.times.len()) / 2.0
    }

    /// The number of cells of base intervals in which some domains are counted and others are not.
    fn mixed(&self) -> f64 {
        const BASE_SECONDS: i64 = 300;
        let mut cells = vec![[0.0; 2]; self.times.len()];
        for cell in self.domains.iter().filter(|domain| is_partly_counted(domain)).flatten() {
            if self.times[cell.interval as usize].1 == BASE_SECONDS && cell.messages > 0.0 && cell.failures == 0.0 {
                cells[cell.interval as usize][usize::from(cell.unencrypted > 0.0)] += 1.0;
            }
        }
        cells.iter().map(|[none, some]: &[f64; 2]| none.min(*some)).sum()
    }

    /// Only first contacts are counted, for each length of a period.
    pub(crate) fn known(&self) -> [f64; PERIODS.len()] {
        PERIODS.map(|period| {
            let mut excluded = 0.0;
            let mut earlier = Sums::default();
            let cost = but_for_one(self.domains.iter().map(|domain| {
                let contacts = self.contacts(domain, period);
                let preferred = FORBIDDEN * contacts.forbidden;
                // Even if TLS was off for a part of an interval, a domain with mail has a connection.
                let no = self.excluded_at(domain).max(FORBIDDEN * zeros(domain));
                if no < preferred {
                    excluded += sums_of(domain, |_| 0.0).unencrypted;
                } else {
                    earlier.unencrypted += contacts.known_before;
                    earlier.expected += contacts.expected_before;
                }
                preferred.min(no)
            }));
            let surprise = if earlier.unencrypted > earlier.expected { earlier.distance() } else { 0.0 };
            cost + surprise + self.excluded_cost(excluded)
        })
    }

    /// Compares a domain with first contacts in periods of a length.
    fn contacts(&self, domain: &[Cell], period: i64) -> Contacts {
        let mut contacts = Contacts::default();
        let mut current = None;
        let mut known = false;
        for cell in domain {
            let (begin, length) = self.times[cell.interval as usize];
            let run = self.runs[cell.interval as usize];
            let carried = cell.messages > 0.0;
            let allowed = if length > period {
                cell.unencrypted <= (length / period) as f64 && !(carried && cell.unencrypted == 0.0)
            } else {
                let number = begin.div_euclid(period);
                known &= current == Some(number);
                current = Some(number);
                if !known && carried && run > number * period {
                    contacts.expected_before += self.earlier_contact(domain, (run - number * period) as f64);
                    known = cell.unencrypted == 0.0;
                    contacts.known_before += f64::from(u8::from(known));
                }
                match (known, carried) {
                    (true, _) => cell.unencrypted == 0.0,
                    (false, true) => cell.unencrypted == 1.0,
                    (false, false) => cell.unencrypted <= 1.0,
                }
            };
            contacts.forbidden += if allowed { 0.0 } else { 1.0 };
            known |= carried || cell.unencrypted > 0.0;
        }
        contacts
    }

    /// The probability of a contact within a time before a run of intervals, which makes a destination known.
    fn earlier_contact(&self, domain: &[Cell], earlier_seconds: f64) -> f64 {
        let seconds: f64 = self.times.iter().map(|time| time.1 as f64).sum();
        -libm::expm1(-sums_of(domain, |_| 0.0).messages * earlier_seconds / seconds.max(1.0))
    }
}

/// How well a domain fits first contacts.
#[derive(Clone, Copy, Default)]
struct Contacts {
    /// Number of cells that first contacts do not allow.
    forbidden: f64,
    /// Number of runs of intervals whose first mail has no connection, so that the domain was known from before.
    known_before: f64,
    /// The expected number of such runs.
    expected_before: f64,
}

impl Sums {
    /// True if the connections are too few to judge a domain alone.
    fn is_small(&self) -> bool {
        const ENOUGH: f64 = 10.0;
        self.expected.max(self.unencrypted) < ENOUGH
    }

    /// The cost of connections that are more or fewer than expected. The number of messages per connection differs from domain to
    /// domain.
    fn distance(&self) -> f64 {
        const LEAST: f64 = 1.0 / 3.0;
        const MOST: f64 = 2.2;
        const SHAPE: f64 = 12.0;
        let nearest = self.unencrypted.clamp(LEAST * self.expected, MOST * self.expected + 2.0);
        deviation(self.unencrypted, nearest, SHAPE)
    }
}

/// The cells of each domain in the chosen intervals. Their intervals are places among these.
pub(crate) fn cells_in<'c>(domains: impl Iterator<Item = &'c Vec<Cell>>, chosen: &[bool]) -> Vec<Vec<Cell>> {
    let mut next = 0;
    let place = |&chosen: &bool| {
        let place = chosen.then_some(next);
        next += u32::from(chosen);
        place
    };
    let places: Vec<Option<u32>> = chosen.iter().map(place).collect();
    let placed = |cell: &Cell| places[cell.interval as usize].map(|interval| Cell { interval, ..*cell });
    let of_domain = |cells: &Vec<Cell>| -> Vec<Cell> { cells.iter().filter_map(placed).collect() };
    domains.map(of_domain).filter(|cells| !cells.is_empty()).collect()
}

/// The place of the domain with the most messages among those that have all their mail on few connections, such as a mailing list's.
pub(crate) fn bulk_domain(domains: &[Vec<Cell>]) -> Option<usize> {
    /// No usual destination has so many messages on a connection.
    const BULK: f64 = 8.0;
    let sums = |place: usize| sums_of(&domains[place], |_| 0.0);
    let is_bulk =
        |place: &usize| zeros(&domains[*place]) == 0.0 && sums(*place).messages > BULK * sums(*place).unencrypted;
    (0..domains.len()).filter(is_bulk).max_by(|&one, &other| sums(one).messages.total_cmp(&sums(other).messages))
}

/// Adds up the costs of domains. One odd domain must not decide, so the largest cost counts as that of a single forbidden cell.
fn but_for_one(costs: impl Iterator<Item = f64>) -> f64 {
    let (sum, largest) = costs.fold((0.0, 0.0), |(sum, largest), cost| (sum + cost, f64::max(largest, cost)));
    sum - (largest - FORBIDDEN).max(0.0)
}

/// The beginning of the run of neighbouring intervals that each interval belongs to.
fn runs(times: &[(i64, i64)]) -> Vec<i64> {
    let mut run = (0, i64::MIN);
    let of_interval = |&(begin, length): &(i64, i64)| {
        run = (if run.1 == begin { run.0 } else { begin }, begin + length);
        run.0
    };
    times.iter().map(of_interval).collect()
}

fn sums_of(domain: &[Cell], expected: impl Fn(&Cell) -> f64) -> Sums {
    domain.iter().fold(Sums::default(), |sums, cell| Sums {
        messages: sums.messages + cell.messages,
        unencrypted: sums.unencrypted + cell.unencrypted,
        failures: sums.failures + cell.failures,
        expected: sums.expected + expected(cell),
    })
}

/// True if every connection of a domain may be a second one.
fn follows_failures(domain: &[Cell]) -> bool {
    domain.iter().all(|cell| cell.unencrypted <= cell.failures)
}

/// True if some messages of a domain lack a connection, or if its connections may be second ones.
fn is_partly_counted(domain: &[Cell]) -> bool {
    zeros(domain) > 0.0 || follows_failures(domain)
}

/// Number of cells with messages but no connection.
fn zeros(domain: &[Cell]) -> f64 {
    domain.iter().filter(|cell| is_without_connection(cell)).count() as f64
}

fn is_without_connection(cell: &Cell) -> bool {
    cell.messages > 0.0 && cell.unencrypted == 0.0
}
