//! The cost of the details by domain under each form of a rule.

use super::chance::deviation;
use super::summary::{PERIODS, excluded_cost};

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
    /// Connections per message of the domains that have unencrypted connections.
    ratio: f64,
}

/// The cost of a cell that a form does not allow: the cell has a probability of about 1 in 10,000.
const FORBIDDEN: f64 = 9.0;

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
        Details { domains, times, ratio: (all.unencrypted / all.messages.max(1.0)).clamp(0.28, 3.0) }
    }

    /// Every plain connection is counted.
    pub(crate) fn every(&self) -> f64 {
        self.domains.iter().map(|domain| self.every_at(domain)).sum()
    }

    fn every_at(&self, domain: &[Cell]) -> f64 {
        let sums = sums_of(domain, |cell| self.ratio * cell.messages);
        FORBIDDEN * zeros(domain) + if follows_failures(domain) { 0.0 } else { sums.distance() }
    }

    /// The cost of a domain with the setting No. A single interval may include a time in which TLS was off, and then every domain may have
    /// had this setting for a part of the interval.
    fn excluded_at(&self, domain: &[Cell]) -> f64 {
        if self.times.len() > 1 {
            let failing = domain.iter().filter(|cell| cell.failures > 0.0).count() as f64;
            return self.every_at(domain) + FORBIDDEN * failing;
        }
        let sums = sums_of(domain, |cell| self.ratio * cell.messages);
        if sums.unencrypted > sums.expected { sums.distance() } else { 0.0 }
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
        self.domains.iter().map(of_domain).sum()
    }

    /// Plain connections are counted only while the appliance is not busy.
    pub(crate) fn busy(&self) -> f64 {
        let all = self.counted(|_| true);
        let partly = self.counted(is_partly_counted);
        let cost = FORBIDDEN * self.mixed() + self.busy_with(&all).min(self.busy_with(&partly));
        cost.min(self.every())
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

    fn busy_with(&self, counted: &[f64]) -> f64 {
        const ENOUGH: f64 = 10.0;
        let mut cost = 0.0;
        let mut excluded = 0.0;
        let mut groups = [Sums::default(); 40];
        for domain in self.domains {
            let sums = sums_of(domain, |cell| counted[cell.interval as usize] * cell.messages);
            if sums.expected.max(sums.unencrypted) < ENOUGH {
                // Domains with little mail are judged together with others of their size.
                if !is_partly_counted(domain) && sums.distance() > 1.0 {
                    excluded += sums.unencrypted;
                    continue;
                }
                let group = &mut groups[libm::log2(sums.messages + 1.0) as usize];
                group.unencrypted += sums.unencrypted;
                group.expected += sums.expected;
                continue;
            }
            let (preferred, no) = (sums.distance(), self.excluded_at(domain));
            cost += preferred.min(no);
            excluded += if no + 1.0 < preferred { sums.unencrypted } else { 0.0 };
        }
        cost + groups.iter().map(|sums| sums.distance()).sum::<f64>() + self.excluded_cost(excluded)
    }

    /// The cost of unencrypted connections to destinations with the setting No.
    fn excluded_cost(&self, connections: f64) -> f64 {
        let messages: f64 = self.domains.iter().flatten().map(|cell| cell.messages).sum();
        excluded_cost(connections / messages.max(1.0), self.times.len())
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
            let of_domain = |domain: &Vec<Cell>| {
                let (preferred, no) = (self.known_at(domain, period), self.excluded_at(domain));
                if no < preferred {
                    excluded += sums_of(domain, |_| 0.0).unencrypted;
                }
                preferred.min(no)
            };
            let cost: f64 = self.domains.iter().map(of_domain).sum();
            cost + self.excluded_cost(excluded)
        })
    }

    fn known_at(&self, domain: &[Cell], period: i64) -> f64 {
        let mut cost = 0.0;
        let mut current = None;
        let mut known = false;
        let (begin, first) = self.times.first().map_or((0, 0), |time| (time.0, time.0.div_euclid(period)));
        let earlier = (begin - first * period) as f64;
        for cell in domain {
            let (begin, length) = self.times[cell.interval as usize];
            let carried = cell.messages > 0.0;
            let allowed = if length > period {
                cell.unencrypted <= (length / period) as f64 && !(carried && cell.unencrypted == 0.0)
            } else {
                let number = begin.div_euclid(period);
                known &= current == Some(number);
                current = Some(number);
                if !known && carried && cell.unencrypted == 0.0 && number == first {
                    cost += self.cost_of_earlier_contact(domain, earlier);
                    known = true;
                }
                match (known, carried) {
                    (true, _) => cell.unencrypted == 0.0,
                    (false, true) => cell.unencrypted == 1.0,
                    (false, false) => cell.unencrypted <= 1.0,
                }
            };
            cost += if allowed { 0.0 } else { FORBIDDEN };
            known |= carried || cell.unencrypted > 0.0;
        }
        cost
    }
}

impl Details<'_> {
    /// The cost of a contact within a time before the first interval, which makes a destination known.
    fn cost_of_earlier_contact(&self, domain: &[Cell], earlier_seconds: f64) -> f64 {
        let seconds: f64 = self.times.iter().map(|time| time.1 as f64).sum();
        let contacts = sums_of(domain, |_| 0.0).messages * earlier_seconds / seconds.max(1.0);
        (-libm::log(-libm::expm1(-contacts))).min(FORBIDDEN)
    }
}

impl Sums {
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
